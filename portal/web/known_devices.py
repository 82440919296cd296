"""Browsers that an account was signed in with before. They have tries of their own (docs/security.md, "Throttle").

A signed cookie that lets nobody in: it only keeps a flood of wrong tries from elsewhere from holding up the owner.
"""

import itsdangerous
from flask import after_this_request, current_app, request
from werkzeug.wrappers import Response

from portal.basics import tokens

_LIFE_SECONDS = 365 * 24 * 3600
_MOST_ACCOUNTS = 5


def device_of(account: str) -> str | None:
    """This browser's name among those the account was signed in with before; None when it is none of them."""
    return _known().get(_short(account))


def remember_device(account: str) -> None:
    """From this answer on the browser is one the account was signed in with. It keeps the last five accounts."""
    known = _known()
    known.pop(_short(account), None)
    known[_short(account)] = tokens.new_key()
    value = _signer().dumps(dict(list(known.items())[-_MOST_ACCOUNTS:]))

    @after_this_request
    def give(response: Response) -> Response:
        secure = bool(current_app.config["SESSION_COOKIE_SECURE"])
        response.set_cookie(
            _cookie(), value, max_age=_LIFE_SECONDS, secure=secure, httponly=True, samesite="Lax", path="/"
        )
        return response


def _known() -> dict[str, str]:
    try:
        known = _signer().loads(request.cookies.get(_cookie(), ""), max_age=_LIFE_SECONDS)
    except itsdangerous.BadData:
        return {}
    return known if isinstance(known, dict) else {}


def _short(account: str) -> str:
    """Which account, for those who know it already."""
    return tokens.hash_token(account)[:20]


def _cookie() -> str:
    return f"{current_app.config['SESSION_COOKIE_NAME']}-device"


def _signer() -> itsdangerous.URLSafeTimedSerializer:
    return itsdangerous.URLSafeTimedSerializer(str(current_app.secret_key), salt="known-device")
