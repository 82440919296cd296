"""What recordings are found by, written anew whenever it changes."""

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import delete, exists, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from portal.basics.subtitles import plain
from portal.basics.words import words_in
from portal.storage.db import db
from portal.storage.full_text import TAGGED
from portal.storage.models import CaptionTrack, SearchDocument, SearchPassage, SessionTag, VideoSession

MOST_WORDS = 20_000
"""Different words of one recording: more than a day of talking has."""
LONGEST_PASSAGE = 160
MOST_SECONDS = 15
_AT_ONCE = 500
Cues = Iterable[list[Any]]


def refresh(video_session: VideoSession) -> None:
    """Have a recording found by what it is now: called by every rule that changes its words, in its transaction.

    Its words are those of title, description, presenter, tags and captions.
    """
    db.session.flush()
    # who changes other words of it at this moment waits here, and then reads these
    db.session.refresh(video_session, with_for_update={"key_share": True})
    tags = db.session.scalars(select(SessionTag.word).where(SessionTag.video_session_id == video_session.id)).all()
    of_it = CaptionTrack.video_session_id == video_session.id
    tracks = db.session.scalars(select(CaptionTrack.cues).where(of_it).order_by(CaptionTrack.id)).all()
    passages = [passage for cues in tracks for passage in _passages(cues, video_session.length_seconds)]
    _write_document(video_session, tags, passages)
    _write_passages(video_session, passages)


def catch_up(*, most: int = 50) -> int:
    """Have those recordings found that never were written down here, some at a time; returns how many there were.

    They are of an older release.
    """
    written = exists().where(SearchDocument.video_session_id == VideoSession.id)
    missing = db.session.scalars(select(VideoSession).where(~written).order_by(VideoSession.id).limit(most)).all()
    for video_session in missing:
        refresh(video_session)
    return len(missing)


def _write_document(video_session: VideoSession, tags: Iterable[str], passages: Iterable[dict[str, Any]]) -> None:
    title = words_in(video_session.title)
    about = words_in(f"{video_session.presenter} {video_session.description}")
    said = (word for passage in passages for word in passage["words"].split())
    open_to_all = dict.fromkeys([*title, *about, *said])
    for_staff = {TAGGED + word: None for tag in tags for word in words_in(tag)}
    values = {
        "title": _between_spaces(title),
        "about": _between_spaces(about),
        "words": " ".join(sorted([*for_staff, *open_to_all][:MOST_WORDS])),
    }
    dialect: Any = postgresql if db.engine.dialect.name == "postgresql" else sqlite
    row = dialect.insert(SearchDocument).values(video_session_id=video_session.id, **values)
    db.session.execute(row.on_conflict_do_update(index_elements=["video_session_id"], set_=values))


def _write_passages(video_session: VideoSession, passages: list[dict[str, Any]]) -> None:
    db.session.execute(delete(SearchPassage).where(SearchPassage.video_session_id == video_session.id))
    rows = [{"video_session_id": video_session.id, **passage} for passage in passages]
    for start in range(0, len(rows), _AT_ONCE):
        db.session.execute(insert(SearchPassage), rows[start : start + _AT_ONCE])


def _passages(cues: Cues, length_seconds: float | None) -> Iterator[dict[str, Any]]:
    """Neighbouring lines together, as long as one takes them in at a glance."""
    end = length_seconds * 1000 if length_seconds else None
    begins, lines = 0, ""
    for begin, until, text in cues:
        line = plain(text)
        if not line or until <= 0 or (end is not None and begin >= end):
            continue  # cut off, for now
        at = max(0, int(begin))
        if lines and (len(lines) + len(line) >= LONGEST_PASSAGE or at - begins > MOST_SECONDS * 1000):
            yield _passage(begins, lines)
            lines = ""
        begins, lines = (begins, f"{lines} {line}") if lines else (at, line)
    if lines:
        yield _passage(begins, lines)


def _passage(begins: int, text: str) -> dict[str, Any]:
    return {"begins_at_ms": begins, "text": text, "words": _between_spaces(words_in(text))}


def _between_spaces(words: Iterable[str]) -> str:
    """So that a word, or the beginning of one, is found behind a space."""
    return "".join(f" {word}" for word in words) + " "
