"""Files under static/: kept by browsers for ever, as their addresses carry a fingerprint, and sent small."""

import gzip
import hashlib
from pathlib import Path
from typing import Any
from wsgiref.headers import Headers

from whitenoise import WhiteNoise
from whitenoise.responders import StaticFile

_OF_WORDS = (".css", ".js", ".svg")  # fonts and pictures are packed already
_FIXED = {"X-Content-Type-Options": "nosniff", "Cross-Origin-Resource-Policy": "same-origin"}


class Assets(WhiteNoise):
    """Serves `root` under static/, and everything else by `application`.

    What is made of words goes out packed to browsers that can unpack it: a quarter of the bytes. Pages are never
    packed, since their length would help to guess a secret that stands beside a stranger's words (BREACH); these files
    hold none. The packed copies are made in the folder `packed`, named by their content.
    """

    def __init__(self, application: Any, *, root: Path, packed: Path) -> None:
        self._packed = packed
        packed.mkdir(mode=0o700, exist_ok=True)
        super().__init__(
            application,
            root=root,
            prefix="static/",
            immutable_file_test=lambda _path, _url: True,
            allow_all_origins=False,
        )

    def get_static_file(self, path: str, url: str, stat_cache: Any = None) -> StaticFile:
        headers = Headers(list(_FIXED.items()))
        self.add_mime_headers(headers, path, url)
        self.add_cache_headers(headers, path, url)
        smaller = {"gzip": str(self._pack(Path(path)))} if path.endswith(_OF_WORDS) else {}
        return StaticFile(path, headers.items(), encodings=smaller)

    def _pack(self, file: Path) -> Path:
        content = file.read_bytes()
        kept = self._packed / f"{hashlib.sha256(content).hexdigest()[:32]}.gz"
        if not kept.exists():
            new = kept.with_suffix(f".{id(self)}")
            new.write_bytes(gzip.compress(content, mtime=0))
            new.rename(kept)  # whole or not at all: another process may be starting, too
        return kept
