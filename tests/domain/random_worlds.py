"""Worlds made at random around one person, and a plain model of product.md, "Who may watch", that knows no portal.

Moments are whole hours from noon, few enough for ends, begins and questions to fall on each other.
"""

from dataclasses import dataclass, field
from datetime import timedelta

from hypothesis import strategies as st

from portal.basics import tokens
from portal.basics.roles import Role, UserState
from portal.storage.db import db, transaction
from portal.storage.models import (
    Assignment,
    CoOwner,
    Event,
    EventFolder,
    EventSession,
    Folder,
    Grant,
    MediaFile,
    MediaKind,
    PasswordUnlock,
    Policy,
    PolicyAcceptance,
    SignIn,
    Stream,
    User,
    VideoSession,
    VideoState,
    ViewBudget,
    Viewing,
    WhenItEnds,
)
from tests.factories import NOON

HOUR = timedelta(hours=1)
FOLDERS = 2
EVENTS = 2
BROWSERS = 2
Hour = int


def moment(hour: Hour):
    return NOON + hour * HOUR


def moment_or_none(hour: Hour | None):
    return None if hour is None else moment(hour)


# Plans: numbers instead of rows, so that Hypothesis can shrink them


@dataclass
class Person:
    role: Role
    state: UserState
    ends: Hour | None


@dataclass
class Recording:
    is_mine: bool
    is_co_owned: bool
    folder: int | None
    shelved: Hour
    state: VideoState
    ready: Hour
    published: bool
    opens: Hour | None
    closes: Hour | None
    has_password: bool
    version: int
    binned: bool


@dataclass
class Named:
    is_me: bool
    on: tuple[str, int]
    begins: Hour | None
    ends: Hour | None
    stops: bool
    limit: int | None
    revoked: bool
    taken: list[int]  # of each recording
    assigned: list[int] | None  # of an event: these recordings alone; None: all


@dataclass
class Shown:
    """What an event shows: recordings and folders by number, each since when."""

    recordings: dict[int, Hour]
    folders: dict[int, Hour]


@dataclass
class Sitting:
    recording: int
    right: str
    grant: int | None
    begun: Hour
    ends: Hour
    given_back: bool
    browser: int
    moved: bool


@dataclass
class Plan:
    """A person, what there is, and what names them. `unlocked`: browser and recording, and the password's version."""

    person: Person
    recordings: list[Recording]
    grants: list[Named]
    sittings: list[Sitting]
    unlocked: dict[tuple[int, int], int]
    accepted: bool
    signed_out: int | None
    events: list[Shown]


hours = st.sampled_from([0, 1, -1, 2, -2, 3, -3])
mostly = st.sampled_from([True] * 11 + [False])
seldom = st.sampled_from([False] * 11 + [True])
people = st.builds(
    Person,
    st.sampled_from([Role.GUEST, Role.GUEST, Role.GUEST, Role.SPONSOR, Role.ADMIN]),
    st.sampled_from([UserState.ACTIVE] * 18 + [UserState.DISABLED, UserState.INVITED]),
    st.sampled_from([None] * 8 + [0, 2]),
)
recordings = st.builds(
    Recording,
    is_mine=seldom,
    is_co_owned=seldom,
    folder=st.none() | st.integers(0, FOLDERS - 1),
    shelved=st.sampled_from([-3, -3, -3, -1, 0, 1]),
    state=st.sampled_from([VideoState.READY] * 14 + [VideoState.PROCESSING, VideoState.FAILED]),
    ready=st.sampled_from([-3, -3, -3, -1, 0, 1]),
    published=mostly,
    opens=st.sampled_from([None] * 9 + [-1, 0, 1]),
    closes=st.sampled_from([None] * 7 + [2, 3]),
    has_password=st.booleans(),
    version=st.sampled_from([1, 1, 1, 2]),
    binned=seldom,
)


