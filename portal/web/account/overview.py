"""One's own account at a glance."""

from flask import Blueprint, render_template

from portal.basics.clock import now
from portal.domain import people, policies, sign_ins
from portal.web.access import Access, access
from portal.web.identity import signed_in_user

bp = Blueprint("overview", __name__)


@bp.get("/account")
@access(Access.SIGNED_IN)
def index() -> str:
    user = signed_in_user()
    return render_template(
        "account/overview/index.html",
        sponsor=people.sponsor_of(user),
        accepted=policies.accepted_by(user),
        sign_ins=len(sign_ins.listed_for(user, at=now())),
    )
