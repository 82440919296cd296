"""Why this guest may watch a session or may not: what decided, in words."""

from flask import Blueprint, render_template, request
from flask_wtf import FlaskForm
from wtforms import StringField

from portal.basics.clock import now
from portal.domain import explaining, grants
from portal.domain.work import tools
from portal.web.access import Access, access
from portal.web.identity import signed_in_user
from portal.web.sponsor import why_words

bp = Blueprint("why", __name__)
_LONGEST = 300


class AskForm(FlaskForm):
    """Sent by GET: it only asks."""

    class Meta:
        csrf = False

    words = StringField("Recording")


@bp.get("/guests/<key>/why")
@access(Access.SPONSOR)
def index(key: str) -> str:
    by = signed_in_user()
    guest = grants.find_guest(key, by, at=now()).user
    form = AskForm(request.args)
    typed = (form.words.data or "").strip()[:_LONGEST]
    return render_template(
        "sponsor/why/index.html",
        guest=guest,
        form=form,
        typed=typed,
        found=explaining.candidates(by, typed),
        most=explaining.MOST_FOUND,
    )


@bp.get("/guests/<key>/why/<session_key>")
@access(Access.SPONSOR)
def show(key: str, session_key: str) -> str:
    by, at = signed_in_user(), now()
    explained = explaining.explain(key, session_key, by, at=at)
    words = why_words.Words(explained, at, tools().settings.time_zone)
    return render_template(
        "sponsor/why/show.html",
        explained=explained,
        guest=explained.guest,
        video_session=explained.video_session,
        reason=words.reason(),
        lines=words.lines(explained.decision),
        by_password=words.lines(explained.with_password)[-1] if explained.with_password else None,
        weighed=[words.weighed(weighed) for weighed in explained.weighed],
    )