@st.composite
def plans(draw) -> Plan:
    what = draw(st.lists(recordings, min_size=1, max_size=2))
    one = st.integers(0, len(what) - 1)
    shelves = [each.folder for each in what if each.folder is not None] or [0]
    thing = (
        st.tuples(st.just("recording"), one)
        | st.tuples(st.just("folder"), st.sampled_from(shelves))
        | st.tuples(st.just("event"), st.integers(0, EVENTS - 1))
    )
    added = st.sampled_from([-3, -3, -3, -1, 0, 1])
    shown = st.builds(
        Shown,
        recordings=st.dictionaries(one, added, max_size=2),
        folders=st.dictionaries(st.sampled_from(shelves), added, max_size=1),
    )
    named = st.builds(
        Named,
        is_me=mostly,
        on=thing,
        begins=st.sampled_from([None, None, None, -1, 0, 1]),
        ends=st.sampled_from([None, None, 0, 1, -1, 2]),
        stops=st.booleans(),
        limit=st.sampled_from([None, 1, 2, 3]),
        revoked=seldom,
        taken=st.lists(st.integers(0, 3), min_size=len(what), max_size=len(what)),
        assigned=st.none() | st.none() | st.lists(one, unique=True),
    )
    grants = draw(st.lists(named, min_size=draw(st.sampled_from([3, 2, 1, 0])), max_size=5))
    for grant in grants:
        grant.assigned = grant.assigned if grant.on[0] == "event" else None
        grant.taken = [min(taken, grant.limit or 3) for taken in grant.taken]
    mine = [number for number, grant in enumerate(grants) if grant.is_me]
    sitting = st.builds(
        Sitting,
        recording=one,
        right=st.sampled_from(["grant"] * 5 + ["password"] * 3 + ["owner", "co-owner", "admin"]),
        grant=st.sampled_from(mine) if mine else st.none(),
        begun=st.sampled_from([-2, -1, 0]),
        ends=st.sampled_from([3, 2, 1, 0]),
        given_back=seldom,
        browser=st.integers(0, BROWSERS - 1),
        moved=seldom,
    )
    sittings = draw(st.lists(sitting, min_size=draw(st.sampled_from([3, 2, 1, 0])), max_size=4))
    for each in sittings:
        each.grant = each.grant if each.right == "grant" else None
    browsers = st.integers(0, BROWSERS - 1)
    unlocked = draw(st.dictionaries(st.tuples(browsers, one), st.sampled_from([1, 1, 1, 2]), max_size=4))
    events = draw(st.lists(shown, min_size=EVENTS, max_size=EVENTS))
    signed_out = draw(st.sampled_from([None] * 9 + [0]))
    return Plan(draw(people), what, grants, sittings, unlocked, draw(mostly), signed_out, events)


# The book: product.md, word by word


@dataclass(frozen=True)
class Answer:
    """`grants` are those that allow now, by number, the one that is used first in front; `sitting` is gone on with."""

    allowed: bool
    by: str | None
    why: str | None
    grants: tuple[int, ...] = ()
    sitting: int | None = None


UNKNOWN = Answer(False, None, "unknown")


def is_live(person: Person, at: Hour) -> bool:
    return person.state is UserState.ACTIVE and (person.ends is None or at < person.ends)


def office(plan: Plan, recording: Recording) -> str | None:
    if recording.is_mine:
        return "owner"
    if recording.is_co_owned and plan.person.role is not Role.GUEST:
        return "co-owner"
    return "admin" if plan.person.role is Role.ADMIN else None


def closed_because(recording: Recording, at: Hour) -> str | None:
    if recording.state is not VideoState.READY:
        return "not-ready"
    if not recording.published:
        return "unpublished"
    if recording.closes is not None and recording.closes <= at:
        return "closed"
    if recording.opens is not None and at < recording.opens:
        return "not-open"
    return None


def has_ended(grant: Named, at: Hour) -> bool:
    return grant.ends is not None and grant.ends <= at


def has_begun(grant: Named, at: Hour) -> bool:
    return grant.begins is None or grant.begins <= at


def naming(plan: Plan, number: int, at: Hour) -> list[int]:
    """The grants that name them on it: a revoked one was never given, and one that ended before never shared it."""
    recording, found = plan.recordings[number], []
    for place, grant in enumerate(plan.grants):
        on_it = grant.on == ("recording", number)
        on_its_folder = recording.folder is not None and grant.on == ("folder", recording.folder)
        shown_since = shown_at_its_event(plan, grant, number)
        if not grant.is_me or grant.revoked or not (on_it or on_its_folder or shown_since is not None):
            continue
        if has_ended(grant, at):
            was_there = recording.state is VideoState.READY and recording.ready < grant.ends
            if not was_there or (on_its_folder and not recording.shelved < grant.ends):
                continue
            if shown_since is not None and not shown_since < grant.ends:
                continue
        found.append(place)
    return found


