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


def tabs_of(event: Event) -> list[Link]:
    """The pages of one event; the current one is the one whose module answers."""
    module = (request.endpoint or "").rpartition(".")[0]
    here = _PARTS.get(module, module)
    exact = request.endpoint in {endpoint for _, endpoint in _PAGES}
    return [
        Link(
            label,
            url_for(endpoint, key=event.key),
            endpoint == request.endpoint if exact else endpoint.rpartition(".")[0] == here,
        )
        for label, endpoint in _PAGES
    ]
