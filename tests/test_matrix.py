"""The matrix of tests/matrix.py, compared with the app's own routes and with what it really answers."""

import re
import shutil
from collections.abc import Iterator
from contextvars import Context
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import Flask
from werkzeug.routing import Rule

from portal.app import create_app
from portal.basics import tokens
from portal.basics.roles import Role, UserState
from portal.domain.work import tools
from portal.settings import Settings
from portal.storage.db import db, transaction
from portal.storage.models import (
    AccessRequest,
    Attachment,
    CaptionTrack,
    CoOwner,
    Criterion,
    EmailState,
    Event,
    EventFolder,
    EventSession,
    Folder,
    Grant,
    GuestList,
    Invitation,
    MediaFile,
    MediaKind,
    OutgoingEmail,
    Policy,
    PolicyAcceptance,
    ResetRun,
    ScoreSheet,
    SignIn,
    Stream,
    ThrottleCounter,
    Upload,
    User,
    VideoSession,
    VideoState,
    Viewing,
    WhenItEnds,
)
from portal.web import identity
from tests.matrix import ACTORS, Line, lines

LINES = lines()
LETTER = "kept.eml"
MEDIA = b"0123456789" * 10
CONVERTER = re.compile(r"<int\([^)]*\):")  # how large an id may be is nothing to the matrix


@pytest.fixture(scope="module")
def portal(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """One portal for all lines; each request is about rows of its own."""
    folder = tmp_path_factory.mktemp("matrix")
    shutil.copyfile(sqlite_template, folder / "portal.sqlite")
    app = create_app(Settings.for_tests(folder))
    app.config["WTF_CSRF_ENABLED"] = False  # who may do it is asked here; the token has tests of its own
    (folder / "letters").mkdir()
    (folder / "letters" / LETTER).write_bytes(
        b"Subject: Hello\nMIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\n\n<p>Hello</p>\n"
    )
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def routes(app: Flask) -> dict[str, Rule]:
    """Every route by method and path, as the app itself lists them."""
    return {
        f"{method} {CONVERTER.sub('<int:', rule.rule)}": rule
        for rule in app.url_map.iter_rules()
        if rule.endpoint != "static"
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    }


def test_every_route_stands_in_the_matrix(portal):
    missing = sorted(set(routes(portal)) - {line.name for line in LINES})

    add = "\n".join(f"{name:<46}" + "  ".join("?" * len(ACTORS)) for name in missing)
    assert not missing, f"who gets what answer there? Add to tests/matrix.py (columns {', '.join(ACTORS)}):\n{add}"


def test_the_matrix_holds_no_route_that_is_gone(portal):
    assert sorted({line.name for line in LINES} - set(routes(portal))) == []


def test_no_route_stands_twice():
    names = [line.name for line in LINES]

    assert sorted({name for name in names if names.count(name) > 1}) == []


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.name)
def test_each_actor_gets_the_answer_of_the_matrix(portal, line: Line):
    assert real_answers(portal, line) == line.answers


@pytest.mark.parametrize("line", [line for line in LINES if line.method == "GET"], ids=lambda line: line.name)
def test_head_answers_as_get_does_and_shows_no_length_of_what_is_refused(portal, line: Line):
    for actor in ACTORS:
        answer = ask(portal, line._replace(method="HEAD"), actor)
        assert words_for(answer) == line.answers[actor], actor
        assert answer.data == b""
        if answer.status_code == 404:
            assert answer.headers.get("Content-Length") != str(len(MEDIA)), actor


def test_what_is_not_yours_answers_like_what_does_not_exist(portal):
    """Same body, for every actor and route that answers 404 (security.md, The answer to a no)."""
    different = []
    for line in LINES:
        for actor in [actor for actor in ACTORS if line.answers[actor] == "404" and actor != "stranger"]:
            theirs = without_nonces(ask(portal, line, actor, name="Somebody"))
            nobodys = without_nonces(ask(portal, line, actor, name="Somebody", about_nothing=True))
            if theirs != nobodys:
                different.append(f"{line.name} for {actor}")

    assert different == []


OWNERS_ALONE = {
    "POST /sessions/<key>/co-owners",
    "GET /sessions/<key>/co-owners/<user_key>/remove",
    "POST /sessions/<key>/co-owners/<user_key>/remove",
    "GET /sessions/<key>/delete",
    "POST /sessions/<key>/delete",
}
ABOUT_THE_SESSION = [line for line in LINES if line.route.startswith(("/sessions/<key>", "/watch/<key>", "/posters/"))]


