"""Large-scale faults: what a message reported, whose troubles are one

Adds only, with defaults on the server: a process of the version before goes on writing beside this one.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

from app.store.database import UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("inbound", sa.Column("fault", sa.String(length=64), nullable=False, server_default=""))
    op.create_index("ix_inbound_fault", "inbound", ["channel", "fault", "received_at"])
    op.add_column("case", sa.Column("fault", sa.String(length=64), nullable=False, server_default=""))
    op.add_column("case", sa.Column("news", sa.Text(), nullable=False, server_default=""))
    op.add_column("case", sa.Column("part_of", sa.Integer(), nullable=True))
    op.create_index("ix_case_fault", "case", ["fault", "state"])
    op.create_index("ix_case_part_of", "case", ["part_of"])
    op.create_table(
        "report",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("conversation_id", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"]),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"]),
        sa.PrimaryKeyConstraint("case_id", "conversation_id"),
    )


def downgrade() -> None:
    op.drop_table("report")
    op.drop_index("ix_case_part_of", "case")
    op.drop_index("ix_case_fault", "case")
    op.drop_index("ix_inbound_fault", "inbound")
    with op.batch_alter_table("case") as batch:
        batch.drop_column("part_of")
        batch.drop_column("news")
        batch.drop_column("fault")
    with op.batch_alter_table("inbound") as batch:
        batch.drop_column("fault")
