"""A portal's tables, filled at once: a few people to look at closely, and as many others around them as are asked for.

The pages of Dana (a sponsor), Ines (a guest of hers) and Nora (an admin) show the same number of rows however many the
others are, so what differs between a small and a large world is the size of the tables and nothing else.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from flask import Flask
from sqlalchemy import func, insert, select, text

from portal.basics import tokens
from portal.basics.roles import Role, UserState
from portal.domain.audit import AuditKind
from portal.domain.work import tools
from portal.storage.db import Model, db, transaction
from portal.storage.models import (
    Assignment,
    Attachment,
    AuditEvent,
    CaptionTrack,
    Chapter,
    CoOwner,
    Criterion,
    EmailState,
    Event,
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
    ResetOutcome,
    ResetOutcomeKind,
    ResetRun,
    SignIn,
    Stream,
    User,
    VideoSession,
    VideoState,
    Viewing,
    WatchRecord,
    WhenItEnds,
)

FILM_SECONDS, PART_SECONDS = 2520, 4
OWN_SESSIONS = 20
OWN_FOLDERS = 3
OWN_GUESTS = 30
ON_FIRST_FOLDER = 6
POSTER = b"\xff\xd8\xff\xe0" + bytes(20_000) + b"\xff\xd9"
_CHUNK = 5_000

Row = dict[str, Any]


@dataclass
class World:
    """Who is in it. `cookies`: the sign-in tokens of the three; `film_key`: a player of Ines's at `session_key`."""

    at: datetime
    cookies: dict[str, str] = field(default_factory=dict)
    addresses: list[str] = field(default_factory=list)  # of Dana's guests, who can sign in when a hash was given
    session_key: str = ""
    folder_key: str = ""
    event_key: str = ""  # all of Dana's recordings, for all her guests, half of whom see a part
    film_key: str = ""
    guest_key: str = ""
    invited_key: str = ""
    beside_key: str = ""  # who looks after `session_key` beside Dana
    sign_in_key: str = ""
    list_key: str = ""  # of guests, brought by Dana for her first folder
    reset_key: str = ""  # a bulk reset by Dana, of all her guests
    criterion_key: str = ""  # of the event, which is judged
    track_key: str = ""  # captions of `session_key`
    attachment_key: str = ""  # a paper of it
    grant_id: int = 0
    email_id: int = 0


def fill(others: int, *, film: bytes = b"", password_hash: str = "v1$none") -> World:
    """Fill the migrated, empty database of the running app: the three, and `others` grants of strangers.

    Each stranger is a guest with one grant, one letter and one audit entry; every tenth has a sign-in and a sitting.
    Ten grants make a session, a thousand a sponsor.
    """
    world = World(at=datetime.now(UTC))
    filler = _Filler(world, password_hash)
    with transaction():
        filler.the_three()
        filler.what_dana_shares(film)
        filler.strangers(others)
        filler.trail()
    _gather_statistics()
    db.session.remove()
    return world


def add(world: World, others: int) -> None:
    """So many more strangers, with all that comes with them."""
    filler = _Filler(world, "v1$none")
    with transaction():
        filler.strangers(others)
        filler.trail()
    _gather_statistics()
    db.session.remove()


def viewers(world: World, number: int) -> list[tuple[str, str]]:
    """So many guests of Dana's who have pressed play on her first recording: each one's sign-in token and player."""
    filler, found = _Filler(world, "v1$none"), []
    with transaction():
        for guest in range(3, 3 + number):
            token = tokens.new_token()
            filler.put(SignIn, [filler.sign_in(guest, token)])
            filler.put(Viewing, [filler.viewing(guest, 1, guest - 2)])  # by their own grant on the folder
            found.append((token, filler.player(guest, token)))
    db.session.remove()
    return found


def cookie_for(app: Flask, token: str) -> str:
    """The cookie header of a browser that holds this sign-in and has seen a page with a form."""
    serializer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    return f"{app.config['SESSION_COOKIE_NAME']}={serializer.dumps({'sign_in': token, 'csrf_token': '0' * 40})}"


