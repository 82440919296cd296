"""The sponsor's answer: one press, one letter."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update

from portal.basics.errors import NotFound, PortalError
from portal.domain import access, audit, links, mailbox, options
from portal.domain.audit import AuditKind
from portal.domain.grants.changing import ChangedMeanwhile, FoundGrant, change_terms
from portal.domain.grants.terms import Terms, WrongTerms, as_facts
from portal.domain.grants.things import things_of
from portal.domain.requests.offers import Offer, offers_for
from portal.domain.requests.waiting import Waiting, facts, waiting_row, with_facts
from portal.domain.work import tools
from portal.mail.letters import AccessDeclinedLetter, AccessGivenLetter
from portal.storage.db import db
from portal.storage.models import AccessRequest, Answer, User


class NothingToAnswer(PortalError):
    """What was asked about has changed since, and nobody answered: the sentence says what to do."""


@dataclass(frozen=True)
class Answered:
    """A request with its answer. `is_new` False: somebody (`by`, None: their account is gone) had answered before.

    `offer` and `terms`: what was given just now, and what the grant allows since; None when declined, or not new.
    """

    waiting: Waiting
    answer: Answer
    by: User | None
    is_new: bool
    offer: Offer | None = None
    terms: Terms | None = None


def find(key: str, by: User, *, at: datetime) -> Waiting:
    """A request on what this person looks after, answered or not. Raises `NotFound`."""
    query = with_facts(select(*facts()).select_from(AccessRequest)).where(AccessRequest.key == key, things_of(by))
    row = db.session.execute(query).one_or_none()
    if row is None:
        raise NotFound("There is no such request")
    return waiting_row(row, at=at)


def answer(key: str, given: Answer, *, by: User, at: datetime) -> Answered:
    """Answer a request on what this person looks after; the guest gets one letter.

    Of several answers the first counts; the later ones are told what it was. Raises `NotFound`, and `NothingToAnswer`
    when this cannot be given any more.
    """
    waiting = find(key, by, at=at)
    request = waiting.request
    if not _is_first(request, given, by, at):
        db.session.refresh(request)
        assert request.answer is not None
        return Answered(waiting, request.answer, _person(request.answered_by_id), is_new=False)
    if given is Answer.DECLINED:
        _record(waiting, given, None, by, at)
        _tell_declined(waiting, by, at)
        return Answered(waiting, given, by, is_new=True)
    offer, terms = _give(waiting, given, by, at)
    _record(waiting, given, terms, by, at)
    _tell_given(waiting, offer, terms, by, at)
    return Answered(waiting, given, by, True, offer, terms)


def _is_first(request: AccessRequest, given: Answer, by: User, at: datetime) -> bool:
    """Whether this answer is the one that counts. The statement decides, not what was read before."""
    query = (
        update(AccessRequest)
        .where(AccessRequest.id == request.id, AccessRequest.answered_at.is_(None))
        .values(answered_at=at, answered_by_id=by.id, answer=given)
        .returning(AccessRequest.id)
        .execution_options(synchronize_session=False)
    )
    return db.session.execute(query).one_or_none() is not None


def _give(waiting: Waiting, given: Answer, by: User, at: datetime) -> tuple[Offer, Terms]:
    """Change the grant, by the one rule that changes grants."""
    on = waiting.folder or waiting.event or waiting.video_session
    giver = _person(waiting.grant.granted_by_id)
    assert giver is not None
    offers = offers_for(waiting.grant, waiting.taken, options.ceilings(), at=at, event=waiting.event)
    offer = next((offer for offer in offers if offer.answer is given), None)
    if offer is None:
        raise NothingToAnswer("This has changed since the page was opened. Look at it again")
    terms = offer.terms(waiting.grant, at=at)
    found = FoundGrant(waiting.grant, waiting.guest, on, giver)
    try:
        change_terms(found, terms, version=waiting.request.grant_version, by=by, at=at, tell=False)
    except (ChangedMeanwhile, NotFound, WrongTerms):
        raise NothingToAnswer(
            f"The access of {waiting.guest.display_name} was changed since they asked. Look at what it is now"
        ) from None
    return offer, terms


def _record(waiting: Waiting, given: Answer, terms: Terms | None, by: User, at: datetime) -> None:
    said = as_facts(terms) if terms else {"until": None, "views": None}
    audit.record(
        AuditKind.ACCESS_ANSWERED,
        at=at,
        actor=by,
        subject=waiting.video_session,
        person=waiting.guest,
        answer=given.value,
        until=said["until"],
        views=said["views"],
    )


def _tell_given(waiting: Waiting, offer: Offer, terms: Terms, by: User, at: datetime) -> None:
    if not waiting.guest.is_live(at):
        return
    face = access.face_for(waiting.guest, waiting.video_session)
    letter = AccessGivenLetter(
        to=waiting.guest.address,
        zone=tools().settings.time_zone,
        reply_to=by.address,
        sponsor_name=by.display_name,
        sponsor_address=by.address,
        title=face.title,
        length_seconds=waiting.video_session.length_seconds,
        folder_title=waiting.folder.title if waiting.folder and not face.is_blind else "",
        event_title=waiting.event.title if waiting.event else "",
        days=offer.days,
        views=offer.views,
        ends_at=terms.ends_at,
        views_left=None if terms.views is None else max(0, terms.views - waiting.taken),
        path=links.watch(waiting.video_session),
        asked_at=waiting.request.created_at,
    )
    mailbox.queue(letter, to=waiting.guest, at=at)


def _tell_declined(waiting: Waiting, by: User, at: datetime) -> None:
    if not waiting.guest.is_live(at):
        return
    face = access.face_for(waiting.guest, waiting.video_session, ever=waiting.grant.revoked_at is not None)
    letter = AccessDeclinedLetter(
        to=waiting.guest.address,
        zone=tools().settings.time_zone,
        reply_to=by.address,
        sponsor_name=by.display_name,
        title=face.title,
        asked_at=waiting.request.created_at,
        path=links.HOME,
    )
    mailbox.queue(letter, to=waiting.guest, at=at)


def _person(user_id: int | None) -> User | None:
    return db.session.get(User, user_id) if user_id else None
