"""A supervisor's phone. Written by Alembic from the models, which is why it is long."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    with op.batch_alter_table("users", schema=None) as batch_op:
        batch_op.add_column(sa.Column("phone_sealed", sa.Text(), nullable=True))


def downgrade() -> None:
    """Back to the one before."""
    with op.batch_alter_table("users", schema=None) as batch_op:
        batch_op.drop_column("phone_sealed")
