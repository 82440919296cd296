"""A browser without a screen: opens pages, presses buttons, and checks every page it opens.

    client.get("/sign-in")
    page = client.press("Sign in", address="ines@lab.example", password="…", follow=True)
    assert page.heading == "Shared with you"

A press sends what the page's own form would send, its hidden fields and CSRF token included, and nothing that the page
does not offer. Each answer is looked at as `tests.page_checks` says; on top, GET and HEAD may write nothing but the
mark that a sign-in is in use, and nothing may be left uncommitted.
"""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import Context
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

from flask import Flask, has_app_context, request, request_started, request_tearing_down
from sqlalchemy import Connection, Engine, event
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from portal.storage.db import db
from portal.storage.models import User
from portal.web import identity
from tests.factories import a_sign_in_token
from tests.page_checks import Element, check_headers, check_page, parse, text_of

REDIRECTS = (301, 302, 303, 307, 308)
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
# Being here at all is noted: that is how an idle sign-in is told from one in use.
WRITTEN_WHILE_READING = {"sign_ins"}
# That bytes left is noted, too: a start that delivered none is given back, and no more counts as watched than was sent.
_WITH_BYTES = {"viewings", "streams", "watch_records"}
WRITTEN_WITH_BYTES = {
    "guest.media.film": _WITH_BYTES,
    "guest.media.quality": _WITH_BYTES,
    "guest.media.sheet": {"viewings"},
    "guest.media.captions": {"viewings"},
    "guest.transcript.show": {"viewings"},
    "guest.media.download": _WITH_BYTES | {"audit_events", "audit_heads"},  # each is on the trail as it begins
}
WRITES = re.compile(
    r"\s*(?:WITH\b.*?\)\s*)?(INSERT\s+INTO|UPDATE|DELETE\s+FROM|TRUNCATE)\s+\"?(\w+)", re.IGNORECASE | re.DOTALL
)


class WriteLog:
    """Listens to all writes of this process while it is open, and says what each request wrote."""

    def __init__(self) -> None:
        self.faults: list[str] = []
        self._of_thread = threading.local()

    @classmethod
    @contextmanager
    def listening(cls) -> Iterator["WriteLog"]:
        log = cls()
        listeners: list[tuple[Any, str, Any]] = [
            (Engine, "before_cursor_execute", log._note),
            (Engine, "commit", log._kept),
            (Engine, "rollback", log._dropped),
        ]
        for target, happening, act in listeners:
            event.listen(target, happening, act)
        try:
            yield log
        finally:
            for target, happening, act in listeners:
                event.remove(target, happening, act)

    def watch(self, app: Flask) -> None:
        """Have every request of this app looked at when it ends, before its database session is closed."""
        request_started.connect(self._begin, app)
        request_tearing_down.connect(self._end, app)

    def take_faults(self) -> list[str]:
        faults, self.faults = self.faults, []
        return faults

    def _begin(self, _app: Flask, **_: Any) -> None:
        self._of_thread.kept, self._of_thread.open, self._of_thread.begun = [], [], True

    def _end(self, _app: Flask, exc: BaseException | None = None, **_: Any) -> None:
        begun, self._of_thread.begun = getattr(self._of_thread, "begun", False), False
        if not begun:
            return  # a context without a request, such as a test's own
        if exc is not None:
            return  # the test sees the error itself, and nothing of the request is kept
        left = [*db.session.new, *db.session.dirty, *db.session.deleted, *self._open]
        if left:
            self.faults.append(f"{request.method} {request.path} left uncommitted: {left}")
        kept = set(self._kept_tables) - WRITTEN_WHILE_READING - WRITTEN_WITH_BYTES.get(request.endpoint or "", set())
        if request.method in SAFE_METHODS and kept:
            self.faults.append(f"{request.method} {request.path} wrote to {', '.join(sorted(kept))}")

    @property
    def _open(self) -> list[str]:
        return getattr(self._of_thread, "open", [])

    @property
    def _kept_tables(self) -> list[str]:
        return getattr(self._of_thread, "kept", [])

    def _note(self, _connection: Connection, _cursor: Any, statement: str, *_: Any) -> None:
        found = WRITES.match(statement)
        if found:
            self._of_thread.open = [*self._open, found[2].lower()]

    def _kept(self, _connection: Connection) -> None:
        self._of_thread.kept, self._of_thread.open = [*self._kept_tables, *self._open], []

    def _dropped(self, _connection: Connection) -> None:
        self._of_thread.open = []


