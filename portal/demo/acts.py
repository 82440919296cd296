"""What people do in the demo: each act calls the rule that a page would call, in a transaction, at its own moment."""

from collections.abc import Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from dataclasses import dataclass, field
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
    invitations,
    jobs,
    library,
    links,
    mailbox,
    password_resets,
    passwords,
    policies,
    processing,
    sign_ins,
    signing_in,
    uploads,
)
from portal.domain.jobs import Lane
from portal.domain.processing import Stage, Work
from portal.domain.uploads import Arrived
from portal.domain.work import tools
from portal.storage.db import transaction
from portal.storage.media_tools import MediaFailed
from portal.storage.models import Folder, SignIn, User, VideoSession

Given = TypeVar("Given")

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


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
    _tokens: dict[str, str] = field(default_factory=dict)  # of the browser that each signed in last

    # Accounts

    def first_admin(self, person: Person, at: datetime) -> User:
        """The admin of the settings comes in by the link of the first start."""
        with self.acting(person, at):
            made = first_start.way_in(at=at)
            if made is None:
                raise StoryFault("there is an admin already")
        user, path = made
        token, hashed = path.rpartition("/")[2], self.hash_for(user, person)
        with self.acting(person, at + MINUTE) as then:
            password_resets.save(token, password_hash=hashed, name=person.name, network=person.network, at=then)
        return user

    def invite_staff(self, person: Person, role: Role, *, by: User, at: datetime) -> None:
        with self.acting(HOUSE, at):
            invitations.invite_staff(person.address, role, name=person.name, department=person.department, by=by, at=at)
        self.post(at + SECOND)

    def come_in(self, person: Person, at: datetime) -> User:
        """Open the mailed link, have the code mailed, type it, choose a password, accept the policy."""
        token = self.mailboxes.token_for(person.address)
        with self.acting(person, at):
            found = given(invitations.find(token, at))
            invitations.mail_code(found, at=at)
        self.post(at + SECOND)
        with self.acting(person, at + MINUTE) as then:
            code = given(invitations.read_code(self.mailboxes.code_for(person.address)))
            answer = invitations.check_code(given(invitations.find(token, then)), code, at=then)
        if not isinstance(answer, invitations.RightCode):
            raise StoryFault(f"the code of {person.address} was refused")
        hashed = self.hash_for(found.user, person)
        with self.acting(person, at + 2 * MINUTE) as then:
            user = given(invitations.claim(token, answer.proof, name=person.name, password_hash=hashed, at=then))
            self._sign_in(person, user, then)
        self.post(then + SECOND)
        return user

    def sign_in(self, person: Person, user: User, at: datetime) -> None:
        with self.acting(person, at):
            self._sign_in(person, user, at)

    def _sign_in(self, person: Person, user: User, at: datetime) -> None:
        self._tokens[person.address] = sign_ins.start(user, network=person.network, device=person.device, at=at)

    def token_of(self, person: Person) -> str:
        """What the browser holds that this person signed in last."""
        return self._tokens[person.address]

    def browser_of(self, person: Person, at: datetime) -> SignIn:
        """The browser that this person signed in last. Raises `StoryFault` when it is not signed in any more."""
        return given(sign_ins.find(self.token_of(person), at=at)).sign_in

    def mistype(self, person: Person, at: datetime) -> None:
        """Sign in with a wrong password."""
        with self.acting(person, at):
            attempt = signing_in.begin(person.address, network=person.network, device=None, at=at)
            if isinstance(attempt, signing_in.Attempt):
                signing_in.finish(attempt, right=False, network=person.network, browser=person.device, at=at)

    def disable(self, user: User, reason: str, *, by: User, at: datetime) -> None:
        with self.acting(HOUSE, at):
            disabling.disable(user, by=by, reason=reason, at=at)

    # Policy

    def publish_policy(self, change: str, add: str, *, by: User, at: datetime) -> None:
        """Put a version in force that says one thing more."""
        with self.acting(HOUSE, at):
            current = policies.current()
            policies.publish(current.summary, f"{current.body}\n\n{add}", change, by=by, at=at)

    def accept_policy(self, person: Person, user: User, at: datetime) -> None:
        with self.acting(person, at):
            policies.accept(user, at)

    # Library

    def make_folder(self, title: str, *, by: User, at: datetime) -> Folder:
        with self.acting(HOUSE, at):
            return library.make_folder(title, by=by, form_key=None, at=at)

    def upload(
        self, *recordings: Recording, folder: Folder | None = None, by: User, at: datetime
    ) -> list[VideoSession]:
        """Upload recordings at once; each is really prepared, and ready (or failed) minutes later."""
        begun = [
            self._begin_upload(recording, folder, by, at + 3 * n * SECOND) for n, recording in enumerate(recordings)
        ]
        prepared = list(self.workers.map(self._prepare, [work for _, work in begun]))
        at += 2 * MINUTE
        for n, ((_, work), (stages, failure)) in enumerate(zip(begun, prepared, strict=True)):
            with self.acting(None, at + n * MINUTE) as moment:
                for stage in stages:
                    if not processing.keep(work, stage, at=moment):
                        raise StoryFault("what was prepared could not be kept")
                if failure:
                    processing.fail(work.lease, failure.sentence, at=moment)
        return [video_session for video_session, _ in begun]

    def begin_slow_upload(
        self, recording: Recording, *, by: User, share: float, goes_on: datetime, at: datetime
    ) -> None:
        """Upload one whose preparing has come so far (0 to 1) when it is put back until `goes_on`."""
        _, work = self._begin_upload(recording, None, by, at)
        with self.acting(None, at + MINUTE):
            processing.note_progress(work, share)
            jobs.put_back(work.lease, at=goes_on)

    def _begin_upload(
        self, recording: Recording, folder: Folder | None, by: User, at: datetime
    ) -> tuple[VideoSession, Work]:
        arrived = tools().media.incoming_folder / recording.called
        recording.file.result().replace(arrived)
        stored = uploads.store(Arrived(arrived, recording.called))
        title, description = recording.title, recording.description
        with self.acting(HOUSE, at):
            video_session = uploads.start(
                stored, title=title, description=description, folder=folder, form_key=None, by=by, at=at
            )
        with self.acting(None, at + SECOND) as then:
            job_id = next(iter(jobs.due(then, Lane.LONG)))
            work = processing.begin(given(jobs.take(job_id, at=then)), at=then)
        return video_session, given(work)

    def _prepare(self, work: Work) -> tuple[list[Stage], MediaFailed | None]:
        """All stages of it, as far as it comes, and what stopped it."""
        made: list[Stage] = []
        with self.app.app_context():
            try:
                made.extend(processing.make(work, lambda _share: None))
            except MediaFailed as failure:
                return made, failure
        return made, None

    # Letters

    def post(self, at: datetime) -> None:
        """Let the letters leave whose time has come, as the worker does."""
        for email_id in mailbox.due(at):
            with self.acting(None, at):
                in_hand = mailbox.take(email_id, at=at)
            if in_hand is None:
                continue
            outcome = tools().postman.deliver(in_hand.message)
            with self.acting(None, at):
                mailbox.settle(in_hand, outcome, at=at)

    def open_link_of(self, person: Person) -> str:
        """The whole address of the invitation that this person was mailed last."""
        return links.absolute(links.invitation(self.mailboxes.token_for(person.address)))

    # How acts are done

    def hash_for(self, user: User, person: Person) -> str:
        """Outside of any transaction, because it is slow."""
        fault = passwords.fault_in(PASSWORD, of=user, named=person.name)
        if fault:
            raise StoryFault(f"{person.name} cannot have this password: {fault}")
        return tools().hasher.hash(PASSWORD)

    @contextmanager
    def acting(self, person: Person | None, at: datetime) -> Iterator[datetime]:
        """A transaction at a moment of the story, from this person's network (None: the portal acts by itself)."""
        before = audit.acting_from.set(person.network if person else "")
        try:
            with transaction():
                yield self.calendar.goes_on(at)
        finally:
            audit.acting_from.reset(before)


def given(thing: Given | None) -> Given:
    """What a rule gave. Raises `StoryFault` for nothing."""
    if thing is None:
        raise StoryFault("a rule had nothing to give")
    return thing
