"""A portal full of people and recordings in every state, and an empty one, both served to browsers."""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page
from sqlalchemy import select

from portal import demo
from portal.app import create_app
from portal.basics import tokens
from portal.basics.roles import UserState
from portal.demo import people as cast
from portal.demo.people import Person
from portal.domain import (
    attachments,
    bulk_resets,
    captions,
    chapters,
    events,
    invitations,
    mailbox,
    password_resets,
    playback,
    sign_ins,
    the_bin,
    uploads,
)
from portal.domain.chapters import Shown
from portal.domain.grants.things import Thing, named_on
from portal.domain.judging import criteria, labels
from portal.domain.judging.criteria import Wanted
from portal.domain.work import tools
from portal.mail.delivery import Outcome, Refused, Sent
from portal.settings import Settings
from portal.storage import schema
from portal.storage.db import db, transaction
from portal.storage.models import (
    Event,
    Folder,
    Grant,
    OutgoingEmail,
    PasswordResetAsk,
    ResetRun,
    Stream,
    Upload,
    User,
    VideoSession,
    VideoState,
)
from portal.web import identity
from tests import factories
from tests.domain.judging.contests import Contest, a_contest
from tests.services import serving

ENGLISH = b"""\
WEBVTT

00:00.000 --> 00:01.000
<v Rabbit>What a morning. Nobody about, and the whole meadow to <i>myself</i>.

00:01.200 --> 00:02.400
[stretches]

00:02.500 --> 00:05.000
<v Rabbit>First, a little breakfast, under the big tree.
"""
ARABIC = "1\n00:00:00,500 --> 00:00:02,500\nيا له من صباح.\n".encode()
LONG_TITLE = "Three visitors who throw nuts, and the very long plan that follows from it"
SLIDES = "The slides of the tour"
PDF = b"%PDF-1.7\ntrailer\n<<>>\n%%EOF\n"


