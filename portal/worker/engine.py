"""What carries ids from the web to the worker. It may lose or double them: rows are the truth."""

import time
from collections.abc import Callable

import structlog
from huey import Huey, RedisHuey, SqliteHuey
from huey.serializer import SignedSerializer

from portal.settings import Settings

log = structlog.get_logger()

Errand = Callable[[str, int], None]
"""Told what kind of row waits ("email", "job") and its id."""

_QUEUE = "portal"
_PATIENCE_SECONDS = 2
_SILENCE_SECONDS = 10


class Engine:
    """Huey, with its two tasks. What they do when they arrive is given by the worker; the web only sends."""

    def __init__(self, settings: Settings, do: Errand | None = None) -> None:
        self.huey = _huey(settings)
        act = do or _only_sent

        def send_letter(email_id: int) -> None:
            act("email", email_id)

        def do_job(job_id: int) -> None:
            act("job", job_id)

        self._tasks = {"email": self.huey.task()(send_letter), "job": self.huey.task()(do_job)}

    def send(self, kind: str, row_id: int) -> None:
        """Hand over one id. Raises whatever the engine raises."""
        self._tasks[kind](row_id)


def ear(settings: Settings) -> Errand:
    """How the web tells the worker of a row that waits. Never fails: what cannot be told, the worker's sweep finds.

    The engine is opened when first used, in the process that uses it. While it is away it is left alone for a few
    seconds at a time, so that no page waits for it twice.
    """
    engine: Engine | None = None
    silent_until = 0.0

    def tell(kind: str, row_id: int) -> None:
        nonlocal engine, silent_until
        if time.monotonic() < silent_until:
            return
        try:
            engine = engine or Engine(settings)
            engine.send(kind, row_id)
        except Exception as error:  # noqa: BLE001 - whatever the engine's trouble is, no page fails for it
            silent_until = time.monotonic() + _SILENCE_SECONDS
            log.warning("the worker could not be told", row=kind, error=f"{type(error).__name__}: {error}"[:300])

    return tell


def _huey(settings: Settings) -> Huey:
    signed = SignedSerializer(settings.secret_key, salt="worker")
    if settings.redis_url:
        url = settings.redis_url + ("&" if "?" in settings.redis_url else "?")
        patience = f"socket_timeout={_PATIENCE_SECONDS}&socket_connect_timeout={_PATIENCE_SECONDS}"
        return RedisHuey(_QUEUE, url=url + patience, results=False, serializer=signed)
    # fsync off: a lost id costs ten seconds, a synced one costs every page that sends a letter
    return SqliteHuey(
        _QUEUE,
        filename=str(settings.instance_path / "jobs.sqlite"),
        fsync=False,
        timeout=_PATIENCE_SECONDS,
        cache_mb=1,
        results=False,
        serializer=signed,
    )


def _only_sent(kind: str, row_id: int) -> None:
    raise RuntimeError("the web sends ids and does no work")
