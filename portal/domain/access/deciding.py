"""The decision itself: facts in, answer out, no query (product.md, Who may watch).

The steps stand in the order of product.md, and each leaves a line of its trace: what a sponsor is shown under "why" is
what decided.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from portal.storage.models import Event, Grant, User, VideoSession, VideoState, Viewing, WhenItEnds

_ALWAYS = datetime.max.replace(tzinfo=UTC)


class Right(StrEnum):
    """By what somebody may watch."""

    OWNER = "owner"
    CO_OWNER = "co-owner"
    ADMIN = "admin"
    GRANT = "grant"
    PASSWORD = "password"  # noqa: S105 - the name of a right

    @property
    def is_counted(self) -> bool:
        """Whether watching by it counts as somebody's view: looking at what one looks after does not."""
        return self in (Right.GRANT, Right.PASSWORD)


class WhyNot(StrEnum):
    """Why somebody may not watch."""

    UNKNOWN = "unknown"  # to this person there is no such session: answered with the 404 of a missing one
    NOT_READY = "not-ready"
    UNPUBLISHED = "unpublished"
    NOT_OPEN = "not-open"  # the session's own window lies ahead
    CLOSED = "closed"  # the session's own window is over
    NOT_BEGUN = "not-begun"
    USED_UP = "used-up"
    ENDED = "ended"
    PASSWORD = "password"  # noqa: S105 - the video's password would let them in

    @property
    def is_for_the_sponsor(self) -> bool:
        """Whether the sponsor could let them in by changing what was given, so that asking makes sense."""
        return self in (WhyNot.NOT_BEGUN, WhyNot.USED_UP, WhyNot.ENDED)


@dataclass(frozen=True)
class Held:
    """A grant, not revoked, that names somebody on a session, its folder or an event that shows it.

    `taken`: how many views of the session were taken of it. `shown_since`: of a grant on an event, since when that
    shows the session. `event`: what it is on, when it is one and was asked for.
    """

    grant: Grant
    taken: int = 0
    shown_since: datetime | None = None
    event: Event | None = None

    @property
    def left(self) -> int | None:
        """Views left of this session; None: no limit."""
        return None if self.grant.views_limit is None else max(0, self.grant.views_limit - self.taken)

    @property
    def is_used_up(self) -> bool:
        return self.left == 0

    def is_live(self, at: datetime) -> bool:
        """Begun, not ended, views left."""
        return self.grant.is_live(at) and not self.is_used_up


@dataclass(frozen=True)
class Facts:
    """All that the decision rests on. `sittings`: theirs at this session, open and not given back, the newest first.

    There may be several: one that rests on a right they have lost stays open, and is worth nothing.
    """

    viewer: User
    video_session: VideoSession
    is_co_owner: bool = False
    has_unlocked: bool = False  # gave this version of the video's password in this browser
    held: Sequence[Held] = ()
    sittings: Sequence[Viewing] = ()


@dataclass(frozen=True)
class Step:
    """One question on the way to the answer. `settles`: the answer was found here."""

    rule: str
    answer: str
    settles: bool = False


@dataclass(frozen=True)
class Decision:
    """May this person play this session at this moment, by what, and why not.

    `right` is how the person comes to see its page; while the session is not ready they see it and cannot play.
    `sitting` is what they can go on with without taking a view. `held` is what allows: the grant of that sitting, else
    the one that pressing play takes a view of; at a no, the one that says why. `live` are all that allow now.
    """

    allowed: bool
    right: Right | None = None
    held: Held | None = None
    why: WhyNot | None = None
    sitting: Viewing | None = None
    live: tuple[Held, ...] = ()
    trace: tuple[Step, ...] = field(default=(), compare=False)

    @property
    def grant(self) -> Grant | None:
        return self.held.grant if self.held else None

    @property
    def is_by_office(self) -> bool:
        """Whether they look after the session, or after all."""
        return self.right is not None and not self.right.is_counted

    @property
    def views_left(self) -> int | None:
        """Over all that allow now; at a no, of the grant that says why. None: no limit.

        What only lets a sitting finish has none left.
        """
        if self.live:
            return views_left(self.live)
        if self.held is None or self.held.left is None:
            return None
        return 0 if self.allowed else self.held.left

    @property
    def views_limit(self) -> int | None:
        """Over all that allow now, else of the one that says why or lets a sitting finish. None: no limit."""
        counted = self.live or ((self.held,) if self.held else ())
        limits = [held.grant.views_limit for held in counted]
        return None if None in limits or not limits else sum(limit for limit in limits if limit)


