"""What recordings are found by.

Both databases keep the same two tables, filled by the rules (`domain/search`). What looks words up in them quickly is
each database's own, made in migration 0006: a GIN index over `words` on PostgreSQL; on SQLite the table `search_index`
of its full-text search, which triggers keep equal to `search_documents`.
"""

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.storage.db import Id, Model, PrimaryKey
from portal.storage.full_text import FoundBy


class SearchDocument(Model):
    """All words that one session is found by, as `basics.words` has them. Those of its tags are marked (`TAGGED`)."""

    __tablename__ = "search_documents"

    video_session_id: Mapped[Id] = mapped_column(
        ForeignKey("video_sessions.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    title: Mapped[str] = mapped_column(Text)  # the words of its title, each between two spaces
    about: Mapped[str] = mapped_column(Text)  # of its description, and of who speaks
    words: Mapped[str] = mapped_column(FoundBy)  # these, those of its captions and of its tags: each once


class SearchPassage(Model):
    """A few lines of what is said in a session, in one language: where a hit is gone to."""

    __tablename__ = "search_passages"
    __table_args__ = (Index("ix_search_passages_video_session_id_id", "video_session_id", "id"),)

    id: Mapped[PrimaryKey]
    video_session_id: Mapped[Id] = mapped_column(ForeignKey("video_sessions.id", ondelete="CASCADE"))
    begins_at_ms: Mapped[int]
    text: Mapped[str] = mapped_column(Text)  # as it is said
    words: Mapped[str] = mapped_column(Text)  # as they are compared, each between two spaces
