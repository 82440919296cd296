"""What to answer to a request for the bytes of a kept file, whatever door it came by (RFC 9110; performance.md)."""

import errno
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import IO, Any, Protocol, cast
from urllib.parse import quote

import structlog
from werkzeug.wsgi import wrap_file

from portal.basics.byte_ranges import Part, Unsatisfiable, read_range
from portal.storage.media_store import MediaStore, StoreAway, UnknownKey
from portal.web.sending.turnstile import Turnstile
from portal.web.sending.window import Window

log = structlog.get_logger()

STRETCH = 1024 * 1024
"""Bytes sent on one check of the right.

Players ask for "all from here on", and one answer to that would go on for as long as the film lasts. They get a stretch
and ask again (RFC 9110, 15.3.7 allows the shorter answer): so a right that ends stops the picture soon, and what is
sent fits mostly into the buffers of the system, so that a slow viewer does not hold a thread.
"""
MOST_HANDED_OVER = 8 * 1024 * 1024
"""The longest part that is left to nginx on one check of the right: as much of a film as players fetch at once."""
_BLOCK = 64 * 1024
_PRIVATE = ("Cache-Control", "private, no-store")
_TEXT = ("Content-Type", "text/plain; charset=utf-8")


class Sendable(Protocol):
    """A kept file that may be sent to this person at this moment."""

    @property
    def user_id(self) -> int: ...

    @property
    def store_key(self) -> str: ...

    @property
    def content_type(self) -> str: ...

    @property
    def size_bytes(self) -> int: ...


@dataclass(frozen=True)
class Wish:
    """What a request says about the bytes it wants; the headers as they came, None where they did not."""

    method: str
    range: str | None = None
    if_range: str | None = None


@dataclass(frozen=True)
class Outlet:
    """What bytes leave by: one a process."""

    store: MediaStore
    by_nginx: bool
    turnstile: Turnstile


@dataclass(frozen=True)
class Answer:
    """A status, headers (the security headers not among them), and a body; a body with `close` has to be closed."""

    status: int
    headers: list[tuple[str, str]]
    body: Iterable[bytes] = ()

    def wsgi_body(self, environ: dict[str, Any]) -> Iterable[bytes]:
        """The body as a server likes it best."""
        if isinstance(self.body, Window):
            return wrap_file(environ, cast("IO[bytes]", self.body), _BLOCK)
        return self.body


REFUSED = Answer(404, [_PRIVATE, _TEXT])
"""The one answer to every no: nothing of the file, not even its length."""


