"""The numbers by which judges of a blind event know its sessions, and the order in which each judge sees them.

A number says nothing: they are given by chance, and once given they stay.
"""

import hashlib
import random
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TypeVar

from sqlalchemy import func, insert, select

from portal.domain.access.shown import sessions_shown_by
from portal.storage.db import db
from portal.storage.models import BlindLabel, Event, EventFolder, EventSession, User, VideoSession

Item = TypeVar("Item")
_CHANCE = random.SystemRandom()


def give(event: Event) -> int:
    """Number what this event shows and has no number yet; how many got one. None at an event that is not blind.

    Called by whatever has a blind event show more, in its transaction; `catch_up` finds what came onto its folders.
    """
    db.session.refresh(event, with_for_update=True)  # one at a time: two must not give the same number
    if not event.is_blind:
        return 0
    numbered = select(BlindLabel.video_session_id).where(BlindLabel.event_id == event.id)
    there = VideoSession.id.in_(sessions_shown_by(event.id)), VideoSession.binned_at.is_(None)
    new = list(db.session.scalars(select(VideoSession.id).where(*there, VideoSession.id.not_in(numbered))))
    if not new:
        return 0
    _CHANCE.shuffle(new)
    last = db.session.scalar(select(func.max(BlindLabel.number)).where(BlindLabel.event_id == event.id)) or 0
    rows = [
        {"event_id": event.id, "video_session_id": id_, "number": number} for number, id_ in enumerate(new, last + 1)
    ]
    db.session.execute(insert(BlindLabel), rows)
    return len(rows)


def catch_up(*, at: datetime, most: int = 50) -> int:
    """Number what came onto the folders of blind events that are not over; how many sessions got a number.

    Until then judges know them as “Entry”, without a number.
    """
    on_folders = select(EventFolder.event_id, VideoSession.id.label("session_id")).join(
        VideoSession, VideoSession.folder_id == EventFolder.folder_id
    )
    itself = select(EventSession.event_id, EventSession.video_session_id.label("session_id"))
    shown = on_folders.where(VideoSession.binned_at.is_(None)).union(itself).subquery("shown")
    numbered = (
        select(BlindLabel.id)
        .where(BlindLabel.event_id == shown.c.event_id, BlindLabel.video_session_id == shown.c.session_id)
        .exists()
    )
    query = (
        select(Event)
        .where(Event.is_blind, Event.closed_at.is_(None), Event.closes_at > at)
        .where(Event.id.in_(select(shown.c.event_id).where(~numbered)))
        .order_by(Event.id)
        .limit(most)
    )
    return sum(give(event) for event in db.session.scalars(query).all())


def in_order_for(event: Event, judge: User, items: Iterable[Item], key_of: Callable[[Item], str]) -> list[Item]:
    """Sessions of an event in the order of this judge: their own where it is shuffled, and always the same.

    `key_of`: the key of the session that an item is about. Items keep their order where it is not shuffled.
    """
    if not event.is_shuffled:
        return list(items)
    return sorted(items, key=lambda item: _place(event.key, judge.key, key_of(item)))


def _place(event_key: str, judge_key: str, session_key: str) -> bytes:
    return hashlib.sha256(f"{event_key}:{judge_key}:{session_key}".encode()).digest()
