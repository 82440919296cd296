"""Making accounts that wait for their owner, and mailing them the way in (product.md, The way in 1 and 2)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.exc import IntegrityError

from portal.basics import addresses, tokens
from portal.basics.errors import PortalError
from portal.basics.roles import Role, UserState
from portal.domain import audit, links, mailbox
from portal.domain.audit import AuditKind
from portal.domain.invitations.finding import SharedThing, Standing, find, shared_with
from portal.domain.looking_after import own_sessions
from portal.domain.work import tools
from portal.mail.letters import InvitationLetter, Letter, SharedItem, StaffInvitationLetter
from portal.settings import Settings
from portal.storage.db import db
from portal.storage.models import Event, Folder, Grant, Invitation, User, VideoSession

LIFE = timedelta(days=14)


class AlreadyHasAccount(PortalError):
    """The person has an account already and needs no way in."""


class NothingShared(PortalError):
    """Nothing is shared with this guest now, so there is nothing to invite to."""


def invite_guest(address: str, *, sponsor: User, at: datetime) -> User:
    """The account of this address; made in the state *invited*, and answered for by `sponsor`, when there is none.

    Mails nothing: name the guest on something, then call `mail`. Two sponsors at once get the same account.
    Raises `NotAnAddress`.
    """
    normal = addresses.normalise(address)
    return _find(normal) or _make(normal, Role.GUEST, sponsor_id=sponsor.id, by=sponsor, at=at)[0]


def invite_staff(
    address: str, role: Role, *, name: str, department: str, by: User, at: datetime, note: str = ""
) -> Invitation:
    """Make an account for a new sponsor or admin and mail the way in; again, with a fresh link, while one is pending.

    Raises `NotAnAddress`, and `AlreadyHasAccount` when the address is in use, or invited as something else.
    """
    if not role.is_staff:
        raise ValueError("guests are invited by what is shared with them")
    normal = addresses.normalise(address)
    user, is_new = _find(normal), False
    if user is None:
        user, is_new = _make(normal, role, name=name, department=department, by=by, at=at)
    if user.state is not UserState.INVITED or user.role is not role:
        raise AlreadyHasAccount(f"{normal} has an account already, as {_as_what(user)}")
    return mail(user, by=by, note=note, at=at, again=not is_new)


def mail(user: User, *, by: User, note: str, at: datetime, again: bool = False) -> Invitation:
    """Mail one letter with a fresh link, naming all that is shared with the guest now. Older links die.

    `again`: the same letter once more; without a `note` it carries what `by` wrote last.
    Raises `AlreadyHasAccount` once the password is set, and `NothingShared`.
    """
    return _mail(user, sender=by, actor=by, note=note, again=again, at=at)


def mail_again_for(user: User, *, at: datetime) -> Invitation | None:
    """Mail a pending invitation again because its owner asks, as from the one who sent it last.

    None, and nothing is mailed, when there is none to repeat: set up, withdrawn, disabled, ended, nothing shared.
    """
    last = db.session.scalar(
        select(Invitation).where(Invitation.user_id == user.id).order_by(Invitation.id.desc()).limit(1)
    )
    if last is None or last.withdrawn_at or not _is_waiting(user, at):
        return None
    sender = db.session.get(User, last.sent_by_id or user.sponsor_id or 0)
    if sender is None:
        return None
    try:
        return _mail(user, sender=sender, actor=None, note="", again=True, at=at)
    except (AlreadyHasAccount, NothingShared):
        return None


def mail_again_from(token: str, *, at: datetime) -> Invitation | None:
    """Mail a fresh link to the address whose old one has expired; None for any other link. One press is one letter."""
    found = find(token, at)
    if found is None or found.standing is not Standing.EXPIRED:
        return None
    hold(found.user)
    found = find(token, at)  # once more, now that nobody else can be mailing
    if found is None or found.standing is not Standing.EXPIRED:
        return None
    return mail_again_for(found.user, at=at)


def withdraw(user: User, *, by: User, at: datetime) -> bool:
    """Take back what a sponsor shares with a guest who has not come yet; an admin takes back all.

    The link dies unless somebody else still shares something. False when there was nothing left to withdraw.
    """
    hold(user)
    if user.state is not UserState.INVITED:
        return False
    revoked = _revoke(user, by, at)
    if not by.is_admin and shared_with(user, at=at):
        return revoked
    ended = end_open_links([user.id], withdrawn_at=at)
    if ended:
        audit.record(AuditKind.INVITATION_WITHDRAWN, at=at, actor=by, subject=user, person=user, address=user.address)
    return revoked or ended


def end_links(user: User, *, at: datetime) -> None:
    """No link that was mailed to this person works any more; their address is another one now."""
    end_open_links([user.id], replaced_at=at)


def hold(user: User) -> User:
    """Hold the person's row until the transaction ends, and see it as it is: one letter or claim at a time.

    Whoever writes to somebody who may be setting up the account asks for the state after this, never before. Not the
    key of the row: whoever has just named the guest holds that, and would wait for us as we for them.
    """
    query = select(User).where(User.id == user.id).with_for_update(key_share=True)
    return db.session.execute(query.execution_options(populate_existing=True)).scalar_one()


def _find(address: str) -> User | None:
    return db.session.scalar(select(User).where(User.address == address))


def _make(
    address: str,
    role: Role,
    *,
    by: User,
    at: datetime,
    name: str = "",
    department: str = "",
    sponsor_id: int | None = None,
) -> tuple[User, bool]:
    """The new account and True, or the one that somebody else made at this moment and False."""
    user = User(
        key=tokens.new_key(),
        role=role,
        state=UserState.INVITED,
        address=address,
        name=name,
        department=department,
        sponsor_id=sponsor_id,
        created_at=at,
    )
    try:
        with db.session.begin_nested():
            db.session.add(user)
    except IntegrityError:  # the address is unique: one account, whoever was first
        theirs = _find(address)
        if theirs is None:
            raise
        return theirs, False
    audit.record(AuditKind.USER_INVITED, at=at, actor=by, subject=user, person=user, address=address, role=role.value)
    return user, True


def _mail(user: User, *, sender: User, actor: User | None, note: str, again: bool, at: datetime) -> Invitation:
    hold(user)
    if user.state is not UserState.INVITED:
        raise AlreadyHasAccount(f"{user.display_name} has an account already")
    things = shared_with(user, at=at) if user.is_guest else ()
    if user.is_guest and not things:
        raise NothingShared(f"Nothing is shared with {user.display_name} now")
    note = note.strip() or (_last_note(user, sender) if again else "")
    end_open_links([user.id], replaced_at=at)
    token = tokens.new_token()
    invitation = Invitation(
        user_id=user.id,
        sent_by_id=sender.id,
        token_hash=tokens.hash_token(token),
        note=note,
        created_at=at,
        ends_at=at + LIFE,
        code_tries_left=0,
        codes_mailed=0,
    )
    db.session.add(invitation)
    db.session.flush()
    mailbox.queue(letter_for(user, sender, invitation, token, things), to=user, at=at, invitation=invitation)
    audit.record(
        AuditKind.INVITATION_SENT,
        at=at,
        actor=actor,
        subject=invitation,
        person=user,
        address=user.address,
        again=again,
    )
    return invitation


def letter_for(user: User, sender: User, invitation: Invitation, token: str, things: tuple[SharedThing, ...]) -> Letter:
    """The letter that carries this token."""
    settings = tools().settings
    if not user.is_guest:
        return StaffInvitationLetter(
            to=user.address,
            zone=settings.time_zone,
            reply_to=sender.address,
            inviter_name=sender.display_name,
            inviter_address=sender.address,
            role="admin" if user.is_admin else "sponsor",
            path=links.invitation(token),
            open_until=invitation.ends_at,
            entered_at=user.created_at,
            note=invitation.note,
            asks_code=settings.invitation_code,
        )
    return letter_to_guest(
        user.address,
        sender,
        things,
        path=links.invitation(token),
        note=invitation.note,
        open_until=invitation.ends_at,
        settings=settings,
    )


def letter_to_guest(
    address: str,
    sender: User,
    things: tuple[SharedThing, ...],
    *,
    path: str,
    note: str,
    open_until: datetime,
    settings: Settings,
) -> Letter:
    """The invitation of a guest with whom these things are shared."""
    return InvitationLetter(
        to=address,
        zone=settings.time_zone,
        reply_to=sender.address,
        sponsor_name=sender.display_name,
        sponsor_address=sender.address,
        sponsor_department=sender.department,
        items=tuple(_item(thing) for thing in things),
        path=path,
        entered_at=min(thing.since for thing in things),
        note=note,
        open_until=open_until,
        asks_code=settings.invitation_code,
    )


def _item(thing: SharedThing) -> SharedItem:
    return SharedItem(
        title=thing.title,
        kind=thing.kind,
        length_seconds=thing.length_seconds,
        begins_at=thing.begins_at,
        ends_at=thing.ends_at,
        views=thing.views,
        from_name=thing.from_name,
        entry=thing.entry,
    )


def _last_note(user: User, sender: User) -> str:
    """What this sender wrote to this person last: never somebody else's words under their name."""
    query = (
        select(Invitation.note)
        .where(Invitation.user_id == user.id, Invitation.sent_by_id == sender.id, Invitation.note != "")
        .order_by(Invitation.id.desc())
        .limit(1)
    )
    return db.session.scalar(query) or ""