UNKNOWN = Decision(allowed=False, why=WhyNot.UNKNOWN)


def views_left(live: Sequence[Held]) -> int | None:
    """Of several live grants together; None: one of them has no limit."""
    numbers = [held.left for held in live]
    return None if None in numbers else sum(number for number in numbers if number)


def judge(facts: Facts, at: datetime) -> Decision:
    """The decision, in the order of product.md, "Who may watch"."""
    steps: list[Step] = []
    if not facts.viewer.is_live(at):
        return _settled(UNKNOWN, steps, "The account is set up, not disabled and not ended", "no")
    steps.append(Step("The account is set up, not disabled and not ended", "yes"))
    if facts.video_session.binned_at is not None:
        return _settled(UNKNOWN, steps, "The recording is not in the bin", "it is, so to everybody there is none")
    return _by_office(facts, at, steps) or _by_name(facts, at, steps) or _by_password(facts, at, steps)


def own_right(viewer: User, video_session: VideoSession, *, is_co_owner: bool) -> Right | None:
    """The right of somebody who looks after the session, or after all."""
    if video_session.owner_id == viewer.id:
        return Right.OWNER
    if is_co_owner and not viewer.is_guest:
        return Right.CO_OWNER
    return Right.ADMIN if viewer.is_admin else None


def could_once_watch(held: Held, video_session: VideoSession) -> bool:
    """Whether the session was ready, and on the shelf or at the event that was shared, before this grant ended.

    One that came there afterwards was never shared with those who were named before, and stays unknown.
    """
    grant, begins = held.grant, [video_session.ready_at]
    if grant.folder_id is not None:
        begins.append(video_session.in_folder_since)
    if grant.event_id is not None:
        begins.append(held.shown_since)
    return grant.ends_at is not None and all(begin is not None and begin < grant.ends_at for begin in begins)


def may_finish(sitting: Viewing, grant: Grant, at: datetime) -> bool:
    """Whether a sitting on this grant may go on: the grant has begun, and has not ended or lets sittings finish."""
    if grant.revoked_at is not None or not grant.has_begun(at):
        return False
    if not grant.has_ended(at):
        return True
    begun_in_time = grant.ends_at is not None and sitting.created_at < grant.ends_at
    return grant.when_it_ends is WhenItEnds.FINISH and begun_in_time


def in_order_of_use(live: Sequence[Held]) -> list[Held]:
    """Which of several live grants is used first: one without a limit, then the one that ends soonest."""
    return sorted(live, key=lambda held: (held.left is not None, held.grant.ends_at or _ALWAYS, held.grant.id))


def _by_office(facts: Facts, at: datetime, steps: list[Step]) -> Decision | None:
    rule = "Owner, co-owner or admin: never counted"
    right = own_right(facts.viewer, facts.video_session, is_co_owner=facts.is_co_owner)
    if right is None:
        steps.append(Step(rule, "no"))
        return None
    if facts.video_session.state is not VideoState.READY:
        decision = Decision(allowed=False, right=right, why=WhyNot.NOT_READY)
        return _settled(decision, steps, rule, f"yes, as {right.value}, but the recording is not ready")
    return _settled(
        Decision(allowed=True, right=right, sitting=_sitting_by(right, facts)), steps, rule, f"yes, as {right.value}"
    )


def _by_name(facts: Facts, at: datetime, steps: list[Step]) -> Decision | None:
    rule = "Named on the session, its folder or an event, by a grant that has begun, has not ended and has views left"
    counting = [held for held in facts.held if _names(held, facts.video_session, at)]
    if not counting:
        steps.append(Step(rule, "not named"))
        return None
    live = tuple(in_order_of_use([held for held in counting if held.is_live(at)]))
    sitting, rests_on = _open_sitting(facts, counting, at)
    if live or rests_on:
        return _named(facts, rests_on or live[0], live, sitting, at, steps, rule)
    held, why = _closest(counting, at)
    words = {
        WhyNot.NOT_BEGUN: "named, but it has not begun",
        WhyNot.USED_UP: "named, but all views are used",
        WhyNot.ENDED: "named, but it has ended",
    }
    return _settled(Decision(allowed=False, right=Right.GRANT, held=held, why=why), steps, rule, words[why])


