"""What an account says of itself."""

import pytest

from portal.storage.models import User


@pytest.mark.parametrize(
    ("name", "initials"),
    [
        ("Dana Lee", "DL"),
        ("Prof. Dr. Maximiliane von Hohenfels-Rautenstrauch", "MH"),
        ("Omar", "O"),
        ("J. R. Quill", "Q"),
        ("", "TW"),
        ("“—”", "?"),
    ],
)
def test_initials_are_of_the_name(name, initials):
    assert User(name=name, address="t.wierzbicki@northgate.example").initials == initials
