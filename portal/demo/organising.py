"""What organisers of events do in the demo, each by the rule of its page."""

from datetime import datetime

from portal.demo.people import HOUSE, Person
from portal.demo.sharing import SharingActs
from portal.domain import events
from portal.domain.events import Details
from portal.storage.models import Event, User, VideoSession


class OrganisingActs(SharingActs):
    """Events: made, filled and given out."""

    def make_event(
        self,
        title: str,
        *shows: VideoSession,
        opens: datetime,
        closes: datetime,
        description: str,
        by: User,
        at: datetime,
    ) -> Event:
        details = Details(title, opens, closes, self.calendar.zone.key, description)
        with self.acting(HOUSE, at):
            event = events.make(details, by=by, form_key=None, at=at)
            events.add(event, sessions=[each.key for each in shows], folders=[], by=by, at=at)
        return event

    def spread(self, event: Event, each: int, *, by: User, at: datetime) -> None:
        """Every recording of the event for so many of its guests."""
        with self.acting(HOUSE, at):
            events.spread_evenly(event, each, by=by, at=at)

    def assign(self, event: Event, person: Person, *theirs: VideoSession, by: User, at: datetime) -> None:
        """Choose by hand what one of its guests sees."""
        with self.acting(HOUSE, at):
            found = next(one for one in events.assigned_of(event).rows if one.guest.address == person.address)
            events.assign(event, {found.grant_id: [each.id for each in theirs]}, by=by, at=at)
