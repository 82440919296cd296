"""A sponsor's browser that uploads over a real line, which can be cut."""

import http.client
import socket
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import Flask
from itsdangerous import URLSafeTimedSerializer

from portal.storage.models import User
from tests.factories import a_sign_in_token

PIECE = "application/offset+octet-stream"
_RAW_TOKEN = "a" * 40


@dataclass
class Sender:
    """Signed in at a port of this machine."""

    port: int
    headers: dict[str, str]

    @classmethod
    def of(cls, app: Flask, user: User, port: int) -> "Sender":
        """`app` is one on the same database and with the same secrets as what serves at the port."""
        serializer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
        cookie = serializer.dumps({"sign_in": a_sign_in_token(user), "csrf_token": _RAW_TOKEN})
        token = URLSafeTimedSerializer(app.secret_key, salt="wtf-csrf-token").dumps(_RAW_TOKEN)  # type: ignore[arg-type]
        return cls(port, {"Cookie": f"portal={cookie}", "X-CSRFToken": str(token), "Tus-Resumable": "1.0.0"})

    def begin(self, size: int, title: str = "Quartet") -> str:
        """The address of a new upload."""
        form = urlencode({"filename": "final-cut.mp4", "title": title})
        told = {"Upload-Length": str(size), "Content-Type": "application/x-www-form-urlencoded"}
        status, headers, body = self.ask("POST", "/uploads", form.encode(), **told)
        assert status == 201, body
        return str(headers["Location"])

    def send(self, url: str, offset: int, content: bytes) -> int:
        """The status of one piece."""
        return self.ask("PATCH", url, content, **{"Content-Type": PIECE, "Upload-Offset": str(offset)})[0]

    def send_part_of(self, url: str, offset: int, content: bytes, length: int) -> socket.socket:
        """Announce a piece of so many bytes and send only these; the line stays open until it is closed."""
        line = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        told = {**self.headers, "Host": "127.0.0.1", "Content-Type": PIECE}
        told |= {"Upload-Offset": str(offset), "Content-Length": str(length)}
        head = "".join(f"{name}: {value}\r\n" for name, value in told.items())
        line.sendall(f"PATCH {url} HTTP/1.1\r\n{head}\r\n".encode() + content)
        return line

    def offset(self, url: str) -> int:
        status, headers, _ = self.ask("HEAD", url)
        assert status == 200
        return int(headers["Upload-Offset"])

    def finish(self, url: str) -> int:
        return self.ask("POST", f"{url}/finish")[0]

    def ask(
        self, method: str, path: str, body: bytes | None = None, **headers: str
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body=body, headers=self.headers | headers)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()
