"""What people do in the demo: each act calls the rule that a page would call, in a transaction, at its own moment."""

from collections.abc import Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

from flask import Flask

from portal.basics.roles import Role
from portal.demo.calendar import Calendar
from portal.demo.mailboxes import Mailboxes
from portal.demo.people import HOUSE, PASSWORD, Person
from portal.domain import (
    audit,
    disabling,
    first_start,
    grants,
    invitations,
    jobs,
    library,
    links,
    mailbox,
    password_resets,
    passwords,
    people,
    playback,
    policies,
    processing,
    sign_ins,
    signing_in,
    uploads,
)
from portal.domain.grants import Terms, Thing
from portal.domain.processing import Made, Work
from portal.domain.uploads import Arrived
from portal.domain.work import tools
from portal.storage.db import db, transaction
from portal.storage.media_tools import MediaFailed
from portal.storage.models import Folder, Stream, User, VideoSession, Viewing, WhenItEnds

Given = TypeVar("Given")

_SECOND = timedelta(seconds=1)
_MINUTE = timedelta(minutes=1)


class StoryFault(RuntimeError):
    """A rule did not let an act of the story happen."""


@dataclass(frozen=True)
class Recording:
    """A recording that somebody uploads: its film is ready, or being drawn, under `file`."""

    title: str
    description: str
    file: Future[Path]
    called: str  # the name of the file where it came from