def answer(
    wish: Wish,
    file: Sendable,
    outlet: Outlet,
    *,
    begins: Callable[[], bool],
    still_allowed: Callable[[], bool],
    sent: Callable[[Part], None],
    disposition: str = "inline",
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """The whole file, or the range of it that is asked for.

    `begins` is asked when bytes are about to leave, and may still say no. `still_allowed` is asked again after each
    stretch of a longer answer; at a no the line is cut. `sent` is told what has left, at the end; of what is handed to
    nginx it is told at once, for nobody will say how much arrived. All three are called as they are.
    """
    tag = f'"{_tag(file)}"'
    kept = [_PRIVATE, ("Accept-Ranges", "bytes"), ("Content-Disposition", disposition), ("ETag", tag)]
    kept += [("Content-Type", file.content_type), *(headers or {}).items()]
    try:
        asked = read_range(wish.range, file.size_bytes) if wish.if_range in (None, tag) else None
    except Unsatisfiable:
        return Answer(416, [_PRIVATE, _TEXT, ("Content-Range", f"bytes */{file.size_bytes}")])
    if asked and outlet.by_nginx and wish.method == "GET" and _may_be_handed_over(asked):
        return _by_nginx(file, asked, outlet, kept, begins, sent)
    part = _stretch_of(asked) if asked else Part(0, file.size_bytes - 1)
    if asked:
        kept.append(("Content-Range", f"bytes {part.first}-{part.last}/{file.size_bytes}"))
    head = Answer(206 if asked else 200, [*kept, ("Content-Length", str(part.length))])
    return head if wish.method == "HEAD" else _from_here(head, file, part, outlet, begins, still_allowed, sent)


def whole(file_key: str, content_type: str, outlet: Outlet) -> Answer:
    """A small file as it is, a picture for instance."""
    kept = [_PRIVATE, ("Content-Type", content_type)]
    try:
        if outlet.by_nginx:
            return Answer(200, [*kept, _redirect(file_key, outlet)])
        content = outlet.store.read(file_key)
    except (UnknownKey, StoreAway) as fault:
        return _not_there(fault)
    return Answer(200, [*kept, ("Content-Length", str(len(content)))], [content])


def attachment(name: str) -> str:
    """The Content-Disposition of a file to be saved under this name (RFC 6266), whatever letters it has."""
    plain = "".join(letter if " " <= letter <= "~" and letter not in '"\\%/' else "_" for letter in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _may_be_handed_over(part: Part) -> bool:
    return not part.open_ended and part.length <= MOST_HANDED_OVER


def _stretch_of(part: Part) -> Part:
    if part.open_ended and part.length > STRETCH:
        return Part(part.first, part.first + STRETCH - 1)
    return part


def _by_nginx(
    file: Sendable,
    part: Part,
    outlet: Outlet,
    kept: list[tuple[str, str]],
    begins: Callable[[], bool],
    sent: Callable[[Part], None],
) -> Answer:
    """nginx reads the same Range header, or asks the store for the part that is named to it here."""
    try:
        redirect = _redirect(file.store_key, outlet)
    except (UnknownKey, StoreAway) as fault:
        return _not_there(fault)
    if not begins():
        return REFUSED
    sent(part)
    return Answer(200, [*kept, redirect, ("X-Portal-Range", f"bytes={part.first}-{part.last}")])


def _redirect(store_key: str, outlet: Outlet) -> tuple[str, str]:
    return "X-Accel-Redirect", outlet.store.address_for_nginx(store_key)


def _from_here(
    head: Answer,
    file: Sendable,
    part: Part,
    outlet: Outlet,
    begins: Callable[[], bool],
    still_allowed: Callable[[], bool],
    sent: Callable[[Part], None],
) -> Answer:
    def leave() -> None:
        outlet.turnstile.leave(file.user_id)

    if not outlet.turnstile.enter(file.user_id):
        return Answer(503, [_PRIVATE, _TEXT, ("Retry-After", "1")])
    try:
        stream = outlet.store.open(file.store_key, first=part.first, length=part.length)
        try:
            begun = begins()
        except BaseException:
            stream.close()
            raise
    except (UnknownKey, StoreAway) as fault:
        leave()
        return _not_there(fault)
    except BaseException:
        leave()
        raise
    window = Window(stream, part, _at_the_end(part, leave, sent))
    if not begun:
        window.close()
        return REFUSED
    brief = part.length <= STRETCH
    return Answer(head.status, head.headers, window if brief else _checked(window, still_allowed))


def _not_there(fault: OSError | LookupError) -> Answer:
    """A row tells of a file that the store does not have, or does not give just now."""
    if isinstance(fault, StoreAway):
        log.warning("the media store is away", reason=str(fault))
    else:
        log.error("a kept file is missing")
    return Answer(503, [_PRIVATE, _TEXT, ("Retry-After", "5")])


def _at_the_end(part: Part, leave: Callable[[], None], sent: Callable[[Part], None]) -> Callable[[int], None]:
    def end(taken: int) -> None:
        leave()
        if taken > 0:
            sent(Part(part.first, part.first + min(taken, part.length) - 1))

    return end


def _checked(window: Window, still_allowed: Callable[[], bool]) -> Iterator[bytes]:
    try:
        while data := window.read(STRETCH):
            yield data
            if not still_allowed():
                # the only way to say so once the length is out; servers take it for a line that was lost
                raise ConnectionResetError(errno.ECONNRESET, "the right has ended")
    finally:
        window.close()


def _tag(file: Sendable) -> str:
    """Names the file strongly, for a kept file never changes, and without its name in the store."""
    return hashlib.sha256(f"tag:{file.store_key}".encode()).hexdigest()[:24]
