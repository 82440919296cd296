"""Resetting passwords: who would be concerned, the press, and what became of each (product.md, Admins).

For admins, of anybody; for sponsors, of guests they answer for. The question behind it draws that line.
"""

from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import HiddenField, PasswordField, RadioField, SelectChoice, StringField, ValidationError  # type: ignore[attr-defined]  # missing in its stubs

from portal.basics.clock import now
from portal.domain import bulk_resets, passwords, uploads
from portal.domain.bulk_resets import Became, ChangedMeanwhile, Choice, FollowedRun, OutcomeRow, Trial
from portal.storage.db import transaction
from portal.web import own_password
from portal.web.access import Access, access
from portal.web.identity import client_network, signed_in_user
from portal.web.lists import asked_place, page_links
from portal.web.people_filter import PeopleFilter, as_asked
from portal.web.sponsor.reset_words import LEFT, TABS, LetterTag, left_words, letter_tag, names_words
from portal.web.template_tools import Link

bp = Blueprint("resets", __name__)

CHANGED_MEANWHILE = "Somebody came, went or was reset after you looked. Below is what would happen now."
_MOST_NAMED = 200
_NAMES_SHOWN = 12
_LONGEST_WHY = 300
_Answer = str | Response | tuple[str, int] | tuple[str, int, dict[str, str]]


class ResetForm(FlaskForm):
    """What goes with a reset. `seen` stands for the people that were shown; pressed twice, `form_key` makes one run."""

    letters = RadioField(
        "A new way in",
        choices=[
            SelectChoice("mail", "Mail each of them a link to choose a password"),
            SelectChoice("none", "Mail nothing"),
        ],
        validate_choice=False,
    )
    why = StringField("Why", filters=[lambda text: " ".join((text or "").split())])
    password = PasswordField(own_password.LABEL)
    seen = HiddenField()
    form_key = HiddenField()

    def validate_letters(self, field: RadioField) -> None:
        if field.data not in ("mail", "none"):
            raise ValidationError("Choose whether a new way in is mailed")

    def validate_why(self, field: StringField) -> None:
        if len(field.data or "") > _LONGEST_WHY:
            raise ValidationError(f"A reason has {_LONGEST_WHY} characters at most")


@dataclass(frozen=True)
class OutcomeLine:
    """One person of a run, with the words of the page."""

    row: OutcomeRow
    tag: LetterTag
    url: str


@bp.get("/resets/new")
@access(Access.SPONSOR)
def new() -> str:
    return _trial_page(_choice(), ResetForm(formdata=None, form_key=uploads.new_form_key()))


@bp.post("/resets")
@access(Access.SPONSOR)
def press() -> _Answer:
    by, at, choice, form = signed_in_user(), now(), _choice(), ResetForm()
    form.form_key.data = uploads.checked_form_key(form.form_key.data)
    if not form.validate():
        return _trial_page(choice, form), 422
    refused = own_password.refusal(form.password, by, at=at)
    if refused is not None:
        status, headers = refused
        return _trial_page(choice, form), status, headers
    try:
        with transaction():
            run = bulk_resets.press(
                choice,
                by=by,
                words=bulk_resets.words_of(choice, by=by),
                mails_way_in=form.letters.data == "mail",
                why=form.why.data or "",
                stamp=form.seen.data or "",
                form_key=str(form.form_key.data),
                at=at,
            )
            passwords.forgive_tries(by, network=client_network())
    except ChangedMeanwhile:
        form.form_errors.append(CHANGED_MEANWHILE)
        return _trial_page(choice, form), 409
    return redirect(url_for(".show", key=run.key), 303)


@bp.get("/resets/<key>")
@access(Access.SPONSOR)
def show(key: str) -> str:
    followed = bulk_resets.find(key, signed_in_user())
    only = _asked_tab(followed)
    page = bulk_resets.outcomes(followed.run, only, asked_place())
    return render_template(
        "sponsor/resets/show.html",
        followed=followed,
        became={kind.value: number for kind, number in followed.became.items()},
        lines=[OutcomeLine(row, letter_tag(row), _url_of(row)) for row in page.rows],
        pages=page_links(page),
        tabs=_tabs(followed, only),
        why=followed.run.reach.get("why", ""),
    )


@bp.post("/resets/<key>/letters")
@access(Access.SPONSOR)
def mail_again(key: str) -> Response:
    by = signed_in_user()
    run = bulk_resets.find(key, by).run
    with transaction():
        letters = bulk_resets.mail_again(run, by=by, at=now())
    if letters:
        flash(f"{letters:,} {'letter leaves' if letters == 1 else 'letters leave'} now", "done")
    else:
        flash("Nobody was left to write to\nThey have a link that works, or have chosen a password.", "info")
    return redirect(url_for(".show", key=key), 303)


def _choice() -> Choice:
    """Whom the address or the form names: people by key, else all that the filter finds."""
    keys = tuple(dict.fromkeys(key for key in request.values.getlist("person") if "\0" not in key))[:_MOST_NAMED]
    return Choice(keys) if keys else Choice(wanted=PeopleFilter(request.values).wanted())


def _trial_page(choice: Choice, form: ResetForm) -> str:
    by = signed_in_user()
    tried = bulk_resets.trial(choice, by=by, at=now())
    form.seen.data = tried.found.stamp
    shown = tried.shown if choice.keys else tried.shown[:_NAMES_SHOWN]
    back = _back(choice, tried)
    return render_template(
        "sponsor/resets/new.html",
        form=form,
        tried=tried,
        who=tried.shown[0].name or tried.shown[0].address if tried.people == 1 else "",
        words=bulk_resets.words_of(choice, by=by),
        shown=shown,
        more=tried.people - len(shown),
        watching=names_words([line.name or line.address for line in tried.shown if line.is_watching], tried.watching),
        left=sum(tried.left.values()),
        left_words=left_words(tried.left),
        left_names=[(name, LEFT[why]) for name, why in tried.left_names],
        carried=_carried(choice),
        back=back,
        list_url=url_for("admin.people.index", **as_asked(choice.wanted)) if by.is_admin and not choice.keys else "",
    )


def _back(choice: Choice, tried: Trial) -> Link:
    if signed_in_user().is_admin:
        return Link("People", url_for("admin.people.index", **as_asked(choice.wanted)))
    return Link("Guests", url_for("sponsor.guests.index"))


def _carried(choice: Choice) -> list[tuple[str, str]]:
    """The choice as hidden fields of the page's own form."""
    return [("person", key) for key in choice.keys] or list(as_asked(choice.wanted).items())


def _asked_tab(followed: FollowedRun) -> Became | None:
    """The page opens on the failures, if there are any."""
    asked = request.args.get("show", "")
    if asked in set(Became):
        return Became(asked)
    return Became.FAILED if not asked and followed.became[Became.FAILED] else None


def _tabs(followed: FollowedRun, only: Became | None) -> list[Link]:
    links = [
        Link(label, url_for(".show", key=followed.run.key, show=kind.value), only is kind, followed.became[kind])
        for kind, label in TABS.items()
        if followed.became[kind] or only is kind
    ]
    everybody = sum(followed.became.values())
    return [*links, Link("All", url_for(".show", key=followed.run.key, show="all"), only is None, everybody)]


def _url_of(row: OutcomeRow) -> str:
    if signed_in_user().is_admin:
        return url_for("admin.people.show", key=row.key)
    return url_for("sponsor.guests.show", key=row.key)
