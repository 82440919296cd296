"""Forms about what was given already: one grant's terms, and those of many at once."""

import hashlib
from datetime import datetime
from typing import Any

from flask_wtf import FlaskForm
from wtforms import (  # type: ignore[attr-defined]  # missing in its stubs
    BooleanField,
    HiddenField,
    SelectChoice,
    SelectField,
    StringField,
)

from portal.basics import typed_dates
from portal.domain.grants import KEEP, Keep, NewTerms, Terms
from portal.domain.work import tools
from portal.storage.models import Grant, WhenItEnds
from portal.web.sponsor.people_forms import BeginField, EndField, TermsForm, ViewsField

_KEEP = ""


class GrantForm(TermsForm):
    """The terms of one grant. `version` is that of the grant as it was shown, so that a second editor is noticed."""

    version = HiddenField()

    @classmethod
    def of(cls, grant: Grant) -> "GrantForm":
        """The form as it is shown first. An end that lies behind is shown, too: were it empty, saving anything else
        would take the end away."""
        return cls(
            formdata=None,
            begins=_typed(grant.begins_at),
            until=_typed(grant.ends_at),
            views=str(grant.views_limit or ""),
            when_it_ends=grant.when_it_ends.value,
            version=str(grant.version),
        )

    @property
    def shown_version(self) -> int | None:
        words = self.version.data or ""
        return int(words) if words.isascii() and words.isdigit() and len(words) < 10 else None

    def terms_over(self, grant: Grant) -> Terms:
        """What was typed. A moment that was left as it was shown keeps its seconds."""
        typed = self.terms
        return Terms(
            begins_at=_as_it_was(typed.begins_at, grant.begins_at),
            ends_at=_as_it_was(typed.ends_at, grant.ends_at),
            views=typed.views,
            when_it_ends=typed.when_it_ends,
        )


class ChosenForm(FlaskForm):
    """New terms for many. What is left empty stays as each has it; the ticks take a begin, an end or a limit away.

    `seen` is the stamp of the preview: what is saved is what was looked at.
    """

    begins = BeginField("From")
    at_once = BooleanField("At once")
    until = EndField("Until")
    no_end = BooleanField("No end")
    views = ViewsField("Views")
    no_limit = BooleanField("No limit")
    when_it_ends = SelectField(
        "When it ends",
        choices=[
            SelectChoice(_KEEP, "As each has it"),
            SelectChoice(WhenItEnds.FINISH.value, "Let a sitting that has begun finish"),
            SelectChoice(WhenItEnds.STOP.value, "Stop at once"),
        ],
        default=_KEEP,
    )
    seen = HiddenField()

    def validate(self, extra_validators: Any = None) -> bool:
        if self.when_it_ends.data is None:
            self.when_it_ends.data = _KEEP
        is_valid = bool(super().validate(extra_validators))
        for control, tick in self._pairs():
            if (control.data or "").strip() and tick.data:
                control.errors = [f"Type something here or tick “{tick.label.text}”, not both"]
                is_valid = False
        return is_valid

    @property
    def new_terms(self) -> NewTerms:
        """What a valid form asks for."""
        ending = self.when_it_ends.data
        return NewTerms(
            begins_at=_asked(self.begins.moment, taken_away=self.at_once.data),
            ends_at=_asked(self.until.moment, taken_away=self.no_end.data),
            views=_asked(self.views.views, taken_away=self.no_limit.data),
            when_it_ends=WhenItEnds(ending) if ending else KEEP,
        )

    def stamp(self, of_grants: str) -> str:
        """Changes with the grants, whose own stamp it begins with, and with what was typed."""
        return f"{of_grants}-{hashlib.sha256(str(self.new_terms).encode()).hexdigest()[:16]}"

    def has_changed_meanwhile(self, of_grants: str) -> bool:
        """Whether something was looked at, and one of the grants is not what it was then."""
        looked_at = (self.seen.data or "").partition("-")[0]
        return bool(looked_at) and looked_at != of_grants

    def _pairs(self) -> list[tuple[StringField, BooleanField]]:
        return [(self.begins, self.at_once), (self.until, self.no_end), (self.views, self.no_limit)]


def _asked(typed: Any, *, taken_away: bool) -> Any | Keep | None:
    if taken_away:
        return None
    return KEEP if typed is None else typed


def _typed(moment: datetime | None) -> str:
    return typed_dates.typed(moment, tools().settings.time_zone) if moment else ""


def _as_it_was(typed: datetime | None, before: datetime | None) -> datetime | None:
    return before if typed is not None and before is not None and _typed(typed) == _typed(before) else typed