class World:
    """One portal at `site`. Ask it for people and things in its app's context."""

    def __init__(self, app: Flask, site: str) -> None:
        self.app, self.site = app, site

    def user(self, person: Person) -> User:
        return self._one(select(User).where(User.address == person.address))

    def recording(self, words: str) -> VideoSession:
        """The recording whose title begins like this."""
        return self._one(select(VideoSession).where(VideoSession.title.startswith(words)))

    def recording_that_is(self, state: VideoState) -> VideoSession:
        return self._one(select(VideoSession).where(VideoSession.state == state))

    def with_a_failed_version(self, words: str) -> VideoSession:
        """A recording that plays, and whose next video could not be prepared."""
        with transaction():
            found = self.recording(words)
            found.next_version = found.media_version + 1
            found.failure = "The file is damaged near 0:01 of 0:05. Upload it again, or export it anew."
        return found

    def folder(self, title: str) -> Folder:
        return self._one(select(Folder).where(Folder.title == title))

    def event(self, title: str) -> Event:
        """The event whose title begins like this."""
        return self._one(select(Event).where(Event.title.startswith(title)))

    def event_without(self, recordings: int) -> Event:
        """An event of Dana's without guests, with so many recordings: none or one."""
        shown = [self.recording("Team Kestrel")][:recordings]
        now = datetime.now(UTC)
        window = {"opens_at": now - timedelta(days=1), "closes_at": now + timedelta(days=3)}
        return factories.an_event(*shown, owner=self.user(cast.DANA), title="A review to be prepared", **window)

    def event_closed_by_hand(self) -> Event:
        event = self.event_without(1)
        with transaction():
            events.close(event, by=self.user(cast.DANA), at=datetime.now(UTC))
        return event

    def grant_of(self, person: Person) -> Grant:
        return self._one(select(Grant).where(Grant.guest_id == self.user(person).id, Grant.revoked_at.is_(None)))

    def grant_on(self, thing: Thing, guest: User) -> Grant:
        return self._one(select(Grant).where(named_on(thing), Grant.guest_id == guest.id))

    def player_of(self, person: Person) -> Stream:
        """The player that this person opened last."""
        return self._one(select(Stream).where(Stream.user_id == self.user(person).id).order_by(Stream.id.desc()))

    def watches_elsewhere(self, person: Person, words: str) -> None:
        """This person pressed play a moment ago in another browser."""
        user = self.user(person)
        found = sign_ins.find(factories.a_sign_in_token(user), at=datetime.now(UTC))
        assert found is not None
        with transaction():
            key = self.recording(words).key
            started = playback.start(user, key, sign_in=found.sign_in, at=datetime.now(UTC), move_here=True)
        assert isinstance(started, Stream)

    def unfinished_upload(self, person: Person) -> Upload:
        """An upload of this person's that was cut off an hour ago; another of theirs was no video."""
        by, ago = self.user(person), datetime.now(UTC) - timedelta(hours=1)
        names = ("Aufnahme_der_Jahresversammlung_der_Donaudampfschifffahrtsgesellschaft_endgueltig_3.mp4", "report.mp4")
        with transaction():
            cut_off, refused = [
                uploads.begin(name=name, title=uploads.title_of(name), size_bytes=200_000, by=by, at=ago)
                for name in names
            ]
        uploads.write(cut_off, 0, iter([bytes(70_000)]))
        uploads.write(refused, 0, iter([b"%PDF-1.7 " * 22222 + b"it"]))
        uploads.finish(refused, within=transaction, at=ago)
        return cut_off

    def event_of(self, person: Person) -> Event:
        """An event of this person's that is open for a week."""
        at = datetime.now(UTC)
        window = {"opens_at": at - timedelta(days=1), "closes_at": at + timedelta(days=7), "created_at": at}
        made = Event(
            key=tokens.new_key(),
            owner_id=self.user(person).id,
            title="Sales Pitch Final",
            time_zone="Europe/Berlin",
            **window,
        )
        with transaction():
            db.session.add(made)
        return made

    def contest_of(self, person: Person) -> Contest:
        """A blind event of this person's with final sheets, one stood aside from, and one that Imani has begun."""
        it = a_contest(datetime.now(UTC), owner=self.user(person), is_blind=True, title="Sales Pitch Final")
        it.a_criterion("How clearly it is told, also for those from another field", 0, 10, 2.5)
        it.a_criterion("Originality", 1, 5)
        short, long = it.a_session(title="Pitch one"), it.a_session(title=LONG_TITLE)
        ada, bo, imani = it.a_judge(name="Ada"), it.a_judge(name="Bo"), it.a_judge(judge=self.user(cast.IMANI))
        it.finalise(ada, short, 7, 2, remark="Bold.")
        it.finalise(bo, short, 9.5, 4)
        it.finalise(ada, long, 3, 3)
        it.recuse(bo, long, "I have supervised her thesis")
        it.save(imani, short, 6)
        with transaction():
            labels.give(it.event)
            removed = criteria.add(it.event, Wanted("Length", 1, 5), by=it.owner, at=it.at)
            criteria.remove(it.event, removed, by=it.owner, at=it.at)
        return it

    def put_in_the_bin(self, person: Person) -> VideoSession:
        """A recording of this person's, deleted a moment ago."""
        owner = self.user(person)
        video_session = factories.a_video_session(owner=owner, title="The rehearsal that nobody was to see")
        factories.a_grant(video_session, self.user(cast.IMANI))
        with transaction():
            the_bin.put_in(video_session, by=owner, at=datetime.now(UTC))
        return video_session

    def stopped_passwords(self, by: Person, *, mails_way_in: bool) -> ResetRun:
        """A reset of three guests by this person; with letters, one came back, one left and one waits."""
        at, sponsor = datetime.now(UTC), self.user(cast.DANA)
        names = ("Prof. Dr. Maximiliane-Konstanze von Hohenfels-Rautenstrauch-Donaudampfschifffahrt", "Bo", "")
        guests = [factories.a_guest(sponsor=sponsor, name=name) for name in names]
        with transaction():
            run = bulk_resets.void(
                [guest.id for guest in guests],
                by=self.user(by),
                words="Guests of the event “Sales Pitch Final 2026”, not seen for 30 days",
                reach={},
                why="Shared tablet left behind after the jury dinner",
                mails_way_in=mails_way_in,
                at=at,
            )
        outcomes: tuple[Outcome, ...] = (Refused(550, "No such mailbox."), Sent())
        for guest, outcome in zip(guests, outcomes, strict=False):
            if mails_way_in:
                self._settle(guest, outcome, at)
        return run

    def _settle(self, guest: User, outcome: Outcome, at: datetime) -> None:
        query = select(OutgoingEmail).where(OutgoingEmail.user_id == guest.id).order_by(OutgoingEmail.id.desc())
        with transaction():
            in_hand = mailbox.take(self._one(query).id, at=at)
            assert in_hand is not None
            mailbox.settle(in_hand, outcome, at=at)

    def spoken_in(self, words: str) -> VideoSession:
        """The recording whose title begins like this, with captions in two languages, chapters and a paper."""
        it, at = self.recording(words), datetime.now(UTC)
        if any(paper.title == SLIDES for paper in attachments.of_session(it)):
            return it
        by, paper = self._one(select(User).where(User.id == it.owner_id)), tools().media.incoming_folder / "a-paper"
        paper.write_bytes(PDF)
        with transaction():
            captions.add(it, "en", ENGLISH, name="meadow.en.vtt", by=by, at=at)
            captions.add(it, "ar", ARABIC, name="meadow.ar.srt", by=by, at=at)
            chapters.save(it, [Shown(0, "Out of the burrow"), Shown(2, LONG_TITLE)], version=None, by=by, at=at)
        with attachments.stored(paper, name="slides.pdf") as stored, transaction():
            attachments.add(it, stored, title=SLIDES, by=by, at=at)
        return it

    def letter_to(self, person: Person) -> OutgoingEmail:
        return self._one(select(OutgoingEmail).where(OutgoingEmail.to_address == person.address))

    def invitation_of(self, guest: User) -> str:
        """The path of a fresh invitation of this guest."""
        with transaction():
            invitations.mail(guest, by=self._sponsor_of(guest), note="", at=datetime.now(UTC))
        return self._newest_link(guest, "/invitations/")

    def new_guest(self, address: str) -> User:
        """Somebody who was invited a moment ago."""
        sponsor = self.user(cast.DANA)
        guest = factories.a_guest(
            sponsor=sponsor, address=address, name="", state=UserState.INVITED, accepted=False, activated_at=None
        )
        factories.a_grant(self.recording("Campus from the air"), guest)
        return guest

    def reset_of(self, person: Person) -> str:
        """The path of a link for choosing a new password."""
        user = self.user(person)
        with transaction():
            password_resets.ask(user.address, network="192.0.2.14", at=datetime.now(UTC))
            ask = self._one(select(PasswordResetAsk))
            password_resets.answer(ask.id, at=datetime.now(UTC))
        return self._newest_link(user, "/password/reset/")

    def withdrawn_invitation(self, address: str) -> str:
        guest = self.new_guest(address)
        path = self.invitation_of(guest)
        with transaction():
            invitations.withdraw(guest, by=self._sponsor_of(guest), at=datetime.now(UTC))
        return path

    def used_invitation(self, address: str) -> str:
        guest = self.new_guest(address)
        path = self.invitation_of(guest)
        found = invitations.find(path.rpartition("/")[2], datetime.now(UTC))
        assert found is not None
        with transaction():
            invitations.mail_code(found, at=datetime.now(UTC))
        code = self.code_of(guest).replace(" ", "")
        with transaction():
            answer = invitations.check_code(found, code, at=datetime.now(UTC))
        assert isinstance(answer, invitations.RightCode)
        hashed = tools().hasher.hash(factories.A_PASSWORD)
        with transaction():
            token = path.rpartition("/")[2]
            invitations.claim(token, answer.proof, name="Una", password_hash=hashed, at=datetime.now(UTC))
        return path

    def expired_invitation(self, address: str) -> str:
        guest = self.new_guest(address)
        with transaction():
            long_ago = datetime.now(UTC) - timedelta(days=20)
            invitations.mail(guest, by=self._sponsor_of(guest), note="", at=long_ago)
        return self._newest_link(guest, "/invitations/")

    def recording_of(self, person: Person) -> VideoSession:
        """The recording that this person was named on first."""
        first = select(Grant.video_session_id).where(Grant.guest_id == self.user(person).id).order_by(Grant.id).limit(1)
        return self._one(select(VideoSession).where(VideoSession.id.in_(first)))

    def code_of(self, guest: User) -> str:
        """The digits that were mailed last."""
        found = re.findall(r"^\s+(\d{3} \d{3})$", self._newest_text(guest), re.MULTILINE)
        return str(found[0])

    def signed_in(self, page: Page, user: User) -> None:
        """Make the browser of this page one that the user is signed in with."""
        serializer = self.app.session_interface.get_signing_serializer(self.app)  # type: ignore[attr-defined]
        cookie = serializer.dumps({identity._TOKEN: factories.a_sign_in_token(user)})
        name = self.app.config["SESSION_COOKIE_NAME"]
        page.context.add_cookies([{"name": name, "value": cookie, "url": self.site}])

    def _newest_link(self, user: User, kind: str) -> str:
        found = re.findall(rf"http://localhost({kind}\S+)", self._newest_text(user))
        return str(found[0])

    def _newest_text(self, user: User) -> str:
        user_id = user.id
        db.session.rollback()  # look anew: the browser has just changed something
        newest = select(OutgoingEmail).where(OutgoingEmail.user_id == user_id, OutgoingEmail.text.is_not(None))
        return str(self._one(newest.order_by(OutgoingEmail.id.desc())).text)

    def _sponsor_of(self, guest: User) -> User:
        return self._one(select(User).where(User.id == guest.sponsor_id))

    def _one(self, query):
        found = db.session.scalars(query.limit(1)).first()
        assert found is not None, f"the world holds no such thing: {query}"
        return found


