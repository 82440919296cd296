"""Why a player that was signed out has stopped: told to the very browser it played in, and to nobody else."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from portal.basics import tokens
from portal.storage.db import db
from portal.storage.models import Event, Grant, SignIn, Stream, User, VideoSession, Viewing


@dataclass(frozen=True)
class Farewell:
    """What ended a sign-in while something played in it. `because` as the sign-in keeps it; None: its time was over.

    `event` is the one by which they watched, if it was one; `by` whom the recording is from.
    """

    because: str | None
    at: datetime
    event: Event | None
    by: User


def farewell(stream_key: str, token: str, *, at: datetime) -> Farewell | None:
    """None for whoever is still signed in, or never played this here. Names nothing that they were not watching."""
    query = (
        select(SignIn, Event, User)
        .join(Stream, Stream.sign_in_id == SignIn.id)
        .join(Viewing, Viewing.id == Stream.viewing_id)
        .join(VideoSession, VideoSession.id == Viewing.video_session_id)
        .join(User, User.id == VideoSession.owner_id)
        .outerjoin(Grant, Grant.id == Viewing.grant_id)
        .outerjoin(Event, Event.id == Grant.event_id)
        .where(Stream.key == stream_key, SignIn.token_hash == tokens.hash_token(token))
    )
    row = db.session.execute(query).one_or_none()
    if row is None or row[0].is_live(at):
        return None
    sign_in, event, owner = row
    ended_at = sign_in.ended_at or min(sign_in.idle_ends_at, sign_in.ends_at)
    return Farewell(sign_in.ended_because if sign_in.ended_at else None, ended_at, event, owner)
