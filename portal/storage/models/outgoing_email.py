"""The outbox: letters that wait, went out, or came back."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.storage.db import Id, Model, PrimaryKey, enum_column

_HAS_WORDS = text("words_id IS NOT NULL")


class EmailState(StrEnum):
    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"
    KEPT_BACK = "kept-back"  # its link died before it could leave


class EmailWords(Model):
    """The words that many letters have in common, with blanks for what is each one's own. No way in is among them."""

    __tablename__ = "email_words"

    id: Mapped[PrimaryKey]
    text: Mapped[str] = mapped_column(Text)
    html: Mapped[str] = mapped_column(Text)
    calendar: Mapped[str | None] = mapped_column(Text)  # the file that goes with each; None: none
    created_at: Mapped[datetime]


class OutgoingEmail(Model):
    """One letter to one person. Its words are forgotten once it is sent or given up; they may hold a way in.

    They stand in the letter itself, or they are shared with others (`words_id`): then `to_address` and `path`, which
    may be a way in, are filled in as it leaves.
    """

    __tablename__ = "outgoing_emails"
    __table_args__ = (
        Index("ix_outgoing_emails_state_next_try_at", "state", "next_try_at"),
        Index("ix_outgoing_emails_user_id_id", "user_id", "id"),
        Index("ix_outgoing_emails_state_id", "state", "id"),
        Index("ix_outgoing_emails_invitation_id_id", "invitation_id", "id"),
        Index("ix_outgoing_emails_words_id", "words_id", sqlite_where=_HAS_WORDS, postgresql_where=_HAS_WORDS),
    )

    id: Mapped[PrimaryKey]
    message_id: Mapped[str] = mapped_column(String(200), unique=True)
    letter: Mapped[str] = mapped_column(String(60))  # which letter: “invitation”
    user_id: Mapped[Id | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))  # whom it is to
    invitation_id: Mapped[Id | None] = mapped_column(ForeignKey("invitations.id", ondelete="SET NULL"))
    to_address: Mapped[str] = mapped_column(String(254))
    reply_to: Mapped[str] = mapped_column(String(600), default="")
    subject: Mapped[str] = mapped_column(String(300))
    text: Mapped[str | None] = mapped_column(Text)  # None: forgotten
    html: Mapped[str | None] = mapped_column(Text)
    calendar: Mapped[str | None] = mapped_column(Text)  # the file that goes with it; None: none, or in its shared words
    words_id: Mapped[Id | None] = mapped_column(ForeignKey("email_words.id"))  # None: its own, or forgotten
    path: Mapped[str | None] = mapped_column(
        String(200)
    )  # where this one leads on, a way in maybe; None: as `words_id`
    state: Mapped[EmailState] = mapped_column(enum_column(EmailState), default=EmailState.WAITING)
    tries: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime]
    leased_until: Mapped[datetime | None]  # a worker has it in hand until then
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(String(300), default="")  # why it waits or came back, in words
    kept_as: Mapped[str] = mapped_column(
        String(200), default=""
    )  # its file in the letters folder, when there is no mail server