@dataclass(frozen=True)
class Answer:
    """What came back: a page, a redirect, or bytes."""

    url: str
    response: TestResponse = field(repr=False)
    tree: Element | None = field(repr=False)  # None: not HTML

    @property
    def status(self) -> int:
        return self.response.status_code

    @property
    def location(self) -> str:
        """Where a redirect leads, as a local path."""
        assert self.status in REDIRECTS, f"{self.url} answered {self.status}, not with a redirect"
        parts = urlsplit(urljoin(self.url, self.response.headers["Location"]))
        return (
            parts.path + (f"?{parts.query}" if parts.query else "") + (f"#{parts.fragment}" if parts.fragment else "")
        )

    @property
    def page(self) -> Element:
        assert self.tree is not None, f"{self.url} answered {self.status} {self.response.mimetype}, not with a page"
        return self.tree

    @property
    def title(self) -> str:
        return text_of(self.page.find(".//title"))

    @property
    def heading(self) -> str:
        return text_of(self.page.find(".//h1"))

    @property
    def text(self) -> str:
        """All words of the main part, single-spaced."""
        main = self.page.find(".//main")
        return text_of(self.page if main is None else main)

    @property
    def errors(self) -> list[str]:
        """What stands beside the fields, in the order of the page."""
        return [text_of(node) for node in self.page.iter() if "field__error" in node.get("class", "").split()]

    @property
    def notices(self) -> list[str]:
        """Notices at the top of the page, such as what was just done."""
        return [text_of(node) for node in self.page.iter() if "notice" in node.get("class", "").split()]

    @property
    def links(self) -> dict[str, str]:
        """Words to address, for every link."""
        return {name_of(node): node.get("href", "") for node in self.page.iter("a") if node.get("href")}

    @property
    def buttons(self) -> list[str]:
        return [name_of(button) for form in self.page.iter("form") for button in buttons_of(form)]

    def value(self, name: str) -> str | None:
        """What stands in the control of this name."""
        for form in self.page.iter("form"):
            values = values_of(form)
            if name in values:
                return str(values[name])
        return None

    def form_with(self, button: str, near: str = "") -> tuple[Element, Element]:
        """The form and its button of this name; `near` tells equal ones apart by words in the same row."""
        found = [
            (form, candidate)
            for form in self.page.iter("form")
            for candidate in buttons_of(form)
            if name_of(candidate) == button and near in self._surroundings(form)
        ]
        where = f"{self.url} (“{self.heading}”)"
        assert found, f"no button “{button}”{f' near “{near}”' if near else ''} on {where}; there are {self.buttons}"
        assert len(found) == 1, f"{len(found)} buttons “{button}” on {where}; say which with near="
        return found[0]

    def _surroundings(self, form: Element) -> str:
        parents = {child: parent for parent in self.page.iter() for child in parent}
        node = form
        while node in parents and node.tag not in ("tr", "li", "article", "section"):
            node = parents[node]
        return text_of(node if node in parents else form)


