"""The answer to whoever has just signed out (security.md, Sign-ins)."""

from flask import redirect, url_for
from werkzeug.wrappers import Response

from portal.web.identity import forget


def signed_out() -> Response:
    """This browser is nobody's any more, and is told to drop what it kept of the visit."""
    forget()
    answer = redirect(url_for("account.sign_in.show", after="sign-out"), 303)
    answer.headers["Clear-Site-Data"] = '"cache", "cookies", "storage"'
    return answer
