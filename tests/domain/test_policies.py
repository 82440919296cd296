"""The acceptable use policy: dated versions that never change (product.md, Words)."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from portal.basics.errors import Conflict
from portal.domain import policies, sign_ins
from portal.domain.policies import Block
from portal.storage.db import db, transaction
from portal.storage.models import AuditEvent, Policy, PolicyAcceptance, User
from tests.factories import NOON, a_guest, a_sign_in_token, an_admin


def publish(by: User, body="The text.", note="What is new.", summary="In short."):
    with transaction():
        return policies.publish(summary, body, note, by=by, at=NOON)


def accept(user: User, **which):
    with transaction():
        policies.accept(user, NOON, **which)


def test_the_portal_ships_with_version_1(app):
    policy = policies.current()

    assert (policy.version, policy.published_by_id) == (1, None)
    assert len(policies.summary_lines(policy)) == 3
    assert 2 <= policies.reading_minutes(policy) <= 4
    assert {block.kind for block in policies.blocks(policy)} == {"heading", "paragraph", "list"}


def test_publishing_puts_a_new_version_in_force_and_keeps_the_old(app):
    admin = an_admin()

    publish(admin, summary="  One.  \n\n Two. ", body="\n# A\nb  \n", note="New\nthings")

    assert [policy.version for policy in policies.history()] == [2, 1]
    newest = policies.current()
    assert (newest.summary, newest.body, newest.change_note) == ("One.\nTwo.", "# A\nb", "New things")
    published = db.session.scalars(select(AuditEvent).where(AuditEvent.kind == "policy:published")).one()
    assert (published.actor_id, published.facts) == (admin.id, {"version": 2})


@pytest.mark.parametrize(("summary", "body"), [("", "text"), ("short", " \n ")])
def test_an_empty_policy_is_refused(app, summary, body):
    admin = an_admin()

    with pytest.raises(ValueError, match="needs a summary and a text"):
        publish(admin, summary=summary, body=body)


def test_a_new_version_has_to_be_accepted_at_the_next_request(app):
    admin, guest = an_admin(), a_guest()
    token, now = a_sign_in_token(guest), datetime.now(UTC)
    assert sign_ins.find(token, at=now).policy_accepted

    publish(admin)

    assert not sign_ins.find(token, at=now).policy_accepted
    accept(guest)
    assert sign_ins.find(token, at=now).policy_accepted


def test_accepting_twice_is_accepting_once(app):
    guest = a_guest(accepted=False)

    accept(guest)
    accept(guest)

    mine = select(func.count()).select_from(PolicyAcceptance).where(PolicyAcceptance.user_id == guest.id)
    assert db.session.scalar(mine) == 1
    assert len(db.session.scalars(select(AuditEvent).where(AuditEvent.kind == "policy:accepted")).all()) == 1


def test_an_older_version_cannot_be_accepted_for_the_newer(app):
    admin, guest = an_admin(), a_guest()
    publish(admin)

    with pytest.raises(Conflict):
        accept(guest, version=1)

    assert [policy.version for policy in policies.new_for(guest)] == [2]


def test_what_is_new_is_all_since_the_last_that_was_accepted(app):
    admin, guest, newcomer = an_admin(), a_guest(), a_guest(accepted=False)
    publish(admin, note="First.")
    publish(admin, note="Second.")

    assert [policy.change_note for policy in policies.new_for(guest)] == ["Second.", "First."]
    assert len(policies.new_for(newcomer)) == 3
    assert policies.accepted_by(newcomer) is None
    accepted = policies.accepted_by(guest)
    assert accepted is not None
    assert accepted[0].version == 1


@pytest.mark.parametrize(
    ("body", "pieces"),
    [
        ("One.\nstill one.\n\nTwo.", [Block("paragraph", ("One. still one.",)), Block("paragraph", ("Two.",))]),
        ("# Head\nText", [Block("heading", ("Head",)), Block("paragraph", ("Text",))]),
        ("- a\n- b\n  more b", [Block("list", ("a", "b more b"))]),
        ("- a\n\n- b\n\nText", [Block("list", ("a", "b")), Block("paragraph", ("Text",))]),
        ("Text\n- a", [Block("paragraph", ("Text",)), Block("list", ("a",))]),
        ("#no heading\n-no item", [Block("paragraph", ("#no heading -no item",))]),
        ("", []),
    ],
)
def test_the_text_is_read_in_pieces(body, pieces):
    assert policies.blocks(Policy(version=9, summary="", body=body, published_at=NOON - timedelta(days=1))) == pieces
