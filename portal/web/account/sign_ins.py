"""Where one is signed in (security.md, Sign-ins; ASVS 7.4, 7.5)."""

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from portal.basics.clock import now
from portal.domain import sign_ins
from portal.storage.db import transaction
from portal.web.access import Access, access
from portal.web.account.signed_out import signed_out
from portal.web.identity import current_sign_in, signed_in_user

bp = Blueprint("sign_ins", __name__)


@bp.get("/account/sign-ins")
@access(Access.SIGNED_IN, before_policy=True)
def index() -> str:
    listed = sign_ins.listed_for(signed_in_user(), at=now())
    return render_template("account/sign_ins/index.html", sign_ins=listed, here=current_sign_in())


@bp.post("/account/sign-ins/<key>/end")
@access(Access.SIGNED_IN, before_policy=True)
def end(key: str) -> Response:
    user, at = signed_in_user(), now()
    with transaction():
        ended = sign_ins.find_own(key, user, at=at)
        sign_ins.end(ended, by=user, because="ended-by-owner", at=at)
    flash(f"The sign-in with {ended.device} has ended", "done")
    return redirect(url_for(".index"), 303)


@bp.post("/account/sign-ins/end-others")
@access(Access.SIGNED_IN, before_policy=True)
def end_others() -> Response:
    user = signed_in_user()
    with transaction():
        number = sign_ins.end_all(user, by=user, because="ended-by-owner", at=now(), but=current_sign_in())
    others = "One other sign-in has ended" if number == 1 else f"{number} other sign-ins have ended"
    flash(others if number else "There was no other sign-in", "done" if number else "info")
    return redirect(url_for(".index"), 303)


@bp.post("/account/sign-ins/end-all")
@access(Access.SIGNED_IN, before_policy=True)
def end_all() -> Response:
    """Sign out everywhere, here too."""
    user = signed_in_user()
    with transaction():
        sign_ins.end_all(user, by=user, because="ended-by-owner", at=now())
    return signed_out()
