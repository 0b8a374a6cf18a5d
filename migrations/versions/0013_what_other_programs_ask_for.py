"""What other programs ask for. Written by Alembic from the models, which is why it is long."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "outside_requests",
        sa.Column("client", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("body_hash", sa.String(length=64), nullable=False),
        sa.Column("request_id", sa.String(length=32), nullable=True),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("client", "key", name=op.f("pk_outside_requests")),
    )
    with op.batch_alter_table("outside_requests", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_outside_requests_request_id"), ["request_id"], unique=False)

    with op.batch_alter_table("callback_requests", schema=None) as batch_op:
        batch_op.create_index(
            "ix_callback_requests_in_line",
            ["number_hash"],
            unique=False,
            sqlite_where=sa.text("state IN ('waiting', 'calling')"),
            postgresql_where=sa.text("state IN ('waiting', 'calling')"),
        )


def downgrade() -> None:
    """Back to the one before."""
    with op.batch_alter_table("callback_requests", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_callback_requests_in_line",
            sqlite_where=sa.text("state IN ('waiting', 'calling')"),
            postgresql_where=sa.text("state IN ('waiting', 'calling')"),
        )

    with op.batch_alter_table("outside_requests", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_outside_requests_request_id"))

    op.drop_table("outside_requests")
