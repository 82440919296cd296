"""Who may watch: begins, view limits, windows, video passwords, co-owners, streams, what was watched, requests, options

Revision: 0004, after 0003

Sittings of before count as delivered, and as taken of their grant.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "options",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(
            ["changed_by_id"], ["users.id"], name=op.f("fk_options_changed_by_id_users"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_options")),
        sa.UniqueConstraint("name", name=op.f("uq_options_name")),
    )
    op.create_table(
        "co_owners",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("video_session_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("added_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["added_by_id"], ["users.id"], name=op.f("fk_co_owners_added_by_id_users"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_co_owners_user_id_users"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["video_session_id"],
            ["video_sessions.id"],
            name=op.f("fk_co_owners_video_session_id_video_sessions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_co_owners")),
        sa.UniqueConstraint("video_session_id", "user_id", name=op.f("uq_co_owners_video_session_id_user_id")),
    )
    with op.batch_alter_table("co_owners", schema=None) as batch_op:
        batch_op.create_index("ix_co_owners_user_id_video_session_id", ["user_id", "video_session_id"], unique=False)

    op.create_table(
        "password_unlocks",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("sign_in_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("video_session_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("password_version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["sign_in_id"], ["sign_ins.id"], name=op.f("fk_password_unlocks_sign_in_id_sign_ins"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["video_session_id"],
            ["video_sessions.id"],
            name=op.f("fk_password_unlocks_video_session_id_video_sessions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_password_unlocks")),
        sa.UniqueConstraint(
            "sign_in_id", "video_session_id", name=op.f("uq_password_unlocks_sign_in_id_video_session_id")
        ),
    )
    with op.batch_alter_table("password_unlocks", schema=None) as batch_op:
        batch_op.create_index("ix_password_unlocks_video_session_id_id", ["video_session_id", "id"], unique=False)

    op.create_table(
        "watch_records",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("video_session_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("media_file_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("opens", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("served", sa.JSON(), nullable=False),
        sa.Column("watched", sa.JSON(), nullable=False),
        sa.Column("watched_seconds", sa.Float(), nullable=False),
        sa.Column("position_seconds", sa.Float(), nullable=False),
        sa.Column("watched_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_watch_records_user_id_users"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["video_session_id"],
            ["video_sessions.id"],
            name=op.f("fk_watch_records_video_session_id_video_sessions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_watch_records")),
        sa.UniqueConstraint("user_id", "video_session_id", name=op.f("uq_watch_records_user_id_video_session_id")),
    )
    with op.batch_alter_table("watch_records", schema=None) as batch_op:
        batch_op.create_index("ix_watch_records_video_session_id_id", ["video_session_id", "id"], unique=False)

    op.create_table(
        "access_requests",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=16), nullable=False),
        sa.Column("guest_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("video_session_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("grant_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("grant_version", sa.Integer(), nullable=False),
        sa.Column("why", sa.String(length=20), nullable=False),
        sa.Column("words", sa.String(length=500), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "answer",
            sa.Enum("time", "views", "declined", name="answer", native_enum=False, create_constraint=True, length=40),
            nullable=True,
        ),
        sa.ForeignKeyConstraint(
            ["answered_by_id"], ["users.id"], name=op.f("fk_access_requests_answered_by_id_users"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["grant_id"], ["grants.id"], name=op.f("fk_access_requests_grant_id_grants"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["guest_id"], ["users.id"], name=op.f("fk_access_requests_guest_id_users"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["video_session_id"],
            ["video_sessions.id"],
            name=op.f("fk_access_requests_video_session_id_video_sessions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_requests")),
        sa.UniqueConstraint(
            "grant_id",
            "grant_version",
            "video_session_id",
            name=op.f("uq_access_requests_grant_id_grant_version_video_session_id"),
        ),
        sa.UniqueConstraint("key", name=op.f("uq_access_requests_key")),
    )
    with op.batch_alter_table("access_requests", schema=None) as batch_op:
        batch_op.create_index("ix_access_requests_guest_id_id", ["guest_id", "id"], unique=False)
        batch_op.create_index(
            "ix_access_requests_waiting",
            ["video_session_id", "id"],
            unique=False,
            sqlite_where=sa.text("answered_at IS NULL"),
            postgresql_where=sa.text("answered_at IS NULL"),
        )

    op.create_table(
        "view_budgets",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("grant_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("video_session_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.CheckConstraint("taken >= 0", name=op.f("ck_view_budgets_not_below_none")),
        sa.ForeignKeyConstraint(
            ["grant_id"], ["grants.id"], name=op.f("fk_view_budgets_grant_id_grants"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["video_session_id"],
            ["video_sessions.id"],
            name=op.f("fk_view_budgets_video_session_id_video_sessions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_view_budgets")),
        sa.UniqueConstraint("grant_id", "video_session_id", name=op.f("uq_view_budgets_grant_id_video_session_id")),
    )
    with op.batch_alter_table("view_budgets", schema=None) as batch_op:
        batch_op.create_index("ix_view_budgets_video_session_id_id", ["video_session_id", "id"], unique=False)

    op.create_table(
        "streams",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=16), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("viewing_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("sign_in_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("trace_code", sa.String(length=8), nullable=False),
        sa.Column("device", sa.String(length=120), nullable=False),
        sa.Column("network", sa.String(length=60), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("watched", sa.Integer(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["sign_in_id"], ["sign_ins.id"], name=op.f("fk_streams_sign_in_id_sign_ins"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_streams_user_id_users"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["viewing_id"], ["viewings.id"], name=op.f("fk_streams_viewing_id_viewings"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_streams")),
        sa.UniqueConstraint("key", name=op.f("uq_streams_key")),
        sa.UniqueConstraint("trace_code", name=op.f("uq_streams_trace_code")),
    )
    with op.batch_alter_table("streams", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_streams_sign_in_id"), ["sign_in_id"], unique=False)
        batch_op.create_index("ix_streams_user_id_id", ["user_id", "id"], unique=False)
        batch_op.create_index("ix_streams_viewing_id_id", ["viewing_id", "id"], unique=False)

    with op.batch_alter_table("grants", schema=None) as batch_op:
        batch_op.add_column(sa.Column("begins_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("end_set_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(
            sa.Column(
                "when_it_ends",
                sa.Enum("finish", "stop", name="whenitends", native_enum=False, create_constraint=True, length=40),
                nullable=False,
                server_default="finish",
            )
        )
        batch_op.add_column(sa.Column("views_limit", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
        batch_op.add_column(sa.Column("week_warned_for", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("day_warned_for", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("owner_week_warned_for", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("owner_day_warned_for", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index(
            "ix_grants_ends_at",
            ["ends_at"],
            unique=False,
            sqlite_where=sa.text("ends_at IS NOT NULL"),
            postgresql_where=sa.text("ends_at IS NOT NULL"),
        )
        batch_op.create_check_constraint(op.f("ck_grants_a_view_at_least"), "views_limit >= 1")

    with op.batch_alter_table("video_sessions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("is_published", sa.Boolean(), nullable=False, server_default=sa.true()))
        batch_op.add_column(sa.Column("opens_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("closes_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("password_hash", sa.String(length=200), nullable=True))
        batch_op.add_column(sa.Column("password_version", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("shows_name", sa.Boolean(), nullable=False, server_default=sa.true()))
        batch_op.create_check_constraint(
            op.f("ck_video_sessions_opens_before_it_closes"),
            "opens_at IS NULL OR closes_at IS NULL OR opens_at < closes_at",
        )

    with op.batch_alter_table("viewings", schema=None) as batch_op:
        batch_op.add_column(sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("given_back_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index("ix_viewings_grant_id", ["grant_id"], unique=False)
        batch_op.create_index(
            "ix_viewings_not_delivered",
            ["created_at"],
            unique=False,
            sqlite_where=sa.text("delivered_at IS NULL AND given_back_at IS NULL"),
            postgresql_where=sa.text("delivered_at IS NULL AND given_back_at IS NULL"),
        )
    _let_letters_be("'waiting', 'sent', 'failed', 'kept-back'")
    _forget_defaults()
    op.execute("UPDATE viewings SET delivered_at = created_at")
    op.execute(
        "INSERT INTO view_budgets (grant_id, video_session_id, taken) SELECT grant_id, video_session_id, count(*) "
        "FROM viewings WHERE grant_id IS NOT NULL GROUP BY grant_id, video_session_id"
    )


def _forget_defaults() -> None:
    """They were for the rows that are there; new ones say what they are."""
    for table, columns in (
        ("grants", ("when_it_ends", "version")),
        ("video_sessions", ("is_published", "password_version", "shows_name")),
    ):
        with op.batch_alter_table(table) as batch_op:
            for column in columns:
                batch_op.alter_column(column, server_default=None)


def _let_letters_be(states: str) -> None:
    with op.batch_alter_table("outgoing_emails") as batch_op:
        batch_op.drop_constraint(op.f("ck_outgoing_emails_emailstate"), type_="check")
        batch_op.create_check_constraint(op.f("ck_outgoing_emails_emailstate"), f"state IN ({states})")


def downgrade() -> None:
    op.execute("UPDATE outgoing_emails SET state = 'failed' WHERE state = 'kept-back'")
    _let_letters_be("'waiting', 'sent', 'failed'")
    with op.batch_alter_table("viewings", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_viewings_not_delivered",
            sqlite_where=sa.text("delivered_at IS NULL AND given_back_at IS NULL"),
            postgresql_where=sa.text("delivered_at IS NULL AND given_back_at IS NULL"),
        )
        batch_op.drop_index("ix_viewings_grant_id")
        batch_op.drop_column("given_back_at")
        batch_op.drop_column("delivered_at")

    with op.batch_alter_table("video_sessions", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_video_sessions_opens_before_it_closes"), type_="check")
        batch_op.drop_column("shows_name")
        batch_op.drop_column("password_version")
        batch_op.drop_column("password_hash")
        batch_op.drop_column("closes_at")
        batch_op.drop_column("opens_at")
        batch_op.drop_column("is_published")

    with op.batch_alter_table("grants", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_grants_a_view_at_least"), type_="check")
        batch_op.drop_constraint(op.f("ck_grants_whenitends"), type_="check")
        batch_op.drop_index("ix_grants_ends_at")
        batch_op.drop_column("owner_day_warned_for")
        batch_op.drop_column("owner_week_warned_for")
        batch_op.drop_column("day_warned_for")
        batch_op.drop_column("week_warned_for")
        batch_op.drop_column("version")
        batch_op.drop_column("views_limit")
        batch_op.drop_column("when_it_ends")
        batch_op.drop_column("end_set_at")
        batch_op.drop_column("begins_at")

    with op.batch_alter_table("streams", schema=None) as batch_op:
        batch_op.drop_index("ix_streams_viewing_id_id")
        batch_op.drop_index("ix_streams_user_id_id")
        batch_op.drop_index(batch_op.f("ix_streams_sign_in_id"))

    op.drop_table("streams")
    with op.batch_alter_table("view_budgets", schema=None) as batch_op:
        batch_op.drop_index("ix_view_budgets_video_session_id_id")

    op.drop_table("view_budgets")
    with op.batch_alter_table("access_requests", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_access_requests_waiting",
            sqlite_where=sa.text("answered_at IS NULL"),
            postgresql_where=sa.text("answered_at IS NULL"),
        )
        batch_op.drop_index("ix_access_requests_guest_id_id")

    op.drop_table("access_requests")
    with op.batch_alter_table("watch_records", schema=None) as batch_op:
        batch_op.drop_index("ix_watch_records_video_session_id_id")

    op.drop_table("watch_records")
    with op.batch_alter_table("password_unlocks", schema=None) as batch_op:
        batch_op.drop_index("ix_password_unlocks_video_session_id_id")

    op.drop_table("password_unlocks")
    with op.batch_alter_table("co_owners", schema=None) as batch_op:
        batch_op.drop_index("ix_co_owners_user_id_video_session_id")

    op.drop_table("co_owners")
    op.drop_table("options")
