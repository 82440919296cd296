"""What closing an event means for its score sheets: they stay as they are, until it is opened again."""

from datetime import datetime

from sqlalchemy import ColumnElement, update

from portal.storage.db import db
from portal.storage.models import Event, ScoreSheet


def freeze(event: Event, *, at: datetime) -> int:
    """Have no sheet of this event change any more; how many there are that could. One statement.

    Called by closing, after the event says that it is closed: from then on none begins (`sheets` holds the event).
    """
    return _set(event, at, ScoreSheet.frozen_at.is_(None))


def unfreeze(event: Event) -> int:
    """Have the sheets of an event that is opened again go on where they were; how many there are. One statement."""
    return _set(event, None, ScoreSheet.frozen_at.is_not(None))


def _set(event: Event, frozen_at: datetime | None, those: ColumnElement[bool]) -> int:
    query = update(ScoreSheet).where(ScoreSheet.event_id == event.id, those).values(frozen_at=frozen_at)
    return int(db.session.execute(query).rowcount)  # type: ignore[attr-defined]
