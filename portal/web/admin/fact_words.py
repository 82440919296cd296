"""The facts of an entry of the audit trail, as people write them."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from portal.basics import dates
from portal.domain.audit import reached

# What a fact that is one of few codes means; other codes are readable as they are, their hyphens apart.
_CODED = ("why", "because", "role", "of")
_CODES = {
    "admin": "an admin",
    "guest": "a guest",
    "sponsor": "a sponsor",
    "unknown": "not theirs, or no such recording",
    "too-many": "more sign-ins than a guest may have",
    "wrong-password": "address or password do not match",
    "ended-by-admin": "ended by an admin",
    "reset-in-bulk": "the password was stopped",
    "disabled": "the account is disabled",
    "not-ready": "it was not ready",
    "unpublished": "it was not published",
    "not-open": "it was not open yet",
    "closed": "it was no longer open",
    "not-begun": "the access had not begun",
    "used-up": "no views were left",
    "ended": "the access had ended",
    "password": "its password was not given",
    "moment": "a moment of it",
    "picture": "an own picture",
}
RIGHTS = {
    "owner": "as its owner",
    "co-owner": "as a co-owner",
    "admin": "as an admin",
    "grant": "as a named guest",
    "password": "by its password",
}
_NAMES_OF_FACTS = {"begins": "from", "when_it_ends": "at the end"}
_NOTHING = {"begins": "at once", "until": "no end", "views": "no limit"}
_WHEN_IT_ENDS = {"finish": "a sitting may finish", "stop": "a sitting stops at once"}


def in_words(name: str, facts: dict[str, Any], zone: str) -> str:
    """What a place in a sentence holds: a fact, or what several of them say together."""
    together = _TOGETHER.get(name)
    return together(facts, zone) if together else _fact(name, facts.get(name), zone)


def _until(facts: dict[str, Any], zone: str) -> str:
    return f"until {_value(facts['until'], zone)}" if facts.get("until") else "without an end"


def _terms(facts: dict[str, Any], zone: str) -> str:
    """From when, until when, how many views. Grants given by older releases have only their end on the trail."""
    begins = [f"from {_value(facts['begins'], zone)}"] if facts.get("begins") else []
    words = [" ".join([*begins, _until(facts, zone)])]
    if facts.get("views"):
        words.append(_views(facts["views"]))
    if facts.get("when_it_ends") == "stop":
        words.append("stopping at once when it ends")
    return ", ".join(words)


def _named(facts: dict[str, Any], _zone: str) -> str:
    number = len(reached(facts))
    return "1 person" if number == 1 else f"{number:,} people"


def _counted(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def _views(number: int) -> str:
    return "1 view" if number == 1 else f"{number} views"


def _by_right(facts: dict[str, Any], _zone: str) -> str:
    """By what right somebody watched, and whether a password was passed by (product.md, Who may watch 3)."""
    if not facts.get("by"):
        right = str(facts.get("right"))
        return RIGHTS.get(right, f"as {right}")
    on = f" on the folder “{facts['folder']}”" if facts.get("folder") else ""
    on = f" at the event “{facts['event']}”" if facts.get("event") else on
    passed_by = "; password not needed" if facts.get("password_passed_by") else ""
    return f"named by {facts['by']}{on}{passed_by}"


def _stopped(facts: dict[str, Any], _zone: str) -> str:
    """What a bulk reset did: "44 passwords, 31 sign-ins ended, 2 accounts left as before, nothing mailed"."""
    parts = [
        _counted(facts.get("voided") or 0, "password"),
        f"{_counted(facts.get('sign_ins_ended') or 0, 'sign-in')} ended",
    ]
    if facts.get("skipped"):
        parts.append(f"{_counted(facts['skipped'], 'account')} left as before")
    parts.append("new ways in mailed" if facts.get("mails_way_in") else "nothing mailed")
    reason = f". Reason: {facts['reason']}" if facts.get("reason") else ""
    return ", ".join(parts) + reason


def _given(facts: dict[str, Any], zone: str) -> str:
    """What a sponsor answered: "access until Friday 4 December 2026, 18:00 CET", "2 views in all", "no"."""
    if facts.get("answer") == "declined":
        return "no"
    limit = f"{_views(facts['views'])} in all" if facts.get("views") else "no limit of views"
    return f"access {_until(facts, zone)}, {limit}"


def _cut(facts: dict[str, Any], _zone: str) -> str:
    """Which part of the file plays: "from 0:12 to its end"."""
    begins, ends = (_place(facts.get(name)) for name in ("begins", "ends"))
    return f"from {begins or 'its start'} to {ends or 'its end'}"


def _place(value: Any) -> str:
    return dates.position(value) if isinstance(value, int | float) and value else ""


def _fact(name: str, value: Any, zone: str) -> str:
    if value is None:
        return "nothing"
    if name == "length_seconds":
        return dates.length_words(value)
    if name == "size_bytes":
        return _size(value)
    if name in _CODED:
        return _CODES.get(value) or str(value).replace("-", " ")
    if name == "letter":
        return str(value).replace("_", " ")
    return _value(value, zone)


def _size(size: int) -> str:
    for unit, factor in (("GB", 1000**3), ("MB", 1000**2), ("kB", 1000)):
        if size >= factor:
            return f"{size / factor:.1f} {unit}"
    return f"{size} bytes"


def _changes(facts: dict[str, Any], zone: str) -> str:
    """ "title: “Donors” became “Donors 2026”"; only what is different."""
    before, after = facts.get("before"), facts.get("after")
    if not isinstance(before, dict) or not isinstance(after, dict):
        return f"{_quoted(before, zone)} became {_quoted(after, zone)}"
    names = [name for name in after if before.get(name) != after[name]]
    return "; ".join(
        f"{_NAMES_OF_FACTS.get(name) or name.replace('_', ' ')}: "
        f"{_changed(name, before.get(name), zone)} became {_changed(name, after[name], zone)}"
        for name in names
    )


def _changed(name: str, value: Any, zone: str) -> str:
    if value is None and name in _NOTHING:
        return _NOTHING[name]
    return _WHEN_IT_ENDS.get(value, str(value)) if name == "when_it_ends" else _quoted(value, zone)


def _quoted(value: Any, zone: str) -> str:
    if value in (None, ""):
        return "nothing"
    shown = _value(value, zone)
    return f"“{shown}”" if isinstance(value, str) and shown == value else shown


def _value(value: Any, zone: str) -> str:
    """A fact as people write it; moments, which the trail keeps in ISO form, as dates."""
    if isinstance(value, list):
        return ", ".join(_value(item, zone) for item in value)
    if not isinstance(value, str):
        return str(value)
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return value
    return dates.long_date(moment, zone) if moment.tzinfo else value


def held_words(guests: int, sessions: int, folders: int) -> str:
    """What somebody of the staff answers for: "12 guests, 1 recording, 3 folders", without what there is none of."""
    numbers = ((guests, "guest"), (sessions, "recording"), (folders, "folder"))
    words = [f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s" for number, thing in numbers if number]
    return ", ".join(words) or "nothing"


def _handed_over(facts: dict[str, Any], _zone: str) -> str:
    """How much a leaver handed over: "12 guests, 1 recording, 3 folders"."""
    return held_words(*(int(facts.get(name) or 0) for name in ("guests", "sessions", "folders")))


_TOGETHER: dict[str, Callable[[dict[str, Any], str], str]] = {
    "changes": _changes,
    "until": _until,
    "terms": _terms,
    "by_right": _by_right,
    "given": _given,
    "named": _named,
    "list": lambda facts, _zone: f"the list “{facts['list']}”" if facts.get("list") else "a pasted list",
    "stopped": _stopped,
    "letters_words": lambda facts, _zone: _counted(facts.get("letters") or 0, "letter"),
    "handed_over": _handed_over,
    "cut": _cut,
    "again": lambda facts, _zone: " again" if facts.get("again") else "",
    "changed": lambda facts, _zone: "changed" if facts.get("changed") else "set",
}