@pytest.mark.parametrize("line", ABOUT_THE_SESSION, ids=lambda line: line.name)
def test_a_co_owner_gets_what_the_owner_gets_but_for_what_is_the_owners_alone(portal, line: Line):
    expected = "403" if line.name in OWNERS_ALONE else line.answers["sponsor"]

    assert words_for(ask(portal, line, "beside")) == expected


def real_answers(app: Flask, line: Line) -> dict[str, str]:
    return {actor: words_for(ask(app, line, actor)) for actor in ACTORS}


def words_for(answer) -> str:
    if answer.status_code == 303 and urlsplit(answer.headers["Location"]).path == "/sign-in":
        return "sign-in"
    return str(answer.status_code)


def without_nonces(answer) -> tuple[int, list[str]]:
    """The answer's words, without what is another each time."""
    return answer.status_code, [
        line for line in answer.text.splitlines() if "nonce=" not in line and "csrf" not in line
    ]


def ask(app: Flask, line: Line, actor: str, *, name: str = "", about_nothing: bool = False):
    """One request of this actor's, in a world of its own, because a request may change it."""
    with app.app_context():
        world = World.new(name)
        token = world.tokens.get(actor, "")
        rule = routes(app)[line.name.replace("HEAD ", "GET ")]
        values = world.values_for(rule, actor)
        if about_nothing:
            values = {name: 999_999 if isinstance(value, int) else "nobodyskey234567" for name, value in values.items()}
        built = rule.build(values)
    assert built is not None, rule.rule
    browser = app.test_client()

    def send():
        if token:
            with browser.session_transaction() as cookie:
                cookie[identity._TOKEN] = token
        form = {"nothing": "of use"} if line.method == "POST" else None
        return browser.open(built[1], method=line.method, data=form)

    return Context().run(send)


_numbers = count(1)


