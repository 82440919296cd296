"""Pages about the portal itself, and the sign of life for whoever watches it."""

from flask import Blueprint, render_template

from portal.domain import links
from portal.web.access import Access, access

bp = Blueprint("site", __name__)


@bp.get("/help")
@access(Access.PUBLIC, before_policy=True)
def help_page() -> str:
    return render_template("shared/help.html")


@bp.get("/privacy")
@access(Access.PUBLIC, before_policy=True)
def privacy() -> str:
    return render_template("shared/privacy.html")


@bp.get("/how-to-tell")
@access(Access.PUBLIC, before_policy=True)
def how_to_tell() -> str:
    return render_template("shared/how_to_tell.html", base_url=links.absolute("").rstrip("/"))


@bp.get("/alive")
@access(Access.PUBLIC, before_policy=True)
def alive() -> tuple[str, dict[str, str]]:
    return "alive\n", {"Content-Type": "text/plain; charset=utf-8"}
