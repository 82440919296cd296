"""What templates may use beside what their view gives them."""

import hashlib
from collections.abc import MutableMapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask, current_app, request, url_for
from flask.sansio.app import App
from jinja2 import StrictUndefined, Template

from portal.basics import dates
from portal.basics.clock import now
from portal.basics.roles import Role
from portal.basics.sizes import size_words
from portal.domain.work import tools
from portal.storage.db import DatabaseFault
from portal.storage.models import User
from portal.web.addresses import Addresses
from portal.web.headers import csp_nonce
from portal.web.icons import draw_icon
from portal.web.identity import present
from portal.web.inlining import InliningEnvironment
from portal.web.zones import reading_zone


@dataclass(frozen=True)
class Link:
    """One entry of a navigation. `count` None: nothing to count."""

    label: str
    url: str
    current: bool = False
    count: int | None = None


_GUEST = (("Shared with you", "guest.home.index"), ("Your record", "account.overview.index"))
_SPONSOR = (
    ("Today", "sponsor.today.index"),
    ("Sessions", "sponsor.sessions.index"),
    ("Events", "sponsor.events.index"),
    ("Guests", "sponsor.guests.index"),
)
_ADMIN = (
    *_SPONSOR,
    ("People", "admin.people.index"),
    ("Mail", "admin.mail.index"),
    ("Policy", "admin.policy.index"),
    ("Sharing", "admin.sharing.show"),
    ("Audit", "admin.audit.index"),
)
_NAVIGATION = {Role.GUEST: _GUEST, Role.SPONSOR: _SPONSOR, Role.ADMIN: _ADMIN}
_ACCOUNT_OF_GUEST = (
    ("Where you are signed in", "account.sign_ins.index"),
    ("Change the password", "account.password.show"),
)
_ACCOUNT = (("Your account", "account.overview.index"), *_ACCOUNT_OF_GUEST)
_STANDS_UNDER = {
    "account.password": "account.overview",
    "account.sign_ins": "account.overview",
    "guest.events": "guest.home",
    "guest.passwords": "guest.home",
    "guest.requests": "guest.home",
    "guest.score_sheets": "guest.home",
    "guest.watch": "guest.home",
    "guest.search": "guest.home",
    "guest.transcript": "guest.home",
    "sponsor.attachments": "sponsor.sessions",
    "sponsor.bin": "sponsor.sessions",
    "sponsor.captions": "sponsor.sessions",
    "sponsor.chosen": "sponsor.sessions",
    "sponsor.folders": "sponsor.sessions",
    "sponsor.grants": "sponsor.sessions",
    "sponsor.people": "sponsor.sessions",
    "sponsor.requests": "sponsor.today",
    "sponsor.watching_rules": "sponsor.sessions",
    "sponsor.session_passwords": "sponsor.sessions",
    "sponsor.co_owners": "sponsor.sessions",
    "sponsor.seeing_as": "sponsor.guests",
    "sponsor.why": "sponsor.guests",
    "sponsor.resets": "sponsor.guests",
    "admin.trace_codes": "admin.audit",
}
"""Pages without an entry of their own, and the entry that leads to them."""
_FOOTER = (
    ("Privacy", "shared.site.privacy"),
    ("Acceptable use", "account.policy.show"),
    ("Help", "shared.site.help_page"),
)


class PlainEnvironment(InliningEnvironment):
    """Gives templates their globals as a plain dict.

    Jinja's own chain of dicts follows what is added to them later, which nobody does here, and makes each
    `{% from … import … %}` of each page compare the two name by name: a tenth of a page's time.
    """

    def __init__(self, app: App, **options: Any) -> None:
        super().__init__(app, **options)
        self._got: dict[str, Template] = {}

    def get_template(
        self,
        name: str | Template,
        parent: str | None = None,
        globals: MutableMapping[str, Any] | None = None,  # noqa: A002 - Jinja calls it so
    ) -> Template:
        """From what was got before: a page asks for some twenty. Not where templates are read anew when they change."""
        if self.auto_reload or globals is not None or not isinstance(name, str):
            return super().get_template(name, parent, globals)
        if name not in self._got:
            self._got[name] = super().get_template(name, parent)
        return self._got[name]

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        return {**self.globals, **(d or {})}


