"""The pages of one event, for its organiser."""

from flask import request, url_for

from portal.storage.models import Event
from portal.web.template_tools import Link

_PAGES = (
    ("Board", "sponsor.events.show"),
    ("Recordings", "sponsor.event_sessions.show"),
    ("Guests", "sponsor.people.of_event"),
    ("Assignments", "sponsor.event_assignments.show"),
    ("Judging", "sponsor.judging.show"),
    ("Letters", "sponsor.event_letters.show"),
    ("Settings", "sponsor.events.settings"),
    ("Closing", "sponsor.event_closing.show"),
    ("Report", "sponsor.event_report.show"),
)
_PARTS = {"sponsor.judging_criteria": "sponsor.judging"}
"""Modules whose pages are part of another one's."""
_SAVES = {"sponsor.events.save": "sponsor.events.settings"}
"""What shows the page of another one again when something is to be corrected."""


def tabs_of(event: Event) -> list[Link]:
    """The pages of one event; the current one is the one that answers, else the first of the module that does."""
    here = _current()
    return [Link(label, url_for(endpoint, key=event.key), endpoint == here) for label, endpoint in _PAGES]


def _current() -> str | None:
    answers = request.endpoint or ""
    endpoint, module = _SAVES.get(answers, answers), _module_of(answers)
    pages = [page for _, page in _PAGES]
    if endpoint in pages:
        return endpoint
    return next((page for page in pages if _module_of(page) == _PARTS.get(module, module)), None)


def _module_of(endpoint: str) -> str:
    return endpoint.rpartition(".")[0]
