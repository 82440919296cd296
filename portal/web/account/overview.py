"""“Your record”: what is shared with one, what was used of it, where one is signed in, and what the portal holds."""

import json

from flask import Blueprint, Response, render_template

from portal.basics.clock import now
from portal.domain import access as who_may
from portal.domain import people, personal_data, policies, sign_ins
from portal.storage.db import transaction
from portal.web.access import Access, access
from portal.web.account import record_rows
from portal.web.identity import current_sign_in, signed_in_user
from portal.web.zones import reading_zone

bp = Blueprint("overview", __name__)


@bp.get("/account")
@access(Access.SIGNED_IN)
def index() -> str:
    user, at = signed_in_user(), now()
    listing = who_may.listed_for(user, at=at) if user.is_guest else None
    return render_template(
        "account/overview/index.html",
        sponsor=people.sponsor_of(user),
        accepted=policies.acceptances_of(user),
        sign_ins=sign_ins.listed_for(user, at=at),
        here=current_sign_in(),
        record=record_rows.of(listing, reading_zone(), at) if listing else None,
    )


@bp.post("/account/data")
@access(Access.SIGNED_IN)
def download() -> Response:
    """A file with everything; a POST, because that it was taken is written down."""
    user, at = signed_in_user(), now()
    with transaction():
        data = personal_data.download(user, at=at)
    body = json.dumps(data, ensure_ascii=False, indent=2)
    name = f"my-data-{at:%Y-%m-%d}.json"
    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(body, content_type="application/json; charset=utf-8", headers=disposition)
