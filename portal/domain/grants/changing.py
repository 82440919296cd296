"""Changing and ending what was given: one grant, with a check that nobody changed it meanwhile (product.md, Who may
watch; docs/who-may-watch.md, Changing what was given). Many at once stand in `many`."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import aliased

from portal.basics import dates
from portal.basics.errors import Conflict, NotFound
from portal.domain import audit
from portal.domain.audit import AuditKind
from portal.domain.grants.renaming import change_of
from portal.domain.grants.telling import Told, tell_of
from portal.domain.grants.terms import Terms, WrongTerms, set_terms
from portal.domain.grants.things import Thing, things_of
from portal.domain.grants.windows import check_inside
from portal.domain.viewing_budget import most_taken
from portal.domain.work import tools
from portal.storage.db import db
from portal.storage.models import AuditEvent, Event, Folder, Grant, User, VideoSession


@dataclass(frozen=True)
class FoundGrant:
    """A grant with whom it names, on what, and by whom."""

    grant: Grant
    guest: User
    on: Thing
    by: User


class ChangedMeanwhile(Conflict):
    """Somebody saved this grant after it was opened for changing. `terms` and `version` are those it has now.

    `by` and `saved_at`: who saved last, and when; None when the trail does not say any more.
    """

    def __init__(self, terms: Terms, version: int, by: User | None, saved_at: datetime | None) -> None:
        super().__init__("Somebody saved this after you opened it")
        self.terms = terms
        self.version = version
        self.by = by
        self.saved_at = saved_at


def find_grant(grant_id: int, by: User) -> FoundGrant:
    """A grant on something of this sponsor's (an admin finds all), not revoked. Raises `NotFound`."""
    query = grants_with_things(by).where(Grant.id == grant_id, Grant.revoked_at.is_(None))
    row: Any = db.session.execute(query).one_or_none()
    if row is None:
        raise NotFound("There is no such grant")
    return found_grant(row)


def grants_with_things(by: User) -> Any:
    """The query for `found_grant`: grants on what this sponsor looks after, as the rows are now."""
    giver = aliased(User)
    return (
        select(Grant, User, VideoSession, Folder, Event, giver)
        .join(User, User.id == Grant.guest_id)
        .join(giver, giver.id == Grant.granted_by_id)
        .outerjoin(VideoSession, VideoSession.id == Grant.video_session_id)
        .outerjoin(Folder, Folder.id == Grant.folder_id)
        .outerjoin(Event, Event.id == Grant.event_id)
        .where(things_of(by))
        .execution_options(populate_existing=True)
    )


def found_grant(row: Any) -> FoundGrant:
    """One row of `grants_with_things`."""
    grant, guest, video_session, folder, event, given_by = row
    return FoundGrant(grant, guest, video_session or folder or event, given_by)


def change_terms(
    found: FoundGrant, terms: Terms, *, version: int | None, by: User, at: datetime, tell: bool = True
) -> bool:
    """Let somebody watch on these terms from now on; False when they are theirs already.

    `version` is that of the grant as it was shown; None: whatever it is. A letter tells them what gives more, unless
    `tell` is False. Raises `WrongTerms`, `ChangedMeanwhile`, and `NotFound` when it was revoked meanwhile.
    """
    grant = hold(found)
    if Terms.of(grant) == terms:
        return False
    if version is not None and version != grant.version:
        raise _changed_meanwhile(grant)
    taken = most_taken(grant)
    check_for(found, terms, taken, at=at)
    before = Terms.of(grant)
    set_terms(grant, terms, person=found.guest, by=by, at=at)
    db.session.flush()
    if tell and gives_more(before, terms):
        tell_of(Told(found.guest, terms, taken), found.on, by=by, note="", at=at)
    return True


def check_for(found: FoundGrant, terms: Terms, taken: int, *, at: datetime) -> None:
    """Raises `WrongTerms` for what this grant cannot have; `taken`: the most views of one recording that were taken."""
    terms.check()
    if isinstance(found.on, Event):
        check_inside(found.on, terms, at=at)
    if terms.ends_at is not None and terms.ends_at <= at:
        day = dates.day_date(terms.ends_at, tools().settings.time_zone)
        raise WrongTerms("until", f"“Until” lies in the past: {day}")
    if terms.views is not None and terms.views < taken:
        of_it = "" if isinstance(found.on, VideoSession) else " of one recording"
        raise WrongTerms(
            "views", f"{found.guest.display_name} has used {taken}{of_it} already; at least {taken}, or empty"
        )


def gives_more(before: Terms, after: Terms) -> bool:
    """Whether a letter says so: more time or more views, whatever else became less."""
    return any(change.is_more for change in change_of(before, after))


def revoke(found: FoundGrant, *, by: User, at: datetime) -> bool:
    """End it now, as if it had never been given; what plays stops at the next byte. False when it was revoked."""
    query = update(Grant).where(Grant.id == found.grant.id, Grant.revoked_at.is_(None)).values(revoked_at=at)
    if not db.session.execute(query).rowcount:  # type: ignore[attr-defined]
        return False
    audit.record(AuditKind.GRANT_REVOKED, at=at, actor=by, subject=found.grant, person=found.guest)
    return True


def hold(found: FoundGrant) -> Grant:
    """The grant as it is now, held until the transaction ends. Raises `NotFound` when it was revoked meanwhile.

    Its guest is held, too, as by who presses play: what was used is counted while nobody can use more.
    """
    hold_guests([found.guest.id])
    query = select(Grant).where(Grant.id == found.grant.id, Grant.revoked_at.is_(None)).with_for_update()
    held: Grant | None = db.session.scalar(query.execution_options(populate_existing=True))
    if held is None:
        raise NotFound("There is no such grant")
    return held


def hold_guests(ids: list[int]) -> None:
    """Hold these accounts, always in the order of their ids, so that nobody waits for each other in a circle."""
    query = select(User).where(User.id.in_(ids)).order_by(User.id).with_for_update(key_share=True)
    db.session.scalars(query.execution_options(populate_existing=True)).all()


def _changed_meanwhile(grant: Grant) -> ChangedMeanwhile:
    query = (
        select(AuditEvent.at, User)
        .outerjoin(User, User.id == AuditEvent.actor_id)
        .where(AuditEvent.subject_kind == "grant", AuditEvent.subject_id == grant.id)
        .where(AuditEvent.kind == AuditKind.GRANT_CHANGED.label)
        .order_by(AuditEvent.sequence.desc())
        .limit(1)
    )
    last = db.session.execute(query).one_or_none()
    saved_at, saved_by = last or (None, None)
    return ChangedMeanwhile(Terms.of(grant), grant.version, saved_by, saved_at)
