"""The pages' process: gunicorn, told everything from here and reading no file of its own."""

import os
import socket
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication

from portal.settings import Settings
from portal.storage import schema

STOP_SECONDS = 8


class Web(BaseApplication):
    """gunicorn around one app that is loaded already, on a port that is taken already."""

    def __init__(self, app: Flask, settings: Settings, listener: socket.socket, ready: int) -> None:
        """`ready` is a file descriptor that gets a byte whenever a process begins to answer."""
        self._app, self._settings, self._listener, self._ready = app, settings, listener, ready
        super().__init__()

    def load_config(self) -> None:
        values: dict[str, Any] = {
            "bind": f"fd://{self._listener.fileno()}",
            "workers": self._settings.web_processes,
            "threads": self._settings.web_threads,
            "worker_class": "portal.serving.connections.PatientWorker",
            "preload_app": True,
            "timeout": 60,  # of a process that shows no sign of life; a long answer is one
            "graceful_timeout": STOP_SECONDS,
            "keepalive": 15,
            "loglevel": "warning",
            "accesslog": None,
            "umask": 0o077,
            "control_socket_disable": True,
            "forwarder_headers": "",  # nobody says by a header where the portal is mounted
            "secure_scheme_headers": {},  # who may say "this came by https" is PORTAL_TRUSTED_PROXIES' affair
            "post_fork": self._forked,
            "post_worker_init": self._begins_to_answer,
        }
        for name, value in values.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return self._app

    def _forked(self, _arbiter: object, _worker: object) -> None:
        with self._app.app_context():
            schema.forget_connections()

    def _begins_to_answer(self, _worker: object) -> None:
        os.write(self._ready, b".")
