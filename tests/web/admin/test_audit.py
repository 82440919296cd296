"""The audit trail on its page: sentences, filters, pages, the check."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from portal.domain import audit
from portal.domain.audit import AuditKind
from portal.domain.audit_reading import Entry, Party, Subject
from portal.storage.db import db, transaction
from portal.web.admin.audit_sentences import SENTENCES, sentence
from tests.factories import a_folder, a_grant, a_guest, a_sponsor, a_video_session, an_admin
from tests.web.admin.counting import queries_of

ZONE = "Europe/Berlin"
NO_LIMITS = {"begins": None, "until": None, "views": None, "when_it_ends": "finish"}
DANA = Party("danakey", "Dana Lee", "dana.lee@aldermere.example")
IMANI = Party("imanikey", "", "imani@brightwater.example")
GIFT = Subject("session", "giftkey", "What your gift built")


def an_entry(kind, *, actor=DANA, person=IMANI, subject=GIFT, **facts) -> Entry:
    return Entry(7, datetime(2026, 11, 22, 12, tzinfo=UTC), kind, kind.label, "", actor, person, subject, facts)


def words_of(entry) -> str:
    return "".join(piece.words for piece in sentence(entry, ZONE))


@pytest.fixture
def admin(app, client):
    admin = an_admin(name="Ada Admin")
    client.sign_in_as(admin)
    return admin


# Sentences


def test_every_kind_of_act_has_a_sentence_that_shows_its_facts():
    """A kind that is new needs a line in portal/web/admin/audit_sentences.py."""
    assert [kind.name for kind in AuditKind if kind not in SENTENCES] == []
    for kind in AuditKind:
        facts = {name: 3 if name in ("size_bytes", "length_seconds") else "" for name in kind.fact_names}
        for entry in (
            an_entry(kind, **facts),
            an_entry(kind, actor=None, person=None, subject=None, **facts),
            an_entry(kind, actor=IMANI, **facts),
        ):
            assert len(words_of(entry)) > 10, kind
        assert "(erased)" not in words_of(an_entry(kind, **facts)), kind


def test_a_sentence_says_who_named_whom_on_what_until_when():
    given = an_entry(AuditKind.GRANT_GIVEN, until="2026-12-04T17:00+00:00")

    assert words_of(given) == (
        "Dana Lee named imani@brightwater.example on “What your gift built” until Friday 4 December 2026, 18:00 CET"
    )
    assert words_of(an_entry(AuditKind.GRANT_GIVEN, until=None)).endswith("“What your gift built” without an end")


def test_a_sentence_tells_all_the_terms_of_a_grant():
    given = an_entry(
        AuditKind.GRANT_GIVEN,
        begins="2026-12-01T08:00+00:00",
        until="2026-12-04T17:00+00:00",
        views=2,
        when_it_ends="stop",
    )

    assert words_of(given).endswith(
        "“What your gift built” from Tuesday 1 December 2026, 09:00 CET until Friday 4 December 2026, 18:00 CET, "
        "2 views, stopping at once when it ends"
    )


def test_a_change_of_terms_names_what_was_not_limited_before():
    before = {"begins": None, "until": None, "views": None, "when_it_ends": "finish"}
    changed = an_entry(
        AuditKind.GRANT_CHANGED, before=before, after={**before, "views": 2, "when_it_ends": "stop", "until": None}
    )
    older = an_entry(AuditKind.GRANT_CHANGED, before={"until": "2026-12-04T17:00+00:00"}, after={"until": None})

    assert words_of(changed).endswith(
        ": views: no limit became 2; at the end: a sitting may finish became a sitting stops at once"
    )
    assert words_of(older).endswith(": until: Friday 4 December 2026, 18:00 CET became no end")


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        (
            {"right": "grant", "by": "Dana Lee", "folder": "Donors 2026", "password_passed_by": True},
            "named by Dana Lee on the folder “Donors 2026”; password not needed",
        ),
        ({"right": "grant", "by": "Dana Lee", "folder": None, "password_passed_by": False}, "named by Dana Lee"),
        ({"right": "password", "by": None, "folder": None, "password_passed_by": False}, "by its password"),
        ({"right": "co-owner", "by": None, "folder": None, "password_passed_by": False}, "as a co-owner"),
        ({"right": "grant"}, "as a named guest"),  # written by an older release
    ],
)
def test_watching_says_by_what_right(facts, words):
    started = an_entry(AuditKind.VIEWING_STARTED, actor=IMANI, title="What your gift built", **facts)

    assert words_of(started) == f"imani@brightwater.example started “What your gift built”: {words}"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"answer": "declined", "until": None, "views": None}, "no"),
        ({"answer": "views", "until": None, "views": 3}, "access without an end, 3 views in all"),
        (
            {"answer": "time", "until": "2026-12-04T17:00+00:00", "views": None},
            "access until Friday 4 December 2026, 18:00 CET, no limit of views",
        ),
    ],
)
def test_an_answer_says_what_the_guest_has_now(answer, words):
    answered = an_entry(AuditKind.ACCESS_ANSWERED, **answer)

    assert words_of(answered) == (
        f"Dana Lee answered imani@brightwater.example, who asked for “What your gift built”: {words}"
    )


def test_a_change_says_what_became_of_what():
    changed = an_entry(
        AuditKind.SESSION_CHANGED,
        before={"title": "Gift", "description": ""},
        after={"title": "The gift", "description": "Four years on"},
    )

    assert words_of(changed) == (
        "Dana Lee changed “What your gift built”: title: “Gift” became “The gift”; "
        "description: nothing became “Four years on”"
    )


def test_what_was_erased_is_said_to_be():
    entry = Entry(7, datetime(2026, 11, 22, tzinfo=UTC), AuditKind.USER_DISABLED, "", "", DANA, IMANI, None, None)

    assert words_of(entry) == "Dana Lee disabled imani@brightwater.example: (erased)"


def test_a_kind_of_a_later_release_is_shown_by_its_label():
    entry = Entry(7, datetime(2026, 11, 22, tzinfo=UTC), None, "event:closed", "", DANA, None, None, {})

    assert words_of(entry) == "event:closed by Dana Lee"


def test_a_thing_that_is_gone_keeps_its_title():
    gone = an_entry(AuditKind.FOLDER_DELETED, subject=None, title="Donors 2026")

    assert words_of(gone) == "Dana Lee deleted the folder “Donors 2026”"


# The page


def act(kind=AuditKind.PASSWORD_CHANGED, *, at=None, **about) -> None:
    with transaction():
        audit.record(kind, at=at or datetime.now(UTC), **about)


def test_the_page_tells_the_newest_first(admin, client):
    dana = a_sponsor(name="Dana Lee", address="dana.lee@aldermere.example")
    folder = a_folder(owner=dana, title="Donors 2026")
    act(AuditKind.FOLDER_MADE, actor=dana, subject=folder, title="Donors 2026")
    act(actor=dana)

    page = client.get("/admin/audit")

    assert page.heading == "Audit"
    text = page.text
    assert text.index("Dana Lee changed the password") < text.index("Dana Lee made the folder “Donors 2026”")


def test_a_grant_leads_to_the_session_it_is_on(admin, client):
    dana, imani = a_sponsor(name="Dana Lee"), a_guest(name="Imani Okafor")
    gift = a_video_session(owner=dana, title="What your gift built")
    act(AuditKind.GRANT_GIVEN, actor=dana, subject=a_grant(gift, imani), person=imani, **NO_LIMITS)
    act(AuditKind.FOLDER_MADE, actor=dana, subject=a_folder(title="Another"), title="Another")
    client.get("/admin/audit")

    page = client.click("“What your gift built”")

    assert "Dana Lee named Imani Okafor on “What your gift built” without an end" in page.text
    assert "Another" not in page.text


def test_the_trail_can_be_filtered_by_kind_person_thing_and_day(admin, client):
    dana, kim = a_sponsor(name="Dana Lee", address="dana.lee@aldermere.example"), a_sponsor(name="Kim Osei")
    act(AuditKind.FOLDER_MADE, actor=dana, title="Donors 2026")
    act(AuditKind.FOLDER_MADE, actor=kim, title="Judges")
    act(actor=kim, at=datetime(2026, 3, 4, 12, tzinfo=UTC))

    def shown(**wanted) -> str:
        return client.get("/admin/audit", query_string=wanted).text

    assert "Kim Osei changed" not in shown(kind="folder:made")
    assert "Donors 2026" in shown(kind="folder:made")
    assert "Judges" not in shown(person="Dana.Lee@Aldermere.example")
    assert "Donors 2026" in shown(person="dana.lee@aldermere.example")
    assert "Kim Osei changed the password" in shown(since="4.3.2026", until="4 Mar 2026")
    assert "Donors 2026" not in shown(since="4.3.2026", until="4 Mar 2026")
    assert "Nothing like that" in shown(since="5.3.2026", until="6.3.2026")
    assert "Kim Osei changed" not in shown(since="today")


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({"person": "nobody at all"}, "is not a mail address"),
        ({"since": "soonish"}, "Write the day like"),
        ({"since": "5.3.2026", "until": "4.3.2026"}, "“To” lies before “From”"),
    ],
)
def test_what_cannot_be_read_is_said_beside_its_field(admin, client, wanted, words):
    page = client.get("/admin/audit", query_string=wanted)

    assert page.status == 422
    assert words in page.errors[0]
    assert page.value(next(iter(wanted))) == next(iter(wanted.values()))


def test_an_unknown_kind_is_no_stack_trace(admin, client):
    assert client.get("/admin/audit?kind=event:closed&before=9999999999999999999999&after=%C2%B2").status == 200


def test_long_trails_come_in_pages_of_25_and_keep_the_filter(admin, client):
    dana = a_sponsor(name="Dana Lee", address="dana.lee@aldermere.example")
    with transaction():
        for number in range(60):
            audit.record(AuditKind.FOLDER_MADE, at=datetime.now(UTC), actor=dana, title=f"Folder no {number}.")

    first = client.get("/admin/audit", query_string={"person": dana.address})
    second = client.click("Older")
    third = client.click("Older")

    assert [page.text.count("Dana Lee made") for page in (first, second, third)] == [25, 25, 10]
    assert "Newer" not in first.links
    assert "Older" not in third.links
    assert "“Folder no 9.”" in third.text
    client.get(third.links["Newer"])
    assert client.get(third.links["Newer"]).text == second.text


def test_the_page_asks_the_same_number_of_questions_however_long_the_trail_is(admin, client):
    for _ in range(3):
        gift = a_video_session()
        act(AuditKind.GRANT_GIVEN, actor=a_sponsor(), subject=a_grant(gift), person=a_guest(), **NO_LIMITS)
    few = queries_of(lambda: client.get("/admin/audit"))
    for _ in range(20):
        gift = a_video_session()
        act(AuditKind.GRANT_GIVEN, actor=a_sponsor(), subject=a_grant(gift), person=a_guest(), **NO_LIMITS)

    many = queries_of(lambda: client.get("/admin/audit"))

    assert len(few) == len(many) <= 5


# The check


def test_an_admin_checks_the_trail(admin, client):
    act()
    act()
    client.get("/admin/audit")

    page = client.press("Check the trail", follow=True)

    entries = audit.verify().entries
    assert f"Checked: {entries} entries, unbroken" in page.notices[0]


def test_a_broken_trail_is_said_to_be(admin, client):
    act()
    act()
    if db.engine.dialect.name == "sqlite":
        db.session.execute(db.text("DROP TRIGGER audit_events_no_update"))
    else:
        db.session.execute(db.text("DROP TRIGGER audit_events_append_only ON audit_events"))
    db.session.execute(db.text("UPDATE audit_events SET network = 'elsewhere' WHERE sequence = 2"))
    db.session.commit()
    client.get("/admin/audit")

    page = client.press("Check the trail", follow=True)

    assert "The trail is broken Entry 2 was changed." in page.notices[0]


def test_the_latest_such_day_is_meant_without_a_year(admin, client):
    long_ago = datetime.now(UTC) - timedelta(days=40)
    its_day = long_ago.astimezone(ZoneInfo(ZONE))
    act(AuditKind.FOLDER_MADE, actor=admin, title="Old folder", at=long_ago)

    page = client.get("/admin/audit", query_string={"until": f"{its_day.day}.{its_day.month}."})

    assert "Old folder" in page.text
    assert page.text.count("signed in with") == 0
