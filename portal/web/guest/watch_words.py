"""What the watch page says: by what right it opened, what play takes, and until when (design 04)."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from portal.basics import dates
from portal.domain import playback
from portal.domain.access import Decision, Found, Right
from portal.domain.beside import Beside
from portal.domain.playback import Elsewhere
from portal.storage.models import User, WhenItEnds
from portal.web.zones import reading_zone


@dataclass(frozen=True)
class Words:
    """The sentences around one recording.

    `button` and `price` stand on the button; `price` empty: it takes nothing that is counted. `views` None: they are
    not counted for this person; else what is left and of how many, where None is "no limit".
    """

    why: str
    until: str
    until_note: str
    views: tuple[int | None, int | None] | None
    views_note: str
    button: str
    price: str
    free_until: str
    at_the_end: str
    facts: str
    write_to: str


@dataclass(frozen=True)
class Place:
    """Where it begins to play, in seconds; `asked`: a link led there, else it is where they stopped."""

    seconds: float
    asked: bool = False


@dataclass(frozen=True)
class MovingWords:
    """The question of the move page."""

    title: str
    text: str


def of(found: Found, viewer: User, place: Place, beside: Beside, *, at: datetime) -> Words:
    """All that is said to somebody who may watch, and where it begins to play."""
    decision, zone = found.decision, reading_zone()
    until, until_note = _until(found, viewer, zone, at)
    free_until = dates.clock_time(_free_until(found, viewer, at), zone, at)
    return Words(
        why=_why(found, zone),
        until=until,
        until_note=until_note,
        views=(decision.views_left, decision.views_limit) if _is_counted(decision) else None,
        views_note=_views_note(decision),
        button=_button(place),
        price=_price(decision),
        free_until=free_until,
        at_the_end=_at_the_end(decision, free_until),
        facts=_facts(found, beside, zone),
        write_to=f"mailto:{quote(found.owner.address, safe='@')}?subject={quote(found.face.title)}",
    )


def of_moving(found: Found, elsewhere: Elsewhere) -> MovingWords:
    """Whether to move the picture here, and what that takes."""
    price = _price(found.decision)
    if elsewhere.key != found.video_session.key:
        where = f"“{elsewhere.title}” plays there ({elsewhere.device}). It stops when you play this one here."
    elif elsewhere.position_seconds >= 1:
        where = f"It stands at {dates.position(elsewhere.position_seconds)} there ({elsewhere.device})."
    else:
        where = f"It plays there ({elsewhere.device})."
    moving = f" Moving it here {price or 'takes no view'}." if price or elsewhere.key == found.video_session.key else ""
    return MovingWords("You are watching on another device", f"{where}{moving}")


def _button(place: Place) -> str:
    if not place.seconds:
        return "Play"
    return f"{'Play' if place.asked else 'Go on'} from {dates.position(place.seconds)}"


def _is_counted(decision: Decision) -> bool:
    return decision.right is Right.GRANT


def _price(decision: Decision) -> str:
    """What a press takes; empty where nothing is counted."""
    left, limit = decision.views_left, decision.views_limit
    if not _is_counted(decision) or limit is None:
        return ""
    if decision.sitting is not None:
        return "takes no further view"
    if limit == 1:
        return "uses your one view"
    if left == limit:
        return f"uses 1 of {limit} views"
    return f"uses the last of {limit} views" if left == 1 else f"uses 1 of {left} views left"


def _at_the_end(decision: Decision, free_until: str) -> str:
    """What is still possible when it has been played to its end."""
    again = f"Watching it again is free until {free_until}."
    if not _is_counted(decision) or decision.views_limit is None:
        return again
    return f"{again} After that you have {decision.views_left} of {decision.views_limit} views left."


def _why(found: Found, zone: str) -> str:
    """By what right it opened."""
    match found.decision.right:
        case Right.OWNER:
            return "This is your recording. Watching it is never counted."
        case Right.CO_OWNER:
            return f"You look after this recording with {found.owner.display_name}. Watching it is never counted."
        case Right.ADMIN:
            return "Admins may watch every recording. It is never counted."
        case Right.PASSWORD:
            return "Its password was given in this browser. It opens the recording here until you sign out."
    return _by_name(found, zone)


def _by_name(found: Found, zone: str) -> str:
    grant = found.decision.grant
    assert grant is not None
    thing = "this recording"
    if grant.folder_id and found.folder and not found.face.is_blind:
        thing = f"the folder “{found.folder.title}”"
    if found.event:
        thing = f"the event “{found.event.title}”"
    # an admin may have named them in the owner's place
    by_owner = grant.granted_by_id == found.owner.id
    named = f"{found.owner.display_name} named you" if by_owner else "You were named"
    no_password = " No password is needed." if found.video_session.password_hash else ""
    return f"{named} on {thing} on {dates.day_date(grant.created_at, zone)}.{no_password}"


def _until(found: Found, viewer: User, zone: str, at: datetime) -> tuple[str, str]:
    """When all that names them will have ended, and how near that is; the session's own end and the account's count."""
    decision = found.decision
    if decision.right not in (Right.GRANT, Right.PASSWORD):
        return "No end", ""
    grants = [held.grant for held in decision.live] or ([decision.grant] if decision.grant else [])
    ends = [grant.ends_at for grant in grants]
    by_grant = None if None in ends or not ends else max(end for end in ends if end)
    known = [end for end in (by_grant, found.video_session.closes_at, viewer.ends_at) if end]
    if not known:
        return "No end", ""
    end = min(known)
    if end == viewer.ends_at and end != by_grant:
        return dates.long_date(end, zone), "your account ends then"
    if end <= at:
        return dates.long_date(end, zone), "ended; you may finish this sitting"
    soon = dates.until_words(end, zone, at)
    return dates.long_date(end, zone), f"ends {soon}" if soon else ""


def _views_note(decision: Decision) -> str:
    if not _is_counted(decision) or decision.views_limit is None or decision.sitting is None:
        return ""
    return "This sitting is counted already."


def _free_until(found: Found, viewer: User, at: datetime) -> datetime:
    """Until when coming back is free: the sitting's end, or what stops it before."""
    decision = found.decision
    ends = [decision.sitting.ends_at if decision.sitting else at + playback.sitting_length(found.video_session)]
    if decision.right in (Right.GRANT, Right.PASSWORD):
        ends += [end for end in (found.video_session.closes_at, viewer.ends_at) if end]
    grant = decision.grant
    if grant and grant.ends_at and grant.when_it_ends is WhenItEnds.STOP:
        ends.append(grant.ends_at)
    return min(ends)


def _facts(found: Found, beside: Beside, zone: str) -> str:
    """ "Added 20 November 2026, 48 minutes, captions in English and German" """
    facts = [f"Added {dates.day_date(found.video_session.created_at, zone)}"]
    if found.video_session.length_seconds:
        facts.append(dates.length_words(found.video_session.length_seconds))
    if beside.tracks:
        facts.append(f"captions in {_listed([track.language.name for track in beside.tracks])}")
    return ", ".join(facts)


def _listed(names: list[str]) -> str:
    """ "English, French and German" """
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
