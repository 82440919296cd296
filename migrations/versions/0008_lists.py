"""Lists of guests: what their rows mean, words that many letters share, and entries that reach many people

Revision: 0008, after 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
REFUSAL = "the audit trail is append-only"
HAS_WORDS = sa.text("words_id IS NOT NULL")


def upgrade() -> None:
    with op.batch_alter_table("guest_lists") as lists:
        lists.add_column(sa.Column("sheet", sa.String(length=200), nullable=False, server_default=""))
        lists.add_column(sa.Column("entries", sa.Text(), nullable=False, server_default="[]"))
    with op.batch_alter_table("guest_lists") as lists:
        lists.alter_column("sheet", server_default=None)
        lists.alter_column("entries", server_default=None)

    op.create_table(
        "email_words",
        sa.Column("id", ID, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_email_words")),
    )
    with op.batch_alter_table("outgoing_emails") as emails:
        emails.add_column(sa.Column("words_id", ID, nullable=True))
        emails.add_column(sa.Column("path", sa.String(length=200), nullable=True))
        emails.create_foreign_key(op.f("fk_outgoing_emails_words_id_email_words"), "email_words", ["words_id"], ["id"])
        emails.create_index(
            "ix_outgoing_emails_words_id",
            ["words_id"],
            unique=False,
            sqlite_where=HAS_WORDS,
            postgresql_where=HAS_WORDS,
        )

    op.create_table(
        "audit_reaches",
        sa.Column("sequence", ID, autoincrement=False, nullable=False),
        sa.Column("person_id", ID, autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["sequence"], ["audit_events.sequence"], name=op.f("fk_audit_reaches_sequence_audit_events")
        ),
        sa.PrimaryKeyConstraint("sequence", "person_id", name=op.f("pk_audit_reaches")),
    )
    op.create_index("ix_audit_reaches_person_id_sequence", "audit_reaches", ["person_id", "sequence"], unique=False)
    if op.get_bind().dialect.name == "sqlite":
        for act in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER audit_reaches_no_{act.lower()} BEFORE {act} ON audit_reaches "
                f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
            )
    else:
        op.execute(
            "CREATE FUNCTION refuse_reach_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"RAISE EXCEPTION '{REFUSAL}'; END $$"
        )
        op.execute(
            "CREATE TRIGGER audit_reaches_append_only BEFORE UPDATE OR DELETE ON audit_reaches "
            "FOR EACH ROW EXECUTE FUNCTION refuse_reach_change()"
        )
        op.execute(
            "CREATE TRIGGER audit_reaches_no_truncate BEFORE TRUNCATE ON audit_reaches "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_reach_change()"
        )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER audit_reaches_no_delete")
        op.execute("DROP TRIGGER audit_reaches_no_update")
    else:
        op.execute("DROP TRIGGER audit_reaches_append_only ON audit_reaches")
        op.execute("DROP TRIGGER audit_reaches_no_truncate ON audit_reaches")
        op.execute("DROP FUNCTION refuse_reach_change")
    op.drop_table("audit_reaches")
    with op.batch_alter_table("outgoing_emails") as emails:
        emails.drop_index("ix_outgoing_emails_words_id")
        emails.drop_constraint(op.f("fk_outgoing_emails_words_id_email_words"), type_="foreignkey")
        emails.drop_column("path")
        emails.drop_column("words_id")
    op.drop_table("email_words")
    with op.batch_alter_table("guest_lists") as lists:
        lists.drop_column("entries")
        lists.drop_column("sheet")
