"""Taking an invitation: the first password is written, and the link dies (product.md, The way in 4)."""

from datetime import datetime

from sqlalchemy import select, update

from portal.basics import tokens
from portal.basics.errors import Conflict
from portal.basics.roles import UserState
from portal.domain import audit, links, mailbox, policies
from portal.domain.audit import AuditKind
from portal.domain.invitations.codes import open_at, proven
from portal.domain.work import tools
from portal.mail.letters import GuestSetUpLetter
from portal.storage.db import db
from portal.storage.models import Event, Grant, Invitation, User, VideoSession, VideoState


def claim(
    token: str, proof: str | None, *, name: str, password_hash: str, at: datetime, policy_version: int | None = None
) -> User | None:
    """Set up the account: name, first password, policy accepted; it is active from now, and whoever shares is told.

    None when the link is not open any more or the proof of the mailbox does not hold: nothing has changed then. One
    statement decides, so that of any number of claims at once one wins (ASVS 6.5, 15.4). Hash before the transaction.
    Raises `Conflict`, and nothing is kept, when a policy newer than `policy_version` is in force.
    """
    user = _lock_owner(token)
    if user is None or not (invitation := _use(token, proof, at)):
        return None
    _activate(user, name, password_hash, at)
    _end_others(user, at)
    audit.record(AuditKind.USER_SET_UP, at=at, actor=user, subject=user, name=name)
    audit.record(AuditKind.PASSWORD_SET, at=at, actor=user, subject=user)
    policies.accept(user, at, version=policy_version)
    _tell_sponsors(user, invitation, at)
    return user


def landing(user: User, *, at: datetime) -> str:
    """Where someone who just came in is taken: to the one thing shared, else to the list; staff to their day."""
    if not user.is_guest:
        return links.TODAY
    query = (
        select(VideoSession, Event)
        .select_from(Grant)
        .outerjoin(VideoSession, VideoSession.id == Grant.video_session_id)
        .outerjoin(Event, Event.id == Grant.event_id)
        .where(Grant.guest_id == user.id, Grant.live_at(at), VideoSession.binned_at.is_(None))
        .limit(2)
    )
    shared = db.session.execute(query).all()
    if len(shared) != 1:
        return links.HOME
    video_session: VideoSession | None = shared[0][0]
    event: Event | None = shared[0][1]
    if event is not None:
        return links.watch_event(event)
    if video_session is None or video_session.state is not VideoState.READY:
        return links.HOME
    return links.watch(video_session)


def _lock_owner(token: str) -> User | None:
    """The account behind a link, held: letters lock it first, too, so that nobody waits for each other in a circle."""
    query = (
        select(User)
        .join(Invitation, Invitation.user_id == User.id)
        .where(Invitation.token_hash == tokens.hash_token(token), User.state == UserState.INVITED)
        .with_for_update(of=User, key_share=True)
        .execution_options(populate_existing=True)
    )
    user: User | None = db.session.scalar(query)
    return user


def _use(token: str, proof: str | None, at: datetime) -> Invitation | None:
    query = (
        update(Invitation)
        .where(Invitation.token_hash == tokens.hash_token(token), open_at(at), *proven(proof, at))
        .values(used_at=at, code_hash=None, proof_hash=None, proof_ends_at=None)
        .returning(Invitation)
        .execution_options(synchronize_session=False, populate_existing=True)
    )
    return db.session.scalars(query).one_or_none()


def _activate(user: User, name: str, password_hash: str, at: datetime) -> None:
    query = (
        update(User)
        .where(User.id == user.id, User.state == UserState.INVITED)
        .values(
            state=UserState.ACTIVE,
            name=name,
            password_hash=password_hash,
            password_changed_at=at,
            activated_at=at,
        )
        .returning(User)
        .execution_options(synchronize_session=False, populate_existing=True)
    )
    if db.session.scalars(query).one_or_none() is None:
        raise Conflict("This account was changed meanwhile")  # rolls the used link back, too


def _end_others(user: User, at: datetime) -> None:
    others = update(Invitation).where(Invitation.user_id == user.id, open_at(at))
    db.session.execute(others.values(replaced_at=at).execution_options(synchronize_session=False))
    mailbox.keep_back([user.id])


def _tell_sponsors(user: User, invitation: Invitation, at: datetime) -> None:
    """The sponsor who answers for the guest, and whoever sent the letter."""
    if not user.is_guest:
        return
    ids = {user.sponsor_id, invitation.sent_by_id} - {None}
    for sponsor in db.session.scalars(select(User).where(User.id.in_(ids), User.live_at(at)).order_by(User.id)):
        letter = GuestSetUpLetter(
            to=sponsor.address,
            zone=tools().settings.time_zone,
            reply_to=user.address,
            guest_name=user.name,
            guest_address=user.address,
            at=at,
            path=links.guest(user),
        )
        mailbox.queue(letter, to=sponsor, at=at)