def _named(
    facts: Facts,
    held: Held,
    live: tuple[Held, ...],
    sitting: Viewing | None,
    at: datetime,
    steps: list[Step],
    rule: str,
) -> Decision:
    closed = why_closed(facts.video_session, at)
    if closed:
        steps.append(Step(rule, "yes"))
        decision = Decision(allowed=False, right=Right.GRANT, held=held, why=closed, live=live)
        return _settled(decision, steps, "The recording is ready, published and inside its own window", closed.value)
    steps.append(Step("The recording is ready, published and inside its own window", "yes"))
    decision = Decision(allowed=True, right=Right.GRANT, held=held, sitting=sitting, live=live)
    words = "yes, and a sitting is open" if sitting else "yes"
    return _settled(decision, steps, rule, words + (", so its password is not asked" if has_password(facts) else ""))


def _by_password(facts: Facts, at: datetime, steps: list[Step]) -> Decision:
    rule = "Not named: the video's password, given in this browser"
    if not has_password(facts) or why_closed(facts.video_session, at):
        return _settled(UNKNOWN, steps, rule, "it has none" if not has_password(facts) else "it is not open")
    if not facts.has_unlocked:
        return _settled(Decision(allowed=False, why=WhyNot.PASSWORD), steps, rule, "not given, or changed since")
    decision = Decision(allowed=True, right=Right.PASSWORD, sitting=_sitting_by(Right.PASSWORD, facts))
    return _settled(decision, steps, rule, "given")


def _sitting_by(right: Right, facts: Facts) -> Viewing | None:
    return next((sitting for sitting in facts.sittings if sitting.right == right.value), None)


def has_password(facts: Facts) -> bool:
    return facts.video_session.password_hash is not None


def why_closed(video_session: VideoSession, at: datetime) -> WhyNot | None:
    """Why nobody but those who look after it may watch this session now; None: it is open."""
    if video_session.state is not VideoState.READY:
        return WhyNot.NOT_READY
    if not video_session.is_published:
        return WhyNot.UNPUBLISHED
    if video_session.has_closed(at):
        return WhyNot.CLOSED
    return None if video_session.is_open(at) else WhyNot.NOT_OPEN


def _names(held: Held, video_session: VideoSession, at: datetime) -> bool:
    """Whether the grant counts at all: one that had ended before the session came under it never shared it."""
    return not held.grant.has_ended(at) or could_once_watch(held, video_session)


def _open_sitting(facts: Facts, counting: Sequence[Held], at: datetime) -> tuple[Viewing | None, Held | None]:
    """The sitting that can be gone on with, and the grant that it rests on."""
    by_id = {held.grant.id: held for held in counting}
    for sitting in facts.sittings:
        held = by_id.get(sitting.grant_id or 0)
        if held and sitting.right == Right.GRANT.value and may_finish(sitting, held.grant, at):
            return sitting, held
    return None, None


def _closest(counting: Sequence[Held], at: datetime) -> tuple[Held, WhyNot]:
    """Of grants none of which allows, the one that says why: what is to come, else what was used, else what was."""
    coming = [held for held in counting if not held.grant.has_begun(at) and not held.grant.has_ended(at)]
    if coming:
        return min(coming, key=lambda held: (held.grant.begins_at or _ALWAYS, held.grant.id)), WhyNot.NOT_BEGUN
    used = [held for held in counting if not held.grant.has_ended(at)]
    if used:
        return max(used, key=lambda held: (held.grant.ends_at or _ALWAYS, held.grant.id)), WhyNot.USED_UP
    return max(counting, key=lambda held: (held.grant.ends_at or _ALWAYS, held.grant.id)), WhyNot.ENDED


def _settled(decision: Decision, steps: list[Step], rule: str, answer: str) -> Decision:
    trace = (*steps, Step(rule, answer, settles=True))
    return Decision(
        allowed=decision.allowed,
        right=decision.right,
        held=decision.held,
        why=decision.why,
        sitting=decision.sitting,
        live=decision.live,
        trace=trace,
    )
