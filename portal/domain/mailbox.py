"""The outbox: a letter is a row of the transaction that asks for it, and leaves after the commit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, delete, or_, select, update

from portal.domain import audit, links
from portal.domain.audit import AuditKind
from portal.domain.work import tools
from portal.mail import calendar
from portal.mail.delivery import Deferred, Outcome, OutgoingMessage, Refused, Sent, new_message_id, new_message_ids
from portal.mail.letters import InvitationRefusedLetter, Letter
from portal.mail.rendering import filled, render, render_alike
from portal.storage.db import after_commit, db, insert_all, new_ids
from portal.storage.models import EmailState, EmailWords, Invitation, OutgoingEmail, User

SHORTEST_LEASE = timedelta(minutes=2)
_STEPS_OF_A_TALK = 12  # a mail server may let each step of the talk take as long as the time-out
GIVE_UP_AFTER = timedelta(hours=48)
_SPONSORS_LETTERS = frozenset({"invitation", "shared_with_you"})  # what a sponsor had sent; the rest guests ask for
_WAYS_IN = frozenset(
    {"invitation", "staff_invitation", "set_up_code", "password_reset", "new_way_in"}
)  # of no use once the link is dead
_WORTH_SHARING = 20  # letters; a few carry their own words
_MOST_TOLD = 200  # the rest of many is found by the sweep that the first of them begins
_FIRST_WAIT = timedelta(seconds=30)
_LONGEST_WAIT = timedelta(hours=2)


@dataclass(frozen=True)
class InHand:
    """A letter a worker has taken, with its words."""

    email_id: int
    leased_until: datetime
    message: OutgoingMessage


def queue(letter: Letter, *, to: User, at: datetime, invitation: Invitation | None = None) -> OutgoingEmail:
    """Put a letter in the outbox. It leaves once the transaction is kept, and never if it is not."""
    return queue_all([(letter, to, invitation)], at=at)[0]


def queue_all(letters: Sequence[tuple[Letter, User, Invitation | None]], *, at: datetime) -> list[OutgoingEmail]:
    """The same for many at once: letters, each with whom it is to and the invitation it carries."""
    emails = [_email(letter, to, invitation, at) for letter, to, invitation in letters]
    db.session.add_all(emails)
    db.session.flush()
    _tell_after_commit([email.id for email in emails])
    return emails


@dataclass(frozen=True)
class Reader:
    """One of many whom the same letter goes to: by which path it leads on, and the invitation that it carries."""

    user_id: int
    address: str
    path: str
    invitation_id: int | None = None


def queue_alike(letter: Letter, readers: Sequence[Reader], *, at: datetime) -> None:
    """The same letter to each of these, with the address and the path that are theirs: its words are kept once."""
    if not readers:
        return
    settings = tools().settings
    words = render_alike(letter, site_name=settings.site_name, public_url=settings.base_url)
    file = calendar.written(letter.calendar, public_url=settings.base_url, at=at) or None
    kept = EmailWords(text=words.text, html=words.html, calendar=file, created_at=at)
    if shared := len(readers) >= _WORTH_SHARING:
        db.session.add(kept)
        db.session.flush()
    ids = new_ids(OutgoingEmail, len(readers))
    rows: dict[str, list[Any]] = {
        "id": ids,
        "message_id": new_message_ids(settings.mail_default_sender, len(readers)),
        "user_id": [reader.user_id for reader in readers],
        "invitation_id": [reader.invitation_id for reader in readers],
        "to_address": [reader.address for reader in readers],
    }
    same: dict[str, Any] = {
        "letter": letter.kind,
        "reply_to": letter.reply_to or "",
        "subject": words.subject[:300],
        "next_try_at": at,
        "created_at": at,
    }
    if shared:
        rows["path"] = [reader.path for reader in readers]
        same["words_id"] = kept.id
    else:
        own = [filled(words.text, words.html, to=reader.address, path=reader.path) for reader in readers]
        rows["text"], rows["html"] = [text for text, _ in own], [html for _, html in own]
        same["calendar"] = file
    insert_all(OutgoingEmail, rows, same)
    _tell_after_commit(ids)


def _tell_after_commit(ids: Sequence[int]) -> None:
    tell, told = tools().tell_worker, ids[:_MOST_TOLD]

    def tell_of_each() -> None:
        for email_id in told:
            tell("email", email_id)

    after_commit(tell_of_each)


def _email(letter: Letter, to: User, invitation: Invitation | None, at: datetime) -> OutgoingEmail:
    settings = tools().settings
    words = render(letter, site_name=settings.site_name, public_url=settings.base_url)
    return OutgoingEmail(
        message_id=new_message_id(settings.mail_default_sender),
        letter=letter.kind,
        user_id=to.id,
        invitation_id=invitation.id if invitation else None,
        to_address=letter.to,
        reply_to=letter.reply_to or "",
        subject=words.subject[:300],
        text=words.text,
        html=words.html,
        calendar=calendar.written(letter.calendar, public_url=settings.base_url, at=at) or None,
        next_try_at=at,
        created_at=at,
    )


def keep_back(user_ids: Sequence[int] | Select[int]) -> None:
    """The letters with a way in that still wait for these people never leave: their links have just died.

    One that a worker has in hand at this moment may still go out, and is written down as what became of it.
    """
    query = update(OutgoingEmail).where(
        OutgoingEmail.user_id.in_(user_ids),
        OutgoingEmail.letter.in_(_WAYS_IN),
        OutgoingEmail.state == EmailState.WAITING,
    )
    words = {
        "text": None,
        "html": None,
        "calendar": None,
        "words_id": None,
        "path": None,
        "reason": "Its link stopped working before it could leave.",
    }
    db.session.execute(query.values(state=EmailState.KEPT_BACK, **words).execution_options(synchronize_session="fetch"))


def due(at: datetime, *, after: int = 0) -> list[int]:
    """Ids of some letters whose time has come and which nobody has in hand, oldest first; those `after` this id."""
    query = select(OutgoingEmail.id).where(_free_at(at), OutgoingEmail.id > after)
    return list(db.session.scalars(query.order_by(OutgoingEmail.id).limit(200)))


def take(email_id: int, *, at: datetime) -> InHand | None:
    """Take one letter in hand; None when it is gone, sent, or in other hands. One statement decides."""
    talk = timedelta(seconds=_STEPS_OF_A_TALK * tools().settings.mail_timeout)
    until = at + max(SHORTEST_LEASE, talk)
    query = update(OutgoingEmail).where(OutgoingEmail.id == email_id, _free_at(at)).values(leased_until=until)
    email = db.session.scalars(
        query.returning(OutgoingEmail).execution_options(synchronize_session=False, populate_existing=True)
    ).one_or_none()
    words = _words_of(email) if email else None
    if email is None or words is None:
        return None
    text, html, file = words
    message = OutgoingMessage(
        message_id=email.message_id,
        to=email.to_address,
        reply_to=email.reply_to or None,
        sender=tools().settings.mail_default_sender,
        subject=email.subject,
        text=text,
        html=html,
        calendar=file,
        at=email.created_at,
    )
    return InHand(email.id, until, message)


def _words_of(email: OutgoingEmail) -> tuple[str, str, str] | None:
    """The text, the HTML and the calendar file of a letter; None when they are forgotten."""
    if email.words_id is not None and email.path is not None:
        words = db.session.get_one(EmailWords, email.words_id)
        return (*filled(words.text, words.html, to=email.to_address, path=email.path), words.calendar or "")
    return None if email.text is None or email.html is None else (email.text, email.html, email.calendar or "")


def forget_words(*, at: datetime) -> None:
    """Drop what letters had in common once the last of them is sent, given up or kept back."""
    needed = select(OutgoingEmail.words_id).where(OutgoingEmail.words_id.is_not(None))
    old = delete(EmailWords).where(EmailWords.created_at < at - timedelta(hours=1), EmailWords.id.not_in(needed))
    db.session.execute(old.execution_options(synchronize_session=False))


def settle(in_hand: InHand, outcome: Outcome, *, at: datetime) -> OutgoingEmail | None:
    """Write down what became of a letter: sent, refused for good, or to be tried again for 48 hours, ever more rarely.

    None when the lease ran out and somebody else took the letter over.
    """
    email = db.session.scalars(
        select(OutgoingEmail)
        .where(OutgoingEmail.id == in_hand.email_id, OutgoingEmail.leased_until == in_hand.leased_until)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if email is None:
        return None
    email.tries += 1
    email.leased_until = None
    match outcome:
        case Sent():
            _close(email, EmailState.SENT, "")
            email.sent_at = at
            email.kept_as = outcome.kept_as
        case Refused():
            _give_up(email, outcome.reason, at)
        case Deferred() if email.state is EmailState.KEPT_BACK:
            pass  # while it was on its way; it is not tried again
        case Deferred() if at - email.created_at >= GIVE_UP_AFTER:
            _give_up(email, f"It could not be delivered for two days. {outcome.reason}", at)
        case Deferred():
            email.reason = outcome.reason[:300]
            email.next_try_at = at + min(_FIRST_WAIT * 2 ** min(email.tries - 1, 12), _LONGEST_WAIT)
    return email


def _give_up(email: OutgoingEmail, reason: str, at: datetime) -> None:
    _close(email, EmailState.FAILED, reason)
    to = db.session.get(User, email.user_id) if email.user_id else None
    audit.record(AuditKind.LETTER_REFUSED, at=at, subject=email, person=to, letter=email.letter, reason=email.reason)
    if to is not None and to.sponsor_id is not None and email.letter in _SPONSORS_LETTERS:
        _tell_sponsor(to, email.reason, at)


def _tell_sponsor(guest: User, reason: str, at: datetime) -> None:
    """A hard refusal is shown to the sponsor (security.md, Faults). No loop: a letter to a sponsor is never told of."""
    sponsor = db.session.get(User, guest.sponsor_id)
    if sponsor is None or sponsor.is_guest or not sponsor.is_live(at):
        return
    letter = InvitationRefusedLetter(
        to=sponsor.address,
        zone=tools().settings.time_zone,
        guest_address=guest.address,
        reason=reason,
        at=at,
        path=links.guest(guest),
    )
    queue(letter, to=sponsor, at=at)


def _close(email: OutgoingEmail, state: EmailState, reason: str) -> None:
    email.state = state
    email.reason = reason[:300]
    email.words_id = email.path = None
    email.text = email.html = email.calendar = (
        None  # once sent or given up, the words are forgotten: they may hold a way in
    )


def _free_at(at: datetime):  # type: ignore[no-untyped-def]
    idle = or_(OutgoingEmail.leased_until.is_(None), OutgoingEmail.leased_until < at)
    return and_(OutgoingEmail.state == EmailState.WAITING, OutgoingEmail.next_try_at <= at, idle)
