"""Events: what they show, who is assigned what, judging, their closings; bulk resets of passwords; lists of guests

Revision: 0007, after 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "events",
        sa.Column("id", ID, nullable=False),
        sa.Column("key", sa.String(length=16), nullable=False),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.String(length=60), nullable=False),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "on_closing",
            sa.Enum("void", "keep", "disable", name="onclosing", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("is_judged", sa.Boolean(), nullable=False),
        sa.Column("is_blind", sa.Boolean(), nullable=False),
        sa.Column("is_shuffled", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("form_key", sa.String(length=16), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("opens_at < closes_at", name=op.f("ck_events_opens_before_it_closes")),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name=op.f("fk_events_owner_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
        sa.UniqueConstraint("key", name=op.f("uq_events_key")),
        sa.UniqueConstraint("owner_id", "form_key", name=op.f("uq_events_owner_id_form_key")),
    )
    with op.batch_alter_table("events", schema=None) as batch_op:
        batch_op.create_index(
            "ix_events_closes_at",
            ["closes_at"],
            unique=False,
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        )
        batch_op.create_index("ix_events_owner_id_id", ["owner_id", "id"], unique=False)

    op.create_table(
        "criteria",
        sa.Column("id", ID, nullable=False),
        sa.Column("key", sa.String(length=16), nullable=False),
        sa.Column("event_id", ID, nullable=False),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("help", sa.String(length=500), nullable=False),
        sa.Column("lowest", sa.Integer(), nullable=False),
        sa.Column("highest", sa.Integer(), nullable=False),
        sa.Column("weight", sa.Double(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("lowest < highest", name=op.f("ck_criteria_a_range")),
        sa.CheckConstraint("weight > 0", name=op.f("ck_criteria_weighs_something")),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_criteria_event_id_events"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_criteria")),
        sa.UniqueConstraint("key", name=op.f("uq_criteria_key")),
    )
    with op.batch_alter_table("criteria", schema=None) as batch_op:
        batch_op.create_index("ix_criteria_event_id_position", ["event_id", "position"], unique=False)

    op.create_table(
        "event_folders",
        sa.Column("id", ID, nullable=False),
        sa.Column("event_id", ID, nullable=False),
        sa.Column("folder_id", ID, nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_event_folders_event_id_events"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["folder_id"], ["folders.id"], name=op.f("fk_event_folders_folder_id_folders"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_folders")),
        sa.UniqueConstraint("event_id", "folder_id", name=op.f("uq_event_folders_event_id_folder_id")),
    )
    with op.batch_alter_table("event_folders", schema=None) as batch_op:
        batch_op.create_index("ix_event_folders_folder_id_event_id", ["folder_id", "event_id"], unique=False)

    op.create_table(
        "event_mailings",
        sa.Column("id", ID, nullable=False),
        sa.Column("event_id", ID, nullable=False),
        sa.Column(
            "letter",
            sa.Enum("reminder", "thanks", name="letterofevent", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("sent_to", sa.Integer(), nullable=False),
        sa.Column("by_id", ID, nullable=True),
        sa.Column("form_key", sa.String(length=16), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["by_id"], ["users.id"], name=op.f("fk_event_mailings_by_id_users"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_event_mailings_event_id_events"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_mailings")),
        sa.UniqueConstraint("event_id", "form_key", name=op.f("uq_event_mailings_event_id_form_key")),
    )
    with op.batch_alter_table("event_mailings", schema=None) as batch_op:
        batch_op.create_index("ix_event_mailings_event_id_id", ["event_id", "id"], unique=False)

    op.create_table(
        "reset_runs",
        sa.Column("id", ID, nullable=False),
        sa.Column("key", sa.String(length=16), nullable=False),
        sa.Column("by_id", ID, nullable=True),
        sa.Column("event_id", ID, nullable=True),
        sa.Column("reach", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("words", sa.String(length=300), nullable=False),
        sa.Column("mails_way_in", sa.Boolean(), nullable=False),
        sa.Column("sign_ins_ended", sa.Integer(), nullable=False),
        sa.Column("form_key", sa.String(length=16), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_reset_runs_by_id_users"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_reset_runs_event_id_events"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reset_runs")),
        sa.UniqueConstraint("by_id", "form_key", name=op.f("uq_reset_runs_by_id_form_key")),
        sa.UniqueConstraint("key", name=op.f("uq_reset_runs_key")),
    )
    with op.batch_alter_table("reset_runs", schema=None) as batch_op:
        batch_op.create_index("ix_reset_runs_by_id_id", ["by_id", "id"], unique=False)

    op.create_table(
        "blind_labels",
        sa.Column("id", ID, nullable=False),
        sa.Column("event_id", ID, nullable=False),
        sa.Column("video_session_id", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_blind_labels_event_id_events"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["video_session_id"],
            ["video_sessions.id"],
            name=op.f("fk_blind_labels_video_session_id_video_sessions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_blind_labels")),
        sa.UniqueConstraint("event_id", "number", name=op.f("uq_blind_labels_event_id_number")),
        sa.UniqueConstraint("event_id", "video_session_id", name=op.f("uq_blind_labels_event_id_video_session_id")),
    )
    with op.batch_alter_table("blind_labels", schema=None) as batch_op:
        batch_op.create_index("ix_blind_labels_video_session_id", ["video_session_id"], unique=False)

    op.create_table(
        "event_closings",
        sa.Column("id", ID, nullable=False),
        sa.Column("event_id", ID, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", ID, nullable=True),
        sa.Column(
            "on_closing",
            sa.Enum("void", "keep", "disable", name="onclosing", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("reset_run_id", ID, nullable=True),
        sa.Column("grants_ended", sa.Integer(), nullable=False),
        sa.Column("sign_ins_ended", sa.Integer(), nullable=False),
        sa.Column("accounts_disabled", sa.Integer(), nullable=False),
        sa.Column("sheets_frozen", sa.Integer(), nullable=False),
        sa.Column("reopened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reopened_by_id", ID, nullable=True),
        sa.ForeignKeyConstraint(
            ["by_id"], ["users.id"], name=op.f("fk_event_closings_by_id_users"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_event_closings_event_id_events"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["reopened_by_id"], ["users.id"], name=op.f("fk_event_closings_reopened_by_id_users"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["reset_run_id"],
            ["reset_runs.id"],
            name=op.f("fk_event_closings_reset_run_id_reset_runs"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_closings")),
    )
    with op.batch_alter_table("event_closings", schema=None) as batch_op:
        batch_op.create_index("ix_event_closings_event_id_id", ["event_id", "id"], unique=False)

    op.create_table(
        "event_sessions",
        sa.Column("id", ID, nullable=False),
        sa.Column("event_id", ID, nullable=False),
        sa.Column("video_session_id", ID, nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_event_sessions_event_id_events"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["video_session_id"],
            ["video_sessions.id"],
            name=op.f("fk_event_sessions_video_session_id_video_sessions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_sessions")),
        sa.UniqueConstraint("event_id", "video_session_id", name=op.f("uq_event_sessions_event_id_video_session_id")),
    )
    with op.batch_alter_table("event_sessions", schema=None) as batch_op:
        batch_op.create_index(
            "ix_event_sessions_video_session_id_event_id", ["video_session_id", "event_id"], unique=False
        )

    op.create_table(
        "guest_lists",
        sa.Column("id", ID, nullable=False),
        sa.Column("key", sa.String(length=16), nullable=False),
        sa.Column("by_id", ID, nullable=False),
        sa.Column("event_id", ID, nullable=True),
        sa.Column("folder_id", ID, nullable=True),
        sa.Column("video_session_id", ID, nullable=True),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("rows", sa.Text(), nullable=False),
        sa.Column("columns", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("terms", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("result", sa.JSON(none_as_null=True), nullable=True),
        sa.CheckConstraint(
            "(CASE WHEN event_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN folder_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN video_session_id IS NULL THEN 0 ELSE 1 END) = 1",
            name=op.f("ck_guest_lists_for_one_thing"),
        ),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_guest_lists_by_id_users"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_guest_lists_event_id_events"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["folder_id"], ["folders.id"], name=op.f("fk_guest_lists_folder_id_folders"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["video_session_id"],
            ["video_sessions.id"],
            name=op.f("fk_guest_lists_video_session_id_video_sessions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guest_lists")),
        sa.UniqueConstraint("key", name=op.f("uq_guest_lists_key")),
    )
    with op.batch_alter_table("guest_lists", schema=None) as batch_op:
        batch_op.create_index("ix_guest_lists_by_id_id", ["by_id", "id"], unique=False)
        batch_op.create_index("ix_guest_lists_created_at", ["created_at"], unique=False)
        batch_op.create_index("ix_guest_lists_event_id", ["event_id"], unique=False)
        batch_op.create_index("ix_guest_lists_folder_id", ["folder_id"], unique=False)
        batch_op.create_index("ix_guest_lists_video_session_id", ["video_session_id"], unique=False)

    op.create_table(
        "reset_outcomes",
        sa.Column("id", ID, nullable=False),
        sa.Column("run_id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "voided",
                "skipped",
                "failed",
                name="resetoutcomekind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("why", sa.String(length=60), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("email_id", ID, nullable=True),
        sa.ForeignKeyConstraint(
            ["email_id"],
            ["outgoing_emails.id"],
            name=op.f("fk_reset_outcomes_email_id_outgoing_emails"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["reset_runs.id"], name=op.f("fk_reset_outcomes_run_id_reset_runs"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_reset_outcomes_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reset_outcomes")),
        sa.UniqueConstraint("run_id", "user_id", name=op.f("uq_reset_outcomes_run_id_user_id")),
    )
    with op.batch_alter_table("reset_outcomes", schema=None) as batch_op:
        batch_op.create_index("ix_reset_outcomes_email_id", ["email_id"], unique=False)
        batch_op.create_index("ix_reset_outcomes_run_id_id", ["run_id", "id"], unique=False)
        batch_op.create_index("ix_reset_outcomes_user_id_id", ["user_id", "id"], unique=False)

    op.create_table(
        "score_sheets",
        sa.Column("id", ID, nullable=False),
        sa.Column("key", sa.String(length=16), nullable=False),
        sa.Column("event_id", ID, nullable=False),
        sa.Column("judge_id", ID, nullable=False),
        sa.Column("video_session_id", ID, nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft", "final", "recused", name="sheetstate", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("finalised_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("state <> 'final' OR finalised_at IS NOT NULL", name=op.f("ck_score_sheets_final_since")),
        sa.CheckConstraint("state <> 'recused' OR reason <> ''", name=op.f("ck_score_sheets_recused_for_a_reason")),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_score_sheets_event_id_events"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["judge_id"], ["users.id"], name=op.f("fk_score_sheets_judge_id_users"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["video_session_id"],
            ["video_sessions.id"],
            name=op.f("fk_score_sheets_video_session_id_video_sessions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_score_sheets")),
        sa.UniqueConstraint(
            "event_id", "judge_id", "video_session_id", name=op.f("uq_score_sheets_event_id_judge_id_video_session_id")
        ),
        sa.UniqueConstraint("key", name=op.f("uq_score_sheets_key")),
    )
    with op.batch_alter_table("score_sheets", schema=None) as batch_op:
        batch_op.create_index(
            "ix_score_sheets_judge_id_video_session_id", ["judge_id", "video_session_id"], unique=False
        )
        batch_op.create_index("ix_score_sheets_video_session_id", ["video_session_id"], unique=False)

    op.create_table(
        "assignments",
        sa.Column("id", ID, nullable=False),
        sa.Column("grant_id", ID, nullable=False),
        sa.Column("video_session_id", ID, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["grant_id"], ["grants.id"], name=op.f("fk_assignments_grant_id_grants"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["video_session_id"],
            ["video_sessions.id"],
            name=op.f("fk_assignments_video_session_id_video_sessions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignments")),
        sa.UniqueConstraint("grant_id", "video_session_id", name=op.f("uq_assignments_grant_id_video_session_id")),
    )
    with op.batch_alter_table("assignments", schema=None) as batch_op:
        batch_op.create_index(
            "ix_assignments_video_session_id_grant_id", ["video_session_id", "grant_id"], unique=False
        )

    op.create_table(
        "closed_accounts",
        sa.Column("id", ID, nullable=False),
        sa.Column("closing_id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["closing_id"],
            ["event_closings.id"],
            name=op.f("fk_closed_accounts_closing_id_event_closings"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_closed_accounts_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closed_accounts")),
        sa.UniqueConstraint("closing_id", "user_id", name=op.f("uq_closed_accounts_closing_id_user_id")),
    )
    with op.batch_alter_table("closed_accounts", schema=None) as batch_op:
        batch_op.create_index("ix_closed_accounts_user_id", ["user_id"], unique=False)

    op.create_table(
        "scores",
        sa.Column("id", ID, nullable=False),
        sa.Column("sheet_id", ID, nullable=False),
        sa.Column("criterion_id", ID, nullable=False),
        sa.Column("points", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["criterion_id"], ["criteria.id"], name=op.f("fk_scores_criterion_id_criteria"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["sheet_id"], ["score_sheets.id"], name=op.f("fk_scores_sheet_id_score_sheets"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scores")),
        sa.UniqueConstraint("sheet_id", "criterion_id", name=op.f("uq_scores_sheet_id_criterion_id")),
    )
    with op.batch_alter_table("scores", schema=None) as batch_op:
        batch_op.create_index("ix_scores_criterion_id", ["criterion_id"], unique=False)

    with op.batch_alter_table("grants", schema=None) as batch_op:
        batch_op.add_column(sa.Column("event_id", ID, nullable=True))
        batch_op.add_column(sa.Column("is_assigned", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.create_index("ix_grants_event_id_id", ["event_id", "id"], unique=False)
        batch_op.create_index("ix_grants_guest_id_event_id", ["guest_id", "event_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_grants_event_id_events"), "events", ["event_id"], ["id"], ondelete="CASCADE"
        )
        batch_op.drop_constraint(op.f("ck_grants_on_one_thing"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_grants_on_one_thing"),
            "(CASE WHEN video_session_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN folder_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN event_id IS NULL THEN 0 ELSE 1 END) = 1",
        )
        batch_op.create_check_constraint(
            op.f("ck_grants_assigned_at_events_alone"), "event_id IS NOT NULL OR NOT is_assigned"
        )
    with op.batch_alter_table("grants", schema=None) as batch_op:
        batch_op.alter_column("is_assigned", server_default=None)


def downgrade() -> None:
    op.execute("DELETE FROM grants WHERE event_id IS NOT NULL")  # what an event gave goes with it
    with op.batch_alter_table("grants", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_grants_assigned_at_events_alone"), type_="check")
        batch_op.drop_constraint(op.f("ck_grants_on_one_thing"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_grants_on_one_thing"), "(video_session_id IS NULL) <> (folder_id IS NULL)"
        )
        batch_op.drop_constraint(batch_op.f("fk_grants_event_id_events"), type_="foreignkey")
        batch_op.drop_index("ix_grants_guest_id_event_id")
        batch_op.drop_index("ix_grants_event_id_id")
        batch_op.drop_column("is_assigned")
        batch_op.drop_column("event_id")

    with op.batch_alter_table("scores", schema=None) as batch_op:
        batch_op.drop_index("ix_scores_criterion_id")

    op.drop_table("scores")
    with op.batch_alter_table("closed_accounts", schema=None) as batch_op:
        batch_op.drop_index("ix_closed_accounts_user_id")

    op.drop_table("closed_accounts")
    with op.batch_alter_table("assignments", schema=None) as batch_op:
        batch_op.drop_index("ix_assignments_video_session_id_grant_id")

    op.drop_table("assignments")
    with op.batch_alter_table("score_sheets", schema=None) as batch_op:
        batch_op.drop_index("ix_score_sheets_video_session_id")
        batch_op.drop_index("ix_score_sheets_judge_id_video_session_id")

    op.drop_table("score_sheets")
    with op.batch_alter_table("reset_outcomes", schema=None) as batch_op:
        batch_op.drop_index("ix_reset_outcomes_user_id_id")
        batch_op.drop_index("ix_reset_outcomes_run_id_id")
        batch_op.drop_index("ix_reset_outcomes_email_id")

    op.drop_table("reset_outcomes")
    with op.batch_alter_table("guest_lists", schema=None) as batch_op:
        batch_op.drop_index("ix_guest_lists_video_session_id")
        batch_op.drop_index("ix_guest_lists_folder_id")
        batch_op.drop_index("ix_guest_lists_event_id")
        batch_op.drop_index("ix_guest_lists_created_at")
        batch_op.drop_index("ix_guest_lists_by_id_id")

    op.drop_table("guest_lists")
    with op.batch_alter_table("event_sessions", schema=None) as batch_op:
        batch_op.drop_index("ix_event_sessions_video_session_id_event_id")

    op.drop_table("event_sessions")
    with op.batch_alter_table("event_closings", schema=None) as batch_op:
        batch_op.drop_index("ix_event_closings_event_id_id")

    op.drop_table("event_closings")
    with op.batch_alter_table("blind_labels", schema=None) as batch_op:
        batch_op.drop_index("ix_blind_labels_video_session_id")

    op.drop_table("blind_labels")
    with op.batch_alter_table("reset_runs", schema=None) as batch_op:
        batch_op.drop_index("ix_reset_runs_by_id_id")

    op.drop_table("reset_runs")
    with op.batch_alter_table("event_mailings", schema=None) as batch_op:
        batch_op.drop_index("ix_event_mailings_event_id_id")

    op.drop_table("event_mailings")
    with op.batch_alter_table("event_folders", schema=None) as batch_op:
        batch_op.drop_index("ix_event_folders_folder_id_event_id")

    op.drop_table("event_folders")
    with op.batch_alter_table("criteria", schema=None) as batch_op:
        batch_op.drop_index("ix_criteria_event_id_position")

    op.drop_table("criteria")
    with op.batch_alter_table("events", schema=None) as batch_op:
        batch_op.drop_index("ix_events_owner_id_id")
        batch_op.drop_index(
            "ix_events_closes_at",
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        )

    op.drop_table("events")
