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
    """The files, made once for all tests of a run, in one folder."""

    folder: Path

    @property
    def qualities(self) -> dict[str, Path]:
        return {name: self.folder / f"{name}.mp4" for name in QUALITIES}

    @property
    def sheet(self) -> Path:
        return self.folder / "sheet.jpg"

    @property
    def plain(self) -> Path:
        return self.folder / "plain.mp4"

    @property
    def sound(self) -> Path:
        return self.folder / "sound.mp4"


def make(folder: Path) -> None:
    samples, made = MediaSamples(folder), Films(folder)
    for name, (width, height) in QUALITIES.items():  # a key frame every 4 s
        samples.a_film(made.qualities[name].name, f"{width}x{height}", *_IN_PARTS, seconds=SECONDS)
    tiles = f"fps=1/{EVERY},scale={TILE[0]}:{TILE[1]},tile={COLUMNS}x4"
    samples.made(made.sheet.name, "-vf", tiles, "-frames:v", "1", source=made.qualities["90p"])
    samples.made(made.plain.name, "-c", "copy", "-movflags", "+faststart", before=_LOOPED)
    samples.made(made.sound.name, "-vn", "-c", "copy", *_IN_PARTS, source=made.qualities["90p"])


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
