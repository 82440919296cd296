"""The filter of people, as it stands in addresses: of the admins' list, and of what is done with all that it finds."""

from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, SelectChoice, SelectField, StringField  # type: ignore[attr-defined]  # missing in its stubs

from portal.basics.roles import Role
from portal.domain.people_listing import PeopleWanted, StateWanted

_LONGEST = 200
_MOST_DAYS = 3650
_NEVER = "never"
_DAYS = (7, 30, 90, 180, 365)


class PeopleFilter(FlaskForm):
    """Sent by GET: what is asked for stands in the address."""

    class Meta:
        csrf = False

    search = StringField("Name or mail address")
    role = SelectField(
        "Role", choices=[SelectChoice("", "All roles"), *(SelectChoice(r.value, r.value.title()) for r in Role)]
    )
    state = SelectField(
        "State",
        choices=[SelectChoice("", "All states"), *(SelectChoice(s.value, s.value.title()) for s in StateWanted)],
    )
    event = StringField("Guests of the event")
    sponsor = StringField("Guests of the sponsor")
    seen = SelectField(
        "Last seen",
        choices=[
            SelectChoice("", "At any time"),
            *(SelectChoice(str(days), f"Not for {days} days") for days in _DAYS),
            SelectChoice(_NEVER, "Never signed in"),
        ],
    )
    nothing = BooleanField("Only guests with nothing shared now", false_values=("", "0", "no"))

    def wanted(self) -> PeopleWanted:
        """What is asked for; a role or state that does not exist asks for nothing."""
        return PeopleWanted(
            search=_words(self.search),
            role=Role(self.role.data) if self.role.data in set(Role) else None,
            state=StateWanted(self.state.data) if self.state.data in set(StateWanted) else None,
            sponsor=_words(self.sponsor),
            event=_words(self.event),
            not_seen_days=_days(self.seen.data or ""),
            never_signed_in=self.seen.data == _NEVER,
            has_nothing=bool(self.nothing.data),
        )


def as_asked(wanted: PeopleWanted) -> dict[str, Any]:
    """The same filter as an address names it."""
    asked = {
        "search": wanted.search,
        "role": wanted.role.value if wanted.role else "",
        "state": wanted.state.value if wanted.state else "",
        "event": wanted.event,
        "sponsor": wanted.sponsor,
        "seen": _NEVER if wanted.never_signed_in else str(wanted.not_seen_days or ""),
        "nothing": "y" if wanted.has_nothing else "",
    }
    return {name: value for name, value in asked.items() if value}


def _words(field: StringField) -> str:
    return " ".join((field.data or "").replace("\0", "").split())[:_LONGEST]


def _days(typed: str) -> int | None:
    is_number = typed.isascii() and typed.isdigit() and len(typed) < 6
    return min(int(typed), _MOST_DAYS) or None if is_number else None
