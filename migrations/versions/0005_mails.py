"""The outbox, mailed one-time tokens, and those who applied for an account.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up."""
    _create_pending_users()
    _create_outbox()
    _create_mailed_tokens()
    for table in ("outbox", "mailed_tokens"):
        op.create_index(f"ix_{table}_user_id", table, ["user_id"])
        op.create_index(f"ix_{table}_pending_id", table, ["pending_id"])


def downgrade() -> None:
    """Go down."""
    op.drop_table("mailed_tokens")
    op.drop_table("outbox")
    op.drop_table("pending_users")


def _owners(table: str) -> list[sa.Column[object] | sa.ForeignKeyConstraint]:
    """The account, or the application for one, that a row goes with."""
    return [
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("pending_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=f"fk_{table}_user_id_users", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["pending_id"], ["pending_users.id"], name=f"fk_{table}_pending_id_pending_users", ondelete="CASCADE"
        ),
    ]


def _create_pending_users() -> None:
    op.create_table(
        "pending_users",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("email", sa.String(320), nullable=False),
        sa.Column("email_key", sa.String(320), nullable=False),
        sa.Column("name", sa.String(100), nullable=True),
        sa.Column("password_hash", sa.String(128), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_pending_users"),
    )
    op.create_index("ix_pending_users_email_key", "pending_users", ["email_key"])
    op.create_index("ix_pending_users_expires_at", "pending_users", ["expires_at"])


def _create_outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("occasion", sa.String(32), nullable=False),
        *_owners("outbox"),
        sa.Column("address", sa.String(320), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
    )
    op.create_index("ix_outbox_due_at", "outbox", ["due_at"])


def _create_mailed_tokens() -> None:
    op.create_table(
        "mailed_tokens",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("purpose", sa.String(16), nullable=False),
        *_owners("mailed_tokens"),
        sa.Column("email", sa.String(320), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_mailed_tokens"),
    )
    op.create_index("ix_mailed_tokens_expires_at", "mailed_tokens", ["expires_at"])
