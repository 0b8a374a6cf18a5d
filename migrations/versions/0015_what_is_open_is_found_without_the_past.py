"""What is open is found without the past. Written by Alembic from the models, which is why it is long."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    with op.batch_alter_table("callback_requests", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_callback_requests_number_hash"), ["number_hash"], unique=False)

    with op.batch_alter_table("offers", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_offers_expires_at"))
        batch_op.create_index(
            "ix_offers_open_expires_at",
            ["expires_at"],
            unique=False,
            sqlite_where=sa.text("state IN ('offered', 'accepted')"),
            postgresql_where=sa.text("state IN ('offered', 'accepted')"),
        )

    with op.batch_alter_table("waits", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_waits_joined_at"), ["joined_at"], unique=False)


def downgrade() -> None:
    """Back to the one before."""
    with op.batch_alter_table("waits", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_waits_joined_at"))

    with op.batch_alter_table("offers", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_offers_open_expires_at",
            sqlite_where=sa.text("state IN ('offered', 'accepted')"),
            postgresql_where=sa.text("state IN ('offered', 'accepted')"),
        )
        batch_op.create_index(batch_op.f("ix_offers_expires_at"), ["expires_at"], unique=False)

    with op.batch_alter_table("callback_requests", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_callback_requests_number_hash"))
