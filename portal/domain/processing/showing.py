"""What a recording is made of, for those who look after it."""

from dataclasses import dataclass

from sqlalchemy import select

from portal.storage.db import db
from portal.storage.models import MediaFile, MediaKind, VideoSession


@dataclass(frozen=True)
class Files:
    """The files of what plays: `original` as uploaded (None: it is not there), `qualities` the best first.

    `next_original` is another video that is to take its place (None: there is none, or it is another cut of this one).
    """

    original: MediaFile | None
    next_original: MediaFile | None
    qualities: list[MediaFile]
    sheets: list[MediaFile]
    has_poster: bool
    has_own_poster: bool

    @property
    def size_bytes(self) -> int:
        """What it takes up in the media store, without what is to come next."""
        return sum(file.size_bytes for file in [self.original, *self.qualities, *self.sheets] if file)


def files_of(video_session: VideoSession) -> Files:
    """One query."""
    query = select(MediaFile).where(MediaFile.video_session_id == video_session.id)
    files = list(db.session.scalars(query.execution_options(populate_existing=True)))

    def of(kind: MediaKind, version: int | None = video_session.media_version) -> list[MediaFile]:
        return [file for file in files if file.kind is kind and file.version == version]

    return Files(
        next(iter(of(MediaKind.ORIGINAL)), None),
        next(iter(of(MediaKind.ORIGINAL, video_session.next_version)), None),
        sorted(of(MediaKind.RENDITION), key=lambda file: (file.height or 0, file.size_bytes), reverse=True),
        sorted(of(MediaKind.STORYBOARD), key=lambda file: int(file.name or 0)),
        has_poster=bool(of(MediaKind.POSTER, 0)),
        has_own_poster=bool(of(MediaKind.PICTURE, 0)),
    )
