"""New events: from a blank, or as a copy of an earlier one."""

from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from portal.basics import tokens
from portal.domain import audit
from portal.domain.audit import AuditKind
from portal.domain.events.details import Details, as_facts
from portal.domain.looking_after import looked_after_by
from portal.storage.db import db
from portal.storage.models import Criterion, Event, EventFolder, EventSession, Folder, User, VideoSession


def make(details: Details, *, by: User, form_key: str | None, at: datetime, copy_of: Event | None = None) -> Event:
    """A new event. The same form sent twice makes one; the event it made is returned.

    `copy_of`: one of theirs whose recordings, folders and criteria come along; guests and scores do not. What is not
    this person's any more is left out. Raises `WrongDetails`.
    """
    made = made_by(form_key, by)
    if made is not None:
        return made
    kept = details.checked(at)
    event = Event(
        key=tokens.new_key(),
        owner_id=by.id,
        title=kept.title,
        description=kept.description,
        time_zone=kept.time_zone,
        opens_at=kept.opens_at,
        closes_at=kept.closes_at,
        on_closing=kept.on_closing,
        is_judged=copy_of is not None and copy_of.is_judged,
        is_blind=copy_of is not None and copy_of.is_blind,
        is_shuffled=copy_of is not None and copy_of.is_shuffled,
        form_key=form_key,
        created_at=at,
    )
    try:
        with db.session.begin_nested():
            db.session.add(event)
    except IntegrityError:  # the same form at this very moment: the constraint decided
        made = made_by(form_key, by)
        if made is None:
            raise
        return made
    copied = copy_of.title if copy_of else None
    facts: dict[str, Any] = as_facts(kept)
    audit.record(AuditKind.EVENT_MADE, at=at, actor=by, subject=event, copy_of=copied, **facts)
    if copy_of is not None:
        _bring_along(copy_of, event, by, at)
    return event


def made_by(form_key: str | None, by: User) -> Event | None:
    """The event that this person's form has made already."""
    if not form_key:
        return None
    return db.session.scalars(select(Event).where(Event.owner_id == by.id, Event.form_key == form_key)).one_or_none()


def _bring_along(old: Event, new: Event, by: User, at: datetime) -> None:
    sessions = (
        select(VideoSession.id)
        .join(EventSession, EventSession.video_session_id == VideoSession.id)
        .where(EventSession.event_id == old.id, looked_after_by(by))
        .order_by(EventSession.id)
    )
    folders = (
        select(Folder.id)
        .join(EventFolder, EventFolder.folder_id == Folder.id)
        .where(EventFolder.event_id == old.id, *([] if by.is_admin else [Folder.owner_id == by.id]))
        .order_by(EventFolder.id)
    )
    in_use = select(Criterion).where(Criterion.event_id == old.id, Criterion.removed_at.is_(None))
    rows = {
        EventSession: [{"video_session_id": one} for one in db.session.scalars(sessions)],
        EventFolder: [{"folder_id": one} for one in db.session.scalars(folders)],
    }
    for model, kept in rows.items():
        if kept:
            db.session.execute(insert(model), [row | {"event_id": new.id, "added_at": at} for row in kept])
    db.session.add_all(
        Criterion(
            key=tokens.new_key(),
            event_id=new.id,
            title=one.title,
            help=one.help,
            lowest=one.lowest,
            highest=one.highest,
            weight=one.weight,
            position=one.position,
        )
        for one in db.session.scalars(in_use.order_by(Criterion.position))
    )
    db.session.flush()
