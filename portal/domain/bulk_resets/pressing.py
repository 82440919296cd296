"""The press itself: what was looked at is done, once."""

from datetime import datetime

from sqlalchemy import select

from portal.basics.errors import PortalError
from portal.domain.bulk_resets.choosing import Choice, event_of, found
from portal.domain.bulk_resets.voiding import void
from portal.storage.db import db
from portal.storage.models import ResetRun, User


class ChangedMeanwhile(PortalError):
    """Not the people that were looked at any more: somebody came, went or was reset; they are to be looked at again."""


def press(
    choice: Choice,
    *,
    by: User | None,
    words: str,
    mails_way_in: bool,
    why: str,
    stamp: str | None,
    form_key: str | None,
    at: datetime,
) -> ResetRun:
    """Reset the people of a choice as a trial has shown them (`stamp`; None: whoever is found now).

    By None: the console. The form that was pressed before gives back what it did. Raises `ChangedMeanwhile`, and
    nothing has changed.
    """
    before = _of_form(by, form_key)
    if before is not None:
        return before
    seen = found(choice, by=by, at=at)
    if stamp is not None and stamp != seen.stamp:
        raise ChangedMeanwhile("The people you looked at have changed")
    return void(
        seen.ids,
        by=by,
        words=words,
        reach=choice.reach,
        event=event_of(choice, by=by),
        mails_way_in=mails_way_in,
        form_key=form_key,
        why=why,
        spares_staff=choice.spares_staff,
        at=at,
    )


def _of_form(by: User | None, form_key: str | None) -> ResetRun | None:
    if by is None or not form_key:
        return None
    return db.session.scalar(select(ResetRun).where(ResetRun.by_id == by.id, ResetRun.form_key == form_key))
