"""What one person was given: until when, and its end."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from portal.basics import dates, typed_dates
from portal.basics.clock import now
from portal.domain import grants
from portal.domain.grants import FoundGrant
from portal.domain.work import tools
from portal.storage.db import transaction
from portal.storage.models import VideoSession
from portal.web.access import Access, access
from portal.web.identity import signed_in_user
from portal.web.sponsor.people_forms import EndForm
from portal.web.state_tags import grant_tag

bp = Blueprint("grants", __name__)


@bp.get("/grants/<int(max=9223372036854775807):grant_id>")
@access(Access.SPONSOR)
def show(grant_id: int) -> str:
    found = grants.find_grant(grant_id, signed_in_user())
    ends_at = found.grant.ends_at
    typed = typed_dates.typed(ends_at, tools().settings.time_zone) if ends_at and found.grant.is_live(now()) else ""
    return _page(found, EndForm(formdata=None, until=typed))


@bp.post("/grants/<int(max=9223372036854775807):grant_id>")
@access(Access.SPONSOR)
def change(grant_id: int) -> Any:
    by, form = signed_in_user(), EndForm()
    found = grants.find_grant(grant_id, by)
    if not form.validate():
        return _page(found, form), 422
    with transaction():
        is_changed = grants.change_end(found, form.until.moment, by=by, at=now())
    flash(_changed_words(found) if is_changed else "Nothing has changed", "done" if is_changed else "info")
    return redirect(url_for(".show", grant_id=grant_id), 303)


@bp.get("/grants/<int(max=9223372036854775807):grant_id>/revoke")
@access(Access.SPONSOR)
def ask_revoke(grant_id: int) -> str:
    found = grants.find_grant(grant_id, signed_in_user())
    return render_template("sponsor/people/revoke.html", found=found, thing_kind=_kind(found), back=_thing_url(found))


@bp.post("/grants/<int(max=9223372036854775807):grant_id>/revoke")
@access(Access.SPONSOR)
def revoke(grant_id: int) -> Response:
    by = signed_in_user()
    found = grants.find_grant(grant_id, by)
    with transaction():
        grants.revoke(found, by=by, at=now())
    flash(f"The access of {found.guest.display_name} has ended\nWhat plays there stops at once.", "done")
    return redirect(_thing_url(found), 303)


def _page(found: FoundGrant, form: EndForm) -> str:
    by, at = signed_in_user(), now()
    guest = grants.find_guest(found.guest.key, by, at=at)
    return render_template(
        "sponsor/people/grant.html",
        found=found,
        guest=guest,
        form=form,
        tag=grant_tag(guest.state, until=found.grant.ends_at, is_live=found.grant.is_live(at), at=at),
        thing_kind=_kind(found),
        back=_thing_url(found),
    )


def _kind(found: FoundGrant) -> str:
    return "recording" if isinstance(found.on, VideoSession) else "folder"


def _thing_url(found: FoundGrant) -> str:
    if isinstance(found.on, VideoSession):
        return url_for("sponsor.sessions.show", key=found.on.key)
    return url_for("sponsor.people.of_folder", key=found.on.key)


def _changed_words(found: FoundGrant) -> str:
    until, who = found.grant.ends_at, found.guest.display_name
    if until is None:
        return f"{who} may watch without an end"
    return f"{who} may watch until {dates.long_date(until, tools().settings.time_zone)}"
