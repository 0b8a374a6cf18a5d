"""Promises are found by their number. Written by Alembic from the models, which is why it is long."""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    with op.batch_alter_table("callback_requests", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_callback_requests_number_hash"), ["number_hash"], unique=False)


def downgrade() -> None:
    """Back to the one before."""
    with op.batch_alter_table("callback_requests", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_callback_requests_number_hash"))
