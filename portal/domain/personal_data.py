"""All that the portal holds about one person, for themselves to take away (security.md, Who sees what; GDPR 15 and 20).

Plain values, times in UTC. No secret is among it: no token, no hash of one, no address that plays. Nothing of other
guests is either: of what somebody did to others it says when and what kind of act it was, and no more.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import exists, or_, select

from portal.domain import access, audit
from portal.domain.audit import AuditKind
from portal.storage.db import db
from portal.storage.models import (
    AccessRequest,
    AuditEvent,
    AuditReach,
    BlindLabel,
    ClosedAccount,
    Criterion,
    Event,
    EventClosing,
    Folder,
    Grant,
    Invitation,
    OutgoingEmail,
    PasswordReset,
    PasswordUnlock,
    Policy,
    PolicyAcceptance,
    ResetOutcome,
    Score,
    ScoreSheet,
    SignIn,
    Stream,
    User,
    VideoSession,
    ViewBudget,
    Viewing,
    WatchRecord,
)

Record = dict[str, Any]
_NAMING = ("title", "folder", "before", "after")
"""Facts that could tell what a session is called that is blind for the person."""


def download(person: User, *, at: datetime) -> Record:
    """What is held about this person, on the audit trail that they took it."""
    collected = collect(person)
    audit.record(AuditKind.DATA_DOWNLOADED, at=at, actor=person, subject=person)
    return {"made_at": _time(at), **collected}


def collect(person: User) -> Record:
    """Everything, by kind, oldest first."""
    titles = _titles_known_to(person)
    numbers = _blind_to(person, titles)
    titles |= {id_: access.entry_words(number) for id_, number in numbers.items() if id_ in titles}
    return {
        "account": _account(person),
        "invitations": _invitations(person),
        "shared_with_you": _grants(person, titles),
        "requests": _requests(person, titles),
        "sittings": _sittings(person, titles),
        "watched": _watched(person, titles),
        "video_passwords_given": _unlocks(person, titles),
        "sign_ins": _sign_ins(person),
        "policies_accepted": _policies(person),
        "password_links": _password_links(person),
        "passwords_stopped": _resets(person),
        "closings_that_disabled_you": _closings(person),
        "letters": _letters(person),
        "score_sheets": _score_sheets(person, titles),
        "audit_entries": _entries(person, numbers),
    }


def _account(person: User) -> Record:
    sponsor = db.session.get(User, person.sponsor_id) if person.sponsor_id else None
    return {
        "name": person.name,
        "address": person.address,
        "department": person.department,
        "role": person.role.value,
        "state": person.state.value,
        "made_at": _time(person.created_at),
        "set_up_at": _time(person.activated_at),
        "ends_at": _time(person.ends_at),
        "password_changed_at": _time(person.password_changed_at),
        "sponsor": {"name": sponsor.name, "address": sponsor.address} if sponsor else None,
    }


def _titles_known_to(person: User) -> dict[int, str]:
    """Of sessions that are shared with them or that they have watched; what was taken back before stays unnamed, and
    what is in the bin.
    """
    named = select(Grant).where(Grant.guest_id == person.id, Grant.revoked_at.is_(None)).subquery()
    query = select(VideoSession.id, VideoSession.title).where(
        VideoSession.binned_at.is_(None),
        or_(
            VideoSession.id.in_(select(named.c.video_session_id)),
            exists().where(Grant.guest_id == person.id, Grant.revoked_at.is_(None), access.names()),
            VideoSession.id.in_(select(ViewBudget.video_session_id).join(named, named.c.id == ViewBudget.grant_id)),
            VideoSession.id.in_(select(Viewing.video_session_id).where(Viewing.user_id == person.id)),
        ),
    )
    return {row.id: row.title for row in db.session.execute(query)}


def _blind_to(person: User, titles: Iterable[int]) -> dict[int, int]:
    """By session: the number that stands for its title, at every blind event that this person is or was a guest of.

    What has no number yet is found among these ids and what they have watched.
    """
    at_events = (
        select(BlindLabel.video_session_id, BlindLabel.number)
        .join(Event, Event.id == BlindLabel.event_id)
        .join(Grant, Grant.event_id == Event.id)
        .where(Grant.guest_id == person.id, Event.is_blind)
        .order_by(Event.id.desc())
    )
    numbers = {row.video_session_id: row.number for row in db.session.execute(at_events)}
    watched = select(Viewing.video_session_id).where(Viewing.user_id == person.id)
    known = {*titles, *db.session.scalars(watched)}
    return numbers | access.faces_of(person, known - numbers.keys(), ever=True)


def _score_sheets(person: User, titles: dict[int, str]) -> list[Record]:
    """What they gave as a judge, by recording and event."""
    points: dict[int, dict[str, float]] = {}
    given = (
        select(Score.sheet_id, Criterion.title, Score.points)
        .join(Criterion, Criterion.id == Score.criterion_id)
        .join(ScoreSheet, ScoreSheet.id == Score.sheet_id)
        .where(ScoreSheet.judge_id == person.id)
        .order_by(Score.id)
    )
    for sheet_id, criterion, number in db.session.execute(given):
        points.setdefault(sheet_id, {})[criterion] = number
    query = (
        select(ScoreSheet, Event.title)
        .join(Event, Event.id == ScoreSheet.event_id)
        .where(ScoreSheet.judge_id == person.id)
        .order_by(ScoreSheet.id)
    )
    return [
        {
            "event": event,
            "recording": titles.get(sheet.video_session_id),
            "state": sheet.state.value,
            "points": points.get(sheet.id, {}),
            "remark": sheet.remark,
            "stood_aside_because": sheet.reason,
            "begun_at": _time(sheet.created_at),
            "changed_at": _time(sheet.changed_at),
            "final_since": _time(sheet.finalised_at),
        }
        for sheet, event in db.session.execute(query)
    ]


def _grants(person: User, titles: dict[int, str]) -> list[Record]:
    taken = _views_taken(person, titles)
    query = (
        select(Grant, Folder.title, Event.title, User.name)
        .outerjoin(Folder, Folder.id == Grant.folder_id)
        .outerjoin(Event, Event.id == Grant.event_id)
        .join(User, User.id == Grant.granted_by_id)
        .where(Grant.guest_id == person.id)
        .order_by(Grant.id)
    )
    return [
        {
            "recording": titles.get(grant.video_session_id or 0),
            "folder": folder if grant.revoked_at is None else None,
            "event": event if grant.revoked_at is None else None,
            "by": giver,
            "given_at": _time(grant.created_at),
            "begins_at": _time(grant.begins_at),
            "ends_at": _time(grant.ends_at),
            "when_it_ends": grant.when_it_ends.value,
            "views_limit": grant.views_limit,
            "views_taken": taken.get(grant.id, []),
            "revoked_at": _time(grant.revoked_at),
        }
        for grant, folder, event, giver in db.session.execute(query)
    ]


def _views_taken(person: User, titles: dict[int, str]) -> dict[int, list[Record]]:
    """By grant: of which recording how many."""
    query = (
        select(ViewBudget)
        .join(Grant, Grant.id == ViewBudget.grant_id)
        .where(Grant.guest_id == person.id, ViewBudget.taken > 0)
        .order_by(ViewBudget.id)
    )
    found: dict[int, list[Record]] = {}
    for budget in db.session.scalars(query):
        views = {"recording": titles.get(budget.video_session_id), "taken": budget.taken}
        found.setdefault(budget.grant_id, []).append(views)
    return found


def _requests(person: User, titles: dict[int, str]) -> list[Record]:
    query = select(AccessRequest).where(AccessRequest.guest_id == person.id).order_by(AccessRequest.id)
    return [
        {
            "recording": titles.get(request.video_session_id),
            "why": request.why,
            "your_words": request.words,
            "asked_at": _time(request.created_at),
            "answered_at": _time(request.answered_at),
            "answer": request.answer.value if request.answer else None,
        }
        for request in db.session.scalars(query)
    ]


def _sittings(person: User, titles: dict[int, str]) -> list[Record]:
    players = _players(person)
    query = select(Viewing).where(Viewing.user_id == person.id).order_by(Viewing.id)
    return [
        {
            "recording": titles.get(viewing.video_session_id),
            "by": viewing.right,
            "begun_at": _time(viewing.created_at),
            "ends_at": _time(viewing.ends_at),
            "first_delivered_at": _time(viewing.delivered_at),
            "view_given_back_at": _time(viewing.given_back_at),
            "downloads": viewing.downloads,
            "players": players.get(viewing.id, []),
        }
        for viewing in db.session.scalars(query)
    ]


def _players(person: User) -> dict[int, list[Record]]:
    """By sitting: in which browsers it played."""
    found: dict[int, list[Record]] = {}
    for stream in db.session.scalars(select(Stream).where(Stream.user_id == person.id).order_by(Stream.id)):
        player = {
            "device": stream.device,
            "network": stream.network,
            "trace_code": stream.trace_code,
            "begun_at": _time(stream.created_at),
            "last_seen_at": _time(stream.seen_at),
            "ended_at": _time(stream.ended_at),
        }
        found.setdefault(stream.viewing_id, []).append(player)
    return found


def _watched(person: User, titles: dict[int, str]) -> list[Record]:
    query = select(WatchRecord).where(WatchRecord.user_id == person.id).order_by(WatchRecord.id)
    return [
        {
            "recording": titles.get(record.video_session_id),
            "opened": record.opens,
            "last_opened_at": _time(record.opened_at),
            "watched_seconds": record.watched_seconds,
            "parts_in_seconds": [[begin / 10, end / 10] for begin, end in record.watched],
            "parts_sent_in_seconds": [[begin / 10, end / 10] for begin, end in record.served],
            "stopped_at_second": record.position_seconds,
            "last_watched_at": _time(record.watched_at),
        }
        for record in db.session.scalars(query)
    ]


def _unlocks(person: User, titles: dict[int, str]) -> list[Record]:
    query = (
        select(PasswordUnlock)
        .join(SignIn, SignIn.id == PasswordUnlock.sign_in_id)
        .where(SignIn.user_id == person.id)
        .order_by(PasswordUnlock.id)
    )
    return [
        {"recording": titles.get(unlock.video_session_id), "at": _time(unlock.created_at)}
        for unlock in db.session.scalars(query)
    ]


def _sign_ins(person: User) -> list[Record]:
    query = select(SignIn).where(SignIn.user_id == person.id).order_by(SignIn.id)
    return [
        {
            "device": sign_in.device,
            "network": sign_in.network,
            "since": _time(sign_in.created_at),
            "last_used_at": _time(sign_in.last_seen_at),
            "ends_at": _time(min(sign_in.idle_ends_at, sign_in.ends_at)),
            "ended_at": _time(sign_in.ended_at),
            "ended_because": sign_in.ended_because,
        }
        for sign_in in db.session.scalars(query)
    ]


def _policies(person: User) -> list[Record]:
    query = (
        select(Policy.version, PolicyAcceptance.at)
        .join(PolicyAcceptance, PolicyAcceptance.policy_id == Policy.id)
        .where(PolicyAcceptance.user_id == person.id)
        .order_by(Policy.version)
    )
    return [{"version": version, "accepted_at": _time(at)} for version, at in db.session.execute(query)]


def _invitations(person: User) -> list[Record]:
    query = select(Invitation).where(Invitation.user_id == person.id).order_by(Invitation.id)
    return [
        {
            "mailed_at": _time(invitation.created_at),
            "open_until": _time(invitation.ends_at),
            "note": invitation.note,
            "used_at": _time(invitation.used_at),
            "replaced_at": _time(invitation.replaced_at),
            "withdrawn_at": _time(invitation.withdrawn_at),
        }
        for invitation in db.session.scalars(query)
    ]


def _password_links(person: User) -> list[Record]:
    query = select(PasswordReset).where(PasswordReset.user_id == person.id).order_by(PasswordReset.id)
    return [
        {"made_at": _time(reset.created_at), "open_until": _time(reset.ends_at), "used_at": _time(reset.used_at)}
        for reset in db.session.scalars(query)
    ]


def _closings(person: User) -> list[Record]:
    """When the closing of an event disabled the account, and when it was opened again."""
    query = (
        select(EventClosing)
        .join(ClosedAccount, ClosedAccount.closing_id == EventClosing.id)
        .where(ClosedAccount.user_id == person.id)
        .order_by(EventClosing.id)
    )
    return [
        {"at": _time(closing.at), "opened_again_at": _time(closing.reopened_at)}
        for closing in db.session.scalars(query)
    ]


def _resets(person: User) -> list[Record]:
    """When an admin or sponsor, or the end of an event, stopped the password, or left it as it was and why."""
    query = select(ResetOutcome).where(ResetOutcome.user_id == person.id).order_by(ResetOutcome.id)
    return [
        {"at": _time(outcome.at), "outcome": outcome.kind.value, "why": outcome.why}
        for outcome in db.session.scalars(query)
    ]


def _letters(person: User) -> list[Record]:
    """Which letters, and when. Their words are forgotten once they are sent, and may hold a way in before."""
    query = select(OutgoingEmail).where(OutgoingEmail.user_id == person.id).order_by(OutgoingEmail.id)
    return [
        {
            "letter": letter.letter,
            "to": letter.to_address,
            "written_at": _time(letter.created_at),
            "sent_at": _time(letter.sent_at),
            "state": letter.state.value,
        }
        for letter in db.session.scalars(query)
    ]


def _entries(person: User, numbers: dict[int, int]) -> list[Record]:
    with_many = db.session.scalars(select(AuditReach.sequence).where(AuditReach.person_id == person.id))
    about = or_(AuditEvent.person_id == person.id, _subject_is(person), AuditEvent.sequence.in_(list(with_many)))
    query = select(AuditEvent).where(or_(AuditEvent.actor_id == person.id, about)).order_by(AuditEvent.sequence)
    return [_entry(entry, person, numbers) for entry in db.session.scalars(query)]


def _subject_is(person: User) -> Any:
    return (AuditEvent.subject_kind == "user") & (AuditEvent.subject_id == person.id)


def _entry(entry: AuditEvent, person: User, numbers: dict[int, int]) -> Record:
    is_mine = entry.actor_id == person.id
    by = "you" if is_mine else "the portal" if entry.actor_id is None else "staff"
    facts = entry.facts if _is_about_nobody_else(entry, person) else None
    if facts and entry.subject_kind == "video_session" and entry.subject_id in numbers:
        facts = {name: fact for name, fact in facts.items() if name not in _NAMING}
    network = entry.network if is_mine else None  # that of somebody else is theirs
    return {"at": _time(entry.at), "what": entry.kind, "by": by, "network": network, "facts": facts}


def _is_about_nobody_else(entry: AuditEvent, person: User) -> bool:
    if entry.subject_kind == "reset_run":
        return False
    people: set[int | None] = {entry.person_id, entry.subject_id if entry.subject_kind == "user" else None}
    people |= audit.reached(entry.facts or {})
    return all(id_ in (None, person.id) for id_ in people)


def _time(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat(timespec="seconds") if at else None
