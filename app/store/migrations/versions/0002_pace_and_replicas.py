"""Pace of targets, running replicas, bundled pages

Adds only, with defaults on the server: a process of the version before goes on writing beside this one.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

from app.store.database import UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("outbox", sa.Column("target", sa.String(length=255), nullable=False, server_default=""))
    op.add_column("outbox", sa.Column("bundled_into", sa.Integer(), nullable=True))
    op.add_column("outbox", sa.Column("started_at", UtcDateTime(timezone=True), nullable=True))
    op.execute("UPDATE outbox SET target = CASE WHEN room <> '' THEN room ELSE person END WHERE way <> 'page'")
    op.create_index("ix_outbox_target", "outbox", ["channel", "target", "started_at"])
    op.create_index("ix_outbox_line", "outbox", ["channel", "state", "priority", "due_at", "id"])
    op.create_index("ix_outbox_order", "outbox", ["channel", "room", "person", "state"])
    op.create_index("ix_outbox_bundled_into", "outbox", ["bundled_into"])
    op.create_index("ix_inbound_pace", "inbound", ["channel", "person", "received_at"])
    op.create_table(
        "pace",
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("target", sa.String(length=255), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("until", UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("channel", "target", "priority"),
    )
    op.create_index("ix_pace_until", "pace", ["until"])
    op.create_table(
        "replica",
        sa.Column("owner", sa.String(length=32), nullable=False),
        sa.Column("started_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("seen_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("takeovers", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("owner"),
    )
    op.create_index("ix_replica_seen_at", "replica", ["seen_at"])


def downgrade() -> None:
    op.drop_table("replica")
    op.drop_table("pace")
    op.drop_index("ix_inbound_pace", "inbound")
    op.drop_index("ix_outbox_bundled_into", "outbox")
    op.drop_index("ix_outbox_order", "outbox")
    op.drop_index("ix_outbox_line", "outbox")
    op.drop_index("ix_outbox_target", "outbox")
    with op.batch_alter_table("outbox") as batch:
        batch.drop_column("started_at")
        batch.drop_column("bundled_into")
        batch.drop_column("target")
