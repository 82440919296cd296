"""One's own account at a glance."""

import pytest

from tests.factories import a_guest, a_sponsor, an_admin


def test_a_guest_sees_who_answers_for_them(client):
    sponsor = a_sponsor(name="Dana Lee", department="Alumni and Giving")
    client.sign_in_as(a_guest(name="Imani Okafor", sponsor=sponsor))

    page = client.get("/account")

    assert "Imani Okafor" in page.text
    assert "Dana Lee, Alumni and Giving" in page.text
    assert page.links[sponsor.address] == f"mailto:{sponsor.address}"
    assert "Version 1, accepted on" in page.text


@pytest.mark.parametrize(("a_person", "role"), [(a_sponsor, "Sponsor"), (an_admin, "Admin")])
def test_staff_see_their_role(client, a_person, role):
    client.sign_in_as(a_person())

    assert f"Role {role}" in client.get("/account").text


def test_a_name_is_never_markup(client):
    client.sign_in_as(a_guest(name="<b>Robert</b> & 'Tables' \u202e"))

    assert "<b>Robert</b> & 'Tables'" in client.get("/account").text
