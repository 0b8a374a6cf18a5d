"""What callbacks rest on. Written by Alembic from the models, which is why it is long."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    with op.batch_alter_table("callback_attempts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("number_hash", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.drop_index(batch_op.f("ix_callback_attempts_deadline"))
        batch_op.create_index(
            "ix_callback_attempts_open_deadline",
            ["deadline"],
            unique=False,
            sqlite_where=sa.text("state IN ('intended', 'placed', 'unknown', 'answered')"),
            postgresql_where=sa.text("state IN ('intended', 'placed', 'unknown', 'answered')"),
        )
        batch_op.create_index(
            "uq_callback_attempts_open_number",
            ["number_hash"],
            unique=True,
            sqlite_where=sa.text("state IN ('intended', 'placed', 'unknown', 'answered')"),
            postgresql_where=sa.text("state IN ('intended', 'placed', 'unknown', 'answered')"),
        )

    with op.batch_alter_table("callback_requests", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_callback_requests_due_at"))
        batch_op.create_index(
            "ix_callback_requests_booked",
            ["due_at"],
            unique=False,
            sqlite_where=sa.text("state = 'booked'"),
            postgresql_where=sa.text("state = 'booked'"),
        )


def downgrade() -> None:
    """Back to the one before."""
    with op.batch_alter_table("callback_requests", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_callback_requests_booked",
            sqlite_where=sa.text("state = 'booked'"),
            postgresql_where=sa.text("state = 'booked'"),
        )
        batch_op.create_index(batch_op.f("ix_callback_requests_due_at"), ["due_at"], unique=False)

    with op.batch_alter_table("callback_attempts", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_callback_attempts_open_number",
            sqlite_where=sa.text("state IN ('intended', 'placed', 'unknown', 'answered')"),
            postgresql_where=sa.text("state IN ('intended', 'placed', 'unknown', 'answered')"),
        )
        batch_op.drop_index(
            "ix_callback_attempts_open_deadline",
            sqlite_where=sa.text("state IN ('intended', 'placed', 'unknown', 'answered')"),
            postgresql_where=sa.text("state IN ('intended', 'placed', 'unknown', 'answered')"),
        )
        batch_op.create_index(batch_op.f("ix_callback_attempts_deadline"), ["deadline"], unique=False)
        batch_op.drop_column("asked_at")
        batch_op.drop_column("number_hash")
