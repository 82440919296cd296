"""People for admins: find anyone, invite staff, look at one, stop or let go on."""

from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import RadioField, SelectChoice, StringField, TextAreaField, ValidationError  # type: ignore[attr-defined]  # missing in its stubs
from wtforms.validators import Length

from portal.basics import addresses
from portal.basics.clock import now
from portal.basics.roles import Role, UserState
from portal.domain import disabling, invitations, people, people_listing, sign_ins
from portal.domain.invitations import LetterStanding
from portal.domain.people_listing import PeopleWanted, PersonFacts
from portal.storage.db import transaction
from portal.web.access import Access, access
from portal.web.admin.mail import STATES
from portal.web.identity import signed_in_user
from portal.web.lists import asked_place, page_links
from portal.web.people_filter import PeopleFilter, as_asked
from portal.web.state_tags import tag_of

bp = Blueprint("people", __name__)


class InviteForm(FlaskForm):
    """A new sponsor or admin."""

    address = StringField("Mail address")
    role = RadioField(
        "Role",
        choices=[SelectChoice("sponsor", "Sponsor"), SelectChoice("admin", "Admin")],
        default="sponsor",
        validate_choice=False,
    )
    name = StringField("Name")
    department = StringField(
        "Department",
        [Length(max=200, message="A department has 200 characters at most")],
        filters=[lambda text: (text or "").strip()],
    )
    note = TextAreaField("A note to them", [Length(max=2000, message="A note has 2,000 characters at most")])

    def validate_address(self, field: StringField) -> None:
        try:
            addresses.normalise(field.data or "")
        except addresses.NotAnAddress as fault:
            raise ValidationError(str(fault)) from None

    def validate_role(self, field: RadioField) -> None:
        if field.data not in ("sponsor", "admin"):
            raise ValidationError("Choose what they will be: a sponsor or an admin")

    def validate_name(self, field: StringField) -> None:
        if not (field.data or "").strip():
            field.data = ""
            return
        try:
            field.data = people.read_name(field.data or "")
        except people.BadName as fault:
            raise ValidationError(str(fault)) from None


class DisableForm(FlaskForm):
    """Why an account is stopped."""

    reason = StringField("Why", filters=[lambda text: (text or "").strip()])

    def validate_reason(self, field: StringField) -> None:
        if not field.data:
            raise ValidationError("Say why, in a few words; it goes to the audit trail")
        if len(field.data) > disabling.LONGEST_REASON:
            raise ValidationError(f"A reason has {disabling.LONGEST_REASON} characters at most")


@dataclass(frozen=True)
class Choices:
    """What an admin may do with this person now. `why_not_disable` empty: they may."""

    send_again: bool
    withdraw: bool
    why_not_disable: str


@bp.get("/admin/people")
@access(Access.ADMIN)
def index() -> str:
    form = PeopleFilter(request.args)
    wanted = form.wanted()
    page = people_listing.listed(wanted, asked_place(), at=now())
    return render_template(
        "admin/people/index.html",
        form=form,
        is_filtered=wanted != PeopleWanted(),
        people=page.rows,
        reset_all=url_for("sponsor.resets.new", **as_asked(wanted)),
        pages=page_links(page),
        tag_of=tag_of,
    )


@bp.get("/admin/people/invite")
@access(Access.ADMIN)
def invite() -> str:
    return render_template("admin/people/invite.html", form=InviteForm())


@bp.post("/admin/people/invite")
@access(Access.ADMIN)
def send() -> Response | tuple[str, int]:
    form = InviteForm()
    if not form.validate():
        return render_template("admin/people/invite.html", form=form), 422
    try:
        with transaction():
            invitations.invite_staff(
                form.address.data or "",
                Role(form.role.data),
                name=form.name.data or "",
                department=form.department.data or "",
                note=form.note.data or "",
                by=signed_in_user(),
                at=now(),
            )
    except invitations.AlreadyHasAccount:
        form.address.errors = [_who_has(form.address.data or "")]
        return render_template("admin/people/invite.html", form=form), 422
    address = addresses.normalise(form.address.data or "")
    flash(f"{address} is invited as {_as(Role(form.role.data))}\nThe letter leaves now.", "done")
    return redirect(url_for(".index"), 303)


@bp.get("/admin/people/<key>")
@access(Access.ADMIN)
def show(key: str) -> str:
    facts = people_listing.find(key, at=now())
    return render_template(
        "admin/people/show.html", facts=facts, choices=_choices(facts), tag=tag_of(facts.state), letter_states=STATES
    )


