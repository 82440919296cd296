"""Looking into the outbox: what waits, went out or came back, and, without a mail server, what the letters say."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, update

from portal.basics import addresses
from portal.basics.errors import NotFound
from portal.domain import audit
from portal.domain.audit import AuditKind
from portal.domain.paging import NEWEST, Page, Place, newest_first
from portal.domain.work import tools
from portal.mail.reading import KeptLetter, read_kept
from portal.storage.db import UtcDateTime, after_commit, db
from portal.storage.models import EmailState, OutgoingEmail, User

LONG = timedelta(minutes=10)


@dataclass(frozen=True)
class MailWanted:
    """What to show; None and empty: all. `address`: how the reader's address begins."""

    state: EmailState | None = None
    address: str = ""


@dataclass(frozen=True)
class LetterFacts:
    """One letter, and whom it is to (None: nobody's account)."""

    email: OutgoingEmail
    to: User | None


@dataclass(frozen=True)
class Waiting:
    """Letters that wait too long, since when the oldest does, and whether any was tried: if none, no worker runs."""

    letters: int
    since: datetime
    is_tried: bool


def listed(wanted: MailWanted, place: Place = NEWEST) -> Page[OutgoingEmail]:
    """One page of letters, newest first, in one query."""
    query = select(OutgoingEmail)
    if wanted.state:
        query = query.where(OutgoingEmail.state == wanted.state)
    if wanted.address:
        query = query.where(OutgoingEmail.to_address.istartswith(addresses.small(wanted.address), autoescape=True))
    return newest_first(query, OutgoingEmail.id, place, key=lambda row: row[0].id).of(lambda row: row[0])


def find(email_id: int) -> LetterFacts:
    """One letter. Raises `NotFound`."""
    row = db.session.execute(
        select(OutgoingEmail, User)
        .outerjoin(User, User.id == OutgoingEmail.user_id)
        .where(OutgoingEmail.id == email_id)
    ).one_or_none()
    if row is None:
        raise NotFound("There is no such letter")
    return LetterFacts(row[0], row[1])


def long_waiting(*, at: datetime) -> Waiting | None:
    """The letters that wait longer than ten minutes, counted in one query; None: there are none."""
    query = select(
        func.count(), func.min(OutgoingEmail.created_at, type_=UtcDateTime()), func.max(OutgoingEmail.tries)
    ).where(OutgoingEmail.state == EmailState.WAITING, OutgoingEmail.created_at <= at - LONG)
    letters, since, tries = db.session.execute(query).one()
    return Waiting(int(letters), since, is_tried=tries > 0) if letters else None


def goes_to_folder() -> bool:
    """Whether letters are kept in the letters folder, because no mail server is set."""
    return not tools().settings.mail_server


def read(email: OutgoingEmail) -> KeptLetter | None:
    """What a letter in the letters folder says; None when there is nothing to read.

    Letters hold ways in: with a mail server nobody but their reader ever sees them, an admin neither (docs/mail.md).
    """
    if not goes_to_folder() or not email.kept_as:
        return None
    return read_kept(tools().settings.letters_folder, email.kept_as)


def try_now(email: OutgoingEmail, *, by: User, at: datetime) -> bool:
    """Try a waiting letter at once instead of when its time comes. False: it does not wait, or is on its way."""
    idle = OutgoingEmail.leased_until.is_(None) | (OutgoingEmail.leased_until < at)
    moved = db.session.execute(
        update(OutgoingEmail)
        .where(OutgoingEmail.id == email.id, OutgoingEmail.state == EmailState.WAITING, idle)
        .values(next_try_at=at)
        .returning(OutgoingEmail.id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if moved is None:
        return False
    to = db.session.get(User, email.user_id) if email.user_id else None
    audit.record(AuditKind.LETTER_SENT_AGAIN, at=at, actor=by, subject=email, person=to, letter=email.letter)
    tell, email_id = tools().tell_worker, email.id
    after_commit(lambda: tell("email", email_id))
    return True
