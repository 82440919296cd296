"""Views taken of a grant, session by session: guarded statements alone, so that no two can take the last one.

One budget a person and session, whatever the door (product.md, Viewings; security.md, Who sees what; ASVS 2.3.4).
"""

from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from portal.storage.db import db
from portal.storage.models import Grant, VideoSession, ViewBudget


def take_view(grant: Grant, video_session: VideoSession) -> bool:
    """Take one view of this session from the grant, if one is left. The statement decides, not what was read before.

    The grant is held until the transaction ends, together with others who take of it: a revoke or a change of its terms
    comes before or after, never between. False when it was revoked meanwhile.
    """
    held = select(Grant.id).where(Grant.id == grant.id, Grant.revoked_at.is_(None)).with_for_update(read=True)
    if db.session.scalar(held) is None:
        return False
    _make_room(grant.id, video_session.id)
    limit = select(Grant.views_limit).where(Grant.id == grant.id).scalar_subquery()
    query = (
        update(ViewBudget)
        .where(ViewBudget.grant_id == grant.id, ViewBudget.video_session_id == video_session.id)
        .where(or_(limit.is_(None), ViewBudget.taken < limit))
        .values(taken=ViewBudget.taken + 1)
        .execution_options(synchronize_session=False)
    )
    return bool(_rowcount(query))


def give_back_view(grant_id: int, video_session_id: int) -> None:
    """Put one view back; never below none taken."""
    query = (
        update(ViewBudget)
        .where(ViewBudget.grant_id == grant_id, ViewBudget.video_session_id == video_session_id, ViewBudget.taken > 0)
        .values(taken=ViewBudget.taken - 1)
        .execution_options(synchronize_session=False)
    )
    db.session.execute(query)


def most_taken(grant: Grant) -> int:
    """Views taken of the session of which most were: no limit may be set below that."""
    query = select(ViewBudget.taken).where(ViewBudget.grant_id == grant.id).order_by(ViewBudget.taken.desc()).limit(1)
    return db.session.scalar(query) or 0


def _make_room(grant_id: int, video_session_id: int) -> None:
    insert: Any = postgresql_insert if db.engine.dialect.name == "postgresql" else sqlite_insert
    row = insert(ViewBudget).values(grant_id=grant_id, video_session_id=video_session_id, taken=0)
    db.session.execute(row.on_conflict_do_nothing(index_elements=["grant_id", "video_session_id"]))


def _rowcount(statement: Any) -> int:
    return int(db.session.execute(statement).rowcount)  # type: ignore[attr-defined]
