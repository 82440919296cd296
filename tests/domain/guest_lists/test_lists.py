"""Lists of guests, from their rows to their letters (product.md, Events; issue 5, Lists)."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from portal.basics import tables
from portal.basics.errors import NotFound
from portal.basics.roles import UserState
from portal.domain import audit, audit_reading, guest_lists, housekeeping, mailbox, options, personal_data
from portal.domain.audit_reading import Wanted
from portal.domain.grants import FateKind, Terms
from portal.domain.guest_lists import AlreadySent, WrongList
from portal.mail.delivery import Sent
from portal.storage.db import db, transaction
from portal.storage.models import AuditEvent, EmailWords, Grant, GuestList, Invitation, OutgoingEmail, User
from tests.domain.grants.ways import A_DAY, an_invited_guest, statements
from tests.factories import NOON, a_folder, a_grant, a_guest, a_sponsor, a_video_session, an_admin, an_event

pytestmark = pytest.mark.usefixtures("app")
MANY = 30  # more than carry their own words


@pytest.fixture
def sponsor(app):
    return a_sponsor()


@pytest.fixture
def on(sponsor):
    return a_folder(owner=sponsor, title="Finals 2026")


def bring(text, on, by, *, at=NOON, note="", **terms):
    table = tables.read_text(text, most_rows=guest_lists.MOST_ROWS + 1)
    with transaction():
        kept = guest_lists.keep(table, on, terms=Terms(**terms), note=note, by=by, at=at, file_name="jury.csv")
    return guest_lists.find(kept.key, by, at=at)


def send(found, by, *, at=NOON, renew=True, seen_over=None):
    with transaction():
        return guest_lists.send(
            found, renew=renew, seen_over=seen_over or {}, why=lambda fate: fate.kind.value, by=by, at=at
        )


def many(number=MANY, name="g"):
    return "Mail\n" + "\n".join(f"{name}{n}@bw.example" for n in range(number))


def count(model):
    return db.session.scalar(select(func.count()).select_from(model))


def the_user(address):
    return db.session.scalars(select(User).where(User.address == address)).one()


def test_each_row_has_its_own_name_and_terms_and_the_lists_where_it_says_nothing(on, sponsor):
    found = bring(
        "Mail,First name,Last name,Until,Views\na@bw.example,Ada,Byron,4.12.2030 18:00,3\nb@bw.example,,,,\n",
        on,
        sponsor,
        ends_at=NOON + A_DAY,
        views=1,
    )

    send(found, sponsor)

    ada, other = the_user("a@bw.example"), the_user("b@bw.example")
    of = {grant.guest_id: grant for grant in db.session.scalars(select(Grant))}
    assert (ada.name, other.name) == ("Ada Byron", "")
    assert (of[ada.id].ends_at, of[ada.id].views_limit) == (datetime(2030, 12, 4, 17, 0, tzinfo=UTC), 3)
    assert (of[other.id].ends_at, of[other.id].views_limit) == (NOON + A_DAY, 1)


def test_letters_of_many_are_kept_once_and_each_is_written_as_to_one(on, sponsor):
    one = bring("a@bw.example", on, sponsor, note="Do come.")
    send(one, sponsor)
    send(bring(many(), on, sponsor, note="Do come."), sponsor)

    alone = db.session.scalars(select(OutgoingEmail).where(OutgoingEmail.to_address == "a@bw.example")).one()
    among = db.session.scalars(select(OutgoingEmail).where(OutgoingEmail.to_address == "g7@bw.example")).one()
    assert (among.text, count(EmailWords)) == (None, 1)
    with transaction():
        taken = mailbox.take(among.id, at=NOON)
    assert taken is not None
    token = (among.path or "").rpartition("/")[2]
    of_one = (alone.text or "").replace("a@bw.example", "g7@bw.example")
    token_of_one = of_one.partition("/invitations/")[2].split()[0]
    assert taken.message.text.replace(token, "T").split() == of_one.replace(token_of_one, "T").split()
    assert token in taken.message.html
    assert "g7@bw.example" in taken.message.html
    assert "blank-" not in taken.message.text + taken.message.html


def test_words_of_many_are_forgotten_once_the_last_letter_is_gone(on, sponsor):
    send(bring(many(), on, sponsor), sponsor)
    ids = list(db.session.scalars(select(OutgoingEmail.id)))
    for number, email_id in enumerate(ids):
        with transaction():
            mailbox.forget_words(at=NOON + A_DAY)
        assert count(EmailWords) == 1, number
        with transaction():
            taken = mailbox.take(email_id, at=NOON)
            assert taken is not None
            mailbox.settle(taken, Sent(), at=NOON)

    with transaction():
        mailbox.forget_words(at=NOON + A_DAY)

    assert count(EmailWords) == 0
    assert list(db.session.scalars(select(OutgoingEmail.path).distinct())) == [None]


def test_a_fresh_link_keeps_back_the_one_of_the_list(on, sponsor):
    send(bring(many(), on, sponsor), sponsor)

    send(bring("g3@bw.example", a_video_session(owner=sponsor), sponsor), sponsor)

    to_them = select(OutgoingEmail).where(OutgoingEmail.to_address == "g3@bw.example").order_by(OutgoingEmail.id)
    older, fresh = db.session.scalars(to_them)
    assert (older.state.value, older.path, older.words_id) == ("kept-back", None, None)
    assert fresh.state.value == "waiting"


def test_the_same_list_twice_does_nothing_twice(on, sponsor):
    found = bring(many(), on, sponsor)
    send(found, sponsor)
    before = (count(User), count(Grant), count(Invitation), count(OutgoingEmail))

    with pytest.raises(AlreadySent):
        send(found, sponsor)
    again = send(bring(many(), on, sponsor), sponsor)

    assert len(again.unchanged) == MANY
    assert (count(User), count(Grant), count(Invitation), count(OutgoingEmail)) == before


def test_good_rows_are_kept_together_or_not_at_all(on, sponsor, monkeypatch):
    found = bring(many(), on, sponsor)
    monkeypatch.setattr(audit, "insert_all", lambda *_, **__: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        send(found, sponsor)

    db.session.rollback()
    assert (count(Grant), count(Invitation), count(OutgoingEmail)) == (0, 0, 0)
    assert not guest_lists.find(found.kept.key, sponsor, at=NOON).is_sent


def test_one_entry_is_found_by_each_whom_it_names_and_the_chain_covers_them(on, sponsor):
    known = a_guest()
    send(bring(f"{many()}\n{known.address}", on, sponsor), sponsor)

    entries = list(db.session.scalars(select(AuditEvent).where(AuditEvent.kind == "list:sent")))
    assert len(entries) == 1
    for address in ("g0@bw.example", f"g{MANY - 1}@bw.example", known.address):
        found = audit_reading.listed(Wanted(person=address)).rows
        assert "list:sent" in [entry.label for entry in found]
    assert "list:sent" not in [e.label for e in audit_reading.listed(Wanted(person=an_admin().address)).rows]
    assert audit.verify().fault is None


def test_nobody_finds_the_others_of_a_list_in_what_is_held_about_them(on, sponsor):
    known = a_guest()
    send(bring(f"{many()}\n{known.address}", on, sponsor), sponsor)

    (entry,) = [entry for entry in personal_data.collect(known)["audit_entries"] if entry["what"] == "list:sent"]

    assert entry["facts"] is None


def test_an_ended_account_is_renewed_until_its_rows_end_or_left_out(on, sponsor):
    ended = a_guest(sponsor=sponsor, ends_at=NOON - A_DAY)
    text = f"Mail,Until\n{ended.address},4.12.2030\n"

    assert len(send(bring(text, on, sponsor), sponsor, renew=False).left_out) == 1
    send(bring(text, on, sponsor), sponsor)

    db.session.refresh(ended)
    assert ended.ends_at == datetime(2030, 12, 4, 22, 59, tzinfo=UTC)


def test_who_is_invited_already_gets_one_merged_invitation(on, sponsor):
    pending = an_invited_guest(sponsor=sponsor)

    named = send(bring(f"{pending.address}\nnew@bw.example", on, sponsor), sponsor)

    assert {fate.address for fate in named.invited} == {pending.address, "new@bw.example"}
    open_links = select(Invitation).where(Invitation.user_id == pending.id, Invitation.replaced_at.is_(None))
    assert len(list(db.session.scalars(open_links))) == 1


def test_the_quota_counts_who_was_invited_in_the_last_day(on, sponsor):
    admin = an_admin()
    with transaction():
        options.set_new_guests(5, by=admin, at=NOON)
    send(bring(many(3, "a"), on, sponsor, at=NOON - A_DAY * 2), sponsor, at=NOON - A_DAY * 2)
    send(bring(many(3, "b"), on, sponsor), sponsor)

    named = send(bring(many(4, "c"), on, sponsor), sponsor)

    assert [fate.address for fate in named.invited] == ["c0@bw.example", "c1@bw.example"]
    assert {fate.kind for fate in named.left_out} == {FateKind.OVER_QUOTA}
    assert len(send(bring(many(6, "d"), on, admin), admin).invited) == 6  # admins have no quota


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("x@bw.example,yesterday week,", "Write the day like"),
        ("x@bw.example,1.1.2020,", "“Until” lies in the past"),
        ("x@bw.example,,0", "Views must be a whole number from 1 to 99"),
        ("x(at)bw.example,,", "is not a mail address"),
        (",4.12.2030,", "There is no address in this row"),
        (f"{'x' * 300}@bw.example,,", "longer than a mail address can be"),
    ],
)
def test_a_bad_row_is_named_and_loses_no_good_one(on, sponsor, row, words):
    found = bring(f"Mail,Until,Views\ngood@bw.example,,\n{row}\n", on, sponsor)

    good, bad = guest_lists.preview(found, by=sponsor, at=NOON)
    named = send(found, sponsor)

    assert bad.is_bad
    assert words in bad.fate.fault
    assert [fate.address for fate in named.invited] == [good.entry.address]
    found = guest_lists.find(found.kept.key, sponsor, at=NOON)
    assert found.kept.result
    assert [number for number, _ in found.kept.result["left_out"]] == [3]


def test_an_end_that_passes_between_preview_and_sending_leaves_its_row_out(on, sponsor):
    found = bring("Mail,Until\na@bw.example,22.11.2026 18:00\nb@bw.example,\n", on, sponsor)

    named = send(found, sponsor, at=NOON + A_DAY / 2)

    assert [fate.address for fate in named.invited] == ["b@bw.example"]
    assert [fate.kind for fate in named.left_out] == [FateKind.WRONG_TERMS]


def test_views_that_were_used_up_are_given_anew_only_as_the_preview_showed_them(on, sponsor):
    guest = a_guest()
    grant = a_grant(on, guest, ends_at=NOON - timedelta(hours=1))
    found = bring(guest.address, on, sponsor)
    (row,) = guest_lists.preview(found, by=sponsor, at=NOON)
    assert row.fate.kind is FateKind.AGAIN

    named = send(found, sponsor, seen_over={})

    assert len(named.unchanged) == 1
    db.session.refresh(grant)
    assert grant.ends_at == NOON - timedelta(hours=1)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Name,Town\nInes,Berlin", "There is no mail address in this list"),
        ("Mail\n", "no rows beside its head"),
    ],
)
def test_a_list_that_names_nobody_is_refused(on, sponsor, text, words):
    with pytest.raises(WrongList, match=words):
        bring(text, on, sponsor)


def test_a_list_is_found_by_who_brought_it_for_a_day(on, sponsor):
    found = bring("a@bw.example", on, sponsor)

    for by, at in ((a_sponsor(), NOON), (an_admin(), NOON), (sponsor, NOON + A_DAY)):
        with pytest.raises(NotFound):
            guest_lists.find(found.kept.key, by, at=at)


def test_lists_go_after_a_day_and_what_they_gave_stays(on, sponsor):
    send(bring(many(), on, sponsor), sponsor)
    bring("new@bw.example", on, sponsor, at=NOON + A_DAY)

    with transaction():
        housekeeping.forget_lists(at=NOON + A_DAY + timedelta(minutes=1))

    assert count(GuestList) == 1
    assert count(Grant) == MANY


def test_a_list_of_thousands_takes_as_many_statements_as_one_of_thirty(on, sponsor):
    few, thousands = bring(many(), on, sponsor), bring(many(2000, "h"), on, sponsor)

    assert statements(lambda: guest_lists.preview(thousands, by=sponsor, at=NOON)) == statements(
        lambda: guest_lists.preview(few, by=sponsor, at=NOON)
    )
    assert statements(lambda: send(thousands, sponsor)) == statements(lambda: send(few, sponsor))
    assert the_user("h1999@bw.example").state is UserState.INVITED


# At an event


def test_guests_of_an_event_get_its_window_and_rows_outside_of_it_are_left_out(sponsor):
    event = an_event(owner=sponsor, opens_at=NOON - A_DAY, closes_at=NOON + A_DAY * 7)
    text = "Mail,Until\na@bw.example,\nb@bw.example,25.11.2026\nc@bw.example,1.12.2026\n"

    found = bring(text, event, sponsor)
    named = send(found, sponsor)

    assert [fate.address for fate in named.invited] == ["a@bw.example", "b@bw.example"]
    (left_out,) = named.left_out
    assert (left_out.kind, left_out.fault[:17]) == (FateKind.WRONG_TERMS, "The event closes ")
    grants = list(db.session.scalars(select(Grant).order_by(Grant.id)))
    assert {grant.event_id for grant in grants} == {event.id}
    assert {grant.begins_at for grant in grants} == {event.opens_at}
    assert [grant.ends_at for grant in grants] == [event.closes_at, datetime(2026, 11, 25, 22, 59, tzinfo=UTC)]


def test_nobody_is_named_on_an_event_that_has_closed(sponsor):
    event = an_event(owner=sponsor, closes_at=NOON + A_DAY / 2)
    found = bring(many(3), event, sponsor)

    named = send(found, sponsor, at=NOON + A_DAY / 2)

    assert {fate.fault for fate in named.left_out} == {"The event has closed. Open it again first"}
    assert count(Grant) == 0


def test_a_list_for_somebody_elses_event_is_not_found(sponsor):
    event = an_event(owner=sponsor)
    found = bring(many(3), event, sponsor)
    other = a_sponsor()
    with transaction():
        event.owner_id = other.id

    with pytest.raises(NotFound):
        guest_lists.find(found.kept.key, sponsor, at=NOON)