class PageClient:
    """One browser: keeps its cookies and the page it is on."""

    def __init__(self, app: Flask, write_log: WriteLog) -> None:
        self.app = app
        self.http = app.test_client()
        self.current: Answer | None = None
        self._log = write_log

    def sign_in_as(self, user: User) -> None:
        """Make this browser one that the user is signed in with, without the pages in between."""
        token = a_sign_in_token(user)

        def give_cookie() -> None:
            with self.http.session_transaction() as cookie:
                cookie.clear()
                cookie[identity._TOKEN] = token

        Context().run(give_cookie)

    def get(self, url: str, *, follow: bool = False, **options: Any) -> Answer:
        """Open an address."""
        return self.open("GET", url, follow=follow, **options)

    def click(self, link: str, *, follow: bool = False) -> Answer:
        """Follow a link of the current page, found by its words."""
        links = self._page.links
        assert link in links, f"no link “{link}” on {self._page.url}; there are {sorted(links)}"
        return self.get(urljoin(self._page.url, links[link]), follow=follow)

    def press(self, button: str, *, near: str = "", follow: bool = False, **fields: Any) -> Answer:
        """Fill in the form around a button and press it. Fields go by their `name`; a file is `(stream, file name)`.

        A list fills several controls of one name; None leaves a control out, as an unticked box is.
        """
        page = self._page
        form, pressed = page.form_with(button, near)
        data = values_of(form)
        for name, value in fields.items():
            assert name in names_of(form), f"the form of “{button}” has no {name}; it has {sorted(names_of(form))}"
            data.setlist(name, value if isinstance(value, list) else [] if value is None else [value])
        if pressed.get("name"):
            data.add(pressed.get("name", ""), pressed.get("value", ""))
        target = urljoin(page.url, pressed.get("formaction") or form.get("action") or page.url)
        method = (pressed.get("formmethod") or form.get("method") or "get").upper()
        if method == "GET":
            return self.get(target.partition("?")[0], query_string=data, follow=follow)
        options: dict[str, Any] = {"data": data, "headers": {"Referer": urljoin("http://localhost/", page.url)}}
        if form.get("enctype") == "multipart/form-data":
            options["content_type"] = "multipart/form-data"
        return self.open(method, target, follow=follow, **options)

    def open(self, method: str, url: str, *, follow: bool = False, **options: Any) -> Answer:
        """Send any request and check the answer; for what no page offers, such as forged forms."""
        answer = self._send(method, url, **options)
        hops = 0
        while follow and answer.status in REDIRECTS:
            assert hops < 5, f"{url} leads round in circles: {answer.location}"
            answer = self._send("GET", answer.location)
            hops += 1
        return answer

    @property
    def _page(self) -> Answer:
        assert self.current is not None, "no page is open yet"
        return self.current

    def _send(self, method: str, url: str, **options: Any) -> Answer:
        self._finish_own_reading()
        # a context of its own: one left open around requests lets Flask-Login remember the person before
        response = Context().run(lambda: self.http.open(url.partition("#")[0], method=method, **options))
        faults = self._log.take_faults()
        assert not faults, "\n".join(faults)
        if method == "POST" and response.status_code in REDIRECTS:
            assert response.status_code == 303, f"a POST to {url} redirects with {response.status_code}, not 303"
        tree = None
        check_headers(url, response)
        if response.mimetype == "text/html" and method != "HEAD" and response.status_code not in REDIRECTS:
            tree = parse(url, response.text)
            check_page(url, tree, response)
        answer = Answer(url, response, tree)
        if tree is not None:
            self.current = answer
        return answer

    def _finish_own_reading(self) -> None:
        """The test's own database session lets go, and reads anew afterwards what the request has changed."""
        if has_app_context():
            unkept = [*db.session.new, *db.session.dirty]
            assert not unkept, f"the test has changed rows outside of a transaction: {unkept}"
            db.session.commit()
            db.session.expire_all()


def name_of(node: Element) -> str:
    """What a screen reader calls this control."""
    shown = node.get("value", "") if node.tag == "input" else text_of(node, spoken=True)
    return node.get("aria-label", shown)


def buttons_of(form: Element) -> list[Element]:
    return [
        node
        for node in form.iter()
        if (node.tag == "button" and node.get("type", "submit") == "submit")
        or (node.tag == "input" and node.get("type") in ("submit", "image"))
    ]


def names_of(form: Element) -> set[str]:
    return {node.get("name", "") for node in form.iter() if node.tag in ("input", "select", "textarea")} - {""}


def values_of(form: Element) -> MultiDict[str, Any]:
    """What a browser would send for this form as it stands, without any button."""
    values: MultiDict[str, Any] = MultiDict()
    for node in form.iter():
        name = node.get("name")
        if name and node.get("disabled") is None:
            for value in _values_of_control(node):
                values.add(name, value)
    return values


def _values_of_control(node: Element) -> list[str]:
    if node.tag == "textarea":
        return [("".join(node.itertext())).removeprefix("\n").replace("\n", "\r\n")]
    if node.tag == "select":
        options = list(node.iter("option"))
        chosen = [option for option in options if option.get("selected") is not None]
        if not chosen and node.get("multiple") is None:
            chosen = options[:1]
        return [option.attrib.get("value", text_of(option)) for option in chosen]
    if node.tag != "input" or node.get("type") in ("submit", "image", "button", "reset", "file"):
        return []
    if node.get("type") in ("checkbox", "radio"):
        return [node.get("value", "on")] if node.get("checked") is not None else []
    return [node.get("value", "")]
