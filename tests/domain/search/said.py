"""What is said in recordings."""

from portal.basics import tokens
from portal.domain import search
from portal.storage.db import db, transaction
from portal.storage.models import CaptionTrack
from tests.factories import NOON


def captions(video_session, *cues, language="en"):
    """Captions as the rules leave them: written, and then made findable."""
    with transaction():
        track = CaptionTrack(key=tokens.new_key(), video_session_id=video_session.id, language=language)
        track.cues = [[int(begin * 1000), int(begin * 1000) + 1900, text] for begin, text in cues]
        track.created_at = track.changed_at = NOON
        db.session.add(track)
        search.refresh(video_session)
    return track
