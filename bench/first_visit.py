"""How much a first visit weighs over the wire before any media, headers left out.

    .venv/bin/python -m bench.first_visit

A browser with an empty cache opens the page: the page itself, and all styles, scripts, fonts and icons it asks for
(posters and films are media). Needs Chromium. Exits with 1 when one weighs more than 60 kB.
"""

import sys
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import Response, sync_playwright
from sqlalchemy import update

from bench import servers
from bench.portals import Portal, a_portal
from portal.basics import tokens
from portal.storage import schema
from portal.storage.db import db, transaction
from portal.storage.models import Invitation
from tests.services import BROWSER_ARGUMENTS, program

MOST_BYTES = 60_000
MEDIA = ("/posters/", "/media/")


@dataclass
class Weight:
    """What came, by path, in bytes as they were sent."""

    parts: dict[str, int] = field(default_factory=dict)

    def note(self, response: Response) -> None:
        path = urlsplit(response.url).path
        if path.startswith(MEDIA) or not response.ok:
            return
        self.parts[path] = response.request.sizes()["responseBodySize"]


def an_open_invitation(portal: Portal) -> str:
    """The token of an invitation that waits, of Dana's guest who has not set up an account."""
    token = tokens.new_token()
    with portal.app.app_context():
        with transaction():
            mine = update(Invitation).where(Invitation.id == 30)  # the last of Dana's thirty guests
            db.session.execute(mine.values(token_hash=tokens.hash_token(token)))
        schema.forget_connections()
    return token


def main() -> int:
    missed = 0
    executable = program("chromium", "chromium-browser", "google-chrome")
    with a_portal(None, 10) as portal:
        token = an_open_invitation(portal)
        name, _, value = portal.cookie("guest").partition("=")
        with servers.embedded(portal) as (_, port), sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=executable, args=list(BROWSER_ARGUMENTS))
            site = f"http://127.0.0.1:{port}"
            for path, cookies in ((f"/invitations/{token}", []), ("/", [{"name": name, "value": value, "url": site}])):
                context, weight = browser.new_context(), Weight()
                context.add_cookies(cookies)  # type: ignore[arg-type]
                page = context.new_page()
                found: list[Response] = []
                page.on("response", lambda response, found=found: found.append(response))
                page.goto(site + path, wait_until="networkidle")
                for response in found:
                    weight.note(response)
                shown, total = urlsplit(page.url).path, sum(weight.parts.values())
                missed += total > MOST_BYTES
                print(f"{shown}: {total:,} bytes — goal {MOST_BYTES:,}: {'met' if total <= MOST_BYTES else 'MISSED'}")
                for part, size in sorted(weight.parts.items(), key=lambda each: -each[1]):
                    print(f"    {size:7,}  {part}")
                context.close()
            browser.close()
    return bool(missed)


if __name__ == "__main__":
    sys.exit(main())