@dataclass
class Acts:
    """The acts of one story. Each takes its moment last; what follows at once (a letter leaves) is a little later."""

    app: Flask
    calendar: Calendar
    mailboxes: Mailboxes
    workers: Executor

    # Accounts

    def first_admin(self, person: Person, at: datetime) -> User:
        """The admin of the settings comes in by the link of the first start."""
        with self._acting(person, at):
            made = first_start.way_in(at=at)
            if made is None:
                raise StoryFault("there is an admin already")
        user, path = made
        token, hashed = path.rpartition("/")[2], self._hash(user, person)
        with self._acting(person, at + _MINUTE) as then:
            password_resets.save(token, password_hash=hashed, name=person.name, network=person.network, at=then)
        return user

    def invite_staff(self, person: Person, role: Role, *, by: User, at: datetime) -> None:
        with self._acting(HOUSE, at):
            invitations.invite_staff(person.address, role, name=person.name, department=person.department, by=by, at=at)
        self.post(at + _SECOND)

    def come_in(self, person: Person, at: datetime) -> User:
        """Open the mailed link, have the code mailed, type it, choose a password, accept the policy."""
        token = self.mailboxes.token_for(person.address)
        with self._acting(person, at):
            found = _given(invitations.find(token, at))
            invitations.mail_code(found, at=at)
        self.post(at + _SECOND)
        with self._acting(person, at + _MINUTE) as then:
            code = _given(invitations.read_code(self.mailboxes.code_for(person.address)))
            answer = invitations.check_code(_given(invitations.find(token, then)), code, at=then)
        if not isinstance(answer, invitations.RightCode):
            raise StoryFault(f"the code of {person.address} was refused")
        hashed = self._hash(found.user, person)
        with self._acting(person, at + 2 * _MINUTE) as then:
            user = _given(invitations.claim(token, answer.proof, name=person.name, password_hash=hashed, at=then))
            sign_ins.start(user, network=person.network, device=person.device, at=then)
        self.post(then + _SECOND)
        return user

    def sign_in(self, person: Person, user: User, at: datetime) -> None:
        with self._acting(person, at):
            sign_ins.start(user, network=person.network, device=person.device, at=at)

    def mistype(self, person: Person, at: datetime) -> None:
        """Sign in with a wrong password."""
        with self._acting(person, at):
            attempt = signing_in.begin(person.address, network=person.network, device=None, at=at)
            if isinstance(attempt, signing_in.Attempt):
                signing_in.finish(attempt, right=False, network=person.network, browser=person.device, at=at)

    def disable(self, user: User, reason: str, *, by: User, at: datetime) -> None:
        with self._acting(HOUSE, at):
            disabling.disable(user, by=by, reason=reason, at=at)

    # Policy

    def publish_policy(self, change: str, add: str, *, by: User, at: datetime) -> None:
        """Put a version in force that says one thing more."""
        with self._acting(HOUSE, at):
            current = policies.current()
            policies.publish(current.summary, f"{current.body}\n\n{add}", change, by=by, at=at)

    def accept_policy(self, person: Person, user: User, at: datetime) -> None:
        with self._acting(person, at):
            policies.accept(user, at)

    # Library

    def make_folder(self, title: str, *, by: User, at: datetime) -> Folder:
        with self._acting(HOUSE, at):
            return library.make_folder(title, by=by, form_key=None, at=at)

    def upload(
        self, *recordings: Recording, folder: Folder | None = None, by: User, at: datetime
    ) -> list[VideoSession]:
        """Upload recordings at once; each is really prepared, and ready (or failed) minutes later."""
        begun = [
            self._begin_upload(recording, folder, by, at + 3 * n * _SECOND) for n, recording in enumerate(recordings)
        ]
        made = list(self.workers.map(self._make, [work for _, work in begun]))
        at += 2 * _MINUTE
        for n, ((_, work), result) in enumerate(zip(begun, made, strict=True)):
            with self._acting(None, at + n * _MINUTE) as moment:
                if isinstance(result, Made):
                    processing.publish(work, result, at=moment)
                else:
                    processing.fail(work.lease, result.sentence, at=moment)
        return [video_session for video_session, _ in begun]

    def begin_slow_upload(
        self, recording: Recording, *, by: User, share: float, goes_on: datetime, at: datetime
    ) -> None:
        """Upload one whose preparing has come so far (0 to 1) when it is put back until `goes_on`."""
        _, work = self._begin_upload(recording, None, by, at)
        with self._acting(None, at + _MINUTE):
            processing.note_progress(work, share)
            jobs.put_back(work.lease, at=goes_on)

    def _begin_upload(
        self, recording: Recording, folder: Folder | None, by: User, at: datetime
    ) -> tuple[VideoSession, Work]:
        arrived = tools().media.incoming_folder / recording.called
        recording.file.result().replace(arrived)
        stored = uploads.store(Arrived(arrived, recording.called))
        words = {"title": recording.title, "description": recording.description}
        with self._acting(HOUSE, at):
            video_session = uploads.start(stored, **words, folder=folder, form_key=None, by=by, at=at)
        with self._acting(None, at + _SECOND) as then:
            job_id = next(iter(jobs.due(then, long=True)))
            work = processing.begin(_given(jobs.take(job_id, at=then)), at=then)
        return video_session, _given(work)

    def _make(self, work: Work) -> Made | MediaFailed:
        with self.app.app_context():
            try:
                return processing.make(work, lambda _share: None)
            except MediaFailed as failure:
                return failure

    # Naming and watching

    def name(
        self,
        *persons: Person,
        on: Thing,
        by: User,
        at: datetime,
        begins: datetime | None = None,
        until: datetime | None = None,
        views: int | None = None,
        when_it_ends: WhenItEnds = WhenItEnds.FINISH,
        note: str = "",
    ) -> None:
        """Name people on a session or folder; their letters leave at once."""
        addresses = "\n".join(person.address for person in persons)
        terms = Terms(begins, until, views, when_it_ends)
        with self._acting(HOUSE, at):
            named = grants.name(addresses, on, by=by, at=at, terms=terms, note=note)
        if named.left_out or named.unchanged:
            raise StoryFault(f"some were not named: {named.left_out or named.unchanged}")
        self.post(at + _SECOND)

    def withdraw(self, person: Person, *, by: User, at: datetime) -> None:
        with self._acting(HOUSE, at):
            invitations.withdraw(_given(people.find_by_address(person.address)), by=by, at=at)

    def watch(self, person: Person, user: User, video_session: VideoSession, at: datetime) -> None:
        """Press play, in the browser that was signed in last; the picture comes at once."""
        with self._acting(person, at):
            browser = _given(next(iter(sign_ins.listed_for(user, at=at)), None))
            started = playback.start(user, video_session.key, sign_in=browser, at=at, move_here=True)
            if isinstance(started, Stream):
                _given(db.session.get(Viewing, started.viewing_id)).delivered_at = at
        if not isinstance(started, Stream):
            raise StoryFault(f"{person.name} may not watch {video_session.title}: {started}")

    # Letters

    def post(self, at: datetime) -> None:
        """Let the letters leave whose time has come, as the worker does."""
        for email_id in mailbox.due(at):
            with self._acting(None, at):
                in_hand = mailbox.take(email_id, at=at)
            if in_hand is None:
                continue
            outcome = tools().postman.deliver(in_hand.message)
            with self._acting(None, at):
                mailbox.settle(in_hand, outcome, at=at)

    def open_link_of(self, person: Person) -> str:
        """The whole address of the invitation that this person was mailed last."""
        return links.absolute(links.invitation(self.mailboxes.token_for(person.address)))

    # How acts are done

    def _hash(self, user: User, person: Person) -> str:
        """Outside of any transaction, because it is slow."""
        fault = passwords.fault_in(PASSWORD, of=user, named=person.name)
        if fault:
            raise StoryFault(f"{person.name} cannot have this password: {fault}")
        return tools().hasher.hash(PASSWORD)

    @contextmanager
    def _acting(self, person: Person | None, at: datetime) -> Iterator[datetime]:
        """A transaction at a moment of the story, from this person's network (None: the portal acts by itself)."""
        before = audit.acting_from.set(person.network if person else "")
        try:
            with transaction():
                yield self.calendar.goes_on(at)
        finally:
            audit.acting_from.reset(before)


def _given(thing: Given | None) -> Given:
    """What a rule gave. Raises `StoryFault` for nothing."""
    if thing is None:
        raise StoryFault("a rule had nothing to give")
    return thing
