"""Films for the player: in two qualities with playlists and a storyboard, as one plain file, and sound alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from portal.domain.work import tools
from portal.storage import media_tools
from portal.storage.db import db, transaction
from portal.storage.models import MediaFile, MediaKind, VideoSession
from tests.media_samples import CLIP_SECONDS, MediaSamples

SECONDS = 80
"""Longer than a player fetches ahead."""
QUALITIES = {"180p": (320, 180), "90p": (160, 90)}
EVERY, COLUMNS, TILE = 4, 5, (64, 36)
_IN_PARTS = ("-movflags", "+cmaf+global_sidx+frag_keyframe")
_LOOPED = ("-stream_loop", str(round(SECONDS / CLIP_SECONDS)))


@dataclass(frozen=True)
class Films:
    """The files, made once for all tests of a run."""

    qualities: dict[str, Path]
    sheet: Path
    plain: Path
    sound: Path


def make(folder: Path) -> Films:
    samples = MediaSamples(folder)
    qualities = {name: _quality(samples, name) for name in QUALITIES}
    tiles = f"fps=1/{EVERY},scale={TILE[0]}:{TILE[1]},tile={COLUMNS}x4"
    sheet = samples.made("sheet.jpg", "-vf", tiles, "-frames:v", "1", source=qualities["90p"])
    plain = samples.made("plain.mp4", "-c", "copy", "-movflags", "+faststart", before=_LOOPED)
    sound = samples.made("sound.mp4", "-vn", "-c", "copy", *_IN_PARTS, source=qualities["90p"])
    return Films(qualities, sheet, plain, sound)


def add_qualities(video_session: VideoSession, films: Films) -> None:
    """The session plays by playlists, and shows small pictures over the time bar."""
    index = {"every": EVERY, "columns": COLUMNS, "tile": list(TILE), "first": 0, "count": SECONDS // EVERY}
    rows = [_rendition(video_session, name, films.qualities[name], size) for name, size in QUALITIES.items()]
    rows.append(_row(video_session, MediaKind.STORYBOARD, "0", films.sheet, "image/jpeg", index=index))
    _keep(rows)


def add_plain(video_session: VideoSession, films: Films) -> None:
    """The session plays one file, as what was made before there were qualities."""
    _keep([_row(video_session, MediaKind.RENDITION, "film", films.plain, "video/mp4")])


def add_sound(video_session: VideoSession, films: Films) -> None:
    """The session has no picture."""
    with transaction():
        video_session.has_picture = False
    _keep([_rendition(video_session, "audio", films.sound, None)])


def _quality(samples: MediaSamples, name: str) -> Path:
    width, height = QUALITIES[name]
    return samples.a_film(f"{name}.mp4", f"{width}x{height}", *_IN_PARTS, seconds=SECONDS)  # a key frame every 4 s


def _rendition(video_session: VideoSession, name: str, path: Path, size: tuple[int, int] | None) -> MediaFile:
    codecs = "avc1.42c00c,mp4a.40.2" if size else "mp4a.40.2"
    facts = {"index": media_tools.read_index(path), "codecs": codecs, "bit_rate": path.stat().st_size * 8 // SECONDS}
    shape = {"width": size[0], "height": size[1]} if size else {}
    kind = "video/mp4" if size else "audio/mp4"
    return _row(video_session, MediaKind.RENDITION, name, path, kind, **facts, **shape)


def _row(
    video_session: VideoSession, kind: MediaKind, name: str, path: Path, content_type: str, **facts: object
) -> MediaFile:
    return MediaFile(
        video_session_id=video_session.id,
        kind=kind,
        name=name,
        version=video_session.media_version,
        store_key=tools().media.put(path),
        content_type=content_type,
        size_bytes=path.stat().st_size,
        created_at=datetime.now(UTC),
        **facts,
    )


def _keep(rows: Sequence[MediaFile]) -> None:
    with transaction():
        db.session.add_all(rows)
