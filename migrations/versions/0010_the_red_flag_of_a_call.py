"""The red flag of a call. Written by Alembic from the models, which is why it is long."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    with op.batch_alter_table("calls", schema=None) as batch_op:
        batch_op.add_column(sa.Column("red_flag", sa.String(length=12), nullable=True))
        batch_op.add_column(sa.Column("quiet", sa.Boolean(), server_default=sa.text("(false)"), nullable=False))


def downgrade() -> None:
    """Back to the one before."""
    with op.batch_alter_table("calls", schema=None) as batch_op:
        batch_op.drop_column("quiet")
        batch_op.drop_column("red_flag")