@contextmanager
def full_world(filled: Path, folder: Path) -> Iterator[World]:
    """A copy of the filled portal, of this process alone."""
    shutil.copytree(filled, folder, dirs_exist_ok=True)
    with _served(folder) as world:
        yield world


@contextmanager
def empty_world(folder: Path) -> Iterator[World]:
    """A portal with an admin, a sponsor and a guest, and nothing done yet."""
    with _served(folder) as world:
        with world.app.app_context():
            sponsor = factories.a_sponsor(address=cast.DANA.address, name=cast.DANA.name)
            factories.an_admin(address=cast.NORA.address, name=cast.NORA.name)
            factories.a_guest(sponsor=sponsor, address=cast.IMANI.address, name=cast.IMANI.name)
        yield world


def fill(folder: Path) -> None:
    """Make the portal of the demo in an empty folder; with small films unless somebody is to look at them."""
    app = create_app(Settings.for_tests(folder, first_admin=cast.NORA.address))
    with app.app_context(), pytest.MonkeyPatch.context() as patch:
        if not os.environ.get("PORTAL_SHOTS"):
            patch.setattr("portal.demo.films._WIDE", 320)
            patch.setattr("portal.demo.films._HIGH", 180)
        schema.bring_up_to_date()
        demo.fill()
        schema.forget_connections()


@contextmanager
def _served(folder: Path) -> Iterator[World]:
    app = create_app(Settings.for_tests(folder))
    with app.app_context():
        schema.bring_up_to_date()
    with serving(app) as site:
        yield World(app, site)
    with app.app_context():
        schema.forget_connections()
