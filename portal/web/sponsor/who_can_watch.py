"""The panel of a session's or folder's page: everyone who can watch, and why (design 08)."""

from dataclasses import dataclass

from flask import request

from portal.basics.clock import now
from portal.domain import access, grants
from portal.domain.access import Standing, WhyNot
from portal.domain.grants import Keeper, PeopleFilter, PersonRow, ShownAt, Thing, WhoCanWatch
from portal.domain.invitations import LetterStanding
from portal.storage.models import Event, User, VideoSession
from portal.web.identity import signed_in_user
from portal.web.lists import asked_place, page_links
from portal.web.sponsor.doors import ChosenUrls, Door, door_of
from portal.web.sponsor.people_forms import PeopleForm
from portal.web.sponsor.watched_words import seen_of_words, seen_words, taken_words
from portal.web.state_tags import StateTag, grant_tag
from portal.web.template_tools import Link

_FILTERS = {
    PeopleFilter.ALL: "All",
    PeopleFilter.CAN_WATCH: "Can watch",
    PeopleFilter.COMING: "Begins later",
    PeopleFilter.USED_UP: "Used up",
    PeopleFilter.ENDED: "Ended",
}
_CLOSED = {
    WhyNot.NOT_READY: "The recording is not ready yet: they can watch once it is.",
    WhyNot.UNPUBLISHED: "The recording is not published: none of them can watch until it is.",
    WhyNot.NOT_OPEN: "The recording is not open yet: they can watch once it is.",
    WhyNot.CLOSED: "The recording has closed: none of them can watch now.",
}


@dataclass(frozen=True)
class PersonLine:
    """One row of the list, with its words. `seen_words`: the line below the bar; `seen_of`: "3 of 5" of a folder.

    `may_change` is False for what a folder or event gives that is somebody else's: they see it, and it is not theirs.
    `why_url`: where what decides about them is told; None on a folder.
    """

    row: PersonRow
    tag: StateTag
    action: str
    seen_words: str
    seen_of: str
    taken_words: str
    may_change: bool
    why_url: str | None


@dataclass(frozen=True)
class ShownLine:
    """An event that shows it. `url`: its board, for whoever organises it; `take_out_url` None: not from here."""

    shown: ShownAt
    url: str | None
    take_out_url: str | None


@dataclass(frozen=True)
class PeoplePanel:
    """What `sponsor/people/_who_can_watch.html` draws: the box to add people, and who can watch.

    `is_over`: it is an event that has closed, on which nobody can be named any more.
    `closed`: why none of those named can watch now; empty when they can. `unlocked` None: it has no password.
    """

    form: PeopleForm
    check_url: str
    list_url: str
    is_several: bool
    is_of_event: bool
    is_over: bool
    chosen: ChosenUrls
    heading: str
    closed: str
    filters: list[Link]
    lines: list[PersonLine]
    keepers: list[Keeper]
    shown_at: list[ShownLine]
    unlocked: int | None
    summary: str
    newer: str | None
    older: str | None


def panel(thing: Thing, form: PeopleForm | None = None) -> PeoplePanel:
    """The panel of a session or folder of this sponsor's; three queries. The page it is on keeps `show`, `before` and
    `after`."""
    at, door, show, by = now(), door_of(thing), _asked_filter(thing), signed_in_user()
    found = grants.who_can_watch(thing, at=at, show=show, place=asked_place())
    links = page_links(found.page, door.url)
    return PeoplePanel(
        form=form or PeopleForm(formdata=None),
        check_url=door.check_url,
        list_url=door.list_url,
        is_several=not isinstance(thing, VideoSession),
        is_of_event=isinstance(thing, Event),
        is_over=isinstance(thing, Event) and thing.is_over(at),
        chosen=door.chosen,
        heading=_heading(found.people),
        closed=_closed(thing),
        filters=_filter_links(found, show, door),
        lines=[_line(row, thing, may_change=_may_change(row, thing, by)) for row in found.page.rows],
        keepers=found.keepers,
        shown_at=[_shown_line(one, thing, by) for one in found.events],
        unlocked=found.unlocked,
        summary=_summary(found),
        newer=links.newer,
        older=links.older,
    )


def _line(row: PersonRow, thing: Thing, *, may_change: bool) -> PersonLine:
    return PersonLine(
        row=row,
        tag=grant_tag(row.state, row.standing, begins=row.begins, until=row.until, at=now()),
        action=_action(row),
        seen_words=seen_words(row.watched) if row.watched else "",
        seen_of=seen_of_words(row.seen) if row.seen else "",
        taken_words=taken_words(row.taken),
        may_change=may_change,
        # whom a co-owner knows by the owner's folder alone is not among the guests they see
        why_url=f"/guests/{row.guest_key}/why/{thing.key}" if isinstance(thing, VideoSession) and may_change else None,
    )


def _may_change(row: PersonRow, thing: Thing, by: User) -> bool:
    """Whether the grant is theirs to change: what an event or a folder of somebody else's gives is not."""
    if by.is_admin:
        return True
    if row.event is not None:
        return row.event_owner_id == by.id
    return row.folder is None or thing.owner_id == by.id


def _shown_line(shown: ShownAt, thing: Thing, by: User) -> ShownLine:
    kind = "session" if isinstance(thing, VideoSession) else "folder"
    organises = by.is_admin or shown.organiser_id == by.id
    take_out = f"/{kind}s/{thing.key}/events/{shown.key}/take-out" if shown.folder is None else None
    return ShownLine(shown, f"/events/{shown.key}" if organises else None, take_out)


def _action(row: PersonRow) -> str:
    if row.state.reason and row.state.standing is LetterStanding.FAILED:
        return "Correct"
    return "Renew" if row.standing in (Standing.ENDED, Standing.USED_UP) else "Change"


def _asked_filter(thing: Thing) -> PeopleFilter:
    asked = request.args.get("show", "")
    kinds = [kind for kind in PeopleFilter if kind is not PeopleFilter.USED_UP or isinstance(thing, VideoSession)]
    return PeopleFilter(asked) if asked in [kind.value for kind in kinds] else PeopleFilter.ALL


def _filter_links(found: WhoCanWatch, current: PeopleFilter, door: Door) -> list[Link]:
    """Only where they would show different people, and those that show nobody are left out."""
    everyone = found.numbers[PeopleFilter.ALL]
    if current is PeopleFilter.ALL and found.numbers[PeopleFilter.CAN_WATCH] == everyone:
        return []
    return [
        Link(label, door.url + (f"?show={kind.value}" if kind is not PeopleFilter.ALL else ""), kind is current, number)
        for kind, label in _FILTERS.items()
        if (number := found.numbers[kind]) or kind in (current, PeopleFilter.ALL)
    ]


def _closed(thing: Thing) -> str:
    why = access.why_closed(thing, now()) if isinstance(thing, VideoSession) else None
    return _CLOSED[why] if why else ""


def _heading(people: int) -> str:
    if not people:
        return "Nobody can watch yet"
    return f"{people:,} {'person' if people == 1 else 'people'} can watch"


def _summary(found: WhoCanWatch) -> str:
    last = found.first + len(found.page.rows) - 1
    return f"{found.first:,} to {last:,} of {found.total:,}" if found.page.rows else ""
