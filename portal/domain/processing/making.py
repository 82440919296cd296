"""The work itself, which takes minutes and no transaction: a recording's qualities, its storyboard and its poster."""

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from portal.domain.jobs import Lease
from portal.domain.processing import sentences
from portal.domain.processing.leftovers import Workshop, workshop
from portal.domain.work import tools
from portal.storage import media_tools
from portal.storage.media_store import NoRoom, StoreAway, UnknownKey
from portal.storage.media_tools import MediaFailed, Plan, Refused, Rendition, Sheet, ToolsMissing, Trim
from portal.storage.models import MediaKind

Tell = Callable[[float], None]

_SHARE_OF_COPY, _SHARE_OF_LOWEST = 0.1, 0.3  # of the whole work, for the first quality


@dataclass(frozen=True)
class Work:
    """A version in hand: what to prepare, under which lease.

    `have`: qualities that an earlier worker prepared, with their index; `have_key`: the file of one of them.
    `plays_at_once`: nothing plays yet, so what is ready first is kept first.
    """

    lease: Lease
    video_session_id: int
    version: int
    original_key: str
    trim: Trim = field(default_factory=Trim)
    have: Mapping[str, Any] = field(default_factory=dict)
    have_key: str = ""
    plays_at_once: bool = True
    wants_poster: bool = True


@dataclass(frozen=True)
class Made:
    """A file in the media store that no row names yet. `facts` are further columns of its row."""

    kind: MediaKind
    name: str
    store_key: str
    content_type: str
    size_bytes: int
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Stage:
    """What was made so far and can be kept; after the last one all is done. `original_seconds` long is the upload."""

    files: tuple[Made, ...]
    original_seconds: float
    is_last: bool


def make(work: Work, tell: Tell) -> Generator[Stage]:
    """Prepare a version: first what makes it playable, if nothing of it was there yet, then all the rest.

    Close it when it is left early. No row is read or written. `tell` gets a share from 0 to 1 about twice a second;
    what it raises ends the work. Raises `MediaFailed`. Files of a stage that no row comes to name must be given up
    with `discard`; whatever else happens, nothing half-made is left.
    """
    with _faults_in_words():
        programs = find_tools()
        store = tools().media
        if not store.has_room_for(store.size(work.original_key)):
            raise NoRoom
        with workshop(work.lease) as shop, store.local_copy(work.original_key, shop.folder) as original:
            yield from _Making(work, tell, shop, original, programs).stages()


def discard(files: Sequence[Made]) -> None:
    """Forget what was made for nothing."""
    for file in files:
        tools().media.delete(file.store_key)


def find_tools() -> media_tools.Tools:
    """Raises `ToolsMissing`."""
    settings = tools().settings
    return media_tools.find_tools(settings.ffmpeg or None, settings.ffprobe or None)


@contextmanager
def _faults_in_words() -> Iterator[None]:
    try:
        yield
    except ToolsMissing:
        raise MediaFailed(sentences.NO_TOOLS, worth_retrying=True) from None
    except NoRoom:
        raise MediaFailed(sentences.NO_ROOM, worth_retrying=True) from None
    except StoreAway:
        raise MediaFailed(sentences.STORE_AWAY, worth_retrying=True) from None
    except UnknownKey:
        raise MediaFailed(sentences.ORIGINAL_GONE, worth_retrying=True) from None
    except Refused as refusal:
        raise MediaFailed(refusal.sentence) from None


class _Making:
    def __init__(self, work: Work, tell: Tell, shop: Workshop, original: Path, programs: media_tools.Tools) -> None:
        self._work, self._tell, self._shop = work, tell, shop
        self._original, self._programs = original, programs
        self._poster = shop.folder / "poster.jpg"

    def stages(self) -> Iterator[Stage]:
        self._tell(0.0)
        plan = media_tools.plan(media_tools.probe(self._original, tools=self._programs), self._work.trim)
        share = _SHARE_OF_COPY if plan.fits else _SHARE_OF_LOWEST
        have, key = dict(self._work.have), self._work.have_key
        if not have:
            made = self._first(plan, share)
            key = made[0].store_key
            have[made[0].name] = made[0].facts["index"]
            yield Stage(made, plan.probe.duration, is_last=False)
        rest = media_tools.make_ladder(
            self._original, plan, have, self._shop.folder, self._between(share, 1.0), tools=self._programs
        )
        if self._work.wants_poster and not self._work.plays_at_once and plan.probe.has_picture:
            self._draw_poster_of(key)
        self._tell(1.0)
        yield Stage(self._kept(map(_of_rendition, rest)), plan.probe.duration, is_last=True)

    def _first(self, plan: Plan, share: float) -> tuple[Made, ...]:
        """What it takes to play: one quality; drawing the little pictures shows that its picture can be decoded."""
        folder, programs = self._shop.folder, self._programs
        first = media_tools.make_first(self._original, plan, folder, self._between(0.0, share), tools=programs)
        sheets = media_tools.make_storyboard(first.path, folder, tools=programs)
        self._tell(share)
        if self._work.wants_poster and plan.probe.has_picture:
            self._draw_poster(first.path)
        return self._kept([_of_rendition(first), *map(_of_sheet, sheets)], with_poster=self._work.plays_at_once)

    def _draw_poster_of(self, key: str) -> None:
        if not self._poster.exists():  # an earlier worker made the first quality
            with tools().media.local_copy(key, self._shop.folder) as rendition:
                self._draw_poster(rendition)

    def _draw_poster(self, rendition: Path) -> None:
        media_tools.make_poster(
            rendition, media_tools.probe(rendition, tools=self._programs), self._poster, tools=self._programs
        )

    def _kept(self, pieces: Iterable["_Piece"], *, with_poster: bool = True) -> tuple[Made, ...]:
        """All of them in the media store, or none."""
        kept: list[Made] = []
        poster = [_Piece(MediaKind.POSTER, "", self._poster, "image/jpeg")]
        try:
            for piece in [*pieces, *(poster if with_poster and self._poster.exists() else [])]:
                size = piece.path.stat().st_size
                key = self._shop.keep(piece.path)
                kept.append(Made(piece.kind, piece.name, key, piece.content_type, size, piece.facts))
        except BaseException:
            discard(kept)
            raise
        return tuple(kept)

    def _between(self, begin: float, end: float) -> Tell:
        return lambda share: self._tell(begin + share * (end - begin))


@dataclass(frozen=True)
class _Piece:
    """A finished file of the workshop."""

    kind: MediaKind
    name: str
    path: Path
    content_type: str
    facts: Mapping[str, Any] = field(default_factory=dict)


def _of_rendition(made: Rendition) -> _Piece:
    facts = {
        "width": made.width or None,
        "height": made.height or None,
        "bit_rate": made.bit_rate,
        "codecs": made.codecs,
        "index": made.index,
    }
    return _Piece(MediaKind.RENDITION, made.name, made.path, made.content_type, facts)


def _of_sheet(sheet: Sheet) -> _Piece:
    facts = {"width": sheet.width, "height": sheet.height, "index": sheet.index}
    return _Piece(MediaKind.STORYBOARD, sheet.name, sheet.path, media_tools.SHEET_TYPE, facts)
