"""A ZIP code proves nobody any more: neither its hash nor the leave to use it is kept."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    with op.batch_alter_table("patients", schema=None) as batch_op:
        batch_op.drop_column("zip_hash")
        batch_op.drop_column("pin_only")


def downgrade() -> None:
    """Back to the one before: the hashes come with the next import."""
    with op.batch_alter_table("patients", schema=None) as batch_op:
        batch_op.add_column(sa.Column("pin_only", sa.Boolean(), server_default=sa.true(), nullable=False))
        batch_op.add_column(sa.Column("zip_hash", sa.String(length=64), nullable=True))
    with op.batch_alter_table("patients", schema=None) as batch_op:
        batch_op.alter_column("pin_only", server_default=None)
