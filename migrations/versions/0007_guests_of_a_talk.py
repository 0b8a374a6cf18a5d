"""Guests of a talk. Written by Alembic from the models, which is why it is long."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "guests",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("offer_id", sa.Integer(), nullable=False),
        sa.Column("call_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("part", sa.String(length=8), nullable=False),
        sa.Column("clinician_id", sa.String(length=64), nullable=True),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("asked_by", sa.String(length=80), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("sid", sa.String(length=64), nullable=True),
        sa.Column("was", sa.String(length=12), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deadline", sa.DateTime(timezone=True), nullable=False),
        sa.Column("number_sealed", sa.Text(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guests")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("guests", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_guests_call_id"), ["call_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_guests_deadline"), ["deadline"], unique=False)
        batch_op.create_index(batch_op.f("ix_guests_offer_id"), ["offer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_guests_sid"), ["sid"], unique=False)
        batch_op.create_index(
            "uq_guests_open_clinician",
            ["clinician_id"],
            unique=True,
            sqlite_where=sa.text("state IN ('asked', 'dialling', 'placed', 'in_room')"),
            postgresql_where=sa.text("state IN ('asked', 'dialling', 'placed', 'in_room')"),
        )

    with op.batch_alter_table("offers", schema=None) as batch_op:
        batch_op.add_column(sa.Column("held_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Back to the one before."""
    with op.batch_alter_table("offers", schema=None) as batch_op:
        batch_op.drop_column("held_at")

    with op.batch_alter_table("guests", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_guests_open_clinician",
            sqlite_where=sa.text("state IN ('asked', 'dialling', 'placed', 'in_room')"),
            postgresql_where=sa.text("state IN ('asked', 'dialling', 'placed', 'in_room')"),
        )
        batch_op.drop_index(batch_op.f("ix_guests_sid"))
        batch_op.drop_index(batch_op.f("ix_guests_offer_id"))
        batch_op.drop_index(batch_op.f("ix_guests_deadline"))
        batch_op.drop_index(batch_op.f("ix_guests_call_id"))

    op.drop_table("guests")
