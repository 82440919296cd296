"""Video as people expect it: qualities, versions, uploads that go on, captions, chapters, attachments, the bin

Revision: 0005, after 0004

What plays becomes version 1 of its recording; posters have none. What left is counted in time from now on, so what
was counted in bytes is forgotten.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "attachments",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=16), nullable=False),
        sa.Column("video_session_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("store_key", sa.String(length=100), nullable=False),
        sa.Column("content_type", sa.String(length=60), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("uploaded_name", sa.String(length=255), nullable=False),
        sa.Column("added_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["added_by_id"], ["users.id"], name=op.f("fk_attachments_added_by_id_users"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["video_session_id"],
            ["video_sessions.id"],
            name=op.f("fk_attachments_video_session_id_video_sessions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachments")),
        sa.UniqueConstraint("key", name=op.f("uq_attachments_key")),
        sa.UniqueConstraint("store_key", name=op.f("uq_attachments_store_key")),
    )
    with op.batch_alter_table("attachments", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_attachments_video_session_id"), ["video_session_id"], unique=False)

    op.create_table(
        "caption_tracks",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=16), nullable=False),
        sa.Column("video_session_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("language", sa.String(length=35), nullable=False),
        sa.Column("cues", sa.JSON(), nullable=False),
        sa.Column("uploaded_name", sa.String(length=255), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["video_session_id"],
            ["video_sessions.id"],
            name=op.f("fk_caption_tracks_video_session_id_video_sessions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_caption_tracks")),
        sa.UniqueConstraint("key", name=op.f("uq_caption_tracks_key")),
        sa.UniqueConstraint("video_session_id", "language", name=op.f("uq_caption_tracks_video_session_id_language")),
    )
    op.create_table(
        "chapters",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("video_session_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("begins_at_seconds", sa.Float(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["video_session_id"],
            ["video_sessions.id"],
            name=op.f("fk_chapters_video_session_id_video_sessions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chapters")),
        sa.UniqueConstraint(
            "video_session_id", "begins_at_seconds", name=op.f("uq_chapters_video_session_id_begins_at_seconds")
        ),
    )
    op.create_table(
        "session_tags",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("video_session_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("word", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["video_session_id"],
            ["video_sessions.id"],
            name=op.f("fk_session_tags_video_session_id_video_sessions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session_tags")),
        sa.UniqueConstraint("video_session_id", "word", name=op.f("uq_session_tags_video_session_id_word")),
    )
    with op.batch_alter_table("session_tags", schema=None) as batch_op:
        batch_op.create_index("ix_session_tags_word_video_session_id", ["word", "video_session_id"], unique=False)

    op.create_table(
        "uploads",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=16), nullable=False),
        sa.Column("owner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("video_session_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("folder_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("file_name", sa.String(length=255), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("form_key", sa.String(length=16), nullable=True),
        sa.Column("failure", sa.String(length=300), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("touched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("became_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(
            ["became_id"], ["video_sessions.id"], name=op.f("fk_uploads_became_id_video_sessions"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["folder_id"], ["folders.id"], name=op.f("fk_uploads_folder_id_folders"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name=op.f("fk_uploads_owner_id_users"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["video_session_id"],
            ["video_sessions.id"],
            name=op.f("fk_uploads_video_session_id_video_sessions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_uploads")),
        sa.UniqueConstraint("key", name=op.f("uq_uploads_key")),
        sa.UniqueConstraint("owner_id", "form_key", name=op.f("uq_uploads_owner_id_form_key")),
    )
    with op.batch_alter_table("uploads", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_uploads_became_id"), ["became_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_uploads_folder_id"), ["folder_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_uploads_touched_at"), ["touched_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_uploads_video_session_id"), ["video_session_id"], unique=False)

    with op.batch_alter_table("media_files", schema=None) as batch_op:
        batch_op.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
        batch_op.add_column(sa.Column("name", sa.String(length=20), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("width", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("height", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("bit_rate", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("codecs", sa.String(length=60), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("index", sa.JSON(none_as_null=True), nullable=True))
        batch_op.drop_constraint(batch_op.f("uq_media_files_video_session_id_kind"), type_="unique")
        batch_op.create_unique_constraint(
            batch_op.f("uq_media_files_video_session_id_kind_version_name"),
            ["video_session_id", "kind", "version", "name"],
        )

    with op.batch_alter_table("video_sessions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("presenter", sa.String(length=200), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("recorded_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("media_version", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("next_version", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("whole_version", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("trim_start_seconds", sa.Double(), nullable=True))
        batch_op.add_column(sa.Column("trim_end_seconds", sa.Double(), nullable=True))
        batch_op.add_column(sa.Column("next_trim_start_seconds", sa.Double(), nullable=True))
        batch_op.add_column(sa.Column("next_trim_end_seconds", sa.Double(), nullable=True))
        batch_op.add_column(sa.Column("original_seconds", sa.Double(), nullable=True))
        batch_op.add_column(sa.Column("has_picture", sa.Boolean(), nullable=False, server_default=sa.true()))
        batch_op.add_column(sa.Column("poster_at_seconds", sa.Double(), nullable=True))
        batch_op.add_column(sa.Column("allows_download", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("allows_small_window", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("binned_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(
            sa.Column("binned_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)
        )
        batch_op.create_index(
            "ix_video_sessions_binned_at",
            ["binned_at"],
            unique=False,
            sqlite_where=sa.text("binned_at IS NOT NULL"),
            postgresql_where=sa.text("binned_at IS NOT NULL"),
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_video_sessions_binned_by_id_users"), "users", ["binned_by_id"], ["id"], ondelete="SET NULL"
        )

    with op.batch_alter_table("viewings", schema=None) as batch_op:
        batch_op.add_column(sa.Column("downloads", sa.Integer(), nullable=False, server_default="0"))

    with op.batch_alter_table("watch_records", schema=None) as batch_op:
        batch_op.add_column(sa.Column("media_version", sa.Integer(), nullable=False, server_default="0"))
        batch_op.drop_column("media_file_id")
    _let_files_be("'original', 'rendition', 'poster', 'picture', 'storyboard'")
    op.execute("UPDATE media_files SET version = 0 WHERE kind = 'poster'")
    op.execute("UPDATE media_files SET name = 'film' WHERE kind = 'rendition'")
    op.execute("UPDATE video_sessions SET media_version = 1, whole_version = 1 WHERE state = 'ready'")
    op.execute("UPDATE video_sessions SET next_version = 1 WHERE state <> 'ready'")
    op.execute("UPDATE watch_records SET served = '[]'")
    for table, columns in (
        ("media_files", ("version", "name", "codecs")),
        (
            "video_sessions",
            ("presenter", "media_version", "whole_version", "has_picture", "allows_download", "allows_small_window"),
        ),
        ("viewings", ("downloads",)),
        ("watch_records", ("media_version",)),
    ):
        with op.batch_alter_table(table) as batch_op:
            for column in columns:
                batch_op.alter_column(column, server_default=None)


def _let_files_be(kinds: str) -> None:
    with op.batch_alter_table("media_files") as batch_op:
        batch_op.drop_constraint(op.f("ck_media_files_mediakind"), type_="check")
        batch_op.create_check_constraint(op.f("ck_media_files_mediakind"), f"kind IN ({kinds})")


def downgrade() -> None:
    op.execute("DELETE FROM media_files WHERE kind IN ('picture', 'storyboard')")
    # one file of a kind again: the newest version's, and of its qualities the last that was made
    op.execute(
        "DELETE FROM media_files WHERE id NOT IN (SELECT MAX(id) FROM media_files GROUP BY video_session_id, kind)"
    )
    op.execute("UPDATE watch_records SET served = '[]'")
    _let_files_be("'original', 'rendition', 'poster'")
    with op.batch_alter_table("watch_records", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("media_file_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)
        )
        batch_op.drop_column("media_version")

    with op.batch_alter_table("viewings", schema=None) as batch_op:
        batch_op.drop_column("downloads")

    with op.batch_alter_table("video_sessions", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_video_sessions_binned_by_id_users"), type_="foreignkey")
        batch_op.drop_index(
            "ix_video_sessions_binned_at",
            sqlite_where=sa.text("binned_at IS NOT NULL"),
            postgresql_where=sa.text("binned_at IS NOT NULL"),
        )
        batch_op.drop_column("binned_by_id")
        batch_op.drop_column("binned_at")
        batch_op.drop_column("allows_small_window")
        batch_op.drop_column("allows_download")
        batch_op.drop_column("poster_at_seconds")
        batch_op.drop_column("has_picture")
        batch_op.drop_column("original_seconds")
        batch_op.drop_column("next_trim_end_seconds")
        batch_op.drop_column("next_trim_start_seconds")
        batch_op.drop_column("trim_end_seconds")
        batch_op.drop_column("trim_start_seconds")
        batch_op.drop_column("whole_version")
        batch_op.drop_column("next_version")
        batch_op.drop_column("media_version")
        batch_op.drop_column("recorded_on")
        batch_op.drop_column("presenter")

    with op.batch_alter_table("media_files", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_media_files_video_session_id_kind_version_name"), type_="unique")
        batch_op.create_unique_constraint(
            batch_op.f("uq_media_files_video_session_id_kind"), ["video_session_id", "kind"]
        )
        batch_op.drop_column("index")
        batch_op.drop_column("codecs")
        batch_op.drop_column("bit_rate")
        batch_op.drop_column("height")
        batch_op.drop_column("width")
        batch_op.drop_column("name")
        batch_op.drop_column("version")

    with op.batch_alter_table("uploads", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_uploads_video_session_id"))
        batch_op.drop_index(batch_op.f("ix_uploads_touched_at"))
        batch_op.drop_index(batch_op.f("ix_uploads_folder_id"))
        batch_op.drop_index(batch_op.f("ix_uploads_became_id"))

    op.drop_table("uploads")
    with op.batch_alter_table("session_tags", schema=None) as batch_op:
        batch_op.drop_index("ix_session_tags_word_video_session_id")

    op.drop_table("session_tags")
    op.drop_table("chapters")
    op.drop_table("caption_tracks")
    with op.batch_alter_table("attachments", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_attachments_video_session_id"))

    op.drop_table("attachments")
