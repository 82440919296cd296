"""The acceptable use policy that ships with the portal: version 1

Revision: 0003, after 0002

A version that somebody has accepted is kept on the way down: what was agreed to does not vanish.
"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

PUBLISHED_AT = datetime(2026, 11, 22, tzinfo=UTC)
SUMMARY = """\
What you watch here is for you alone. Do not record or pass it on.
Your account is yours alone. Tell us when something looks wrong.
We keep a record of what you watch and when.\
"""
BODY = """\
You were let in by name. Somebody here wants you to see a recording that is not public, and answers for your \
being here. This page says what you may do with what you find, what you may not, and what we write down. It \
holds for guests and for staff alike.

# What you may do

- Watch what is shared with you, for as long as it is shared: on any device of your own, as often as its \
terms allow.
- Pause, go back and watch again within those terms.
- Talk about what you saw, unless whoever shared it asked you to keep it to yourself for a while.
- Ask for more time, more views or another recording. The name of the person to ask stands beside each one.

# Keep the account to yourself

Your account is for you, not for your household, your office or your committee. Do not lend it, do not tell \
anyone your password, and do not leave a browser signed in where others use it. When someone else should see \
a recording, say so to the person who shared it with you: they can be let in by name, just as you were.

Letters from this portal hold links that are meant for you. A forwarded link lets nobody in, and it tells \
others what is shared with you.

# Do not pass on and do not record

- Do not save, copy or download a recording, and do not keep pictures or sound of it.
- Do not film or record the screen, and do not show a recording in a meeting, a call or a class, unless you \
were told that you may.
- Do not publish or pass on any part of it, also not in small groups, and do not put it into programs that \
learn from what they are given.

The people in these recordings agreed to be seen by you. They did not agree to be seen by everyone, and some \
are not finished with their work.

# Do not automate

Use the portal with a browser, by hand. Programs that fetch pages or recordings, that try passwords, or that \
look for ways around a limit are not allowed. Aids such as screen readers and password managers are welcome.

# Tell us when something looks wrong

Write to the person who invited you, at once, when you think that

- somebody else knows your password or has used your account,
- you can see something that was surely not meant for you,
- a letter in our name looks false,
- a recording has turned up elsewhere.

Then change your password. Nobody is blamed for telling us early. When you have found a weakness in the \
portal, tell us before anyone else and do not try how far it goes.

# What we write down

We keep a record of when you sign in and from which network and kind of browser, of what you watch and when, \
and of what is shared with you, by whom and until when. We use it to run the portal, to tell the people who \
shared a recording whether it was watched, and to find out what happened when one turns up elsewhere. We do \
not sell it, and no page here tells anyone outside that you were here.

# When somebody does not keep to this

Whoever shared a recording can end your access to it, and whoever runs the portal can close an account. If \
that happens to you by mistake, write to the person who invited you; a person decides, not a program.

# When this changes

Each version has a number and a date. When a new one is published, you are shown what is new and asked again \
before you go on. Versions that you accepted are kept.\
"""


def upgrade() -> None:
    policies = sa.table(
        "policies",
        sa.column("version", sa.Integer()),
        sa.column("summary", sa.Text()),
        sa.column("body", sa.Text()),
        sa.column("change_note", sa.String()),
        sa.column("published_at", sa.DateTime(timezone=True)),
    )
    kept = op.get_bind().execute(sa.text("SELECT count(*) FROM policies WHERE version = 1")).scalar()
    if not kept:
        first = {"version": 1, "summary": SUMMARY, "body": BODY, "change_note": "", "published_at": PUBLISHED_AT}
        op.bulk_insert(policies, [first])


def downgrade() -> None:
    op.execute(
        "DELETE FROM policies WHERE version = 1 AND NOT EXISTS "
        "(SELECT 1 FROM policy_acceptances WHERE policy_acceptances.policy_id = policies.id)"
    )
