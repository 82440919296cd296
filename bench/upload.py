"""An upload through nginx against `dd` to the same disk, in the same run.

    .venv/bin/python -m bench.upload [--rounds N] [--megabytes N]

One file in pieces of 64 MB, as a browser sends it, until the portal says that it is kept; `dd` writes as many bytes and
waits for the disk just so (`conv=fsync`). Both take turns. Exits with 1 when the upload is slower than its share.
"""

import argparse
import http.client
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from bench import servers
from bench.measuring import in_turns, verdict
from bench.portals import Portal, a_portal
from portal.storage import schema
from portal.storage.db import db
from portal.storage.models import User
from tests.media_samples import CLIP
from tests.stack.senders import PIECE, Sender

SHARE = 0.8
ROUNDS = 5
MEGABYTES = 768
_PIECE_BYTES = 64 * 1024**2


@dataclass
class Measured:
    """What is uploaded, and by whom."""

    sender: Sender
    megabytes: int

    def upload(self) -> float:
        """Megabytes a second."""
        sent, size = 0, self.megabytes * 1024**2
        first, rest = _pieces()
        begun = time.perf_counter()
        url = self.sender.begin(size)
        line = http.client.HTTPConnection("127.0.0.1", self.sender.port, timeout=300)
        while sent < size:
            piece = memoryview(rest if sent else first)[: size - sent]
            told = {**self.sender.headers, "Content-Type": PIECE, "Upload-Offset": str(sent)}
            line.request("PATCH", url, body=piece, headers=told)
            answer = line.getresponse()
            answer.read()
            assert answer.status == 204, answer.status
            sent += len(piece)
        assert self.sender.finish(url) == 201
        line.close()
        return self.megabytes / (time.perf_counter() - begun)


def _pieces() -> tuple[bytes, bytes]:
    """A film, and zeros behind it, which are no fault."""
    film = CLIP.read_bytes()
    return film + bytes(_PIECE_BYTES - len(film)), bytes(_PIECE_BYTES)


def dd(folder: Path, megabytes: int) -> float:
    """Megabytes a second."""
    file = folder / "dd"
    command = ["dd", "if=/dev/zero", f"of={file}", "bs=1M", f"count={megabytes}", "conv=fsync"]
    begun = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    seconds = time.perf_counter() - begun
    file.unlink()
    return megabytes / seconds


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--megabytes", type=int, default=MEGABYTES)
    given = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="portal-bench-") as name,
        a_portal(None, 10, media_store=name) as portal,
        servers.behind_nginx(portal, media_store=name) as (_, port),
    ):
        measured = Measured(_sender(portal, port), given.megabytes)
        works = {"dd": lambda: dd(Path(name), given.megabytes), "upload": lambda: _and_forget(measured, portal)}
        found = in_turns(works, given.rounds)
    share = found["upload"] / found["dd"]
    rates = f"dd {found['dd']:6.0f} MB/s  upload {found['upload']:6.0f} MB/s"
    print(f"{rates}  {share:.2f} (goal {SHARE}) {verdict(share, SHARE, at_most=False)}")
    return int(share < SHARE)


def _sender(portal: Portal, port: int) -> Sender:
    with portal.app.app_context():
        dana = db.session.scalars(db.select(User).where(User.name == "Dana Lee")).first()
        assert dana is not None
        made = Sender.of(portal.app, dana, port)
        schema.forget_connections()
    return made


def _and_forget(measured: Measured, portal: Portal) -> float:
    speed = measured.upload()
    for file in (portal.settings.media_folder / "kept").rglob("*"):
        if file.is_file():
            file.unlink()
    return speed


if __name__ == "__main__":
    sys.exit(main())
