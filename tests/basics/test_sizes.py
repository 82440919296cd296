import pytest

from portal.basics.sizes import size_words


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (1023, "1023 bytes"),
        (1024, "1 kB"),
        (940 * 1024**2, "940 MB"),
        (1024**2 - 1, "1 MB"),
        (1.2 * 1024**3, "1.2 GB"),
        (20 * 1024**3, "20 GB"),
        (5000 * 1024**4, "5000 TB"),
    ],
)
def test_sizes_in_words(size, words):
    assert size_words(int(size)) == words
