"""Who may use a route: declared on the view, checked before it runs. Which things they see is part of each query."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeVar

from flask import Flask, abort, current_app, redirect, request, url_for
from werkzeug.wrappers import Response

from portal.basics.roles import Role
from portal.web.identity import present, wanted_path


class Access(Enum):
    """Which kind of person a route is for."""

    PUBLIC = "anyone"
    SIGNED_IN = "anyone signed in"
    SPONSOR = "sponsors and admins"
    ADMIN = "admins"


@dataclass(frozen=True)
class Declared:
    """What a view declares of itself."""

    who: Access
    before_policy: bool
    bytes_only: bool


View = TypeVar("View", bound=Callable[..., Any])


def access(who: Access, *, before_policy: bool = False, bytes_only: bool = False) -> Callable[[View], View]:
    """Declare a view's access. `before_policy`: usable before the policy in force is accepted.

    `bytes_only`: answers with media: a stranger gets a 404, never a sign-in page (security.md, The answer to a no).
    """

    def declare(view: View) -> View:
        view.declared_access = Declared(who, before_policy, bytes_only)  # type: ignore[attr-defined]
        return view

    return declare


def declared_access(app: Flask, endpoint: str) -> Declared | None:
    """What the view behind an endpoint declares; None when it is silent."""
    return getattr(app.view_functions[endpoint], "declared_access", None)


def init_app(app: Flask) -> None:
    """Check every request. Call last: the app refuses to start while one route is silent."""
    silent = [
        endpoint for endpoint in app.view_functions if endpoint != "static" and not declared_access(app, endpoint)
    ]
    if silent:
        raise RuntimeError(f"no access declared: {', '.join(sorted(silent))}")
    app.before_request(_check)


def _check() -> Response | None:
    if "\0" in request.path:
        abort(404)  # no key of ours holds one, and PostgreSQL cannot even be asked
    if request.endpoint is None or request.endpoint == "static":
        return None
    declared = declared_access(current_app, request.endpoint)
    assert declared is not None  # init_app saw to it
    if declared.who is Access.PUBLIC:
        return None
    here = present()
    if here is None:
        if declared.bytes_only:
            abort(404)
        return redirect(url_for("account.sign_in.show", next=wanted_path()), 303)
    if not _may_use(declared.who, here.user.role):
        abort(403)
    if not here.policy_accepted and not declared.before_policy:
        if declared.bytes_only:
            abort(404)
        return redirect(url_for("account.policy.show_acceptance", next=wanted_path()), 303)
    return None


def _may_use(who: Access, role: Role) -> bool:
    match who:
        case Access.SPONSOR:
            return role is not Role.GUEST
        case Access.ADMIN:
            return role is Role.ADMIN
        case _:
            return True