@dataclass
class World:
    """What a sponsor owns, and all who might ask for it. Written at once, without passwords: nobody signs in here."""

    name: str
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    people: dict[str, User] = field(default_factory=dict)
    sign_ins: dict[str, SignIn] = field(default_factory=dict)
    streams: dict[str, Stream] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)

    @classmethod
    def new(cls, name: str) -> "World":
        world = cls(name)
        with transaction():
            db.session.execute(db.delete(ThrottleCounter))  # all these tries come from one network
            world._people()
            world._things()
            world._sittings()
        db.session.expunge_all()
        return world

    def values_for(self, rule: Rule, actor: str) -> dict[str, object]:
        """What stands for the variable parts of this route's address."""
        mine = actor if actor in self.streams else "guest"
        known: dict[str, object] = {
            "token": "x" * 43,
            "stream_key": self.streams[mine].key,
            "email_id": self.email.id,
            "grant_id": self.grant.id,
            "user_key": self.people["beside"].key,
            "session_key": self.video_session.key,
            "folder_key": self.folder.key,
            "event_key": self.event.key,
            "guest_key": self.people["guest"].key,
            "version": 1,
            "name": "0" if "storyboard" in rule.rule or "frames" in rule.rule else "720p",
            "track_key": self.captions.key,
            "attachment_key": self.attachment.key,
            "criterion_key": self.criterion.key,
            "sheet_key": self.sheet.key,
            "key": self._key_for(rule.rule),
        }
        unknown = rule.arguments - set(known)
        assert not unknown, f"tell World.values_for what {unknown} of {rule.rule} stands for"
        return {name: known[name] for name in rule.arguments}

    def _key_for(self, route: str) -> str:
        if route.endswith(("/hand-over", "/role")):
            return self.people["beside"].key
        keyed = {
            "/folders/": self.folder,
            "/events/": self.event,
            "/watch/events/": self.event,
            "/guests/": self.people["guest"],
            "/admin/people/": self.people["guest"],
            "/admin/trace/": self.streams["guest"],
            "/account/sign-ins/": self.sign_ins["guest"],
            "/bin/": self.binned,
            "/uploads/": self.upload,
            "/lists/": self.guest_list,
            "/resets/": self.reset_run,
            "/requests/": self.access_request,
        }
        return next((row.key for begins, row in keyed.items() if route.startswith(begins)), self.video_session.key)

    def _people(self) -> None:
        sponsor = self._user("sponsor", Role.SPONSOR)
        self._user("foreign", Role.SPONSOR)
        self._user("admin", Role.ADMIN)
        self._user("beside", Role.SPONSOR)
        for name in ("guest", "other", "ended"):
            self._user(name, Role.GUEST, sponsor_id=sponsor.id)
        self._user("disabled", Role.GUEST, sponsor_id=sponsor.id, state=UserState.DISABLED)
        self._user("invited", Role.GUEST, sponsor_id=sponsor.id, state=UserState.INVITED, activated_at=None)
        self.people["other"].sponsor_id = self.people["foreign"].id
        policy_id = db.session.scalars(db.select(Policy.id)).one()
        db.session.add_all(
            PolicyAcceptance(user_id=user.id, policy_id=policy_id, at=self.at) for user in self.people.values()
        )
        for name, user in self.people.items():
            self.sign_ins[name] = self._sign_in(name, user)

    def _user(self, name: str, role: Role, **given: object) -> User:
        values = {
            "key": tokens.new_key(),
            "role": role,
            "state": UserState.ACTIVE,
            "address": f"{name}{next(_numbers)}@brightwater.example",
            "name": self.name or name.title(),
            "created_at": self.at - timedelta(days=2),
            "activated_at": self.at - timedelta(days=1),
        }
        user = User(**(values | given))
        db.session.add(user)
        db.session.flush()
        self.people[name] = user
        return user

    def _sign_in(self, name: str, user: User) -> SignIn:
        self.tokens[name] = tokens.new_token()
        sign_in = SignIn(
            key=tokens.new_key(),
            user_id=user.id,
            token_hash=tokens.hash_token(self.tokens[name]),
            created_at=self.at,
            last_seen_at=self.at,
            idle_ends_at=self.at + timedelta(hours=1),
            ends_at=self.at + timedelta(hours=2),
            network="127.0.0.1",
            device="a test",
        )
        db.session.add(sign_in)
        return sign_in

    def _things(self) -> None:
        owner = self.people["sponsor"]
        self.folder = self._kept(
            Folder(key=tokens.new_key(), owner_id=owner.id, title="Donors 2026", created_at=self.at)
        )
        self.video_session = self._kept(
            VideoSession(
                key=tokens.new_key(),
                owner_id=owner.id,
                folder_id=self.folder.id,
                title="What your gift built",
                state=VideoState.READY,
                length_seconds=300.0,
                created_at=self.at - timedelta(days=3),
                ready_at=self.at - timedelta(days=3),
                media_version=1,
                whole_version=1,
                allows_download=True,
            )
        )
        self.event = self._kept(
            Event(
                key=tokens.new_key(),
                owner_id=owner.id,
                title="Finals 2026",
                time_zone="Europe/Berlin",
                opens_at=self.at - timedelta(days=1),
                closes_at=self.at + timedelta(days=7),
                is_judged=True,
                created_at=self.at - timedelta(days=2),
            )
        )
        self.criterion = self._kept(
            Criterion(key=tokens.new_key(), event_id=self.event.id, title="Clarity", lowest=1, highest=10, position=0)
        )
        shows = {"event_id": self.event.id, "added_at": self.at - timedelta(days=2)}
        self._kept(EventSession(video_session_id=self.video_session.id, **shows))
        self.guest_list = self._kept(
            GuestList(
                key=tokens.new_key(),
                by_id=owner.id,
                folder_id=self.folder.id,
                rows='[["new@bw.example"]]',
                entries='[[1,"new@bw.example","new@bw.example","",null,null,null,""]]',
                columns={"kinds": ["address"], "has_head": False},
                terms={"begins": None, "until": None, "views": None, "when_it_ends": "finish"},
                created_at=self.at,
            )
        )
        self._kept(EventFolder(folder_id=self.folder.id, **shows))
        self._kept(
            Grant(
                guest_id=self.people["guest"].id,
                event_id=self.event.id,
                granted_by_id=owner.id,
                created_at=self.at - timedelta(days=2),
                begins_at=self.event.opens_at,
                ends_at=self.event.closes_at,
                when_it_ends=WhenItEnds.STOP,
            )
        )
        self.sheet = self._kept(
            ScoreSheet(
                key=tokens.new_key(),
                event_id=self.event.id,
                judge_id=self.people["beside"].id,
                video_session_id=self.video_session.id,
                created_at=self.at,
                changed_at=self.at,
            )
        )
        self.binned = self._kept(
            VideoSession(
                key=tokens.new_key(),
                owner_id=owner.id,
                title="Deleted",
                created_at=self.at,
                binned_at=self.at,
                binned_by_id=owner.id,
            )
        )
        index = {"head": 20, "parts": [[80, 300_000]]}
        self._media(MediaKind.RENDITION, "video/mp4", name="720p", width=1280, height=720, index=index)
        self._media(MediaKind.POSTER, "image/jpeg", version=0)
        index = {"every": 300, "columns": 1, "tile": [160, 90], "first": 0, "count": 1}
        self._media(MediaKind.STORYBOARD, "image/jpeg", name="0", index=index)
        self.captions = self._kept(
            CaptionTrack(
                key=tokens.new_key(),
                video_session_id=self.video_session.id,
                language="en",
                cues=[[0, 1000, "Welcome"]],
                created_at=self.at,
                changed_at=self.at,
            )
        )
        paper = Path(db.engine.url.database or "").parent / "paper"
        paper.write_bytes(MEDIA)
        self.attachment = self._kept(
            Attachment(
                key=tokens.new_key(),
                video_session_id=self.video_session.id,
                title="The slides",
                store_key=tools().media.put(paper),
                content_type="application/pdf",
                size_bytes=len(MEDIA),
                uploaded_name="slides.pdf",
                created_at=self.at,
            )
        )
        self.upload = self._kept(
            Upload(
                key=tokens.new_key(),
                owner_id=owner.id,
                title="Quartet",
                file_name="quartet.mp4",
                size_bytes=1000,
                created_at=self.at,
                touched_at=self.at,
            )
        )
        self._kept(
            CoOwner(video_session_id=self.video_session.id, user_id=self.people["beside"].id, created_at=self.at)
        )
        self.grant = self._grant("guest")
        self._grant("invited")
        self._grant("disabled")
        over = self._grant("ended", ends_at=self.at - timedelta(days=1))
        self.access_request = self._kept(
            AccessRequest(
                key=tokens.new_key(),
                guest_id=over.guest_id,
                video_session_id=self.video_session.id,
                grant_id=over.id,
                grant_version=1,
                why="ended",
                created_at=self.at,
            )
        )
        self._kept(
            Invitation(
                user_id=self.people["invited"].id,
                token_hash=tokens.hash_token(tokens.new_token()),
                created_at=self.at,
                ends_at=self.at + timedelta(days=14),
                code_tries_left=0,
                codes_mailed=0,
            )
        )
        self.reset_run = self._kept(
            ResetRun(
                key=tokens.new_key(),
                by_id=owner.id,
                reach={"people": []},
                words="1 person named by hand",
                mails_way_in=False,
                created_at=self.at,
            )
        )
        self.email = self._kept(
            OutgoingEmail(
                message_id=f"<{tokens.new_key()}@portal.example>",
                letter="invitation",
                user_id=self.people["guest"].id,
                to_address=self.people["guest"].address,
                subject="Dana Lee shares a recording with you",
                state=EmailState.SENT,
                next_try_at=self.at,
                created_at=self.at,
                kept_as=LETTER,
            )
        )

    def _media(self, kind: MediaKind, content_type: str, **facts: object) -> None:
        store = Path(db.engine.url.database or "").parent / "made"
        store.write_bytes(MEDIA)
        self._kept(
            MediaFile(
                video_session_id=self.video_session.id,
                kind=kind,
                store_key=tools().media.put(store),
                content_type=content_type,
                size_bytes=len(MEDIA),
                created_at=self.at,
                **facts,
            )
        )

    def _grant(self, name: str, **given: object) -> Grant:
        values = {
            "guest_id": self.people[name].id,
            "video_session_id": self.video_session.id,
            "granted_by_id": self.people["sponsor"].id,
            "created_at": self.at - timedelta(days=2),
        }
        return self._kept(Grant(**(values | given)))

    def _sittings(self) -> None:
        for name in ("guest", "ended", "disabled"):
            viewing = self._kept(
                Viewing(
                    key=tokens.new_key(),
                    user_id=self.people[name].id,
                    video_session_id=self.video_session.id,
                    grant_id=self.grant.id if name == "guest" else None,
                    right="grant",
                    created_at=self.at,
                    ends_at=self.at + timedelta(hours=4),
                )
            )
            self.streams[name] = self._kept(
                Stream(
                    key=tokens.new_key(),
                    user_id=self.people[name].id,
                    viewing_id=viewing.id,
                    sign_in_id=self.sign_ins[name].id,
                    trace_code=tokens.new_trace_code(),
                    device="a test",
                    network="127.0.0.1",
                    created_at=self.at,
                    seen_at=self.at,
                )
            )

    def _kept(self, row):
        db.session.add(row)
        db.session.flush()
        return row
