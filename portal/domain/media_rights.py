"""The right to every byte of media: films in each quality, playlists, storyboards, captions, downloads.

Each answer is asked for in one indexed query, for every range anew (product.md, Who may watch): the sign-in and the
account are live, the policy is accepted, the player is theirs and of this browser, the sitting is open, and the right
it was begun by still holds. Any no is None, without a reason; `playback.standing` has the reasons.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Select, and_, bindparam, case, func, null, select, update

from portal.basics import tokens
from portal.domain import access, audit, sign_ins
from portal.domain.audit import AuditKind
from portal.storage.db import UtcDateTime, db
from portal.storage.models import (
    CaptionTrack,
    Grant,
    MediaFile,
    MediaKind,
    SignIn,
    Stream,
    User,
    VideoSession,
    VideoState,
    Viewing,
)
from portal.storage.prepared import Prepared, QuickConnections

_COUNTED = [right.value for right in access.Right if right.is_counted]
SEEN_EVERY = timedelta(seconds=20)
PLAIN_LINES = 720
"""A plain `<video>` cannot choose: it gets the best quality of at most so many lines, else the lowest there is."""


@dataclass(frozen=True)
class MediaToSend:
    """A file that may be sent at this moment, to this person, for this player.

    `is_first` when nothing was delivered in this sitting yet; `needs_touch` when the player was last seen a while ago.
    """

    user_id: int
    media_file_id: int
    store_key: str
    content_type: str
    size_bytes: int
    viewing_id: int
    video_session_id: int
    stream_id: int
    version: int
    is_first: bool
    needs_touch: bool


@dataclass(frozen=True)
class Quality:
    """One file of what plays. `has_index`: it can be in a playlist. `height` None: sound alone, or not known."""

    media_file_id: int
    name: str
    width: int | None
    height: int | None
    bit_rate: int | None
    codecs: str
    size_bytes: int
    has_index: bool


@dataclass(frozen=True)
class Sheet:
    """One sheet of a storyboard: its number as its name, and what is on it (`MediaFile.index`)."""

    name: str
    index: dict[str, Any]


@dataclass(frozen=True)
class WordsToSend:
    """Captions that may be read at this moment, and how many seconds what plays is long (None: not known).

    `is_first` when nothing was delivered in this sitting yet.
    """

    track: CaptionTrack
    length_seconds: float | None
    viewing_id: int
    is_first: bool


@dataclass(frozen=True)
class Download:
    """The file that may be downloaded, and what the recording is called. `taken`: how often it was in this sitting.

    `name` is what it is called for them: at a blind event the number of the entry.
    """

    media: MediaToSend
    title: str
    taken: int
    name: str


def may_fetch(
    stream_key: str, token: str, *, at: datetime, version: int | None = None, name: str | None = None
) -> MediaToSend | None:
    """The film that a player may have bytes of at this very moment, if the browser has this sign-in token.

    `name` is the quality; None: the one for a plain `<video>`. `version` is the one the player began with, None:
    whichever plays; once another is in its place the answer is no.
    """
    if name is None:
        return _media(_film, stream_key, token, at, version)
    return _media(_named, stream_key, token, at, version, name=name, kind=MediaKind.RENDITION)


def may_fetch_sheet(stream_key: str, token: str, version: int, name: str, *, at: datetime) -> MediaToSend | None:
    """One sheet of the storyboard of what plays."""
    return _media(_named, stream_key, token, at, version, name=name, kind=MediaKind.STORYBOARD)


def may_download(stream_key: str, token: str, *, at: datetime) -> Download | None:
    """The best quality of a recording whose owner lets it be downloaded."""
    row = _ask(_download, stream_key, token, at).first()
    if row is None:
        return None
    number = row.number if row.right in _COUNTED else None
    return Download(_media_of(row, at), row.title, row.downloads, access.title_or_entry(row.title, number))


def qualities(stream_key: str, token: str, version: int, *, at: datetime) -> list[Quality] | None:
    """What there is to choose from, the best first. None: no right, or another version plays."""
    rows = _ask(_qualities, stream_key, token, at).all()
    return [Quality(*row[1:]) for row in rows] if rows and rows[0][0] == version else None


def sheets(stream_key: str, token: str, version: int, *, at: datetime) -> tuple[float, list[Sheet]] | None:
    """Length of the recording in seconds, and the sheets of its storyboard in order. None: no right, or none."""
    rows = _ask(_sheets, stream_key, token, at).all()
    if not rows or rows[0].version != version:
        return None
    found = [Sheet(row.name, row.index) for row in rows if row.index]
    return rows[0].length_seconds or 0.0, sorted(found, key=lambda sheet: int(sheet.index["first"]))


def may_read_captions(stream_key: str, token: str, key: str, *, at: datetime) -> WordsToSend | None:
    """Captions of the recording that plays."""
    row = db.session.execute(_captions, _values(stream_key, token, at) | {"key": key}).one_or_none()
    return WordsToSend(row[0], row[1], row[2], is_first=row[3] is None) if row else None


def index_of(media_file_id: int) -> dict[str, Any] | None:
    """How the file is made up (`MediaFile.index`), for whoever has asked for the right to it."""
    return db.session.connection().execute(_index, {"id": media_file_id}).scalar_one_or_none()


class Settled:
    """`may_fetch` for the many ranges with which there is nothing to write down, on prepared statements.

    Whatever it does not answer, `may_fetch` does: a no, a first byte, a player or a browser to be noted as seen.
    """

    def __init__(self, connections: QuickConnections) -> None:
        self._film = Prepared(connections, _settled_film)
        self._named = Prepared(connections, _settled_named)

    def may_fetch(
        self, stream_key: str, token: str, *, at: datetime, version: int | None = None, name: str | None = None
    ) -> MediaToSend | None:
        values = _values(stream_key, token, at)
        values["stream_seen_after"], values["browser_seen_after"] = at - SEEN_EVERY, at - sign_ins.SEEN_EVERY
        row = self._film.first(values) if name is None else self._named.first(values | {"name": name})
        if row is None or version not in (None, row[8]):
            return None
        return MediaToSend(*(*row, False, False))


def note_delivery(media: MediaToSend, *, at: datetime) -> bool:
    """Write down that bytes leave now, the first ones or some after a while. False: the start was given back meanwhile.

    One statement; asked for only when `is_first` or `needs_touch`.
    """
    if media.is_first:
        return note_first(media.viewing_id, at=at)
    db.session.execute(update(Stream).where(Stream.id == media.stream_id, Stream.ended_at.is_(None)).values(seen_at=at))
    return True


def note_first(viewing_id: int, *, at: datetime) -> bool:
    """Write down that the first of a recording leaves in this sitting: its picture, its sound or its words.

    False: the start was given back meanwhile. Asked for only when nothing was delivered yet.
    """
    first = update(Viewing).where(
        Viewing.id == viewing_id, Viewing.delivered_at.is_(None), Viewing.given_back_at.is_(None)
    )
    if _rowcount(first.values(delivered_at=at)):
        return True
    fresh = select(Viewing.given_back_at).where(Viewing.id == viewing_id)
    return db.session.execute(fresh).scalar_one_or_none() is None


def note_download(download: Download, *, at: datetime) -> bool:
    """Count a download that begins, and put it on the trail. False: the start was given back meanwhile."""
    media = download.media
    if media.is_first and not note_delivery(media, at=at):
        return False
    counted = update(Viewing).where(Viewing.id == media.viewing_id).values(downloads=Viewing.downloads + 1)
    db.session.execute(counted.execution_options(synchronize_session=False))
    audit.record(
        AuditKind.VIEWING_DOWNLOADED,
        at=at,
        actor=db.session.get(User, media.user_id),
        subject=db.session.get(VideoSession, media.video_session_id),
        title=download.title,
        size_bytes=media.size_bytes,
    )
    return True


def _media(
    statement: Select[Any], stream_key: str, token: str, at: datetime, version: int | None, **more: Any
) -> MediaToSend | None:
    row = _ask(statement, stream_key, token, at, **more).first()
    return _media_of(row, at) if row is not None and version in (None, row[8]) else None


def _media_of(row: Sequence[Any], at: datetime) -> MediaToSend:
    delivered_at, seen_at = row[9:11]
    facts = (*row[:9], delivered_at is None, at - seen_at >= SEEN_EVERY)
    return MediaToSend(*facts)


def _ask(statement: Select[Any], stream_key: str, token: str, at: datetime, **more: Any) -> Any:
    # on the connection itself: rows are all it needs, and the session's part would take as long as the rest
    return db.session.connection().execute(statement, _values(stream_key, token, at) | more)


def _values(stream_key: str, token: str, at: datetime) -> dict[str, Any]:
    return {"stream_key": stream_key, "token_hash": tokens.hash_token(token), "at": at}


def _rowcount(statement: Any) -> int:
    return int(db.session.execute(statement).rowcount)  # type: ignore[attr-defined]


# Statements are built once, at import: these run for every byte range of every film.

_AT: Any = bindparam("at", type_=UtcDateTime())
_KIND: Any = bindparam("kind", type_=MediaFile.kind.type)


def _with_right(*columns: Any, beside: Any, on: Any) -> Select[Any]:
    """What a player may have at this moment: these columns, of `beside` the recording that plays in it."""
    return (
        select(*columns)
        .select_from(Stream)
        .join(Viewing, Viewing.id == Stream.viewing_id)
        .join(User, User.id == Viewing.user_id)
        .join(SignIn, and_(SignIn.id == Stream.sign_in_id, SignIn.user_id == User.id))
        .join(VideoSession, VideoSession.id == Viewing.video_session_id)
        .join(beside, on)
        .outerjoin(Grant, Grant.id == Viewing.grant_id)
        .where(Stream.key == bindparam("stream_key"), Stream.ended_at.is_(None))
        .where(Viewing.ends_at > _AT, Viewing.given_back_at.is_(None))
        .where(SignIn.token_hash == bindparam("token_hash"), SignIn.live_at(_AT))
        .where(User.live_at(_AT), sign_ins.policy_accepted)
        .where(VideoSession.state == VideoState.READY, VideoSession.binned_at.is_(None), access.sitting_right_holds())
    )


def _that_plays(kind: Any) -> Any:
    of_it = and_(MediaFile.video_session_id == VideoSession.id, MediaFile.version == VideoSession.media_version)
    return and_(of_it, MediaFile.kind == kind)


_to_send: tuple[Any, ...] = (
    User.id,
    MediaFile.id,
    MediaFile.store_key,
    MediaFile.content_type,
    MediaFile.size_bytes,
    Viewing.id,
    VideoSession.id,
    Stream.id,
    MediaFile.version,
    Viewing.delivered_at,
    Stream.seen_at,
)
_of_quality: tuple[Any, ...] = (
    MediaFile.id,
    MediaFile.name,
    MediaFile.width,
    MediaFile.height,
    MediaFile.bit_rate,
    MediaFile.codecs,
    MediaFile.size_bytes,
    MediaFile.index.is_not(null()),
)
# a film held upright is as sharp as it is wide
_lines = func.coalesce(case((MediaFile.width < MediaFile.height, MediaFile.width), else_=MediaFile.height), 0)
_best_first = (_lines.desc(), MediaFile.size_bytes.desc(), MediaFile.id)
_fits_plain = case((_lines <= PLAIN_LINES, 1), else_=0)

_film = (
    _with_right(*_to_send, beside=MediaFile, on=_that_plays(MediaKind.RENDITION))
    .order_by(_fits_plain.desc(), (case((_lines <= PLAIN_LINES, 1), else_=-1) * _lines).desc(), MediaFile.id)
    .limit(1)
)
_named = _with_right(*_to_send, beside=MediaFile, on=_that_plays(_KIND)).where(MediaFile.name == bindparam("name"))
# The same, where there is nothing to write down: the first bytes have left, player and sign-in were seen just now.
_nothing_to_note = (
    Viewing.delivered_at.is_not(None),
    Stream.seen_at > bindparam("stream_seen_after", type_=UtcDateTime()),
    SignIn.last_seen_at > bindparam("browser_seen_after", type_=UtcDateTime()),
)
_settled_film = _film.with_only_columns(*_to_send[:9]).where(*_nothing_to_note)
_settled_named = (
    _with_right(*_to_send[:9], beside=MediaFile, on=_that_plays(MediaKind.RENDITION))
    .where(MediaFile.name == bindparam("name"))
    .where(*_nothing_to_note)
)
_download = (
    _with_right(
        *_to_send,
        VideoSession.title,
        Viewing.downloads,
        Viewing.right,
        access.blind_number(User.id, VideoSession.id, VideoSession.folder_id).label("number"),
        beside=MediaFile,
        on=_that_plays(MediaKind.RENDITION),
    )
    .where(VideoSession.allows_download)
    .order_by(*_best_first)
    .limit(1)
)
_qualities = _with_right(
    MediaFile.version, *_of_quality, beside=MediaFile, on=_that_plays(MediaKind.RENDITION)
).order_by(*_best_first)
_sheets = _with_right(
    MediaFile.version,
    MediaFile.name,
    MediaFile.index,
    VideoSession.length_seconds,
    beside=MediaFile,
    on=_that_plays(MediaKind.STORYBOARD),
)
_captions = _with_right(
    CaptionTrack,
    VideoSession.length_seconds,
    Viewing.id,
    Viewing.delivered_at,
    beside=CaptionTrack,
    on=CaptionTrack.video_session_id == VideoSession.id,
).where(CaptionTrack.key == bindparam("key"))
_index = select(MediaFile.index).where(MediaFile.id == bindparam("id", type_=BigInteger()))
