"""One of every letter, and the readers in them."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from portal.mail import letters
from portal.mail.calendar import CalendarEntry
from portal.mail.letters import SharedItem

FRIDAY = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
BEGIN = datetime(2026, 11, 27, 8, 0, tzinfo=UTC)
END = datetime(2026, 12, 4, 17, 0, tzinfo=UTC)
OPEN_UNTIL = datetime(2026, 12, 6, 17, 0, tzinfo=UTC)
BERLIN = "Europe/Berlin"

GIFT = SharedItem(
    title="What your gift built: the Northern Light scholars, four years on", length_seconds=2885, ends_at=END
)
MEADOW = SharedItem(
    title="Meadow Morning, diploma film of the animation studio (working cut)", length_seconds=540, ends_at=END
)
FOLDER = SharedItem(title="Films of the spring term", kind="folder")


def an_invitation(**changes: Any) -> letters.InvitationLetter:
    words: dict[str, Any] = {
        "to": "imani.okafor@brightwater.example",
        "zone": BERLIN,
        "reply_to": "dana.lee@aldermere.example",
        "sponsor_name": "Dana Lee",
        "sponsor_department": "Alumni and Giving",
        "sponsor_address": "dana.lee@aldermere.example",
        "note": "Imani, these are the two films I told you about on the phone. "
        "The second is still a working cut, so please keep it to yourself until the premiere.",
        "items": (GIFT, MEADOW),
        "path": "/invitations/kT9vQ2mX7bLw4cR8yNf3Zs6HdJp1GaUe5WtB0oKqVxA",
        "open_until": OPEN_UNTIL,
        "entered_at": FRIDAY,
    }
    return letters.InvitationLetter(**(words | changes))


def a_shared_with_you(**changes: Any) -> letters.SharedWithYouLetter:
    words: dict[str, Any] = {
        "to": "imani.okafor@brightwater.example",
        "zone": BERLIN,
        "reply_to": "dana.lee@aldermere.example",
        "sponsor_name": "Dana Lee",
        "sponsor_address": "dana.lee@aldermere.example",
        "items": (GIFT,),
        "path": "/watch/7f3k",
        "entered_at": FRIDAY,
    }
    return letters.SharedWithYouLetter(**(words | changes))


def a_staff_invitation(**changes: Any) -> letters.StaffInvitationLetter:
    words: dict[str, Any] = {
        "to": "dana.lee@aldermere.example",
        "zone": BERLIN,
        "reply_to": "robin.hale@aldermere.example",
        "inviter_name": "Robin Hale",
        "inviter_address": "robin.hale@aldermere.example",
        "role": "sponsor",
        "path": "/invitations/Zs6HdJp1GaUe5WtB0oKqVxAkT9vQ2mX7bLw4cR8yNf3",
        "open_until": OPEN_UNTIL,
        "entered_at": FRIDAY,
    }
    return letters.StaffInvitationLetter(**(words | changes))


LETTERS: tuple[letters.Letter, ...] = (
    an_invitation(),
    an_invitation(
        items=(GIFT, FOLDER), sponsor_name="דנה לי 🎬", note="First line\nsecond line\n\nNew paragraph", asks_code=False
    ),
    an_invitation(items=(GIFT, replace(MEADOW, from_name="Tomas Berg"))),
    an_invitation(items=(replace(GIFT, begins_at=BEGIN, views=2), replace(MEADOW, begins_at=BEGIN, views=2))),
    an_invitation(items=(replace(GIFT, begins_at=BEGIN, views=2), replace(FOLDER, views=3), MEADOW)),
    a_shared_with_you(),
    a_shared_with_you(items=(replace(GIFT, views=3, views_used=2),)),
    a_shared_with_you(items=(FOLDER,), note="Two more came in since we spoke."),
    a_staff_invitation(),
    a_staff_invitation(role="admin", note="For the time that I am away.", asks_code=False, reply_to=None),
    letters.SetUpCodeLetter(to="imani.okafor@brightwater.example", code="482913"),
    letters.GuestSetUpLetter(
        to="dana.lee@aldermere.example",
        zone=BERLIN,
        guest_name="Imani Okafor",
        guest_address="imani.okafor@brightwater.example",
        at=FRIDAY,
    ),
    letters.PasswordResetLetter(
        to="imani.okafor@brightwater.example",
        zone=BERLIN,
        path="/passwords/reset/4cR8yNf3Zs6HdJp1GaUe5WtB0oKqVxAkT9vQ2mX7bLw",
        open_until=OPEN_UNTIL,
    ),
    letters.NewWayInLetter(
        to="imani.okafor@brightwater.example",
        zone=BERLIN,
        by_name="Robin Hale",
        why="Shared tablet left behind after the jury dinner",
        path="/password/reset/4cR8yNf3Zs6HdJp1GaUe5WtB0oKqVxAkT9vQ2mX7bLw",
        at=FRIDAY,
        open_until=OPEN_UNTIL,
    ),
    letters.NewWayInLetter(
        to="imani.okafor@brightwater.example",
        by_name="",
        why="",
        path="/password/reset/4cR8yNf3Zs6HdJp1GaUe5WtB0oKqVxAkT9vQ2mX7bLw",
        at=FRIDAY,
        open_until=OPEN_UNTIL,
    ),
    letters.PasswordChangedLetter(
        to="imani.okafor@brightwater.example", zone=BERLIN, at=FRIDAY, how="changed", path="/passwords/forgotten"
    ),
    letters.InvitationRefusedLetter(
        to="dana.lee@aldermere.example",
        zone=BERLIN,
        guest_address="imani.okafor@brightwater.example",
        reason="No such mailbox.",
        at=FRIDAY,
    ),
    letters.AccessAskedLetter(
        to="dana.lee@aldermere.example",
        zone=BERLIN,
        reply_to="imani.okafor@brightwater.example",
        guest_name="Imani Okafor",
        guest_address="imani.okafor@brightwater.example",
        title=GIFT.title,
        why="used-up",
        note="I missed the last ten minutes when the train went into the tunnel.",
        path="/requests",
    ),
    letters.AccessAskedLetter(
        to="dana.lee@aldermere.example",
        guest_name="imani.okafor@brightwater.example",
        guest_address="imani.okafor@brightwater.example",
        title=GIFT.title,
        why="not-begun",
        path="/requests",
    ),
    letters.AccessGivenLetter(
        to="imani.okafor@brightwater.example",
        zone=BERLIN,
        reply_to="dana.lee@aldermere.example",
        sponsor_name="Dana Lee",
        sponsor_address="dana.lee@aldermere.example",
        title=GIFT.title,
        length_seconds=GIFT.length_seconds,
        folder_title="Films of the spring term",
        days=7,
        views=1,
        ends_at=END,
        views_left=1,
        path="/watch/7f3k",
        asked_at=FRIDAY,
    ),
    letters.AccessGivenLetter(
        to="imani.okafor@brightwater.example",
        zone=BERLIN,
        reply_to="dana.lee@aldermere.example",
        sponsor_name="Dana Lee",
        sponsor_address="dana.lee@aldermere.example",
        title=GIFT.title,
        path="/watch/7f3k",
        asked_at=FRIDAY,
    ),
    letters.AccessDeclinedLetter(
        to="imani.okafor@brightwater.example",
        zone=BERLIN,
        reply_to="dana.lee@aldermere.example",
        sponsor_name="Dana Lee",
        title=GIFT.title,
        path="/",
        asked_at=FRIDAY,
    ),
    letters.EventReminderLetter(
        to="rosalind.achterberg@northgate.example",
        zone=BERLIN,
        reply_to="dana.lee@aldermere.example",
        sponsor_name="Dana Lee",
        title="Finals 2026",
        closes_at=END,
        note="Two films are left, and they are short.",
        path="/watch/events/7f3k",
        entry=CalendarEntry("7f3k", "Finals 2026", BEGIN, END, "/watch/events/7f3k"),
    ),
    letters.EventThanksLetter(
        to="rosalind.achterberg@northgate.example",
        zone=BERLIN,
        reply_to="dana.lee@aldermere.example",
        sponsor_name="Dana Lee",
        title="Finals 2026",
        note="It was a pleasure to have you.",
    ),
    letters.EventClosedLetter(
        to="dana.lee@aldermere.example",
        zone=BERLIN,
        title="Finals 2026",
        closed_at=END,
        by_clock=True,
        guests=12,
        sign_ins=9,
        passwords=8,
        disabled=0,
        path="/events/7f3k/report",
    ),
    letters.EndingSoonLetter(
        to="imani.okafor@brightwater.example",
        zone=BERLIN,
        reply_to="dana.lee@aldermere.example",
        sponsor_name="Dana Lee",
        items=(replace(GIFT, from_name="Dana Lee", views=2, views_used=1),),
        path="/watch/7f3k",
    ),
    letters.EndingSoonLetter(
        to="imani.okafor@brightwater.example",
        zone=BERLIN,
        reply_to="dana.lee@aldermere.example",
        sponsor_name="Dana Lee",
        items=(
            replace(GIFT, from_name="Dana Lee"),
            replace(MEADOW, from_name="Tomas Berg"),
            replace(FOLDER, from_name="Dana Lee", ends_at=END),
        ),
        path="/",
    ),
    letters.GuestsEndingSoonLetter(
        to="dana.lee@aldermere.example",
        zone=BERLIN,
        guests=1,
        lines=(letters.EndingGuest("Imani Okafor", "imani.okafor@brightwater.example", GIFT.title, END),),
        path="/guests/7f3k",
    ),
    letters.GuestsEndingSoonLetter(
        to="dana.lee@aldermere.example",
        zone=BERLIN,
        guests=3,
        lines=(
            letters.EndingGuest("Imani Okafor", "imani.okafor@brightwater.example", GIFT.title, END, is_used_up=True),
            letters.EndingGuest("", "yuki.tanabe@sakura-trust.example", MEADOW.title, END, has_come=False),
            letters.EndingGuest("דנה לי 🎬", "r.achterberg@northgate.example", FOLDER.title, OPEN_UNTIL),
        ),
        more=4,
        path="/guests?state=ending",
    ),
)
