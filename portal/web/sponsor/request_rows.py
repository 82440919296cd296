"""What a request for more says to the sponsor, on Today and in the list of all."""

from dataclasses import dataclass
from datetime import datetime

from portal.basics import dates
from portal.domain.access import WhyNot
from portal.domain.requests import Offer, Waiting
from portal.domain.work import tools
from portal.storage.models import Answer


@dataclass(frozen=True)
class Button:
    """One answer, and the words on its button."""

    answer: Answer
    label: str


@dataclass(frozen=True)
class RequestRow:
    """One guest who waits. `facts`: how much they have seen, and until when; `scope`: what else an answer holds for."""

    waiting: Waiting
    asks: str
    facts: str
    scope: str
    buttons: list[Button]


_ASKS = {WhyNot.USED_UP.value: "asks for another view", WhyNot.NOT_BEGUN.value: "asks to begin now"}


def request_rows(waiting: list[Waiting], at: datetime) -> list[RequestRow]:
    return [
        RequestRow(
            waiting=one,
            asks=_ASKS.get(one.request.why, "asks for more time"),
            facts=_facts(one, at),
            scope=_scope(one),
            buttons=[Button(offer.answer, offer_words(offer)) for offer in one.offers],
        )
        for one in waiting
    ]


def offer_words(offer: Offer) -> str:
    """ "Give 7 days and 1 view" """
    return "Let them begin now" if offer.begins_now else f"Give {given_words(offer)}"


def given_words(offer: Offer, more: str = "") -> str:
    """ "7 days and 1 view", or with `more` in between "7 more days and 1 more view" """
    numbers = [(offer.days, "day"), (offer.views, "view")]
    return " and ".join(f"{number} {more}{thing}{'' if number == 1 else 's'}" for number, thing in numbers if number)


def _facts(one: Waiting, at: datetime) -> str:
    """ "Watched 91%, ends Friday 4 December, 18:00." """
    watched = f"Watched {int(one.watched * 100)}%" if one.watched >= 0.01 else "Not watched yet"
    return f"{watched}, {_term(one, at)}."


def _term(one: Waiting, at: datetime) -> str:
    grant, zone = one.grant, tools().settings.time_zone
    if not grant.has_begun(at) and grant.begins_at:
        return f"begins {dates.date_and_time(grant.begins_at, zone, at)}"
    if grant.ends_at is None:
        return "no end"
    return f"{'ended' if grant.has_ended(at) else 'ends'} {dates.date_and_time(grant.ends_at, zone, at)}"


def _scope(one: Waiting) -> str:
    if one.event is not None:
        return f"Named at the event “{one.event.title}”: what you give holds for each recording of it."
    if one.folder is None:
        return ""
    return f"Named on the folder “{one.folder.title}”: what you give holds for each recording in it."
