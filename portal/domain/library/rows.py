"""What lists and heads of pages tell of recordings and folders."""

from dataclasses import dataclass
from enum import StrEnum

from portal.storage.models import Folder, User, VideoSession

NO_FOLDER = "none"


class Shown(StrEnum):
    """How a recording stands, for a list that is narrowed."""

    PROCESSING = "processing"
    FAILED = "failed"
    READY = "ready"
    OPEN = "open"  # published, and inside its own window
    UNPUBLISHED = "unpublished"
    COMING = "coming"  # published, and its window lies ahead
    CLOSED = "closed"
    PASSWORD = "password"  # noqa: S105 - it has one


@dataclass(frozen=True)
class SessionRow:
    """One line of a list of sessions. `people` counts who is named on it now and has views left.

    `is_own` is False for who looks after it beside its owner, who is `owner_name`.
    """

    video_session: VideoSession
    folder_key: str | None
    folder_title: str | None
    owner_name: str
    is_own: bool
    people: int
    tags: tuple[str, ...]
    has_poster: bool

    @property
    def key(self) -> str:
        return self.video_session.key

    @property
    def title(self) -> str:
        return self.video_session.title


@dataclass(frozen=True)
class FolderRow:
    """One shelf of a list. `sessions` counts what is on it."""

    key: str
    title: str
    owner_name: str
    sessions: int


@dataclass(frozen=True)
class SessionPage:
    """All that the head of a session's page tells, to `by`.

    `people` are named on it now and have views left. Of those who do not look after it, `opened` people have opened its
    page, and `watched_whole` have seen all of it; `views` counts their sittings, without those that were given back,
    `downloads` how often it was downloaded in them.
    """

    video_session: VideoSession
    owner: User
    folder: Folder | None
    people: int
    opened: int
    views: int
    watched_whole: int
    downloads: int
    tags: tuple[str, ...]
    has_poster: bool
    by: User

    @property
    def is_own(self) -> bool:
        """Whether it is theirs to delete, and to say who looks after it."""
        return self.by.is_admin or self.video_session.owner_id == self.by.id


@dataclass(frozen=True)
class FolderPage:
    """All that the head of a folder's page tells. `people` are named on it now."""

    folder: Folder
    owner: User
    sessions: int
    people: int


@dataclass(frozen=True)
class Filters:
    """What a list of sessions is narrowed to; empty: not narrowed. `folder` is a key, or `NO_FOLDER`.

    `words` are looked for in all that is told of a recording, and in what is said in it.
    """

    words: str = ""
    tag: str = ""
    folder: str = ""
    state: Shown | None = None

    @property
    def any(self) -> bool:
        return bool(self.words or self.tag or self.folder or self.state)


NO_FILTERS = Filters()
