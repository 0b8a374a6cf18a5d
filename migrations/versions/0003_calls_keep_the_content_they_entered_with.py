"""Calls keep the content they entered with. Written by Alembic from the models, which is why it is long."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "contents",
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("files", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_contents")),
    )
    with op.batch_alter_table("calls", schema=None) as batch_op:
        batch_op.add_column(sa.Column("content", sa.String(length=64), server_default="", nullable=False))

    with op.batch_alter_table("legs", schema=None) as batch_op:
        batch_op.add_column(sa.Column("content", sa.String(length=64), server_default="", nullable=False))


def downgrade() -> None:
    """Back to the one before."""
    with op.batch_alter_table("legs", schema=None) as batch_op:
        batch_op.drop_column("content")

    with op.batch_alter_table("calls", schema=None) as batch_op:
        batch_op.drop_column("content")

    op.drop_table("contents")
