"""What recordings are found by: their words, the passages of what is said, and what looks them up

Revision: 0006, after 0005

The tables begin empty. The worker fills them for what is there already, for words are compared by the portal's rules.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    on_postgresql = op.get_bind().dialect.name == "postgresql"
    op.create_table(
        "search_documents",
        sa.Column("video_session_id", ID, autoincrement=False, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("words", sa.dialects.postgresql.TSVECTOR() if on_postgresql else sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["video_session_id"],
            ["video_sessions.id"],
            name=op.f("fk_search_documents_video_session_id_video_sessions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("video_session_id", name=op.f("pk_search_documents")),
    )
    op.create_table(
        "search_passages",
        sa.Column("id", ID, nullable=False),
        sa.Column("video_session_id", ID, nullable=False),
        sa.Column("begins_at_ms", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["video_session_id"],
            ["video_sessions.id"],
            name=op.f("fk_search_passages_video_session_id_video_sessions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_passages")),
    )
    op.create_index("ix_search_passages_video_session_id_id", "search_passages", ["video_session_id", "id"])
    if on_postgresql:
        op.create_index("ix_search_documents_words", "search_documents", ["words"], postgresql_using="gin")
    else:
        for statement in _SQLITE:
            op.execute(statement)


# As the manual of SQLite has it for an index over a table ("external content tables"): without places, for no words are
# looked for side by side; letters as they are, for the portal has folded them. A later migration that rebuilds the
# table in a batch has to make the triggers anew.
_FORGET = "INSERT INTO search_index(search_index, rowid, words) VALUES ('delete', old.video_session_id, old.words)"
_KEEP = "INSERT INTO search_index(rowid, words) VALUES (new.video_session_id, new.words)"
_SQLITE = (
    """CREATE VIRTUAL TABLE search_index USING fts5(
        words, content='search_documents', content_rowid='video_session_id',
        tokenize='unicode61 remove_diacritics 0', prefix='1 2 3', detail=none, columnsize=0)""",
    f"CREATE TRIGGER search_documents_kept AFTER INSERT ON search_documents BEGIN {_KEEP}; END",
    f"CREATE TRIGGER search_documents_gone AFTER DELETE ON search_documents BEGIN {_FORGET}; END",
    f"CREATE TRIGGER search_documents_changed AFTER UPDATE ON search_documents BEGIN {_FORGET}; {_KEEP}; END",
)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for trigger in ("kept", "gone", "changed"):
            op.execute(f"DROP TRIGGER search_documents_{trigger}")
        op.execute("DROP TABLE search_index")
    op.drop_table("search_passages")
    op.drop_table("search_documents")
