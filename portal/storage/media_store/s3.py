"""A bucket of a store that speaks S3 as media store."""

import io
import os
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, cast
from urllib.parse import urlsplit

import boto3
from boto3.exceptions import Boto3Error
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from urllib3.exceptions import HTTPError

from portal.settings import Bucket
from portal.storage.media_store.contract import NoRoom, StoreAway, UnknownKey, checked_key, new_key
from portal.storage.media_store.incoming import Incoming

SIGNED_SECONDS = 300
"""How long an address that nginx is given works: it may begin to read late, and nobody else ever learns it."""
_SIGNED_ANEW_AFTER = SIGNED_SECONDS / 3
_MOST_SIGNED = 10_000
_BLOCK = 256 * 1024
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL
_MISSING = ("404", "NoSuchKey", "NotFound")
_PARTS = TransferConfig(multipart_threshold=64 * 1024**2, multipart_chunksize=32 * 1024**2, max_concurrency=4)
_AWAY = (BotoCoreError, Boto3Error, HTTPClientError, HTTPError)


class S3MediaStore:
    """A bucket, or a folder in one. Whatever comes in or is worked on lies in the incoming folder of this machine."""

    def __init__(
        self, bucket: Bucket, incoming: Incoming, *, access_key: str, secret_key: str, connections: int = 10
    ) -> None:
        """Nothing is asked of the bucket yet. `connections`: how many to it may be open in one process."""
        self._bucket, self._incoming = bucket, incoming
        self._prefix = f"{bucket.folder}/" if bucket.folder else ""
        self._access = {"aws_access_key_id": access_key, "aws_secret_access_key": secret_key}
        self._connections = connections
        self._kept_client: tuple[int, Any] | None = None
        self._lock = threading.Lock()
        self._signed: dict[str, tuple[float, str]] = {}

    @property
    def incoming_folder(self) -> Path:
        return self._incoming.folder

    def put(self, source: Path | BinaryIO) -> str:
        key = new_key()
        if isinstance(source, Path):
            with source.open("rb") as stream:
                self._send(stream, key)
        else:
            self._send(source, key)
        return key

    def adopt(self, path: Path) -> str:
        self._incoming.checked(path)
        key = self.put(path)
        size, there = path.stat().st_size, self.size(key)
        if there != size:
            self.delete(key)
            raise StoreAway(f"{there} of {size} bytes were kept")
        path.unlink()
        return key

    def open(self, key: str, *, first: int = 0, length: int | None = None) -> BinaryIO:
        name = self._name(key)
        if length is not None and length <= 0:
            return io.BytesIO()
        last = "" if length is None else str(first + length - 1)
        wish = {"Range": f"bytes={first}-{last}"} if first or last else {}
        with _told(key):
            answer = self._client.get_object(Bucket=self._bucket.name, Key=name, **wish)
        return cast("BinaryIO", io.BufferedReader(_Body(answer["Body"]), _BLOCK))

    def read(self, key: str, *, first: int = 0, length: int | None = None) -> bytes:
        with self.open(key, first=first, length=length) as stream:
            return stream.read()

    @contextmanager
    def local_copy(self, key: str, folder: Path | None = None) -> Iterator[Path]:
        size = self.size(key)
        if not self._incoming.has_room_for(size):
            raise NoRoom("Less free space than the floor")
        copy = (folder or self._incoming.folder) / f"copy-{new_key()}"
        try:
            with self.open(key) as stream, os.fdopen(os.open(copy, _NEW, 0o600), "wb") as file:
                shutil.copyfileobj(stream, file, _BLOCK)
            if copy.stat().st_size != size:
                raise StoreAway(f"{copy.stat().st_size} of {size} bytes came")
            yield copy
        finally:
            copy.unlink(missing_ok=True)

    def size(self, key: str) -> int:
        name = self._name(key)
        with _told(key):
            return int(self._client.head_object(Bucket=self._bucket.name, Key=name)["ContentLength"])

    def exists(self, key: str) -> bool:
        try:
            self.size(key)
        except UnknownKey:
            return False
        return True

    def delete(self, key: str) -> None:
        name = self._name(key)
        with suppress(UnknownKey), _told(key):
            self._client.delete_object(Bucket=self._bucket.name, Key=name)
        self._signed.pop(key, None)

    def address_for_nginx(self, key: str) -> str:
        name, now = self._name(key), time.monotonic()
        until, address = self._signed.get(key, (0.0, ""))
        if until < now:
            wish = {"Bucket": self._bucket.name, "Key": name}
            url = urlsplit(self._client.generate_presigned_url("get_object", wish, ExpiresIn=SIGNED_SECONDS))
            address = f"/_media{url.path}?{url.query}"
            if len(self._signed) >= _MOST_SIGNED:
                self._signed.clear()
            self._signed[key] = (now + _SIGNED_ANEW_AFTER, address)
        return address

    def free_bytes(self) -> int:
        return self._incoming.free_bytes()

    def has_room_for(self, size: int) -> bool:
        return self._incoming.has_room_for(size)

    def remove_abandoned(self, before: datetime) -> int:
        """The parts of large files that a process was sending when it died are thrown away, too."""
        removed = self._incoming.remove_abandoned(before)
        with suppress(UnknownKey), _told("uploads"):
            for page in self._client.get_paginator("list_multipart_uploads").paginate(
                Bucket=self._bucket.name, Prefix=self._prefix
            ):
                for begun in page.get("Uploads", []):
                    if begun["Key"].startswith(self._prefix) and begun["Initiated"] < before:
                        self._client.abort_multipart_upload(
                            Bucket=self._bucket.name, Key=begun["Key"], UploadId=begun["UploadId"]
                        )
                        removed += 1
        return removed

    def _send(self, stream: BinaryIO, key: str) -> None:
        with _told(key):
            self._client.upload_fileobj(_Open(stream), self._bucket.name, self._name(key), Config=_PARTS)

    def _name(self, key: str) -> str:
        return self._prefix + checked_key(key)

    @property
    def _client(self) -> Any:
        """The client of this process: lines that were open before a fork are the other process's."""
        kept = self._kept_client
        if kept is None or kept[0] != os.getpid():
            with self._lock:
                kept = self._kept_client
                if kept is None or kept[0] != os.getpid():
                    kept = self._kept_client = (os.getpid(), self._new_client())
        return kept[1]

    def _new_client(self) -> Any:
        settled = Config(
            signature_version="s3v4",
            s3={"addressing_style": "path"},  # one host for nginx to know
            connect_timeout=3,
            read_timeout=20,
            retries={"mode": "standard", "total_max_attempts": 3},
            max_pool_connections=self._connections,
            # many stores know no trailing checksums; lengths are compared, and the line is checked by TLS
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        return boto3.session.Session().client(
            "s3",
            endpoint_url=self._bucket.endpoint,
            region_name=self._bucket.region,
            config=settled,
            **self._access,
        )


@contextmanager
def _told(key: str) -> Iterator[None]:
    """Say in the words of the contract what the client's errors mean."""
    try:
        yield
    except ClientError as fault:
        code = str(fault.response.get("Error", {}).get("Code", ""))
        if code in _MISSING:
            raise UnknownKey(key) from None
        raise StoreAway(f"The store refused: {code}") from fault
    except _AWAY as fault:
        raise StoreAway(f"The store does not answer: {type(fault).__name__}") from fault


class _Body(io.RawIOBase):
    """What an answer brings, as a stream whose errors are those of the contract."""

    def __init__(self, body: Any) -> None:
        super().__init__()
        self._body = body

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            data = self._body.read(len(buffer))
        except _AWAY as fault:
            raise StoreAway(f"The store stopped: {type(fault).__name__}") from fault
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._body.close()
        super().close()


class _Open(io.RawIOBase):
    """A stream to read from that stays open: the client closes what it is given."""

    def __init__(self, stream: BinaryIO) -> None:
        super().__init__()
        self._stream = stream

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        return self._stream.read(size)
