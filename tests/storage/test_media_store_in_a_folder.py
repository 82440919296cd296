"""What a folder as media store promises beside."""

import io
import os
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from portal.settings import Settings
from portal.storage.media_store import LocalMediaStore, NoRoom, store_for

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> LocalMediaStore:
    return LocalMediaStore(tmp_path / "media", free_floor=0)


def _everything_in(store: LocalMediaStore) -> list[Path]:
    return [path for path in store.incoming_folder.parent.rglob("*") if path.is_file()]


def test_adopting_moves_a_finished_upload_without_a_copy(store: LocalMediaStore):
    upload = store.incoming_folder / "part"
    upload.write_bytes(b"a film")
    same_file = upload.stat().st_ino

    key = store.adopt(upload)

    assert store.path(key).stat().st_ino == same_file


def test_an_upload_from_another_disk_is_copied_once(tmp_path: Path):
    with tempfile.TemporaryDirectory(dir="/dev/shm") as other_disk:
        store = LocalMediaStore(tmp_path / "media", 0, incoming=Path(other_disk))
        upload = store.incoming_folder / "part"
        upload.write_bytes(b"a film")
        if upload.stat().st_dev == tmp_path.stat().st_dev:
            pytest.skip("there is one disk only")

        key = store.adopt(upload)

        assert store.read(key) == b"a film"
        assert not upload.exists()
        assert [path.name for path in (tmp_path / "media").rglob("*") if path.is_file()] == [key]


def test_tools_get_the_very_file(store: LocalMediaStore):
    key = store.put(io.BytesIO(b"a film"))

    with store.local_copy(key) as file:
        assert file == store.path(key)


def test_what_is_kept_is_readable_by_its_owner_alone(store: LocalMediaStore):
    assert _modes_of_what_is_kept(store) == {(0o600, 0o700)}
    assert store.incoming_folder.stat().st_mode & 0o777 == 0o700


def test_what_nginx_sends_is_readable_by_the_group_whatever_the_mask(tmp_path: Path):
    before = os.umask(0o077)
    try:
        folder = str(tmp_path / "media")
        store = store_for(Settings.for_tests(tmp_path, media_store=folder, send_files="nginx", trusted_proxies=1))
        assert isinstance(store, LocalMediaStore)
        assert _modes_of_what_is_kept(store) == {(0o640, 0o750)}
        for folder_on_the_way in (tmp_path / "media", tmp_path / "media" / "kept"):
            assert folder_on_the_way.stat().st_mode & 0o777 == 0o750
        assert store.incoming_folder.stat().st_mode & 0o777 == 0o700
    finally:
        os.umask(before)


def _modes_of_what_is_kept(store: LocalMediaStore) -> set[tuple[int, int]]:
    upload = store.incoming_folder / "part"
    upload.write_bytes(b"a film")
    upload.chmod(0o644)
    places = [store.path(key) for key in (store.put(io.BytesIO(b"a film")), store.adopt(upload))]
    return {(place.stat().st_mode & 0o777, place.parent.stat().st_mode & 0o777) for place in places}


def test_a_stream_that_breaks_leaves_nothing(store: LocalMediaStore):
    class Breaking(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if self.tell():
                raise ConnectionError
            return super().read(3)

    with pytest.raises(ConnectionError):
        store.put(Breaking(b"a film"))

    assert _everything_in(store) == []


def test_nothing_is_kept_below_the_floor(tmp_path: Path):
    store = LocalMediaStore(tmp_path, free_floor=2**62)

    with pytest.raises(NoRoom):
        store.put(io.BytesIO(b"a film"))

    assert not store.has_room_for(0)
    assert _everything_in(store) == []


def test_half_a_copy_that_a_killed_process_left_goes_after_a_day(tmp_path: Path):
    store = LocalMediaStore(tmp_path / "media", 0, incoming=tmp_path / "incoming")
    left = tmp_path / "media" / "incoming" / "put-1"
    left.write_bytes(b"half a film")
    os.utime(left, ((NOON - timedelta(days=2)).timestamp(),) * 2)

    assert store.remove_abandoned(NOON - timedelta(days=1)) == 1
