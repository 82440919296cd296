"""The trace of a decision and the grants it weighed, as sentences."""

from dataclasses import dataclass
from datetime import datetime

from portal.basics import dates
from portal.domain.access import Decision, Right, WhyNot
from portal.domain.explaining import Explained, Weighed, Weight
from portal.storage.models import WhenItEnds
from portal.web.state_tags import StateTag


@dataclass(frozen=True)
class TraceLine:
    """A question that was asked, and its answer. `settles`: no further one was asked."""

    rule: str
    answer: str
    settles: bool


@dataclass(frozen=True)
class GrantLine:
    """A grant, what it allows, and what it did to the answer."""

    grant_id: int
    by: str
    on: str
    terms: str
    views: str
    tag: StateTag
    note: str
    can_change: bool


_TAGS = {
    Weight.USED: StateTag("done", "Lets them in", "check"),
    Weight.SITTING: StateTag("done", "Sitting open", "check"),
    Weight.LIVE: StateTag("info", "Live", "check"),
    Weight.COMING: StateTag("info", "Begins later", "calendar"),
    Weight.USED_UP: StateTag("stop", "Used up", "eye"),
    Weight.ENDED: StateTag("plain", "Ended", "clock"),
    Weight.TOO_EARLY: StateTag("plain", "Does not count", "clock"),
    Weight.REVOKED: StateTag("plain", "Revoked", "cross"),
}
_NOTES = {
    Weight.COMING: "It has not begun.",
    Weight.USED_UP: "All its views of this recording are used.",
    Weight.ENDED: "Its end has passed.",
    Weight.TOO_EARLY: "It had ended before the recording was ready, or came there: it never shared it.",
    Weight.REVOKED: "It counts as never given.",
}
_CODES = {
    WhyNot.NOT_READY.value: "no: it is not ready",
    WhyNot.UNPUBLISHED.value: "no: it is not published",
    WhyNot.NOT_OPEN.value: "no: it opens later",
    WhyNot.CLOSED.value: "no: it has closed",
}
_BY_OFFICE = {Right.OWNER: "as its owner", Right.CO_OWNER: "as a co-owner", Right.ADMIN: "as an admin"}


class Words:
    """All that the page says of one decision at one moment."""

    def __init__(self, explained: Explained, at: datetime, zone: str) -> None:
        self.explained, self.at, self.zone = explained, at, zone

    def lines(self, decision: Decision) -> list[TraceLine]:
        """The trace, question by question, as the decision left it."""
        return [TraceLine(step.rule, _CODES.get(step.answer, step.answer), step.settles) for step in decision.trace]

    def reason(self) -> str:
        """The whole answer in one or two sentences."""
        decision = self.explained.decision
        if decision.allowed:
            return self._allowed(decision)
        if not self.explained.guest.is_live(self.at):
            return "Their account is not set up, is disabled or has ended: it can do nothing at all."
        if decision.why is WhyNot.UNKNOWN:
            return "Nothing names them: to them there is no such recording."
        if decision.why is WhyNot.PASSWORD:
            return "Nothing names them. The recording has a password: whoever gives it may watch in that browser."
        return self._named_in_vain(decision)

    def weighed(self, weighed: Weighed) -> GrantLine:
        """One grant. What was revoked cannot be changed any more."""
        grant = weighed.grant
        return GrantLine(
            grant_id=grant.id,
            by=weighed.giver,
            on=_on(weighed),
            terms=self._terms(weighed),
            views=_views(weighed),
            tag=_TAGS[weighed.weight],
            note=self._note(weighed),
            can_change=weighed.is_theirs and grant.revoked_at is None,
        )

    def _named_in_vain(self, decision: Decision) -> str:
        video_session, grant = self.explained.video_session, decision.grant
        match decision.why:
            case WhyNot.NOT_BEGUN if grant and grant.begins_at:
                return f"They are named, and it begins {self._date(grant.begins_at)}."
            case WhyNot.USED_UP if grant:
                return f"They are named, and have used {_all_of(grant.views_limit)}."
            case WhyNot.ENDED if grant and grant.ends_at:
                return f"They were named until {self._date(grant.ends_at)}."
            case WhyNot.NOT_OPEN if video_session.opens_at:
                return f"They are named, but the recording opens {self._date(video_session.opens_at)}."
            case WhyNot.CLOSED if video_session.closes_at:
                return f"They are named, but the recording closed {self._date(video_session.closes_at)}."
            case WhyNot.UNPUBLISHED:
                return "They are named, but the recording is not published."
        return "They are named, but the recording is not ready."

    def _allowed(self, decision: Decision) -> str:
        used = next((one for one in self.explained.weighed if one.grant is decision.grant), None)
        if used is None:
            return f"They may watch {_BY_OFFICE[decision.right] if decision.right else ''}, and it is not counted."
        on = f" on the {_on(used)}" if used.folder or used.event else ""
        needs = "; its password is not needed" if self.explained.video_session.password_hash else ""
        return f"Named by {used.giver}{on}{needs}. {self._price(decision)}"

    def _price(self, decision: Decision) -> str:
        if decision.sitting:
            until = dates.clock_time(decision.sitting.ends_at, self.zone, self.at)
            return f"A sitting is open until {until}: play takes no view."
        left = decision.views_left
        if left is None:
            return "There is no limit of views."
        return "Play takes the last view." if left == 1 else f"Play takes 1 of {left} views."

    def _terms(self, weighed: Weighed) -> str:
        grant = weighed.grant
        begins = f"from {self._date(grant.begins_at)} " if grant.begins_at else ""
        until = f"until {self._date(grant.ends_at)}" if grant.ends_at else "without an end"
        stops = ", stops at once" if grant.ends_at and grant.when_it_ends is WhenItEnds.STOP else ""
        words = f"{begins}{until}{stops}"
        return words[0].upper() + words[1:]

    def _note(self, weighed: Weighed) -> str:
        if weighed.weight is Weight.LIVE:
            return (
                "It is used after the one that lets them in."
                if self.explained.decision.allowed
                else "It would let them in."
            )
        if weighed.weight is Weight.REVOKED and weighed.grant.revoked_at:
            return f"On {dates.short_date(weighed.grant.revoked_at, self.zone, self.at)}. {_NOTES[Weight.REVOKED]}"
        return _NOTES.get(weighed.weight, "")

    def _date(self, moment: datetime) -> str:
        return dates.date_and_time(moment, self.zone, self.at)


def _views(weighed: Weighed) -> str:
    limit = weighed.grant.views_limit
    taken = weighed.held.taken
    return f"{taken} taken, no limit" if limit is None else f"{taken} of {limit} taken"


def _all_of(limit: int | None) -> str:
    return {1: "the one view", 2: "both views"}.get(limit or 0, f"all {limit} views")


def _on(weighed: Weighed) -> str:
    if weighed.event:
        return f"event “{weighed.event}”"
    return f"folder “{weighed.folder}”" if weighed.folder else "this recording"