def init_app(app: Flask) -> None:
    """Give templates the portal's words, dates and navigation. Call before anything has asked for `app.jinja_env`."""
    if "jinja_env" in vars(app):  # it is made once, when it is first asked for
        raise RuntimeError("the environment of templates was made too early")
    app.jinja_environment = PlainEnvironment
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.context_processor(_context)
    app.jinja_env.globals["url_for"] = Addresses(app).url_for
    app.jinja_env.globals["asset"] = asset
    app.jinja_env.globals["csp_nonce"] = csp_nonce
    app.jinja_env.globals["draw_icon"] = draw_icon
    for name, write in {
        "long_date": _long_date,
        "short_date": _short_date,
        "plain_day": dates.plain_day,
        "day_date": _day_date,
        "clock_time": _clock_time,
        "length_words": dates.length_words,
        "short_length": dates.short_length,
        "position": dates.position,
        "size_words": size_words,
    }.items():
        app.jinja_env.filters[name] = write


def asset(path: str) -> str:
    """The address of a file under static/, with its fingerprint, so that browsers may keep it for ever."""
    return f"/static/{path}?v={_fingerprint(str(current_app.static_folder), path)}"


@cache
def _fingerprint(folder: str, path: str) -> str:
    return hashlib.sha256((Path(folder) / path).read_bytes()).hexdigest()[:12]


def _context() -> dict[str, Any]:
    here = _viewer()
    zone = reading_zone()
    return {
        "site_name": tools().settings.site_name,
        "viewer": here,
        "navigation": _links(_NAVIGATION[here.role]) if here else [],
        "account_menu": _links(_ACCOUNT_OF_GUEST if here.is_guest else _ACCOUNT) if here else [],
        "footer_links": _links(_FOOTER),
        "sign_out_url": url_for("account.sign_in.end") if here else "",
        "zone_label": zone_label(zone),
    }


def zone_label(zone: str) -> str:
    """“Times in Berlin (CET)”: named once a page, in the footer."""
    city, name = zone.rpartition("/")[2].replace("_", " "), dates.zone_name(zone, now())
    return f"Times in {city} ({name})" if city != name else f"Times in {city}"


def _viewer() -> User | None:
    try:
        here = present()
    except DatabaseFault:  # an error page must appear even when the database is away
        return None
    return here.user if here else None


def _links(entries: tuple[tuple[str, str], ...]) -> list[Link]:
    """A navigation as this page shows it. Made once for each part of the portal: `url_for` is slow."""
    made: dict[object, list[Link]] = current_app.extensions.setdefault("navigation", {})
    part = _part()
    if (entries, part) not in made:
        known = current_app.view_functions
        made[entries, part] = [
            Link(label, url_for(endpoint), current=endpoint.rpartition(".")[0] == part)
            for label, endpoint in entries
            if endpoint in known
        ]
    return made[entries, part]


def _part() -> str | None:
    """The part of the portal that this page belongs to. All below an event is its own, also what sessions have, too."""
    if request.path.startswith("/events/"):
        return "sponsor.events"
    return _STANDS_UNDER.get(request.blueprint or "", request.blueprint)


def _long_date(at: datetime) -> str:
    return dates.long_date(at, reading_zone())


def _day_date(at: datetime) -> str:
    return dates.day_date(at, reading_zone())


def _clock_time(at: datetime) -> str:
    return dates.clock_time(at, reading_zone(), now())


def _short_date(at: datetime) -> str:
    return dates.short_date(at, reading_zone(), now())
