"""Asking: from the pages that say a grant has ended, is used up, or has not begun."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from portal.basics import tokens
from portal.basics.errors import PortalError
from portal.basics.texts import many_lines
from portal.domain import access, audit, links, mailbox
from portal.domain.access import Decision, Found
from portal.domain.audit import AuditKind
from portal.domain.work import tools
from portal.mail.letters import AccessAskedLetter
from portal.storage.db import db
from portal.storage.models import AccessRequest, SignIn, User, VideoSession

LONGEST_WORDS = 500


class NothingToAsk(PortalError):
    """They may watch, or it is nothing that the sponsor could change for them: the session's page says which."""


class WordsTooLong(PortalError):
    """More than a guest may write; the text says how much that is."""


def asked(viewer: User, decision: Decision, video_session: VideoSession) -> AccessRequest | None:
    """What they have asked for this very need, answered or not; None: they may ask. One query at most."""
    grant = decision.grant
    if grant is None or decision.why is None or not decision.why.is_for_the_sponsor:
        return None
    query = select(AccessRequest).where(
        AccessRequest.grant_id == grant.id,
        AccessRequest.grant_version == grant.version,
        AccessRequest.video_session_id == video_session.id,
        AccessRequest.guest_id == viewer.id,
    )
    return db.session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def ask(viewer: User, key: str, words: str, *, sign_in: SignIn, at: datetime) -> AccessRequest:
    """Ask whoever owns the session for more; a letter goes to them, replies to it to the guest.

    Asked again for the same need, also at the very same moment, it is the one request that was made first: the
    constraint decides. Raises `NotFound` for what is unknown to the viewer, `NothingToAsk`, and `WordsTooLong`.
    """
    found = access.find(viewer, key, at=at, sign_in=sign_in)
    grant, why = found.decision.grant, found.decision.why
    if grant is None or why is None or not why.is_for_the_sponsor:
        raise NothingToAsk("There is nothing to ask for here")
    kept = many_lines(words)
    if len(kept) > LONGEST_WORDS:
        raise WordsTooLong(f"Write {LONGEST_WORDS} characters at most; these are {len(kept):,}")
    request = AccessRequest(
        key=tokens.new_key(),
        guest_id=viewer.id,
        video_session_id=found.video_session.id,
        grant_id=grant.id,
        grant_version=grant.version,
        why=why.value,
        words=kept,
        created_at=at,
    )
    try:
        with db.session.begin_nested():
            db.session.add(request)
    except IntegrityError:
        made_first = asked(viewer, found.decision, found.video_session)
        if made_first is None:  # it was no second request, so something else is wrong
            raise
        return made_first
    audit.record(AuditKind.ACCESS_ASKED, at=at, actor=viewer, subject=found.video_session, why=why.value)
    _tell_owner(found, viewer, request, at)
    return request


def _tell_owner(found: Found, guest: User, request: AccessRequest, at: datetime) -> None:
    """Whoever owns the session gets the letter; those who look after it beside them find the request in their list."""
    owner = found.owner
    if owner.is_guest or not owner.is_live(at):
        return
    letter = AccessAskedLetter(
        to=owner.address,
        zone=tools().settings.time_zone,
        reply_to=guest.address,
        guest_name=guest.display_name,
        guest_address=guest.address,
        title=found.video_session.title,
        why=request.why,
        note=request.words,
        path=links.REQUESTS,
    )
    mailbox.queue(letter, to=owner, at=at)
