"""What the pages of sponsors are tried with: Dana Lee, signed in, and both doors."""

import pytest

from tests.factories import a_folder, a_sponsor, a_video_session


@pytest.fixture
def sponsor(app):
    return a_sponsor(name="Dana Lee")


@pytest.fixture
def at_home(client, sponsor):
    client.sign_in_as(sponsor)
    return client


@pytest.fixture(params=["session", "folder"])
def thing(request, sponsor):
    """Both doors."""
    if request.param == "session":
        return a_video_session(owner=sponsor, title="What your gift built")
    return a_folder(owner=sponsor, title="What your gift built")
