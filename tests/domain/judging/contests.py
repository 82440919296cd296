"""A judged event in small, for tests."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from portal.basics import tokens
from portal.domain.judging import criteria, sheets
from portal.domain.judging.criteria import Wanted
from portal.domain.judging.sheets import Sheet, Typed
from portal.storage.db import db, transaction
from portal.storage.models import (
    Assignment,
    Criterion,
    Event,
    EventSession,
    Grant,
    User,
    VideoSession,
    WhenItEnds,
)
from tests.factories import NOON, a_guest, a_sponsor, a_video_session

A_DAY = timedelta(days=1)


@dataclass
class Contest:
    """An event, open around `at`, with sessions, judges named on it, and criteria."""

    event: Event
    owner: User
    at: datetime
    sessions: list[VideoSession] = field(default_factory=list)
    judges: list[User] = field(default_factory=list)
    criteria: list[Criterion] = field(default_factory=list)

    def a_session(self, **given: Any) -> VideoSession:
        video_session = a_video_session(owner=self.owner, **({"ready_at": self.at - A_DAY} | given))
        keep(EventSession(event_id=self.event.id, video_session_id=video_session.id, added_at=self.at - A_DAY))
        self.sessions.append(video_session)
        return video_session

    def a_judge(self, *assigned: VideoSession, **given: Any) -> User:
        """Named on the event; on all it shows, or on what is `assigned`."""
        judge = given.pop("judge", None) or a_guest(sponsor=self.owner, **given)
        event = self.event
        grant = keep(
            Grant(
                guest_id=judge.id,
                event_id=event.id,
                is_assigned=bool(assigned),
                granted_by_id=self.owner.id,
                created_at=self.at - A_DAY,
                begins_at=event.opens_at,
                ends_at=event.closes_at,
                when_it_ends=WhenItEnds.STOP,
            )
        )
        for video_session in assigned:
            keep(Assignment(grant_id=grant.id, video_session_id=video_session.id, created_at=self.at))
        self.judges.append(judge)
        return judge

    def a_criterion(self, title: str = "Clarity", lowest: int = 0, highest: int = 10, weight: float = 1.0) -> Criterion:
        with transaction():
            criterion = criteria.add(self.event, Wanted(title, lowest, highest, weight), by=self.owner, at=self.at)
        self.criteria.append(criterion)
        return criterion

    def typed(self, *points: Any, remark: str = "", version: int | None = None) -> Typed:
        """Points in the order of the criteria."""
        keys = [criterion.key for criterion in self.criteria]
        return Typed({key: str(given) for key, given in zip(keys, points, strict=False)}, remark, version)

    def save(self, judge: User, video_session: VideoSession, *points: Any, at: datetime | None = None, **more) -> Sheet:
        with transaction():
            return sheets.save(
                judge,
                video_session.key,
                self.event.key,
                self.typed(*points, **more),
                sign_in=None,
                at=at or self.at,
            )

    def finalise(self, judge: User, video_session: VideoSession, *points: Any, **more: Any) -> Sheet:
        with transaction():
            typed = self.typed(*points, **more)
            return sheets.finalise(judge, video_session.key, self.event.key, typed, sign_in=None, at=self.at)

    def recuse(self, judge: User, video_session: VideoSession, reason: str = "A colleague", **more: Any) -> Sheet:
        with transaction():
            given = {"version": None, "sign_in": None, "at": self.at} | more
            return sheets.recuse(judge, video_session.key, self.event.key, reason, **given)

    def sheet(self, judge: User, video_session: VideoSession, at: datetime | None = None) -> Sheet:
        _, sheet = sheets.find(judge, video_session.key, self.event.key, sign_in=None, at=at or self.at)
        return sheet

    def given(self, judge: User, video_session: VideoSession) -> list[float | None]:
        sheet = self.sheet(judge, video_session)
        return [sheet.points.get(criterion.id) for criterion in self.criteria]


def a_contest(at: datetime = NOON, **given: Any) -> Contest:
    """Judged, open since yesterday and until tomorrow, of a sponsor of its own."""
    owner = given.pop("owner", None) or a_sponsor()
    values: dict[str, Any] = {
        "key": tokens.new_key(),
        "owner_id": owner.id,
        "title": "Finals 2026",
        "time_zone": "Europe/Berlin",
        "opens_at": at - A_DAY,
        "closes_at": at + A_DAY,
        "is_judged": True,
        "created_at": at - 2 * A_DAY,
    }
    return Contest(keep(Event(**(values | given))), owner, at)


def keep(row: Any) -> Any:
    with transaction():
        db.session.add(row)
    return row
