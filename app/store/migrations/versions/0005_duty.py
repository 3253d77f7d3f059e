"""The duty roster: what is stamped on a case, its timeline, rotations that go on, covers, shifts that were confirmed

Adds only, with defaults on the server: a process of the version before goes on writing beside this one.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

from app.store.database import UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_MOMENT = UtcDateTime(timezone=True)


def upgrade() -> None:
    op.add_column("case", sa.Column("plan", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column("case", sa.Column("urgent", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("case", sa.Column("offered", sa.String(length=64), nullable=False, server_default=""))
    op.add_column("case", sa.Column("helpers", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("case", sa.Column("active_at", _MOMENT, nullable=True))
    op.create_table(
        "case_event",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("case_id", sa.Integer(), sa.ForeignKey("case.id"), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("who", sa.String(length=64), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
    )
    op.create_index("ix_case_event_case_id", "case_event", ["case_id"])
    op.create_table(
        "anchor",
        sa.Column("rotation", sa.String(length=20), primary_key=True),
        sa.Column("day", sa.Date(), primary_key=True),
        sa.Column("people", sa.JSON(), nullable=False),
    )
    op.create_table(
        "cover",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("out", sa.String(length=64), nullable=False),
        sa.Column("into", sa.String(length=64), nullable=False),
        sa.Column("asked", sa.String(length=64), nullable=False),
        sa.Column("layer", sa.String(length=64), nullable=False),
        sa.Column("start", _MOMENT, nullable=False),
        sa.Column("end", _MOMENT, nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
    )
    op.create_index("ix_cover_time", "cover", ["state", "end"])
    op.create_table(
        "shift",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("layer", sa.String(length=64), nullable=False),
        sa.Column("start", _MOMENT, nullable=False),
        sa.Column("end", _MOMENT, nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("before", sa.String(length=64), nullable=False),
        sa.Column("asked_at", _MOMENT, nullable=False),
        sa.Column("begun_at", _MOMENT, nullable=True),
        sa.Column("present_at", _MOMENT, nullable=True),
        sa.UniqueConstraint("layer", "start"),
    )
    op.create_index("ix_shift_start", "shift", ["start"])
    op.create_table(
        "lesson",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("case_id", sa.Integer(), sa.ForeignKey("case.id"), nullable=False),
        sa.Column("phrase", sa.Text(), nullable=False),
        sa.Column("topic", sa.String(length=64), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
    )


def downgrade() -> None:
    for table in ("lesson", "shift", "cover", "anchor", "case_event"):
        op.drop_table(table)
    with op.batch_alter_table("case") as batch:
        for column in ("active_at", "helpers", "offered", "urgent", "plan"):
            batch.drop_column(column)