def shown_at_its_event(plan: Plan, grant: Named, number: int) -> Hour | None:
    """Since when the event of this grant shows the recording to its guest; None: it does not, or it is no event."""
    kind, place = grant.on
    if kind != "event" or (grant.assigned is not None and number not in grant.assigned):
        return None
    recording, event = plan.recordings[number], plan.events[place]
    since = [event.recordings[number]] if number in event.recordings else []
    if recording.folder in event.folders:
        since.append(max(event.folders[recording.folder], recording.shelved))
    return min(since, default=None)


def allows(plan: Plan, place: int, number: int, at: Hour) -> bool:
    grant = plan.grants[place]
    has_views = grant.limit is None or grant.taken[number] < grant.limit
    return has_begun(grant, at) and not has_ended(grant, at) and has_views


def may_finish(plan: Plan, sitting: Sitting, at: Hour) -> bool:
    """A sitting on a grant that counts: the end of the grant lets it finish, where that was chosen."""
    assert sitting.grant is not None
    grant = plan.grants[sitting.grant]
    if not has_begun(grant, at):
        return False
    return not has_ended(grant, at) or (not grant.stops and sitting.begun < grant.ends)


def by_the_book(plan: Plan, number: int, at: Hour, browser: int | None) -> Answer:
    recording = plan.recordings[number]
    if not is_live(plan.person, at) or recording.binned:
        return UNKNOWN
    open_ones = [
        (place, sitting)
        for place, sitting in reversed(list(enumerate(plan.sittings)))
        if sitting.recording == number and sitting.ends > at and not sitting.given_back
    ]
    right = office(plan, recording)
    if right:
        if recording.state is not VideoState.READY:
            return Answer(False, right, "not-ready")
        return Answer(True, right, None, (), next((place for place, each in open_ones if each.right == right), None))
    named = naming(plan, number, at)
    if named:
        going_on = [
            place
            for place, each in open_ones
            if each.right == "grant" and each.grant in named and may_finish(plan, each, at)
        ]
        return by_name(plan, number, at, named, going_on)
    if not recording.has_password or closed_because(recording, at):
        return UNKNOWN
    if browser is None or plan.unlocked.get((browser, number)) != recording.version:
        return Answer(False, None, "password")
    sitting = next((place for place, each in open_ones if each.right == "password"), None)
    return Answer(True, "password", None, (), sitting)


def by_name(plan: Plan, number: int, at: Hour, named: list[int], going_on: list[int]) -> Answer:
    live = [place for place in named if allows(plan, place, number, at)]
    live.sort(key=lambda place: (plan.grants[place].limit is not None, end_of(plan.grants[place]), place))
    if live or going_on:
        closed = closed_because(plan.recordings[number], at)
        if closed:
            return Answer(False, "grant", closed)
        return Answer(True, "grant", None, tuple(live), going_on[0] if going_on else None)
    not_ended = [plan.grants[place] for place in named if not has_ended(plan.grants[place], at)]
    if any(not has_begun(grant, at) for grant in not_ended):
        return Answer(False, "grant", "not-begun")
    return Answer(False, "grant", "used-up" if not_ended else "ended")


def end_of(grant: Named) -> Hour:
    never = 99
    return never if grant.ends is None else grant.ends


def views_left(plan: Plan, number: int, answer: Answer) -> int | None:
    """Over all grants that allow now; None: no limit."""
    left = 0
    for grant in (plan.grants[place] for place in answer.grants):
        if grant.limit is None:
            return None
        left += grant.limit - grant.taken[number]
    return left