def _gather_statistics() -> None:
    """What a database's own upkeep would have done by the time it holds so many rows."""
    with db.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("ANALYZE"))


class _Filler:
    def __init__(self, world: World, password_hash: str) -> None:
        self.world, self.at, self.password_hash = world, world.at, password_hash
        self.policy_id = db.session.scalars(db.select(Policy.id).order_by(Policy.version.desc()).limit(1)).one()
        kept = (User.id, VideoSession.id, Invitation.id, AuditEvent.sequence)
        self.last = {column.class_: db.session.scalar(select(func.max(column))) or 0 for column in kept}

    def the_three(self) -> None:
        staff = [self.user(1, Role.SPONSOR, "Dana Lee"), self.user(2, Role.ADMIN, "Nora Quist")]
        self.users(staff)
        self.world.beside_key = staff[1]["key"]
        guests = [self.user(3 + place, Role.GUEST, f"Guest {place}", 1) for place in range(OWN_GUESTS)]
        guests[0]["name"] = "Ines Okafor"
        guests[-1] |= {"state": UserState.INVITED, "activated_at": None, "password_hash": None}
        self.users(guests)
        self.world.addresses = [guest["address"] for guest in guests[:-1]]
        self.world.guest_key, self.world.invited_key = guests[0]["key"], guests[-1]["key"]
        for name, user_id in {"sponsor": 1, "admin": 2, "guest": 3}.items():
            token = tokens.new_token()
            self.world.cookies[name] = token
            sign_in = self.sign_in(user_id, token)
            self.world.sign_in_key = sign_in["key"]
            self.put(SignIn, [sign_in])

    def what_dana_shares(self, film: bytes) -> None:
        folders = [self.folder(place + 1) for place in range(OWN_FOLDERS)]
        self.put(Folder, folders)
        sessions = [
            self.video_session(place + 1, 1, folder_id=1 if place < ON_FIRST_FOLDER else None)
            for place in range(OWN_SESSIONS)
        ]
        self.put(VideoSession, sessions)
        self.put(CoOwner, [{"video_session_id": 1, "user_id": 2, "added_by_id": 1, "created_at": self.at}])
        self.files(OWN_SESSIONS, film)
        self.beside_the_film()
        everybody = range(3, 3 + OWN_GUESTS)
        self.put(Grant, [self.grant(guest_id, 1, folder_id=1) for guest_id in everybody])
        self.put(Grant, [self.grant(3, 1, video_session_id=each + 1) for each in range(ON_FIRST_FOLDER, OWN_SESSIONS)])
        self.letters(everybody)
        self.put(Viewing, [self.viewing(3, 1, 1)])
        self.event(everybody)
        self.reset(everybody)
        self.guest_list()
        self.world.session_key, self.world.folder_key = sessions[0]["key"], folders[0]["key"]
        self.world.film_key = self.player(3, self.world.cookies["guest"])
        self.world.grant_id = self.world.email_id = 1

    def event(self, people: Iterable[int]) -> None:
        """An event of Dana's that is open, with a part for every second guest, who has begun two recordings of it."""
        self.world.event_key = tokens.new_key()
        window = {"opens_at": self.at - timedelta(days=1), "closes_at": self.at + timedelta(days=30)}
        about = {"key": self.world.event_key, "owner_id": 1, "title": "Finals", "time_zone": "Europe/Berlin"}
        self.put(Event, [{"id": 1, "created_at": self.at - timedelta(days=2), "is_judged": True} | about | window])
        self.world.criterion_key = tokens.new_key()
        criterion: Row = {"event_id": 1, "title": "Clarity", "lowest": 1, "highest": 10, "position": 0}
        self.put(Criterion, [criterion | {"key": self.world.criterion_key}])
        shown = range(1, OWN_SESSIONS + 1)
        self.put(EventSession, [{"event_id": 1, "video_session_id": each, "added_at": self.at} for each in shown])
        given = {"event_id": 1, "granted_by_id": 1, "created_at": self.at, "when_it_ends": WhenItEnds.STOP}
        given |= {"begins_at": window["opens_at"], "ends_at": window["closes_at"]}
        first = (db.session.scalar(select(func.max(Grant.id))) or 0) + 1
        guests = list(enumerate(people))
        self.put(Grant, [{"id": first + n, "guest_id": g, "is_assigned": n % 2 == 1} | given for n, g in guests])
        parts = [(first + n, 1 + (n + each) % OWN_SESSIONS) for n, _ in guests if n % 2 == 1 for each in range(5)]
        kept = {"created_at": self.at}
        self.put(Assignment, [{"grant_id": g, "video_session_id": each} | kept for g, each in parts])
        seen = {"watched": [[0, 9000]], "watched_seconds": 900.0, "watched_at": self.at, "media_version": 1}
        begun = [
            {"user_id": g, "video_session_id": 1 + (n + each) % OWN_SESSIONS} for n, g in guests for each in (0, 1)
        ]
        self.put(WatchRecord, [row | seen for row in begun])

    def reset(self, people: Iterable[int]) -> None:
        """A bulk reset that was run over these people."""
        self.world.reset_key = tokens.new_key()
        run: Row = {"key": self.world.reset_key, "by_id": 1, "reach": {}, "words": "All people", "mails_way_in": True}
        self.put(ResetRun, [{**run, "sign_ins_ended": 0, "created_at": self.at}])
        outcome: Row = {"run_id": 1, "kind": ResetOutcomeKind.VOIDED, "why": "", "at": self.at}
        self.put(ResetOutcome, [{**outcome, "user_id": each, "email_id": None} for each in people])

    def guest_list(self) -> None:
        """A list of somebody new, of a guest who is named already, and of no address."""
        self.world.list_key = tokens.new_key()
        addresses = ["new@brightwater.example", self.world.addresses[0] if self.world.addresses else "", "nobody"]
        entries = [[n, a, a if "@" in a else None, "", None, None, None, ""] for n, a in enumerate(addresses, 1)]
        kept: Row = {"key": self.world.list_key, "by_id": 1, "folder_id": 1, "created_at": self.at}
        rows, said = json.dumps([[a] for a in addresses]), json.dumps(entries)
        terms = {"begins": None, "until": None, "views": None, "when_it_ends": "finish"}
        columns = {"kinds": ["address"], "has_head": False}
        self.put(GuestList, [{**kept, "rows": rows, "entries": said, "columns": columns, "terms": terms}])

    def beside_the_film(self) -> None:
        """Captions, chapters and a paper of Dana's first recording."""
        kept = {"video_session_id": 1, "created_at": self.at}
        self.world.track_key = tokens.new_key()
        track = {**kept, "key": self.world.track_key, "language": "en", "changed_at": self.at}
        self.put(CaptionTrack, [{**track, "cues": [[1000 * n, 1000 * n + 900, f"Line {n}"] for n in range(200)]}])
        parts = [{"begins_at_seconds": 60.0 * n, "title": f"Part {n}"} for n in range(9)]
        self.put(Chapter, [{"video_session_id": 1} | part for part in parts])
        paper = self.file(1, MediaKind.POSTER, "application/pdf", b"%PDF-1.7\n%%EOF\n")
        about = {"key": tokens.new_key(), "title": "The slides", "uploaded_name": "slides.pdf"}
        wanted = ("store_key", "content_type", "size_bytes")
        self.put(Attachment, [{**kept, **about, **{name: paper[name] for name in wanted}}])
        self.world.attachment_key = about["key"]

    def strangers(self, number: int) -> None:
        # so many at least that the lists of an admin, who sees everybody's, are full pages in the smallest world
        sponsors, sessions = number // 1000 + 1, max(number // 10, OWN_SESSIONS)
        first_sponsor, first_session = self.last[User] + 1, self.last[VideoSession] + 1
        first_guest = first_sponsor + sponsors
        self.users(self.user(first_sponsor + n, Role.SPONSOR, f"Sponsor {n}") for n in range(sponsors))
        self.put(
            VideoSession,
            (self.video_session(first_session + n, first_sponsor + n % sponsors) for n in range(sessions)),
        )
        guests = [first_guest + n for n in range(number)]
        self.users(self.user(g, Role.GUEST, f"Stranger {g}", first_sponsor + g % sponsors) for g in guests)
        self.put(
            Grant,
            (self.grant(g, first_sponsor, video_session_id=first_session + n % sessions) for n, g in enumerate(guests)),
        )
        self.letters(guests)
        self.put(SignIn, (self.sign_in(g, tokens.new_token()) for g in guests[::10]))
        self.put(Viewing, (self.viewing(g, first_session, None) for g in guests[::10]))

    def trail(self) -> None:
        """An entry for every account. Only their shape matters here: the chain is not one that checks."""
        sequences = range(self.last[AuditEvent] + 1, self.last[User] + 1)
        self.put(
            AuditEvent,
            (
                {
                    "sequence": number,
                    "at": self.at - timedelta(hours=1),
                    "kind": AuditKind.SIGN_IN_STARTED.label,
                    "actor_id": number,
                    "subject_kind": "sign_in",
                    "subject_id": number,
                    "facts": {"device": "Firefox on Windows"},
                    "facts_salt": "0" * 32,
                    "facts_digest": "0" * 64,
                    "previous_hash": f"{number - 1:064}",
                    "hash": f"{number:064}",
                }
                for number in sequences
            ),
        )
        db.session.execute(text("UPDATE audit_heads SET sequence = :n, hash = :h"), self._head(sequences[-1]))

    @staticmethod
    def _head(sequence: int) -> Row:
        return {"n": sequence, "h": f"{sequence:064}"}

    # rows

    def users(self, rows: Iterable[Row]) -> None:
        for some in _chunks(rows):
            self.put(User, some)
            accepted = [{"user_id": row["id"], "policy_id": self.policy_id, "at": self.at} for row in some]
            self.put(PolicyAcceptance, accepted)

    def user(self, user_id: int, role: Role, name: str, sponsor_id: int | None = None) -> Row:
        return {
            "id": user_id,
            "key": tokens.new_key(),
            "role": role,
            "state": UserState.ACTIVE,
            "address": f"person{user_id}@brightwater.example",
            "name": name,
            "department": "" if role is Role.GUEST else "Alumni and Giving",
            "sponsor_id": sponsor_id,
            "password_hash": self.password_hash,
            "created_at": self.at - timedelta(days=2),
            "activated_at": self.at - timedelta(days=1),
        }

    def sign_in(self, user_id: int, token: str) -> Row:
        return {
            "key": tokens.new_key(),
            "user_id": user_id,
            "token_hash": tokens.hash_token(token),
            "created_at": self.at,
            "last_seen_at": self.at,
            "idle_ends_at": self.at + timedelta(hours=8),
            "ends_at": self.at + timedelta(hours=8),
            "network": "192.0.2.1",
            "device": "Firefox on Windows",
        }

    def folder(self, number: int) -> Row:
        return {"key": tokens.new_key(), "owner_id": 1, "title": f"Folder {number}", "created_at": self.at}

    def video_session(self, number: int, owner_id: int, folder_id: int | None = None) -> Row:
        return {
            "key": tokens.new_key(),
            "owner_id": owner_id,
            "folder_id": folder_id,
            "title": f"What your gift built, part {number}",
            "state": VideoState.READY,
            "length_seconds": float(FILM_SECONDS),
            "created_at": self.at - timedelta(days=3),
            "ready_at": self.at - timedelta(days=3),
            "media_version": 1,
            "whole_version": 1,
        }

    def grant(
        self, guest_id: int, by: int, *, video_session_id: int | None = None, folder_id: int | None = None
    ) -> Row:
        return {
            "guest_id": guest_id,
            "video_session_id": video_session_id,
            "folder_id": folder_id,
            "granted_by_id": by,
            "created_at": self.at - timedelta(days=2),
            "ends_at": self.at + timedelta(days=30),
        }

    def viewing(self, user_id: int, video_session_id: int, grant_id: int | None) -> Row:
        return {
            "key": tokens.new_key(),
            "user_id": user_id,
            "video_session_id": video_session_id,
            "grant_id": grant_id,
            "right": "grant",
            "created_at": self.at,
            "ends_at": self.at + timedelta(hours=8),
            "delivered_at": self.at,
        }

    def player(self, user_id: int, token: str) -> str:
        """The key of a new player in the newest sitting of this person, in the browser that has this token."""
        key, sign_in = tokens.new_key(), SignIn.token_hash == tokens.hash_token(token)
        stream = {
            "key": key,
            "user_id": user_id,
            "viewing_id": db.session.scalar(select(func.max(Viewing.id)).where(Viewing.user_id == user_id)),
            "sign_in_id": db.session.scalar(select(SignIn.id).where(sign_in)),
            "trace_code": tokens.new_trace_code(),
            "device": "a measurement",
            "network": "127.0.0.1",
            "created_at": self.at,
            "seen_at": self.at,
        }
        self.put(Stream, [stream])
        return key

    def files(self, sessions: int, film: bytes) -> None:
        """A poster for each of the first sessions, and a film for the very first."""
        self.put(MediaFile, (self.file(n + 1, MediaKind.POSTER, "image/jpeg", POSTER) for n in range(sessions)))
        rendition = self.file(1, MediaKind.RENDITION, "video/mp4", film or b"film")
        parts = FILM_SECONDS // PART_SECONDS
        index = {"head": 0, "parts": [[rendition["size_bytes"] // parts, PART_SECONDS * 1000]] * parts}
        shape = {"name": "720p", "width": 1280, "height": 720, "codecs": "avc1.64001f,mp4a.40.2", "index": index}
        self.put(MediaFile, [rendition | shape])

    def file(self, video_session_id: int, kind: MediaKind, content_type: str, content: bytes) -> Row:
        upload = tools().media.incoming_folder / tokens.new_key()
        upload.write_bytes(content)
        return {
            "video_session_id": video_session_id,
            "kind": kind,
            "store_key": tools().media.adopt(upload),
            "content_type": content_type,
            "size_bytes": len(content),
            "created_at": self.at,
        }

    def letters(self, guests: Iterable[int]) -> None:
        """An invitation and its letter for each."""
        for some in _chunks({"user_id": guest} for guest in guests):
            begun = self.last[Invitation] + 1
            self.put(Invitation, [row | self._invitation() for row in some])
            self.put(OutgoingEmail, [row | self._letter(begun + n, row["user_id"]) for n, row in enumerate(some)])

    def _invitation(self) -> Row:
        return {
            "sent_by_id": 1,
            "token_hash": tokens.hash_token(tokens.new_token()),
            "created_at": self.at,
            "ends_at": self.at + timedelta(days=14),
        }

    def _letter(self, invitation_id: int, guest: int) -> Row:
        return {
            "message_id": f"<{tokens.new_key()}@portal.example>",
            "letter": "invitation",
            "invitation_id": invitation_id,
            "to_address": f"person{guest}@brightwater.example",
            "subject": "Dana Lee shares a recording with you",
            "state": EmailState.SENT,
            "next_try_at": self.at,
            "created_at": self.at,
            "sent_at": self.at,
        }

    def put(self, model: type[Model], rows: Iterable[Row]) -> None:
        """Write rows by one statement for thousands of them."""
        for some in _chunks(rows):
            db.session.execute(insert(model.__table__), some)  # type: ignore[arg-type]
            if model in self.last:
                self.last[model] += len(some)


def _chunks(rows: Iterable[Row]) -> Iterator[list[Row]]:
    left = iter(rows)
    while some := list(islice(left, _CHUNK)):
        yield some
