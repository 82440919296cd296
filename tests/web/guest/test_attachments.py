"""Papers of a recording, as a guest gets them."""

from datetime import UTC, datetime

import pytest

from portal.domain import attachments
from portal.domain.work import tools
from portal.storage.db import db, transaction
from portal.storage.models import User
from tests.domain.test_attachments import PDF
from tests.factories import a_grant, a_guest, a_sponsor, a_video_session

NOW = datetime.now(UTC)
LONG = PDF[:-7] + bytes(3_000_000) + b"\n%%EOF\n"


@pytest.fixture
def sponsor(app):
    return a_sponsor(name="Dana Lee")


@pytest.fixture
def video_session(sponsor):
    return a_video_session(owner=sponsor)


@pytest.fixture
def address(sponsor, video_session):
    path = tools().media.incoming_folder / "upload-paper"
    path.write_bytes(LONG)
    with attachments.stored(path, name="s.pdf") as stored, transaction():
        paper = attachments.add(video_session, stored, title="Die Folien “2026” / Ω", by=sponsor, at=NOW)
    return f"/watch/{video_session.key}/attachments/{paper.key}"


@pytest.fixture
def grant(sponsor, video_session):
    return a_grant(video_session, a_guest(sponsor=sponsor))


@pytest.fixture
def guest(client, grant):
    client.sign_in_as(db.session.get(User, grant.guest_id))
    return client


def test_a_paper_is_saved_to_disk_and_never_shown_inside_of_the_portal(guest, address):
    answer = guest.get(address).response

    assert (answer.status_code, answer.data) == (200, LONG)
    assert answer.content_type == "application/pdf"
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
    assert "Die%20Folien" in answer.headers["Content-Disposition"]
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "private, no-store"


def test_who_may_not_watch_any_more_gets_no_byte_and_no_length(guest, address, grant):
    with transaction():
        grant.revoked_at = NOW

    answer = guest.get(address).response

    assert (answer.status_code, answer.data) == (404, b"")


def test_a_right_that_ends_while_it_is_sent_stops_it(guest, address, grant):
    answer = guest.http.get(address, buffered=False)
    begun = next(answer.iter_encoded())
    with transaction():
        grant.revoked_at = NOW

    with pytest.raises(ConnectionResetError):
        list(answer.iter_encoded())
    answer.close()
    assert 0 < len(begun) < len(LONG)


def test_nobody_signed_in_gets_a_404(client, address):
    assert client.get(address).status == 404
