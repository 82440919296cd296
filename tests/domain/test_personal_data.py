"""What a person takes away: everything of theirs, no secret, nothing of anybody else."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from portal.domain import audit, personal_data, playback, requests
from portal.domain.audit import AuditKind
from portal.storage.db import Model, db, transaction
from portal.storage.models import (
    AuditEvent,
    Invitation,
    OutgoingEmail,
    PasswordReset,
    SignIn,
    Stream,
    Viewing,
    WatchRecord,
)
from tests.factories import (
    a_folder,
    a_grant,
    a_guest,
    a_sign_in_token,
    a_sponsor,
    a_video_session,
    an_admin,
)

NOW = datetime.now(UTC)
DAY = timedelta(days=1)


@pytest.fixture
def dana(app):
    return a_sponsor(name="Dana Lee", address="dana.lee@aldermere.example")


@pytest.fixture
def imani(dana):
    return a_guest(name="Imani Okafor", address="imani@okafor.example", sponsor=dana)


def a_film(dana, title, **given):
    return a_video_session(owner=dana, title=title, ready_at=NOW - 90 * DAY, **given)


def sign_in_of(user):
    a_sign_in_token(user)
    return db.session.scalars(select(SignIn).where(SignIn.user_id == user.id).order_by(SignIn.id.desc())).first()


def played(guest, film):
    sign_in = sign_in_of(guest)
    with transaction():
        stream = playback.start(guest, film.key, sign_in=sign_in, at=NOW, move_here=True)
    assert isinstance(stream, Stream)
    return stream


def record(guest, film, **given):
    with transaction():
        db.session.add(WatchRecord(user_id=guest.id, video_session_id=film.id, **given))


class TestWhatIsInIt:
    def test_the_account_and_who_answers_for_it(self, imani):
        account = personal_data.collect(imani)["account"]

        assert account["address"] == "imani@okafor.example"
        assert account["sponsor"] == {"name": "Dana Lee", "address": "dana.lee@aldermere.example"}

    def test_what_was_shared_and_what_was_used_of_it(self, imani, dana):
        film = a_film(dana, "Meadow Morning")
        shelf = a_folder(owner=dana, title="Open lectures")
        on_shelf = a_film(dana, "Two voices", folder_id=shelf.id, in_folder_since=NOW - DAY)
        a_grant(film, imani, views_limit=2, ends_at=NOW + DAY)
        a_grant(shelf, imani)
        played(imani, film)
        played(imani, on_shelf)

        direct, by_shelf = personal_data.collect(imani)["shared_with_you"]

        assert (direct["recording"], direct["by"], direct["views_limit"]) == ("Meadow Morning", dana.name, 2)
        assert direct["views_taken"] == [{"recording": "Meadow Morning", "taken": 1}]
        assert direct["ends_at"] == (NOW + DAY).isoformat(timespec="seconds")
        assert (by_shelf["recording"], by_shelf["folder"]) == (None, "Open lectures")
        assert by_shelf["views_taken"] == [{"recording": "Two voices", "taken": 1}]

    def test_sittings_with_their_players_and_what_was_watched(self, imani, dana):
        film = a_film(dana, "Meadow Morning")
        a_grant(film, imani)
        stream = played(imani, film)
        record(imani, film, opens=2, watched=[[0, 50]], watched_seconds=5.0, position_seconds=5.0)

        data = personal_data.collect(imani)

        [sitting] = data["sittings"]
        assert (sitting["recording"], sitting["by"]) == ("Meadow Morning", "grant")
        assert [player["trace_code"] for player in sitting["players"]] == [stream.trace_code]
        [watched] = data["watched"]
        assert (watched["opened"], watched["parts_in_seconds"]) == (2, [[0.0, 5.0]])

    def test_requests_letters_policies_and_sign_ins(self, imani, dana):
        film = a_film(dana, "Meadow Morning")
        a_grant(film, imani, ends_at=NOW - DAY)
        sign_in = sign_in_of(imani)
        with transaction():
            requests.ask(imani, film.key, "One more day", sign_in=sign_in, at=NOW)

        data = personal_data.collect(imani)

        assert [(one["recording"], one["your_words"]) for one in data["requests"]] == [
            ("Meadow Morning", "One more day")
        ]
        assert [one["version"] for one in data["policies_accepted"]] == [1]
        assert [one["device"] for one in data["sign_ins"]] == ["a test"]

    def test_letters_by_their_kind(self, imani, dana):
        with transaction():
            db.session.add(
                OutgoingEmail(
                    message_id="<1@aldermere.example>",
                    letter="shared_with_you",
                    user_id=imani.id,
                    to_address=imani.address,
                    subject="Dana Lee shares",
                    text="a way in",
                    next_try_at=NOW,
                    created_at=NOW,
                )
            )

        [letter] = personal_data.collect(imani)["letters"]

        assert letter["letter"] == "shared_with_you"
        assert "a way in" not in json.dumps(letter)

    def test_what_the_trail_says_by_them_and_about_them(self, imani, dana):
        admin = an_admin()
        with transaction():
            audit.record(AuditKind.USER_DISABLED, at=NOW, actor=admin, subject=imani, reason="left the board")
            audit.record(AuditKind.POLICY_ACCEPTED, at=NOW, actor=imani, version=1)

        entries = personal_data.collect(imani)["audit_entries"]

        assert [(one["what"], one["by"], one["facts"]) for one in entries] == [
            ("user:disabled", "staff", {"reason": "left the board"}),
            ("policy:accepted", "you", {"version": 1}),
        ]


class TestTakingItAway:
    def test_is_on_the_trail(self, imani):
        with transaction():
            personal_data.download(imani, at=NOW)

        [entry] = db.session.scalars(select(AuditEvent).where(AuditEvent.kind == "user:data-downloaded"))
        assert entry.actor_id == imani.id

    def test_is_plain_text_for_programs(self, imani, dana):
        film = a_film(dana, "Meadow Morning")
        a_grant(film, imani)
        played(imani, film)
        with transaction():
            data = personal_data.download(imani, at=NOW)

        assert json.loads(json.dumps(data)) == data


class TestWhatIsNotInIt:
    def test_no_secret(self, imani, dana):
        """No token, no hash of one, no key that is part of a media address."""
        film = a_film(dana, "Meadow Morning", password_hash="v1$of-the-video", password_version=1)
        a_grant(film, imani)
        stream = played(imani, film)
        sign_in = sign_in_of(imani)
        with transaction():
            db.session.add(
                Invitation(
                    user_id=imani.id,
                    token_hash="hash-of-invitation",
                    code_hash="hash-of-code",
                    proof_hash="hash-of-proof",
                    created_at=NOW,
                    ends_at=NOW,
                )
            )
            db.session.add(
                PasswordReset(user_id=imani.id, token_hash="hash-of-reset", created_at=NOW, ends_at=NOW + DAY)
            )
        viewing = db.session.get(Viewing, stream.viewing_id)

        text = json.dumps(personal_data.collect(imani))

        secrets = [imani.password_hash, sign_in.token_hash, stream.key, viewing.key, sign_in.key, film.key]
        secrets += ["hash-of-invitation", "hash-of-code", "hash-of-proof", "hash-of-reset", "of-the-video"]
        assert [secret for secret in secrets if secret in text] == []

    def test_nothing_of_another_guest(self, imani, dana):
        film = a_film(dana, "Meadow Morning")
        other = a_guest(name="Roswitha Quill", address="roswitha@quill.example", sponsor=dana)
        for guest in (imani, other):
            a_grant(film, guest)
        played(other, film)
        record(other, film, watched=[[0, 777]], watched_seconds=77.7)

        data = personal_data.collect(imani)

        assert "oswitha" not in json.dumps(data)
        assert "quill" not in json.dumps(data)
        assert (data["sittings"], data["watched"]) == ([], [])

    def test_staff_take_nothing_of_their_guests(self, imani, dana):
        with transaction():
            audit.record(AuditKind.USER_INVITED, at=NOW, actor=dana, subject=imani, address=imani.address, role="guest")
            audit.record(
                AuditKind.INVITATION_SENT, at=NOW, actor=dana, person=imani, address=imani.address, again=False
            )

        data = personal_data.collect(dana)

        assert "okafor" not in json.dumps(data)
        assert [(one["what"], one["facts"]) for one in data["audit_entries"]] == [
            ("user:invited", None),
            ("invitation:sent", None),
        ]

    def test_a_network_of_somebody_else_is_not_told(self, imani):
        admin = an_admin()
        token = audit.acting_from.set("198.51.100.7")
        with transaction():
            audit.record(AuditKind.USER_ENABLED, at=NOW, actor=admin, subject=imani)
        audit.acting_from.reset(token)

        assert "198.51.100.7" not in json.dumps(personal_data.collect(imani))

    def test_the_title_of_what_was_taken_back_unwatched(self, imani, dana):
        a_grant(a_film(dana, "Given by mistake"), imani, revoked_at=NOW)
        a_grant(a_folder(owner=dana, title="Confidential"), imani, revoked_at=NOW)
        seen = a_film(dana, "Watched before")
        grant = a_grant(seen, imani)
        played(imani, seen)
        with transaction():
            grant.revoked_at = NOW

        text = json.dumps(personal_data.collect(imani))

        assert "Given by mistake" not in text
        assert "Confidential" not in text
        assert "Watched before" in text


def test_every_table_that_points_at_a_person_is_in_it_or_left_out_for_a_reason(app):
    """A table that is new has to be thought about."""
    of_people = {
        table.name
        for table in Model.metadata.tables.values()
        if any(key.column.table.name == "users" for key in table.foreign_keys)
    }
    in_it = {
        "users",
        "grants",
        "invitations",
        "access_requests",
        "viewings",
        "streams",
        "watch_records",
        "sign_ins",
        "policy_acceptances",
        "password_resets",
        "reset_outcomes",
        "closed_accounts",
        "score_sheets",
        "outgoing_emails",
    }
    work_of_staff = {
        "folders",
        "video_sessions",
        "uploads",
        "attachments",
        "co_owners",
        "options",
        "policies",
        "guest_lists",
        "reset_runs",
        "events",
        "event_closings",
        "event_mailings",
    }

    assert of_people - in_it - work_of_staff == set()
