"""The sponsor's guests: the list, one of them, and the way in of those who have not come yet."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal.basics import dates
from portal.basics.addresses import NotAnAddress
from portal.basics.clock import now
from portal.basics.errors import NotFound
from portal.basics.roles import UserState
from portal.domain import account_ends, grants, invitations
from portal.domain.account_ends import EndSet
from portal.domain.grants import FoundGuest, GivenThing, GuestFilter, Watched
from portal.domain.invitations import LetterState
from portal.domain.work import tools
from portal.storage.db import transaction
from portal.storage.models import EmailState, User
from portal.web.access import Access, access
from portal.web.identity import signed_in_user
from portal.web.lists import asked_place, page_links
from portal.web.sponsor.people_forms import AccountEndForm, AddressForm
from portal.web.sponsor.watched_words import opens_words, seen_of_words, seen_words, taken_words, when_words
from portal.web.state_tags import StateTag, grant_tag, guest_tag, tag_of
from portal.web.template_tools import Link

bp = Blueprint("guests", __name__)


@dataclass(frozen=True)
class GivenLine:
    """One thing that names them, with its words. `seen_of`: "3 of 5", of a folder."""

    thing: GivenThing
    tag: StateTag
    seen_words: str
    seen_of: str
    taken_words: str


_LONGEST_SEARCH = 254
_FILTERS = {
    GuestFilter.ALL: "All",
    GuestFilter.INVITED: "Invited",
    GuestFilter.ACTIVE: "Active",
    GuestFilter.ENDING: "Ends soon",
    GuestFilter.CAME_BACK: "Letter came back",
    GuestFilter.ENDED: "Ended",
    GuestFilter.DISABLED: "Disabled",
}
_LETTER_TAGS = {
    EmailState.WAITING: StateTag("info", "Waiting", "clock"),
    EmailState.SENT: StateTag("done", "Sent", "check"),
    EmailState.FAILED: StateTag("stop", "Came back", "mail"),
    EmailState.KEPT_BACK: StateTag("plain", "Kept back", "cross"),
}
_LETTER_NAMES = {
    "invitation": "Invitation",
    "shared_with_you": "What is new",
    "access_given": "More, as they asked",
    "access_declined": "No more, though they asked",
    "ending_soon": "Access ends soon",
}


@bp.get("/guests")
@access(Access.SPONSOR)
def index() -> str:
    show_only, search, at = _asked_filter(), _asked_search(), now()
    found = grants.guests_of(signed_in_user(), at=at, show=show_only, beginning=search, place=asked_place())
    return render_template(
        "sponsor/guests/index.html",
        found=found,
        links=page_links(found.page),
        lines=[(row, guest_tag(row, at=at)) for row in found.page.rows],
        filters=_filter_links(show_only, search),
        show_only=show_only,
        search=search,
    )


@bp.get("/guests/<key>")
@access(Access.SPONSOR)
def show(key: str) -> str:
    by, at = signed_in_user(), now()
    guest = grants.find_guest(key, by, at=at)
    given = [_given_line(thing, guest.state, at) for thing in grants.given_to(guest.user, by, at=at)]
    letters = [
        (letter, _LETTER_TAGS[letter.state], _LETTER_NAMES[letter.letter]) for letter in grants.letters_to(guest.user)
    ]
    return render_template(
        "sponsor/guests/show.html",
        guest=guest,
        tag=tag_of(guest.state),
        given=given,
        letters=letters,
        is_invited=guest.user.state is UserState.INVITED,
        is_mine=guest.is_answered_for_by(by),
        last_seen=when_words(guest.last_seen) if guest.last_seen else "",
    )


@bp.post("/guests/<key>/invitation/again")
@access(Access.SPONSOR)
def mail_again(key: str) -> Response:
    by = signed_in_user()
    guest = grants.find_guest(key, by, at=now()).user
    try:
        with transaction():
            invitations.mail(guest, by=by, note="", at=now(), again=True)
    except (invitations.AlreadyHasAccount, invitations.NothingShared) as fault:
        flash(f"No letter was written\n{fault}.", "info")
    else:
        flash(f"A fresh invitation is on its way to {guest.address}\nThe older link no longer works.", "done")
    return redirect(url_for(".show", key=key), 303)


@bp.get("/guests/<key>/invitation/withdraw")
@access(Access.SPONSOR)
def ask_withdraw(key: str) -> str | Response:
    guest = grants.find_guest(key, signed_in_user(), at=now())
    if guest.user.state is not UserState.INVITED:
        return redirect(url_for(".show", key=key), 303)
    return render_template("sponsor/guests/withdraw.html", guest=guest)


@bp.post("/guests/<key>/invitation/withdraw")
@access(Access.SPONSOR)
def withdraw(key: str) -> Response:
    by = signed_in_user()
    guest = grants.find_guest(key, by, at=now()).user
    with transaction():
        is_withdrawn = invitations.withdraw(guest, by=by, at=now())
    if not is_withdrawn:
        flash("There was nothing left to withdraw", "info")
        return redirect(url_for(".show", key=key), 303)
    flash(f"The invitation of {guest.address} is withdrawn\nWhat you shared with them has ended.", "done")
    return redirect(url_for(".index"), 303)


@bp.get("/guests/<key>/address")
@access(Access.SPONSOR)
def show_address(key: str) -> str | Response:
    guest = _own_guest(key)
    if guest.user.state is not UserState.INVITED:
        return redirect(url_for(".show", key=key), 303)
    return _address_page(guest, AddressForm(formdata=None, address=guest.user.address))


@bp.post("/guests/<key>/address")
@access(Access.SPONSOR)
def correct_address(key: str) -> Any:
    by, form = signed_in_user(), AddressForm()
    guest = _own_guest(key)
    if not form.validate():
        return _address_page(guest, form), 422
    try:
        with transaction():
            is_changed = grants.correct_address(guest.user, form.address.data or "", by=by, at=now())
    except (NotAnAddress, grants.AddressInUse, grants.AlreadySetUp, grants.SharedByOthers) as fault:
        form.address.errors = [str(fault)]
        return _address_page(_own_guest(key), form), 422
    if is_changed:
        flash(f"A fresh invitation is on its way to {guest.user.address}\nThe older link no longer works.", "done")
    else:
        flash("This is the address the guest has already", "info")
    return redirect(url_for(".show", key=key), 303)


@bp.get("/guests/<key>/end")
@access(Access.SPONSOR)
def show_end(key: str) -> str:
    guest = _own_guest(key)
    return _end_page(guest, AccountEndForm.of(guest.user.ends_at))


@bp.post("/guests/<key>/end")
@access(Access.SPONSOR)
def set_end(key: str) -> Any:
    by, form, guest = signed_in_user(), AccountEndForm(), _own_guest(key)
    if not form.validate():
        return _end_page(guest, form), 422
    try:
        with transaction():
            done = account_ends.set_end(guest.user, form.ends_at, seen=form.seen, by=by, at=now())
    except account_ends.EndLiesBehind as fault:
        form.until.errors = [str(fault)]
        return _end_page(guest, form), 422
    except account_ends.EndSetMeanwhile as fault:
        form.shows(fault.ends_at)
        form.until.errors = [f"Somebody set it meanwhile: {_until_words(fault.ends_at)}. Save again to set yours"]
        return _end_page(_own_guest(key), form), 409
    flash(_end_words(guest.user, done), "done" if done.is_changed else "info")
    return redirect(url_for(".show", key=key), 303)


def _given_line(thing: GivenThing, state: LetterState, at: datetime) -> GivenLine:
    return GivenLine(
        thing=thing,
        tag=grant_tag(state, thing.standing, begins=thing.begins, until=thing.until, at=at),
        seen_words=_seen_words(thing.watched) if thing.watched else "",
        seen_of=seen_of_words(thing.seen) if thing.seen else "",
        taken_words=taken_words(thing.taken),
    )


def _seen_words(watched: Watched) -> str:
    """When it was watched last, and how often its page was opened."""
    opens = opens_words(watched)
    return f"{seen_words(watched)}, {opens}" if opens and watched.share > 0 else seen_words(watched)


def _own_guest(key: str) -> FoundGuest:
    """A guest whose account is this person's to change; whoever only shares something with them finds nothing here."""
    by = signed_in_user()
    guest = grants.find_guest(key, by, at=now())
    if not guest.is_answered_for_by(by):
        raise NotFound("There is no such guest")
    return guest


