"""Makes the app: one readable list of steps."""

import re
from datetime import timedelta

from flask import Flask
from flask_babel import Babel
from flask_migrate import Migrate
from flask_wtf import CSRFProtect
from sqlalchemy.engine import make_url
from werkzeug.middleware.proxy_fix import ProxyFix

from portal import cli, worker
from portal.basics.passwords import Hasher
from portal.domain.work import Tools
from portal.mail.delivery import postman_for
from portal.settings import ROOT, Settings
from portal.storage import models  # noqa: F401  the whole schema, for migrations
from portal.storage.db import db, look_after_rest, note_rest
from portal.storage.media_store import store_for
from portal.web import BLUEPRINTS, access, assets, errors, fast_lane, headers, identity, request_log, template_tools
from portal.web.sponsor import uploads

LARGEST_BODY = 1024 * 1024


def create_app(settings: Settings) -> Flask:
    """The portal, ready to serve. Raises when a setting cannot be used or a route declares no access."""
    app = create_core(settings)
    app.ensure_sync = lambda func: func  # type: ignore[method-assign]  # none of ours is a coroutine, and each was asked
    request_log.init_app(app)
    headers.init_app(app, is_secure=settings.is_secure, base_url=settings.base_url)
    identity.init_app(app)
    errors.init_app(app)
    template_tools.init_app(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    access.init_app(app)
    uploads.init_app(app)
    CSRFProtect(app)  # reads the body, so it comes after all that may refuse a large one
    cli.init_app(app)
    _serve_assets(app, settings)
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=0)  # type: ignore[method-assign]
    return app


def create_core(settings: Settings) -> Flask:
    """What the rules need, and nothing that answers a browser: settings, database, media, letters."""
    app = Flask("portal", root_path=str(ROOT), instance_path=str(settings.instance_path))
    settings.instance_path.mkdir(parents=True, exist_ok=True, mode=0o700)
    _configure(app, settings)
    app.extensions["portal"] = _tools(app, settings)
    db.init_app(app)
    Migrate(app, db, directory=str(ROOT / "migrations"), render_as_batch=True)
    Babel(app, default_timezone=settings.time_zone, configure_jinja=False)  # it would make the environment of pages
    request_log.configure(quiet=settings.testing)
    return app


def _configure(app: Flask, settings: Settings) -> None:
    app.config.update(
        TESTING=settings.testing,
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.database_uri,
        SQLALCHEMY_ENGINE_OPTIONS=_engine_options(settings),
        TRUSTED_HOSTS=_trusted_hosts(settings),
        MAX_CONTENT_LENGTH=LARGEST_BODY,
        MAX_FORM_MEMORY_SIZE=LARGEST_BODY,
        MAX_FORM_PARTS=1000,
        # a browser keeps a __Host- cookie for this very host and path alone; it needs https
        SESSION_COOKIE_NAME="__Host-portal" if settings.is_secure else "portal",
        SESSION_COOKIE_SECURE=settings.is_secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_REFRESH_EACH_REQUEST=False,
        WTF_CSRF_TIME_LIMIT=None,  # a form left open overnight loses nothing
        SEND_FILE_MAX_AGE_DEFAULT=timedelta(days=365),
        PERMANENT_SESSION_LIFETIME=timedelta(days=1),
    )


def _engine_options(settings: Settings) -> dict[str, object]:
    if make_url(settings.database_uri).get_backend_name() == "sqlite":
        return {
            "pool_size": 5,
            "max_overflow": settings.web_threads,
            "pool_timeout": 4,
            "hide_parameters": True,
            "connect_args": {"timeout": 5, "check_same_thread": False},
        }
    return {
        "pool_events": [(note_rest, "checkin"), (look_after_rest, "checkout")],
        "pool_size": 5,
        "max_overflow": settings.web_threads,
        "pool_timeout": 4,
        "hide_parameters": True,  # errors are logged, and logs hold no address and no token
        "connect_args": {"connect_timeout": 3, "tcp_user_timeout": 4000},  # a silent server is a 503 within 5 s
    }


def _trusted_hosts(settings: Settings) -> list[str]:
    host = re.sub(r":\d+$", "", settings.host)
    loopback = ["127.0.0.1", "localhost", "[::1]"]
    return loopback if host in loopback else [host]


def _tools(app: Flask, settings: Settings) -> Tools:
    return Tools(
        settings=settings,
        hasher=Hasher(settings.password_pepper.encode(), settings.bcrypt_cost),
        media=store_for(settings),
        postman=postman_for(settings),
        tell_worker=worker.ear(settings),
    )


def _serve_assets(app: Flask, settings: Settings) -> None:
    served = assets.Assets(app.wsgi_app, root=ROOT / "static", packed=settings.instance_path / "packed")
    lane = fast_lane.FastLane(app, served)
    app.wsgi_app = headers.only_for(app.config["TRUSTED_HOSTS"], lane)  # type: ignore[method-assign, assignment]
