"""What every media store promises, tried on a folder and on a store that speaks S3."""

import io
import os
import re
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from portal.settings import Settings
from portal.storage.media_store import MediaStore, UnknownKey, store_for

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
FILM = bytes(range(256)) * 4000
_numbers = count(1)


@pytest.fixture(params=["folder", "s3"])
def told(request: pytest.FixtureRequest) -> dict[str, str]:
    """What the settings say of the store."""
    if request.param == "folder":
        return {}
    s3 = request.getfixturevalue("s3")
    return s3.settings | {"media_store": s3.settings["media_store"].replace("/portal?", f"/test-{next(_numbers)}?")}


@pytest.fixture
def store(told: dict[str, str], tmp_path: Path) -> MediaStore:
    return store_for(Settings.for_tests(tmp_path, **told))


def _touch(path: Path, at: datetime) -> None:
    os.utime(path, (at.timestamp(), at.timestamp()))


def test_what_is_put_can_be_read_again(store: MediaStore):
    key = store.put(io.BytesIO(FILM))

    with store.open(key) as file:
        assert file.read() == FILM
    assert store.read(key) == FILM
    assert store.size(key) == len(FILM)
    assert store.exists(key)


def test_nothing_at_all_can_be_kept_too(store: MediaStore):
    key = store.put(io.BytesIO())

    assert (store.read(key), store.size(key)) == (b"", 0)


def test_a_part_is_read_from_where_it_begins(store: MediaStore):
    key = store.put(io.BytesIO(FILM))

    with store.open(key, first=1000, length=500) as file:
        assert file.read(10) == FILM[1000:1010]
        assert file.read(490) == FILM[1010:1500]
    with store.open(key, first=len(FILM) - 7) as file:
        assert file.read() == FILM[-7:]
    assert store.read(key, first=5, length=3) == FILM[5:8]
    assert store.read(key, length=2) == FILM[:2]
    assert store.read(key, length=0) == b""


def test_putting_a_file_copies_it(store: MediaStore, tmp_path: Path):
    source = tmp_path / "holiday.mp4"
    source.write_bytes(b"a film")

    key = store.put(source)

    assert store.read(key) == source.read_bytes()


def test_a_key_is_random_and_tells_nothing_of_the_file(store: MediaStore, tmp_path: Path):
    source = tmp_path / "holiday.mp4"
    source.write_bytes(b"a film")

    first, second = store.put(source), store.put(source)

    assert first != second
    assert re.fullmatch(r"[0-9a-f]{32}", first)
    assert "holiday" not in store.address_for_nginx(first)


def test_a_finished_upload_is_adopted_and_gone_from_where_it_came(store: MediaStore):
    upload = store.incoming_folder / "part"
    upload.write_bytes(FILM)

    key = store.adopt(upload)

    assert not upload.exists()
    assert store.read(key) == FILM


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


def test_tools_get_a_file_of_this_machine(store: MediaStore, tmp_path: Path):
    key = store.put(io.BytesIO(FILM))

    with store.local_copy(key, tmp_path) as file:
        assert file.read_bytes() == FILM
        assert file.stat().st_mode & 0o077 == 0

    assert store.read(key) == FILM
    assert not list(tmp_path.glob("copy-*"))


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
    for ask in (store.open, store.read, store.size, store.delete, store.address_for_nginx):
        with pytest.raises(UnknownKey):
            ask(key)
    with pytest.raises(UnknownKey), store.local_copy(key):
        pass


def test_a_deleted_file_is_gone_and_can_be_deleted_again(store: MediaStore):
    key = store.put(io.BytesIO(b"a film"))

    store.delete(key)
    store.delete(key)

    assert not store.exists(key)
    for ask in (store.open, store.read, store.size):
        with pytest.raises(UnknownKey):
            ask(key)
    with pytest.raises(UnknownKey), store.local_copy(key):
        pass


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

    store.remove_abandoned(datetime.now(UTC) + timedelta(days=400))

    assert store.exists(key)


def test_a_second_start_finds_what_was_kept(store: MediaStore, told: dict[str, str], tmp_path: Path):
    key = store.put(io.BytesIO(b"a film"))

    again = store_for(Settings.for_tests(tmp_path, **told))

    assert again.read(key) == b"a film"


def test_what_is_on_its_way_in_may_have_a_folder_of_its_own(told: dict[str, str], tmp_path: Path):
    store = store_for(Settings.for_tests(tmp_path, incoming_folder=str(tmp_path / "fast-disk"), **told))
    upload = store.incoming_folder / "part"
    upload.write_bytes(b"a film")

    assert upload.parent == tmp_path / "fast-disk"
    assert store.read(store.adopt(upload)) == b"a film"
