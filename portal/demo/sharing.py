"""What people do with recordings in the demo: name, watch, ask for more and answer, each by the rule of its page."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from portal.demo.acts import MINUTE, SECOND, Acts, StoryFault, given
from portal.demo.people import HOUSE, Person
from portal.domain import (
    co_owners,
    ending_soon,
    grants,
    invitations,
    people,
    playback,
    publishing,
    requests,
    session_passwords,
    video_passwords,
    watching,
)
from portal.domain.grants import Terms, Thing
from portal.domain.video_passwords import Attempt
from portal.storage.models import AccessRequest, Answer, Stream, User, VideoSession, WhenItEnds

Parts = Sequence[tuple[float, float]]
ALL: Parts = ((0.0, 1.0),)


class SharingActs(Acts):
    """All that happens between a recording that is ready and what its owner reads about it."""

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
        with self.acting(HOUSE, at):
            named = grants.name(addresses, on, by=by, at=at, terms=terms, note=note)
        if named.left_out or named.unchanged:
            raise StoryFault(f"some were not named: {named.left_out or named.unchanged}")
        self.post(at + SECOND)

    def withdraw(self, person: Person, *, by: User, at: datetime) -> None:
        with self.acting(HOUSE, at):
            invitations.withdraw(given(people.find_by_address(person.address)), by=by, at=at)

    def add_co_owner(self, person: Person, video_session: VideoSession, *, by: User, at: datetime) -> None:
        with self.acting(HOUSE, at):
            co_owners.add(video_session, person.address, by=by, at=at)

    def set_password(self, password: str, video_session: VideoSession, *, by: User, at: datetime) -> None:
        """Give a recording a password of its own."""
        fault = session_passwords.fault_in(password, video_session, owner=by, by=by)
        if fault:
            raise StoryFault(f"{video_session.title} cannot have this password: {fault}")
        hashed = session_passwords.hashed(password)
        with self.acting(HOUSE, at):
            session_passwords.set_password(video_session, hashed, version=None, by=by, at=at)

    def unpublish(self, video_session: VideoSession, *, by: User, at: datetime) -> None:
        with self.acting(HOUSE, at):
            publishing.unpublish(video_session, by=by, at=at)

    def give_password(
        self, person: Person, user: User, password: str, video_session: VideoSession, at: datetime
    ) -> None:
        """Type a recording's password into the browser that was signed in last."""
        with self.acting(person, at):
            browser = self.browser_of(person, at)
            attempt = video_passwords.begin(user, video_session.key, sign_in=browser, network=person.network, at=at)
        if not isinstance(attempt, Attempt):
            raise StoryFault(f"{person.name} is not asked for the password of {video_session.title}")
        is_right = video_passwords.is_right(attempt, password)
        with self.acting(person, at + SECOND) as then:
            browser = self.browser_of(person, then)
            opened = video_passwords.finish(attempt, right=is_right, viewer=user, sign_in=browser, at=then)
        if not opened:
            raise StoryFault(f"{person.name} has not got the password of {video_session.title}")

    def watch(self, person: Person, user: User, video_session: VideoSession, at: datetime, parts: Parts = ALL) -> None:
        """Open the page, press play in the browser that was signed in last, and see these parts of the whole."""
        with self.acting(person, at):
            watching.note_open(user, video_session, at=at)
        with self.acting(person, at + 9 * SECOND) as then:
            browser = self.browser_of(person, then)
            started = playback.start(user, video_session.key, sign_in=browser, at=then, move_here=True)
        if not isinstance(started, Stream):
            raise StoryFault(f"{person.name} may not watch {video_session.title}: {started}")
        with self.acting(person, then + SECOND) as moment:
            media = given(playback.may_fetch(started.key, self.token_of(person), at=moment))
            playback.note_delivery(media, at=moment)
        length = given(video_session.length_seconds)
        with self.acting(person, moment + timedelta(seconds=length)) as moment:
            whole_file = [(0, media.size_bytes)]
            watching.note_served(media.user_id, media.video_session_id, media.media_file_id, whole_file)
            seen = [(begin * length, end * length) for begin, end in parts]
            watching.report(user, started.key, parts=seen, position=seen[-1][1], at=moment)

    def ask(self, person: Person, user: User, video_session: VideoSession, words: str, at: datetime) -> AccessRequest:
        """Ask for more of what has ended or is used up; the owner's letter leaves at once."""
        with self.acting(person, at):
            browser = self.browser_of(person, at)
            request = requests.ask(user, video_session.key, words, sign_in=browser, at=at)
        self.post(at + SECOND)
        return request

    def answer(self, request: AccessRequest, answer: Answer, *, by: User, at: datetime) -> None:
        with self.acting(HOUSE, at):
            requests.answer(request.key, answer, by=by, at=at)
        self.post(at + MINUTE)

    def warn(self, at: datetime) -> None:
        """The worker's round: letters to those whose access ends within a week or a day, and to their sponsors."""
        with self.acting(None, at):
            ending_soon.warn_guests(at=at)
            ending_soon.warn_owners(at=at)
        self.post(at + SECOND)