def _address_page(guest: FoundGuest, form: AddressForm) -> str:
    return render_template("sponsor/guests/address.html", guest=guest, form=form)


def _end_page(guest: FoundGuest, form: AccountEndForm) -> str:
    by, at = signed_in_user(), now()
    given = grants.given_to(guest.user, by, at=at)
    longer = [thing for thing in given if guest.user.ends_at and _outlives(thing, guest.user.ends_at, at)]
    return render_template("sponsor/guests/end.html", guest=guest, form=form, longer=longer)


def _outlives(thing: GivenThing, ends_at: datetime, at: datetime) -> bool:
    """Whether what is shared would go on after the account's end."""
    return thing.until is None or (thing.until > at and thing.until > ends_at)


def _end_words(guest: User, done: EndSet) -> str:
    """What became of the account, for the next page."""
    if not done.is_changed:
        return "Nothing has changed"
    again = " again" if done.was_over else ""
    return f"The account of {guest.display_name} works{again} {_until_words(guest.ends_at)}\nNo letter was written."


def _until_words(ends_at: datetime | None) -> str:
    return f"until {dates.long_date(ends_at, tools().settings.time_zone)}" if ends_at else "without an end"


def _asked_filter() -> GuestFilter:
    asked = request.args.get("state", "")
    return GuestFilter(asked) if asked in [kept.value for kept in GuestFilter] else GuestFilter.ALL


def _asked_search() -> str:
    return " ".join(request.args.get("search", "").replace("\0", "").split())[:_LONGEST_SEARCH]


def _filter_links(current: GuestFilter, search: str) -> list[Link]:
    return [
        Link(
            label,
            url_for(
                ".index",
                state=kind.value if kind is not GuestFilter.ALL else None,
                search=search or None,
            ),
            kind is current,
        )
        for kind, label in _FILTERS.items()
    ]
