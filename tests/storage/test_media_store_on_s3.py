"""What a store that speaks S3 promises beside."""

import io
import os
import socket
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from threading import Thread

import pytest
from boto3.s3.transfer import TransferConfig

from portal.settings import Bucket, Settings
from portal.storage.media_store import Incoming, NoRoom, StoreAway, UnknownKey, store_for
from portal.storage.media_store import s3 as module
from portal.storage.media_store.s3 import S3MediaStore
from tests.services import S3, free_port

_numbers = count(1)
FILM = os.urandom(300_000)


@pytest.fixture
def bucket(s3: S3) -> Bucket:
    return Bucket(s3.bucket, f"shelf-{next(_numbers)}", f"http://{s3.host}", "us-east-1")


def a_store(s3: S3, bucket: Bucket, folder: Path, *, free_floor: int = 0, secret_key: str = "") -> S3MediaStore:
    incoming = Incoming(folder / "incoming", free_floor)
    return S3MediaStore(bucket, incoming, access_key=s3.access_key, secret_key=secret_key or s3.secret_key)


@pytest.fixture
def store(s3: S3, bucket: Bucket, tmp_path: Path) -> S3MediaStore:
    return a_store(s3, bucket, tmp_path)


def objects_of(s3: S3, bucket: Bucket) -> list[str]:
    return [path.name for path in (s3.folder / bucket.name / bucket.folder).rglob("*") if path.is_file()]


def test_a_file_lies_in_its_folder_of_the_bucket_under_its_key(store, s3, bucket):
    key = store.put(io.BytesIO(FILM))

    assert (s3.folder / bucket.name / bucket.folder / key).read_bytes() == FILM


def test_a_bucket_may_be_the_portal_s_alone(s3, bucket, tmp_path):
    key = a_store(s3, replace(bucket, folder=""), tmp_path).put(io.BytesIO(FILM))

    assert (s3.folder / bucket.name / key).read_bytes() == FILM


def test_large_files_go_and_come_in_parts(store, s3, bucket, tmp_path, monkeypatch):
    small = TransferConfig(multipart_threshold=5 * 1024**2, multipart_chunksize=5 * 1024**2)
    monkeypatch.setattr(module, "_PARTS", small)
    film = os.urandom(12 * 1024**2)
    upload = store.incoming_folder / "part"
    upload.write_bytes(film)

    key = store.adopt(upload)

    with store.local_copy(key, tmp_path) as file:
        assert file.read_bytes() == film
    assert objects_of(s3, bucket) == [key]


def test_no_copy_is_made_where_it_would_not_fit(store, s3, bucket, tmp_path):
    key = store.put(io.BytesIO(FILM))
    full = a_store(s3, bucket, tmp_path, free_floor=2**62)

    with pytest.raises(NoRoom), full.local_copy(key):
        pass

    assert list(full.incoming_folder.iterdir()) == []


def test_a_wrong_key_is_refused_by_the_store_and_nothing_is_lost(s3, bucket, tmp_path):
    stranger = a_store(s3, bucket, tmp_path, secret_key="x" * 40)
    upload = stranger.incoming_folder / "part"
    upload.write_bytes(FILM)

    with pytest.raises(StoreAway, match="SignatureDoesNotMatch"):
        stranger.adopt(upload)

    assert upload.read_bytes() == FILM
    assert objects_of(s3, bucket) == []


def test_a_store_that_is_away_is_told_as_such(s3, bucket, tmp_path):
    away = a_store(s3, replace(bucket, endpoint=f"http://127.0.0.1:{free_port()}"), tmp_path)
    key = "0" * 32

    for ask in (away.open, away.read, away.size, away.exists, away.delete):
        with pytest.raises(StoreAway):
            ask(key)
    with pytest.raises(StoreAway):
        away.put(io.BytesIO(FILM))


def test_a_store_that_stops_in_the_middle_is_told_as_such(s3, bucket, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as half:
        away = a_store(s3, replace(bucket, endpoint=f"http://127.0.0.1:{half.getsockname()[1]}"), tmp_path)
        line = None

        def answer() -> None:
            nonlocal line
            line, _ = half.accept()
            line.recv(4096)
            line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf")
            line.close()

        Thread(target=answer).start()
        with away.open("0" * 32) as stream, pytest.raises(StoreAway):
            stream.read()


def test_parts_that_a_killed_process_was_sending_go_after_a_day(store, s3, bucket):
    kept = store.put(io.BytesIO(FILM))
    begun = {"Bucket": bucket.name, "Key": f"{bucket.folder}/{'0' * 32}"}
    store._client.create_multipart_upload(**begun)
    store._client.create_multipart_upload(Bucket=bucket.name, Key="not-the-portal-s")

    early = store.remove_abandoned(datetime.now(UTC) - timedelta(days=1))
    late = store.remove_abandoned(datetime.now(UTC) + timedelta(days=1))

    assert (early, late) == (0, 1)
    assert store.exists(kept)


def test_the_address_for_nginx_is_signed_for_a_while_and_kept_as_long(store, bucket):
    key = store.put(io.BytesIO(FILM))

    address = store.address_for_nginx(key)

    assert address.startswith(f"/_media/{bucket.name}/{bucket.folder}/{key}?")
    assert "X-Amz-Expires=300" in address
    assert store.address_for_nginx(key) == address


def test_what_was_deleted_has_no_address_left(store):
    key = store.put(io.BytesIO(FILM))
    store.delete(key)

    assert key not in store._signed
    with pytest.raises(UnknownKey):
        store.read(key)


def test_each_process_has_lines_of_its_own(store):
    key = store.put(io.BytesIO(FILM))
    child = os.fork()
    if child == 0:
        os._exit(0 if store.read(key) == FILM else 1)

    assert os.waitpid(child, 0)[1] == 0
    assert store.read(key) == FILM


def test_a_folder_needs_none_of_it(tmp_path):
    assert not isinstance(store_for(Settings.for_tests(tmp_path)), S3MediaStore)
