"""A guest asks whoever shares a recording for more."""

from flask import Blueprint, redirect, url_for
from werkzeug.wrappers import Response

from portal.basics.clock import now
from portal.domain import access as who_may
from portal.domain import requests
from portal.storage.db import transaction
from portal.web.access import Access, access
from portal.web.guest import refused
from portal.web.guest.refused import AskForm
from portal.web.identity import current_sign_in, signed_in_user

bp = Blueprint("requests", __name__)


@bp.post("/watch/<key>/ask")
@access(Access.SIGNED_IN)
def ask(key: str) -> Response | tuple[str, int]:
    """One request for each need: pressed twice, it is one. The session's page says what became of it."""
    form, viewer, sign_in, at = AskForm(), signed_in_user(), current_sign_in(), now()
    try:
        with transaction():
            requests.ask(viewer, key, form.words.data or "", sign_in=sign_in, at=at)
    except requests.WordsTooLong as fault:
        found = who_may.find(viewer, key, at=at, sign_in=sign_in)
        form.words.errors = [str(fault)]
        return refused.page(found, viewer, sign_in=sign_in, at=at, form=form)
    except requests.NothingToAsk:
        pass  # they can watch by now, or nobody can: the page says which
    return redirect(url_for("guest.watch.show", key=key), 303)
