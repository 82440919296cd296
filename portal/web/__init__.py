"""Routes, forms, pages. Each module owns its Blueprint; here they are listed by audience, and nothing imports back."""

from flask import Blueprint

from portal.web.account import forgotten, invitations, overview, password, policy, reset, sign_in, sign_ins
from portal.web.guest import home, media, watch
from portal.web.shared import site

_MODULES: dict[str, list[Blueprint]] = {
    "account": [
        invitations.bp,
        sign_in.bp,
        forgotten.bp,
        reset.bp,
        password.bp,
        sign_ins.bp,
        overview.bp,
        policy.bp,
    ],
    "guest": [home.bp, watch.bp, media.bp],
    "shared": [site.bp],
    "sponsor": [],
    "admin": [],
}


def _audience(name: str, modules: list[Blueprint]) -> Blueprint:
    audience = Blueprint(name, __name__)
    for module in modules:
        audience.register_blueprint(module)
    return audience


BLUEPRINTS = [_audience(name, modules) for name, modules in _MODULES.items()]
