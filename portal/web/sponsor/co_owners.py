"""Who looks after a recording beside its owner."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from portal.basics.clock import now
from portal.domain import co_owners, library
from portal.domain.co_owners import NotAdded
from portal.storage.db import transaction
from portal.web.access import Access, access
from portal.web.identity import signed_in_user
from portal.web.sponsor.rules_forms import CoOwnerForm
from portal.web.sponsor.watching_rules import rules_page

bp = Blueprint("co_owners", __name__)


@bp.post("/sessions/<key>/co-owners")
@access(Access.SPONSOR)
def add(key: str) -> Any:
    by, form = signed_in_user(), CoOwnerForm()
    library.find_owned(key, by)
    try:
        form.validate()
        with transaction():
            added = co_owners.add(library.find_owned(key, by), form.address.data or "", by=by, at=now())
    except NotAdded as fault:
        form.address.errors = [str(fault)]
        return rules_page(library.session_page(key, by, at=now()), form), 422
    flash(f"{added.display_name} looks after it with you\nThey find it among their sessions.", "done")
    return redirect(url_for("sponsor.watching_rules.show", key=key), 303)


@bp.get("/sessions/<key>/co-owners/<user_key>/remove")
@access(Access.SPONSOR)
def ask_remove(key: str, user_key: str) -> str:
    video_session = library.find_owned(key, signed_in_user())
    user = co_owners.find(video_session, user_key)
    return render_template("sponsor/sessions/remove_co_owner.html", video_session=video_session, user=user)


@bp.post("/sessions/<key>/co-owners/<user_key>/remove")
@access(Access.SPONSOR)
def remove(key: str, user_key: str) -> Response:
    by = signed_in_user()
    with transaction():
        video_session = library.find_owned(key, by)
        user = co_owners.find(video_session, user_key)
        co_owners.remove(video_session, user, by=by, at=now())
    flash(f"{user.display_name} does not look after it any more", "done")
    return redirect(url_for("sponsor.watching_rules.show", key=key), 303)