def end_open_links(user_ids: Sequence[int], **how: datetime) -> bool:
    """End every link of these people that still works, and keep back the letters that wait to carry one.

    Whether there was one. `how`: the column that says what ended it.
    """
    query = update(Invitation).where(
        Invitation.user_id.in_(user_ids),
        Invitation.used_at.is_(None),
        Invitation.replaced_at.is_(None),
        Invitation.withdrawn_at.is_(None),
    )
    ended = db.session.execute(query.values(**how).execution_options(synchronize_session="fetch"))
    mailbox.keep_back(user_ids)
    return bool(ended.rowcount)  # type: ignore[attr-defined]


def _revoke(user: User, by: User, at: datetime) -> bool:
    query = (
        select(Grant)
        .outerjoin(VideoSession, VideoSession.id == Grant.video_session_id)
        .outerjoin(Folder, Folder.id == Grant.folder_id)
        .outerjoin(Event, Event.id == Grant.event_id)
        .where(Grant.guest_id == user.id, Grant.standing_at(at))
    )
    if not by.is_admin:
        looked_after = or_(VideoSession.owner_id == by.id, VideoSession.id.in_(own_sessions(by)))  # the bin, too
        theirs = or_(looked_after, Folder.owner_id == by.id, Event.owner_id == by.id)
        query = query.where(or_(Grant.granted_by_id == by.id, theirs))
    grants = list(db.session.scalars(query))
    for grant in grants:
        grant.revoked_at = at
        audit.record(AuditKind.GRANT_REVOKED, at=at, actor=by, subject=grant, person=user)
    db.session.flush()
    return bool(grants)


def _is_waiting(user: User, at: datetime) -> bool:
    return user.state is UserState.INVITED and (user.ends_at is None or user.ends_at > at)


def _as_what(user: User) -> str:
    return "an admin" if user.is_admin else f"a {user.role.value}"
