"""How far each person has come, for whoever invited them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import func, select

from portal.basics.roles import UserState
from portal.storage.db import db
from portal.storage.models import EmailState, Invitation, OutgoingEmail, User

_LETTERS = ("invitation", "staff_invitation")


class LetterStanding(StrEnum):
    """What became of the newest invitation, or of the account itself."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    NOT_INVITED = "not-invited"  # no letter was ever asked for
    SET_UP = "set-up"
    ENDED = "ended"
    DISABLED = "disabled"


_WORDS = {
    LetterStanding.WAITING: "Invited, letter waiting",
    LetterStanding.SENT: "Invited, letter sent",
    LetterStanding.FAILED: "Letter came back",
    LetterStanding.EXPIRED: "Invitation has run out",
    LetterStanding.WITHDRAWN: "Invitation withdrawn",
    LetterStanding.NOT_INVITED: "Not invited yet",
    LetterStanding.SET_UP: "Active",
    LetterStanding.ENDED: "Account ended",
    LetterStanding.DISABLED: "Disabled",
}


@dataclass(frozen=True)
class LetterState:
    """Where someone stands, since when, and for a letter that waits or came back why, in a sentence."""

    standing: LetterStanding
    since: datetime | None
    reason: str = ""

    @property
    def words(self) -> str:
        return state_words(self.standing)


def state_words(standing: LetterStanding) -> str:
    """The state in a word or two, for a tag."""
    return _WORDS[standing]


def letter_states(user_ids: Iterable[int], *, at: datetime) -> dict[int, LetterState]:
    """The state of each of these people, in three queries however many they are. Unknown ids are left out."""
    ids = list(set(user_ids))
    users = db.session.scalars(select(User).where(User.id.in_(ids))).all() if ids else []
    waiting = [user.id for user in users if user.state is UserState.INVITED]
    invitations = _newest_invitations(waiting) if waiting else {}
    letters = _newest_letters([invitation.id for invitation in invitations.values()]) if invitations else {}
    states = {}
    for user in users:
        invitation = invitations.get(user.id)
        letter = letters.get(invitation.id) if invitation else None
        states[user.id] = state_of(user, invitation, letter, at=at)
    return states


def state_of(user: User, invitation: Invitation | None, letter: OutgoingEmail | None, *, at: datetime) -> LetterState:
    """The state of one person, from rows at hand: their newest invitation and its newest letter."""
    return _of_account(user, at) or _of_invitation(invitation, letter, at)


def _of_account(user: User, at: datetime) -> LetterState | None:
    if user.state is UserState.DISABLED:
        return LetterState(LetterStanding.DISABLED, None)
    if user.ends_at is not None and user.ends_at <= at:
        return LetterState(LetterStanding.ENDED, user.ends_at)
    if user.state is UserState.ACTIVE:
        return LetterState(LetterStanding.SET_UP, user.activated_at)
    return None


def _of_invitation(invitation: Invitation | None, letter: OutgoingEmail | None, at: datetime) -> LetterState:
    if invitation is None:
        return LetterState(LetterStanding.NOT_INVITED, None)
    if invitation.withdrawn_at:
        return LetterState(LetterStanding.WITHDRAWN, invitation.withdrawn_at)
    if letter is not None and letter.state is EmailState.FAILED:
        return LetterState(LetterStanding.FAILED, letter.next_try_at, letter.reason)
    if letter is not None and letter.state is EmailState.KEPT_BACK:
        return LetterState(LetterStanding.NOT_INVITED, None)  # its link died, and no newer letter was written
    if invitation.ends_at <= at:
        return LetterState(LetterStanding.EXPIRED, invitation.ends_at)
    if letter is not None and letter.state is EmailState.WAITING:
        return LetterState(LetterStanding.WAITING, letter.created_at, letter.reason)
    return LetterState(LetterStanding.SENT, (letter.sent_at if letter else None) or invitation.created_at)


def _newest_invitations(user_ids: list[int]) -> dict[int, Invitation]:
    newest = select(func.max(Invitation.id)).where(Invitation.user_id.in_(user_ids)).group_by(Invitation.user_id)
    return {found.user_id: found for found in db.session.scalars(select(Invitation).where(Invitation.id.in_(newest)))}


def _newest_letters(invitation_ids: list[int]) -> dict[int, OutgoingEmail]:
    newest = (
        select(func.max(OutgoingEmail.id))
        .where(OutgoingEmail.invitation_id.in_(invitation_ids), OutgoingEmail.letter.in_(_LETTERS))
        .group_by(OutgoingEmail.invitation_id)
    )
    query = select(OutgoingEmail).where(OutgoingEmail.id.in_(newest))
    return {letter.invitation_id: letter for letter in db.session.scalars(query) if letter.invitation_id is not None}
