"""The password of a video: set, changed, removed by those who look after it. Giving it stands in `video_passwords`.

One word for many people, said on the telephone and written in letters: shorter than an account's is allowed, because
it opens one recording, for those with an account alone, and every try is counted. It is kept as a hash and never shown
again. Every change of it has a number of its own, so that what an older one unlocked ends at once.
"""

import unicodedata
from datetime import datetime

from sqlalchemy import func, select, update

from portal.basics.password_strength import SHARED, weakness
from portal.domain import audit
from portal.domain.audit import AuditKind
from portal.domain.library import ChangedMeanwhile
from portal.domain.work import tools
from portal.storage.db import db
from portal.storage.models import PasswordUnlock, SignIn, User, VideoSession


def fault_in(password: str, video_session: VideoSession, *, owner: User, by: User) -> str | None:
    """Why this cannot be the recording's password, in a sentence for beside the field, or None when it is fine."""
    if not password:
        return "Enter a password"
    if password != password.strip():
        return "A space stands at its beginning or end. It gets lost when the password is copied; leave it out."
    if any(unicodedata.category(letter) == "Cc" for letter in password):
        return "It holds a character that nobody can type. Write it by hand."
    settings = tools().settings
    about = (video_session.title, owner.name, by.name, owner.department, settings.site_name, settings.host)
    return weakness(password, about=about, rule=SHARED)


def hashed(password: str) -> str:
    """What is kept of it. Outside of any transaction: it takes the hashing slot, and raises `Busy`."""
    return tools().hasher.hash(password)


def set_password(
    video_session: VideoSession, password_hash: str, *, version: int | None, by: User, at: datetime
) -> bool:
    """Give a recording a password, or another one: all that the older one unlocked ends. True: it had one.

    Raises `ChangedMeanwhile` when its password is not the one of that `version` any more (None: whichever it is).
    """
    had_one = _replace(video_session, password_hash, version)
    audit.record(AuditKind.SESSION_PASSWORD_SET, actor=by, subject=video_session, at=at, changed=had_one)
    return had_one


def remove_password(video_session: VideoSession, *, by: User, at: datetime) -> bool:
    """Take the password away: only who is named can watch then. False: it had none."""
    fresh = select(VideoSession.password_hash).where(VideoSession.id == video_session.id).with_for_update()
    if db.session.scalar(fresh) is None:
        return False
    _replace(video_session, None, None)
    audit.record(AuditKind.SESSION_PASSWORD_REMOVED, actor=by, subject=video_session, at=at)
    return True


def unlocked_in(video_session: VideoSession, *, at: datetime) -> int:
    """In how many browsers that are signed in now its present password was given."""
    query = (
        select(func.count(PasswordUnlock.id))
        .join(SignIn, SignIn.id == PasswordUnlock.sign_in_id)
        .where(PasswordUnlock.video_session_id == video_session.id, SignIn.live_at(at))
        .where(PasswordUnlock.password_version == video_session.password_version)
    )
    return db.session.scalar(query) or 0


def _replace(video_session: VideoSession, password_hash: str | None, version: int | None) -> bool:
    """Write the hash and count the change, if that version is there still; whether there was a password."""
    db.session.refresh(video_session, with_for_update=True)
    if version is not None and version != video_session.password_version:
        raise ChangedMeanwhile("Somebody changed the password after you opened this page.")
    had_one = video_session.password_hash is not None
    query = update(VideoSession).where(VideoSession.id == video_session.id)
    values = {"password_hash": password_hash, "password_version": VideoSession.password_version + 1}
    db.session.execute(query.values(values).execution_options(synchronize_session="fetch"))
    return had_one
