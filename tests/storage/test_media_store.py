import io
import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from portal.storage.media_store import LocalMediaStore, MediaStore, NoRoom, UnknownKey

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> MediaStore:
    return LocalMediaStore(tmp_path / "media", free_floor=0)


def _everything_in(store: MediaStore) -> list[Path]:
    return [path for path in store.incoming_folder.parent.rglob("*") if path.is_file()]


def _touch(path: Path, at: datetime) -> None:
    os.utime(path, (at.timestamp(), at.timestamp()))


def test_what_is_put_can_be_read_again(store: MediaStore):
    key = store.put(io.BytesIO(b"a film"))

    with store.open(key) as file:
        assert file.read() == b"a film"
    assert store.path(key).read_bytes() == b"a film"
    assert store.size(key) == 6
    assert store.exists(key)


def test_putting_a_file_copies_it(store: MediaStore, tmp_path: Path):
    source = tmp_path / "holiday.mp4"
    source.write_bytes(b"a film")

    key = store.put(source)

    assert store.path(key).read_bytes() == source.read_bytes()


def test_a_key_is_random_and_tells_nothing_of_the_file(store: MediaStore, tmp_path: Path):
    source = tmp_path / "holiday.mp4"
    source.write_bytes(b"a film")

    first, second = store.put(source), store.put(source)

    assert first != second
    assert re.fullmatch(r"[0-9a-f]{32}", first)
    assert "holiday" not in str(store.path(first))


def test_adopting_moves_a_finished_upload_without_a_copy(store: MediaStore):
    upload = store.incoming_folder / "part"
    upload.write_bytes(b"a film")
    same_file = upload.stat().st_ino

    key = store.adopt(upload)

    assert not upload.exists()
    assert store.path(key).stat().st_ino == same_file


def test_only_plain_files_of_the_incoming_folder_are_adopted(store: MediaStore, tmp_path: Path):
    outside = tmp_path / "outside"
    outside.write_bytes(b"secret")
    link = store.incoming_folder / "link"
    link.symlink_to(outside)
    folder = store.incoming_folder / "folder"
    folder.mkdir()

    for path in (outside, link, folder, store.incoming_folder / ".." / ".." / "outside", store.incoming_folder / "no"):
        with pytest.raises(ValueError, match="incoming folder"):
            store.adopt(path)
    assert outside.read_bytes() == b"secret"


def test_what_is_kept_is_readable_by_its_owner_alone(store: MediaStore):
    upload = store.incoming_folder / "part"
    upload.write_bytes(b"a film")
    upload.chmod(0o644)

    keys = [store.put(io.BytesIO(b"a film")), store.adopt(upload)]

    for key in keys:
        assert store.path(key).stat().st_mode & 0o777 == 0o600
        assert store.path(key).parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    "key",
    [
        "",
        "..",
        "../../etc/passwd",
        "/etc/passwd",
        "a" * 31,
        "A" * 32,
        "g" * 32,
        "a" * 32 + "\n",
        "a" * 30 + "/.",
        "\0" * 32,
    ],
)
def test_a_key_that_the_store_did_not_make_reaches_no_file(store: MediaStore, key: str):
    assert not store.exists(key)
    for ask in (store.open, store.path, store.size, store.delete):
        with pytest.raises(UnknownKey):
            ask(key)


def test_a_deleted_file_is_gone_and_can_be_deleted_again(store: MediaStore):
    key = store.put(io.BytesIO(b"a film"))

    store.delete(key)
    store.delete(key)

    assert not store.exists(key)
    for ask in (store.open, store.path, store.size):
        with pytest.raises(UnknownKey):
            ask(key)


def test_a_stream_that_breaks_leaves_nothing(store: MediaStore):
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


def test_room_is_what_is_free_above_the_floor(store: MediaStore):
    assert store.free_bytes() > 0
    assert store.has_room_for(1)
    assert not store.has_room_for(2**62)


def test_abandoned_uploads_go_and_fresh_ones_stay(store: MediaStore):
    abandoned, fresh = store.incoming_folder / "abandoned", store.incoming_folder / "fresh"
    for path, age in ((abandoned, timedelta(days=2)), (fresh, timedelta(hours=1))):
        path.write_bytes(b"half a film")
        _touch(path, NOON - age)

    removed = store.remove_abandoned(NOON - timedelta(days=1))

    assert removed == 1
    assert not abandoned.exists()
    assert fresh.exists()


def test_a_folder_of_work_goes_only_when_nothing_in_it_is_fresh(store: MediaStore):
    left, at_work = store.incoming_folder / "left", store.incoming_folder / "at-work"
    for folder, age in ((left, timedelta(days=2)), (at_work, timedelta(hours=1))):
        folder.mkdir()
        (folder / "rendition.mp4").write_bytes(b"half a film")
        _touch(folder / "rendition.mp4", NOON - age)
        _touch(folder, NOON - timedelta(days=2))

    store.remove_abandoned(NOON - timedelta(days=1))

    assert not left.exists()
    assert (at_work / "rendition.mp4").exists()


def test_cleaning_up_never_touches_what_is_kept(store: MediaStore):
    key = store.put(io.BytesIO(b"a film"))
    _touch(store.path(key), NOON - timedelta(days=400))

    store.remove_abandoned(NOON)

    assert store.exists(key)


def test_a_second_start_finds_what_was_kept(store: MediaStore):
    key = store.put(io.BytesIO(b"a film"))

    again = LocalMediaStore(store.incoming_folder.parent)

    assert again.path(key).read_bytes() == b"a film"
