"""The way in: a mailed link, a code that proves the mailbox, a first password (product.md, The way in)."""

from portal.domain.invitations.claiming import claim, landing
from portal.domain.invitations.codes import (
    CODE_LIFE,
    MailedCode,
    NoCode,
    NotYet,
    RightCode,
    WrongCode,
    check_code,
    holds_proof,
    mail_code,
    read_code,
)
from portal.domain.invitations.finding import FoundInvitation, SharedThing, Standing, find, shared_with, words_for
from portal.domain.invitations.letter_states import LetterStanding, LetterState, letter_states, state_words
from portal.domain.invitations.mailing import (
    AlreadyHasAccount,
    NothingShared,
    end_links,
    hold,
    invite_guest,
    invite_staff,
    mail,
    mail_again_for,
    mail_again_from,
    withdraw,
)
from portal.domain.invitations.many import invite_guests, mail_all

__all__ = [
    "CODE_LIFE",
    "AlreadyHasAccount",
    "FoundInvitation",
    "LetterStanding",
    "LetterState",
    "MailedCode",
    "NoCode",
    "NotYet",
    "NothingShared",
    "RightCode",
    "SharedThing",
    "Standing",
    "WrongCode",
    "check_code",
    "claim",
    "end_links",
    "find",
    "hold",
    "holds_proof",
    "invite_guest",
    "invite_guests",
    "invite_staff",
    "landing",
    "letter_states",
    "mail",
    "mail_again_for",
    "mail_again_from",
    "mail_all",
    "mail_code",
    "read_code",
    "shared_with",
    "state_words",
    "withdraw",
    "words_for",
]
