"""Sign-ins: one browser that is signed in, kept on the server (security.md, Sign-ins; ASVS 7.1 to 7.4)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, exists, select, update

from portal.basics import tokens
from portal.basics.errors import NotFound
from portal.domain import audit
from portal.domain.audit import AuditKind
from portal.domain.work import tools
from portal.storage.db import UtcDateTime, db
from portal.storage.models import Policy, PolicyAcceptance, SignIn, User
from portal.storage.prepared import Objects

MOST_FOR_A_GUEST = 3
SEEN_EVERY = timedelta(minutes=1)

_newest_policy = select(Policy.id).order_by(Policy.version.desc()).limit(1).scalar_subquery()
policy_accepted = exists().where(PolicyAcceptance.user_id == User.id, PolicyAcceptance.policy_id == _newest_policy)
_AT = bindparam("at", type_=UtcDateTime())
# Built once, at import: every request asks this.
_live_with_user = Objects(
    select(policy_accepted)
    .select_from(SignIn)
    .join(User, User.id == SignIn.user_id)
    .where(SignIn.token_hash == bindparam("token_hash"))
    .where(SignIn.live_at(_AT), User.live_at(_AT)),  # type: ignore[arg-type]
    SignIn,
    User,
)


@dataclass(frozen=True)
class Present:
    """Who is at this browser. `policy_accepted`: the policy in force, not an older one."""

    sign_in: SignIn
    user: User
    policy_accepted: bool


def find(token: str, *, at: datetime) -> Present | None:
    """The live sign-in of a browser's token and its live account, in one query; None when either has ended."""
    rows = _live_with_user.all({"token_hash": tokens.hash_token(token), "at": at})
    if not rows:
        return None
    ((accepted, sign_in, user),) = rows
    return Present(sign_in, user, bool(accepted))


def start(user: User, *, network: str, device: str, at: datetime) -> str:
    """Sign a browser in and return its token. A guest's oldest sign-in ends when there would be more than three."""
    idle, whole = _lifetimes(user)
    token = tokens.new_token()
    sign_in = SignIn(
        key=tokens.new_key(),
        user_id=user.id,
        token_hash=tokens.hash_token(token),
        created_at=at,
        last_seen_at=at,
        idle_ends_at=at + idle,
        ends_at=at + whole,
        network=network,
        device=device[:120],
    )
    db.session.add(sign_in)
    db.session.flush()
    if user.is_guest:
        _end_oldest(user, at)
    audit.record(AuditKind.SIGN_IN_STARTED, at=at, actor=user, subject=sign_in, device=sign_in.device)
    return token


def needs_touch(sign_in: SignIn, *, at: datetime) -> bool:
    """Whether it is worth writing down that the browser is still there: at most once a minute."""
    return at - sign_in.last_seen_at >= SEEN_EVERY


def touch(present: Present, *, at: datetime) -> None:
    """Write down that the browser is in use, which moves its idle end on. An ended sign-in stays ended."""
    idle, _ = _lifetimes(present.user)
    query = update(SignIn).where(SignIn.id == present.sign_in.id, SignIn.ended_at.is_(None))
    db.session.execute(query.values(last_seen_at=at, idle_ends_at=at + idle))


def listed_for(user: User, *, at: datetime) -> list[SignIn]:
    """The person's live sign-ins, newest first."""
    query = select(SignIn).where(SignIn.user_id == user.id, SignIn.live_at(at)).order_by(SignIn.id.desc())
    return list(db.session.scalars(query))


def find_own(key: str, user: User, *, at: datetime) -> SignIn:
    """One of the person's own live sign-ins. Raises `NotFound`, for those of others too."""
    query = select(SignIn).where(SignIn.key == key, SignIn.user_id == user.id, SignIn.live_at(at))
    sign_in = db.session.scalar(query)
    if sign_in is None:
        raise NotFound("There is no such sign-in")
    return sign_in


def end(sign_in: SignIn, *, by: User, because: str, at: datetime) -> bool:
    """End one; media stops at the next byte. False when it had ended already."""
    query = update(SignIn).where(SignIn.id == sign_in.id, SignIn.live_at(at)).values(ended_at=at, ended_because=because)
    if not db.session.execute(query).rowcount:  # type: ignore[attr-defined]
        return False
    person = db.session.get(User, sign_in.user_id)
    audit.record(AuditKind.SIGN_IN_ENDED, at=at, actor=by, subject=sign_in, person=person, because=because)
    return True


def end_all(user: User, *, by: User | None, because: str, at: datetime, but: SignIn | None = None) -> int:
    """End every live sign-in of a person, but for one if given; returns how many."""
    live = [sign_in for sign_in in listed_for(user, at=at) if but is None or sign_in.id != but.id]
    for sign_in in live:
        sign_in.ended_at, sign_in.ended_because = at, because
        audit.record(AuditKind.SIGN_IN_ENDED, at=at, actor=by, subject=sign_in, person=user, because=because)
    return len(live)


def _end_oldest(user: User, at: datetime) -> None:
    for sign_in in listed_for(user, at=at)[MOST_FOR_A_GUEST:]:
        sign_in.ended_at, sign_in.ended_because = at, "too-many"
        audit.record(AuditKind.SIGN_IN_ENDED, at=at, subject=sign_in, person=user, because="too-many")


def _lifetimes(user: User) -> tuple[timedelta, timedelta]:
    settings = tools().settings
    if user.is_guest:
        return timedelta(minutes=settings.guest_idle_minutes), timedelta(hours=settings.guest_signed_in_hours)
    return timedelta(minutes=settings.staff_idle_minutes), timedelta(hours=settings.staff_signed_in_hours)
