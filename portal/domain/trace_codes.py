"""The short code shown over a picture, looked up: whose browser played what, and when (product.md, Viewings).

It deters and traces; it proves which sign-in the picture was sent to, not who sat before it.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from portal.basics import tokens
from portal.basics.errors import NotFound, PortalError
from portal.domain import audit
from portal.domain.audit import AuditKind
from portal.storage.db import db
from portal.storage.models import SignIn, Stream, User, VideoSession, Viewing

_LONGEST = 200
_MOST_NAMED = 5


class NotATraceCode(PortalError):
    """What was typed cannot be a code; the text is a sentence to show beside the field."""


@dataclass(frozen=True)
class Traced:
    """The player that showed a code, in which sitting, of whom. `sign_in` None: it is no longer kept."""

    stream: Stream
    viewing: Viewing
    person: User
    video_session: VideoSession
    sign_in: SignIn | None


def read(typed: str) -> str:
    """The code that is meant: spaces, hyphens and small letters are as good. Raises `NotATraceCode`."""
    code = "".join(letter for letter in typed[:_LONGEST].upper() if not letter.isspace() and letter not in "-–.")
    if not code:
        raise NotATraceCode("Write the code that is seen over the picture, such as K7MQ2XB")
    strange = sorted({letter for letter in code if letter not in tokens.TRACE_CODE_ALPHABET})
    if strange:
        raise NotATraceCode(f"No code has {_or(strange[:_MOST_NAMED])} in it. {_LOOK_ALIKES}")
    if len(code) != tokens.TRACE_CODE_LETTERS:
        raise NotATraceCode(f"A code has {tokens.TRACE_CODE_LETTERS} letters and digits; these are {len(code)}")
    return code


def look_up(code: str, *, by: User, at: datetime) -> str | None:
    """The key of the player that showed this code, None for a code that no player showed. Either is on the trail."""
    query = (
        select(Stream.key, User, VideoSession)
        .join(User, User.id == Stream.user_id)
        .join(Viewing, Viewing.id == Stream.viewing_id)
        .join(VideoSession, VideoSession.id == Viewing.video_session_id)
        .where(Stream.trace_code == code)
    )
    key, person, video_session = db.session.execute(query).one_or_none() or (None, None, None)
    audit.record(AuditKind.TRACE_LOOKED_UP, at=at, actor=by, subject=video_session, person=person, code=code)
    return key


def find(stream_key: str) -> Traced:
    """What there is to say of a player that was looked up. Raises `NotFound`."""
    query = (
        select(Stream, Viewing, User, VideoSession, SignIn)
        .join(User, User.id == Stream.user_id)
        .join(Viewing, Viewing.id == Stream.viewing_id)
        .join(VideoSession, VideoSession.id == Viewing.video_session_id)
        .outerjoin(SignIn, SignIn.id == Stream.sign_in_id)
        .where(Stream.key == stream_key)
    )
    row = db.session.execute(query).one_or_none()
    if row is None:
        raise NotFound("There is no such player")
    return Traced(*row)


_LOOK_ALIKES = "O may be a Q or a D, 0 a Q, I and 1 a J or a 7, A a 4, E an F or a 3, U a V."


def _or(letters: list[str]) -> str:
    *most, last = letters
    return f"{', '.join(most)} or {last}" if most else last