@bp.post("/admin/people/<key>/invitation")
@access(Access.ADMIN)
def send_again(key: str) -> Response:
    try:
        with transaction():
            user = people.get(key)
            invitations.mail(user, by=signed_in_user(), note="", at=now(), again=True)
    except (invitations.AlreadyHasAccount, invitations.NothingShared) as refusal:
        flash(f"No invitation was sent\n{refusal}.", "stop")
    else:
        flash(f"A new invitation goes to {user.address}\nThe link mailed before has stopped working.", "done")
    return redirect(url_for(".show", key=key), 303)


@bp.get("/admin/people/<key>/withdraw")
@access(Access.ADMIN)
def ask_withdraw(key: str) -> str:
    return render_template("admin/people/withdraw.html", person=people.get(key))


@bp.post("/admin/people/<key>/withdraw")
@access(Access.ADMIN)
def withdraw(key: str) -> Response:
    with transaction():
        user = people.get(key)
        withdrawn = invitations.withdraw(user, by=signed_in_user(), at=now())
    if withdrawn:
        flash(f"The invitation of {user.display_name} is withdrawn\nThe mailed link has stopped working.", "done")
    else:
        flash("There was nothing left to withdraw", "info")
    return redirect(url_for(".show", key=key), 303)


@bp.post("/admin/people/<key>/sign-ins/end")
@access(Access.ADMIN)
def end_sign_ins(key: str) -> Response:
    with transaction():
        user = people.get(key)
        ended = sign_ins.end_all(user, by=signed_in_user(), because="ended-by-admin", at=now())
    flash(f"{user.display_name} is signed out everywhere" if ended else "There was no sign-in to end", "done")
    return redirect(url_for(".show", key=key), 303)


@bp.get("/admin/people/<key>/disable")
@access(Access.ADMIN)
def ask_disable(key: str) -> str:
    return _disable_page(people_listing.find(key, at=now()), DisableForm())


@bp.post("/admin/people/<key>/disable")
@access(Access.ADMIN)
def disable(key: str) -> Response | tuple[str, int]:
    form = DisableForm()
    if not form.validate():
        return _disable_page(people_listing.find(key, at=now()), form), 422
    try:
        with transaction():
            user = people.get(key)
            done = disabling.disable(user, by=signed_in_user(), reason=form.reason.data or "", at=now())
    except disabling.CannotDisable as refusal:
        flash(f"The account was not disabled\n{refusal}", "stop")
    else:
        flash(f"{user.display_name} is disabled" if done else f"{user.display_name} was disabled before", "done")
    return redirect(url_for(".show", key=key), 303)


@bp.post("/admin/people/<key>/enable")
@access(Access.ADMIN)
def enable(key: str) -> Response:
    with transaction():
        user = people.get(key)
        done = disabling.enable(user, by=signed_in_user(), at=now())
    flash(f"{user.display_name} is enabled again" if done else f"{user.display_name} was not disabled", "done")
    return redirect(url_for(".show", key=key), 303)


def _disable_page(facts: PersonFacts, form: DisableForm) -> str:
    refusal = disabling.why_not(facts.user, by=signed_in_user(), at=now())
    return render_template("admin/people/disable.html", facts=facts, form=form, refusal=refusal)


def _choices(facts: PersonFacts) -> Choices:
    pending = facts.user.state is UserState.INVITED and facts.state.standing is not LetterStanding.ENDED
    sent = facts.state.standing not in (LetterStanding.WITHDRAWN, LetterStanding.NOT_INVITED)
    can_disable = facts.user.state is not UserState.DISABLED
    return Choices(
        send_again=pending,
        withdraw=pending and sent,
        why_not_disable=disabling.why_not(facts.user, by=signed_in_user(), at=now()) if can_disable else "",
    )


def _who_has(address: str) -> str:
    """Whose address it is, in a sentence for beside the field."""
    user = people.find_by_address(address)
    if user is None:  # it was there a moment ago
        return "This address was in use a moment ago. Try once more."
    state = {UserState.INVITED: "is invited", UserState.DISABLED: "is disabled, and was here"}.get(
        user.state, "is here"
    )
    return f"{user.display_name} {state} as {_as(user.role)} already"


def _as(role: Role) -> str:
    return "an admin" if role is Role.ADMIN else f"a {role.value}"