def byte_may_leave(plan: Plan, sitting: Sitting, at: Hour) -> bool:
    """Whether a byte of this sitting may go to the browser that it plays in."""
    recording = plan.recordings[sitting.recording]
    if not is_live(plan.person, at) or not plan.accepted or sitting.browser == plan.signed_out or recording.binned:
        return False
    if sitting.moved or sitting.given_back or sitting.ends <= at:
        return False
    if sitting.right in ("owner", "co-owner", "admin"):
        holds = {
            "owner": recording.is_mine,
            "co-owner": recording.is_co_owned and plan.person.role is not Role.GUEST,
            "admin": plan.person.role is Role.ADMIN,
        }
        return holds[sitting.right] and recording.state is VideoState.READY
    if closed_because(recording, at):
        return False
    named = naming(plan, sitting.recording, at)
    if sitting.right == "grant":
        return sitting.grant in named and may_finish(plan, sitting, at)
    gave_it = plan.unlocked.get((sitting.browser, sitting.recording)) == recording.version
    refused = named and not any(allows(plan, place, sitting.recording, at) for place in named)
    return recording.has_password and gave_it and not refused


def shelf_of(plan: Plan, number: int, at: Hour) -> str | None:
    """Where the start page shows it: "live", "coming", "over" or not at all."""
    recording = plan.recordings[number]
    answer = by_the_book(plan, number, at, None)
    if answer.by != "grant" or closed_because(recording, at) in ("not-ready", "unpublished", "closed"):
        return None
    if answer.allowed:
        return "live"
    return "over" if answer.why in ("ended", "used-up") else "coming"


# Rows


@dataclass
class World:
    """The rows of a plan, in its order."""

    plan: Plan
    viewer: User
    recordings: list[VideoSession] = field(default_factory=list)
    grants: list[Grant] = field(default_factory=list)
    sittings: list[Viewing] = field(default_factory=list)
    streams: list[Stream] = field(default_factory=list)
    browsers: list[SignIn] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)


KEPT = {"policies", "audit_events", "audit_heads"}


def build(plan: Plan) -> World:
    """The world of this plan, and nothing else."""
    with transaction():
        for table in reversed(db.metadata.sorted_tables):
            if table.name not in KEPT:
                db.session.execute(table.delete())
    db.session.expunge_all()
    with transaction():
        return _Builder(plan).world


