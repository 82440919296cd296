"""The window of an event, and the terms of who is named on it: inside the window, and filled by it."""

from dataclasses import replace
from datetime import datetime

from portal.basics import dates
from portal.domain.grants.terms import Terms, WrongTerms
from portal.domain.grants.things import Thing
from portal.domain.work import tools
from portal.storage.models import Event, WhenItEnds


def check_typed(on: Thing, typed: Terms, *, at: datetime) -> None:
    """Raises `WrongTerms` for what nobody can be given on this thing: of an event what lies outside its window."""
    typed.check()
    if isinstance(on, Event):
        check_inside(on, filled(on, typed), at=at)


def filled(on: Thing, terms: Terms) -> Terms:
    """Terms as a grant on this thing keeps them: on an event what is left empty is its window, and it stops at once."""
    if not isinstance(on, Event):
        return terms
    return replace(
        terms,
        begins_at=terms.begins_at or on.opens_at,
        ends_at=terms.ends_at or on.closes_at,
        when_it_ends=WhenItEnds.STOP,
    )


def check_inside(event: Event, terms: Terms, *, at: datetime) -> None:
    """Raises `WrongTerms` for terms that the event does not hold: its closing ends all that it gave."""
    if event.is_over(at):
        raise WrongTerms("until", "The event has closed. Open it again first")
    if terms.ends_at is None or terms.ends_at > event.closes_at:
        raise WrongTerms("until", f"The event closes {_said(event.closes_at)}. Move its closing first")
    if terms.begins_at is None or terms.begins_at < event.opens_at:
        raise WrongTerms("begins", f"The event opens {_said(event.opens_at)}. Move its opening first")
    if terms.begins_at >= terms.ends_at:
        raise WrongTerms("until", "“Until” must come after “From”")


def _said(moment: datetime) -> str:
    return dates.long_date(moment, tools().settings.time_zone)
