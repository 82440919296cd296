"""What one person was given: its terms, and its end."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from portal.basics import dates
from portal.basics.clock import now
from portal.domain import grants
from portal.domain.grants import ChangedMeanwhile, FoundGrant, Terms, WrongTerms
from portal.domain.work import tools
from portal.storage.db import transaction
from portal.storage.models import VideoSession
from portal.web.access import Access, access
from portal.web.identity import signed_in_user
from portal.web.sponsor.doors import door_of
from portal.web.sponsor.grant_forms import GrantForm
from portal.web.sponsor.terms_words import terms_line
from portal.web.sponsor.watched_words import opens_words, seen_of_words, seen_words, taken_words
from portal.web.state_tags import grant_tag

bp = Blueprint("grants", __name__)


@bp.get("/grants/<int(max=9223372036854775807):grant_id>")
@access(Access.SPONSOR)
def show(grant_id: int) -> str:
    found = grants.find_grant(grant_id, signed_in_user())
    return _page(found, GrantForm.of(found.grant))


@bp.post("/grants/<int(max=9223372036854775807):grant_id>")
@access(Access.SPONSOR)
def change(grant_id: int) -> Any:
    by, form = signed_in_user(), GrantForm()
    found = grants.find_grant(grant_id, by)
    if not form.validate():
        return _page(found, form), 422
    try:
        with transaction():
            terms = form.terms_over(found.grant)
            is_changed = grants.change_terms(found, terms, version=form.shown_version, by=by, at=now())
    except WrongTerms as fault:
        form[fault.field].errors = [str(fault)]
        return _page(grants.find_grant(grant_id, by), form), 422
    except ChangedMeanwhile as fault:
        form.version.data = str(fault.version)
        return _page(grants.find_grant(grant_id, by), form, fault), 409
    flash(_changed_words(found, terms) if is_changed else "Nothing has changed", "done" if is_changed else "info")
    return redirect(url_for(".show", grant_id=grant_id), 303)


@bp.get("/grants/<int(max=9223372036854775807):grant_id>/revoke")
@access(Access.SPONSOR)
def ask_revoke(grant_id: int) -> str:
    found = grants.find_grant(grant_id, signed_in_user())
    still_named = grants.still_named(found.on, [found], at=now())
    return render_template("sponsor/people/revoke.html", found=found, door=door_of(found.on), still_named=still_named)


@bp.post("/grants/<int(max=9223372036854775807):grant_id>/revoke")
@access(Access.SPONSOR)
def revoke(grant_id: int) -> Response:
    by = signed_in_user()
    found = grants.find_grant(grant_id, by)
    with transaction():
        grants.revoke(found, by=by, at=now())
    flash(f"The access of {found.guest.display_name} has ended\nWhat plays there stops at once.", "done")
    return redirect(door_of(found.on).url, 303)


def _page(found: FoundGrant, form: GrantForm, meanwhile: ChangedMeanwhile | None = None) -> str:
    by, at = signed_in_user(), now()
    guest = grants.find_guest(found.guest.key, by, at=at)
    given = grants.given_by(found.grant, at=at)
    return render_template(
        "sponsor/people/grant.html",
        found=found,
        guest=guest,
        given=given,
        form=form,
        tag=grant_tag(guest.state, given.standing, begins=given.begins, until=given.until, at=at),
        door=door_of(found.on),
        watched_words=seen_words(given.watched) if given.watched else "",
        opens_words=opens_words(given.watched) if given.watched else "",
        seen_of=seen_of_words(given.seen) if given.seen else "",
        taken_words=taken_words(given.taken),
        meanwhile=_meanwhile_words(meanwhile, is_several=given.is_several) if meanwhile else "",
    )


def _meanwhile_words(fault: ChangedMeanwhile, *, is_several: bool) -> str:
    """Who saved what, and when, in a sentence."""
    zone = tools().settings.time_zone
    when = f" at {dates.clock_time(fault.saved_at, zone, now())}" if fault.saved_at else ""
    who = fault.by.display_name if fault.by else "Somebody"
    return f"{who} saved{when}: {terms_line(fault.terms, is_several=is_several)}."


def _changed_words(found: FoundGrant, terms: Terms) -> str:
    line = terms_line(terms, is_several=not isinstance(found.on, VideoSession))
    return f"{found.guest.display_name} may watch {line}"