class _Builder:
    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.other = self.kept(self.user(Role.SPONSOR))
        self.somebody = self.kept(self.user(Role.GUEST, sponsor_id=self.other.id))
        person = plan.person
        given = {"state": person.state, "ends_at": moment_or_none(person.ends)}
        given |= {"sponsor_id": self.other.id} if person.role is Role.GUEST else {}
        self.world = World(plan, self.kept(self.user(person.role, **given)))
        if plan.accepted:
            newest = db.session.scalars(db.select(Policy.id).order_by(Policy.version.desc()).limit(1)).one()
            self.kept(PolicyAcceptance(user_id=self.world.viewer.id, policy_id=newest, at=NOON))
        folders = [
            self.kept(Folder(key=tokens.new_key(), owner_id=self.other.id, title=f"Folder {each}", created_at=NOON))
            for each in range(FOLDERS)
        ]
        self.folders = [folder.id for folder in folders]
        self.browsers()
        self.recordings()
        self.events = [self.event(number, shown) for number, shown in enumerate(plan.events)]
        self.grants()
        self.sittings()

    @staticmethod
    def kept(row):
        db.session.add(row)
        db.session.flush()
        return row

    @staticmethod
    def user(role: Role, **given) -> User:
        key = tokens.new_key()
        values = {"state": UserState.ACTIVE, "created_at": NOON, "activated_at": NOON, "password_hash": "v1$none"}
        return User(key=key, role=role, address=f"{key}@brightwater.example", name=key, **(values | given))

    def browsers(self) -> None:
        for number in range(BROWSERS):
            token, ended = tokens.new_token(), NOON if number == self.plan.signed_out else None
            row = SignIn(key=tokens.new_key(), user_id=self.world.viewer.id, token_hash=tokens.hash_token(token))
            row.created_at = row.last_seen_at = moment(-9)
            row.idle_ends_at = row.ends_at = moment(99)
            row.ended_at, row.network, row.device = ended, "127.0.0.1", "a test"
            self.world.browsers.append(self.kept(row))
            self.world.tokens.append(token)

    def recordings(self) -> None:
        for number, plan in enumerate(self.plan.recordings):
            row = VideoSession(
                key=tokens.new_key(),
                owner_id=(self.world.viewer if plan.is_mine else self.other).id,
                folder_id=None if plan.folder is None else self.folders[plan.folder],
                in_folder_since=None if plan.folder is None else moment(plan.shelved),
                title=f"Recording {number}",
                state=plan.state,
                length_seconds=60.0,
                created_at=moment(-9),
                ready_at=moment(plan.ready) if plan.state is VideoState.READY else None,
                is_published=plan.published,
                opens_at=moment_or_none(plan.opens),
                closes_at=moment_or_none(plan.closes),
                password_hash="v1$none" if plan.has_password else None,
                password_version=plan.version,
                media_version=1,
                binned_at=NOON if plan.binned else None,
            )
            self.world.recordings.append(self.kept(row))
            for kind, version in ((MediaKind.RENDITION, 1), (MediaKind.POSTER, 0)):
                file = MediaFile(
                    video_session_id=row.id, kind=kind, store_key=tokens.new_key(), content_type="video/mp4"
                )
                file.version, file.name = version, "720p" if version else ""
                file.size_bytes, file.created_at = 1000, NOON
                self.kept(file)
            if plan.is_co_owned:
                self.kept(CoOwner(video_session_id=row.id, user_id=self.world.viewer.id, created_at=NOON))
        for (browser, number), version in self.plan.unlocked.items():
            unlock = PasswordUnlock(
                sign_in_id=self.world.browsers[browser].id,
                video_session_id=self.world.recordings[number].id,
                password_version=version,
                created_at=NOON,
            )
            self.kept(unlock)

    def event(self, number: int, shown: Shown) -> int:
        """Its own window says nothing here: a grant on it carries the window."""
        window = {
            "time_zone": "Europe/Berlin",
            "opens_at": moment(-9),
            "closes_at": moment(9),
            "created_at": moment(-9),
        }
        event = self.kept(Event(key=tokens.new_key(), owner_id=self.other.id, title=f"Event {number}", **window))
        for each, since in shown.recordings.items():
            row = self.world.recordings[each]
            self.kept(EventSession(event_id=event.id, video_session_id=row.id, added_at=moment(since)))
        for each, since in shown.folders.items():
            self.kept(EventFolder(event_id=event.id, folder_id=self.folders[each], added_at=moment(since)))
        return event.id

    def grants(self) -> None:
        for plan in self.plan.grants:
            kind, number = plan.on
            row = Grant(guest_id=(self.world.viewer if plan.is_me else self.somebody).id, granted_by_id=self.other.id)
            row.video_session_id = self.world.recordings[number].id if kind == "recording" else None
            row.folder_id = self.folders[number] if kind == "folder" else None
            row.event_id = self.events[number] if kind == "event" else None
            row.is_assigned = plan.assigned is not None
            row.created_at, row.begins_at, row.ends_at = (
                moment(-9),
                moment_or_none(plan.begins),
                moment_or_none(plan.ends),
            )
            row.when_it_ends = WhenItEnds.STOP if plan.stops else WhenItEnds.FINISH
            row.views_limit, row.revoked_at = plan.limit, NOON if plan.revoked else None
            self.world.grants.append(self.kept(row))
            for each in plan.assigned or ():
                recording = self.world.recordings[each]
                self.kept(Assignment(grant_id=row.id, video_session_id=recording.id, created_at=moment(-9)))
            for recording, taken in zip(self.world.recordings, plan.taken, strict=True):
                if taken:
                    self.kept(ViewBudget(grant_id=row.id, video_session_id=recording.id, taken=taken))

    def sittings(self) -> None:
        for plan in self.plan.sittings:
            row = Viewing(
                key=tokens.new_key(),
                user_id=self.world.viewer.id,
                video_session_id=self.world.recordings[plan.recording].id,
                grant_id=None if plan.grant is None else self.world.grants[plan.grant].id,
                right=plan.right,
                created_at=moment(plan.begun),
                ends_at=moment(plan.ends),
                given_back_at=NOON if plan.given_back else None,
            )
            self.world.sittings.append(self.kept(row))
            stream = Stream(
                key=tokens.new_key(),
                user_id=self.world.viewer.id,
                viewing_id=row.id,
                sign_in_id=self.world.browsers[plan.browser].id,
                trace_code=tokens.new_trace_code(),
                device="a test",
                network="127.0.0.1",
                created_at=moment(plan.begun),
                seen_at=moment(plan.begun),
                ended_at=NOON if plan.moved else None,
            )
            self.world.streams.append(self.kept(stream))
