"""Files that come in pieces."""

import hashlib
import multiprocessing
import os
import time

import pytest

from portal.storage.partial_files import END_BYTES, SILENT_AFTER_SECONDS, BeingWritten, PartialFile, PutAside


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
    assert begun.wait(120)
    with pytest.raises(BeingWritten), part.writing():
        pass

    writer.kill()
    writer.join()

    with part.writing() as next_one:
        assert next_one.size == 3


def fits(content, marks):
    return all(hashlib.sha256(content[mark.begins : mark.ends]).hexdigest() == mark.sha256 for mark in marks)


@pytest.mark.parametrize("size", [1, 5, 100, END_BYTES + 1000, 4_000_000])
def test_marks_tell_another_file_apart_wherever_it_differs(part, size):
    """Zeros, because films hold long runs of the same: whoever looks at the end alone sees no difference."""
    content = bytes(size)
    with part.writing() as writer:
        writer.append(iter([content]))

    marks = part.marks()

    assert (marks[0].begins, max(mark.ends for mark in marks)) == (0, size)
    assert fits(content + b"and what is still to come", marks)
    for place in (0, size // 2, size - 1):
        eighth = b"\1" * max(1, size // 8)
        other = content[:place] + eighth + content[place + len(eighth) :]
        assert not fits(other[:size], marks), place


def test_removed_means_removed_also_for_who_still_writes(part, tmp_path):
    def pieces():
        yield b"one"
        part.remove()
        yield b"two"

    with pytest.raises(PutAside), part.writing() as writer:
        writer.append(pieces())

    assert not part.path.exists()
    part.remove()
