"""Files that come in pieces."""

import hashlib
import multiprocessing
import os
import time

import pytest

from portal.storage.partial_files import SILENT_AFTER_SECONDS, TAIL_BYTES, BeingWritten, PartialFile, PutAside


@pytest.fixture
def part(tmp_path):
    return PartialFile(tmp_path, "k" * 16)


def test_what_has_come_is_there_and_the_next_piece_goes_behind_it(part):
    assert part.size() == 0
    with part.writing() as writer:
        writer.append(iter([b"one", b"two"]))
    with part.writing() as writer:
        assert writer.size == 6
        writer.append(iter([b"three"]))

    assert part.path.read_bytes() == b"onetwothree"
    assert part.path.stat().st_mode & 0o077 == 0


def test_a_line_that_breaks_off_leaves_what_came_before(part):
    def pieces():
        yield b"one"
        raise ConnectionError

    with pytest.raises(ConnectionError), part.writing() as writer:
        writer.append(pieces())

    assert part.path.read_bytes() == b"one"
    with part.writing() as writer:
        writer.append(iter([b"two"]))
    assert part.path.read_bytes() == b"onetwo"


def test_of_two_at_once_the_second_is_told(part):
    with part.writing(), pytest.raises(BeingWritten), part.writing():
        pass

    with part.writing():
        pass  # free again


def test_who_was_silent_for_long_is_put_aside(part, tmp_path):
    """A line can go dead without a word: whoever waits at it must not keep its owner from going on."""

    def pieces():
        yield b"one"
        long_ago = time.time() - SILENT_AFTER_SECONDS - 1
        os.utime(tmp_path / f"{part.path.name}.lock", (long_ago, long_ago))
        with part.writing() as newcomer:
            newcomer.append(iter([b"two"]))
        yield b"too late"

    with pytest.raises(PutAside), part.writing() as first:
        first.append(pieces())

    assert part.path.read_bytes() == b"onetwo"


def _hold(part, begun):
    with part.writing() as writer:
        writer.append(iter([b"one"]))
        begun.set()
        time.sleep(60)


def test_a_killed_writer_holds_nobody_up(part):
    process_of = multiprocessing.get_context("fork")
    begun = process_of.Event()
    writer = process_of.Process(target=_hold, args=(part, begun))
    writer.start()
    assert begun.wait(30)
    with pytest.raises(BeingWritten), part.writing():
        pass

    writer.kill()
    writer.join()

    with part.writing() as next_one:
        assert next_one.size == 3


def test_the_tail_tells_another_file_apart(part):
    content = os.urandom(TAIL_BYTES + 1000)
    with part.writing() as writer:
        writer.append(iter([content]))

    begins, ends, digest = part.tail()

    assert (begins, ends) == (1000, len(content))
    assert digest == hashlib.sha256(content[1000:]).hexdigest()


def test_removed_means_removed_also_for_who_still_writes(part, tmp_path):
    def pieces():
        yield b"one"
        part.remove()
        yield b"two"

    with pytest.raises(PutAside), part.writing() as writer:
        writer.append(pieces())

    assert not part.path.exists()
    part.remove()
