"""Calendar files that go with letters

Revision: 0009, after 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("outgoing_emails", "email_words"):
        with op.batch_alter_table(table) as letters:
            letters.add_column(sa.Column("calendar", sa.Text(), nullable=True))


def downgrade() -> None:
    for table in ("email_words", "outgoing_emails"):
        with op.batch_alter_table(table) as letters:
            letters.drop_column("calendar")
