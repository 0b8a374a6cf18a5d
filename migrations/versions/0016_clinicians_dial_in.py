"""Clinicians dial in. Written by Alembic from the models, which is why it is long."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "failed_dial_ins",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staff_hash", sa.String(length=64), nullable=False),
        sa.Column("caller_hash", sa.String(length=64), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_failed_dial_ins")),
    )
    with op.batch_alter_table("failed_dial_ins", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_failed_dial_ins_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_failed_dial_ins_caller_hash"), ["caller_hash"], unique=False)
        batch_op.create_index(batch_op.f("ix_failed_dial_ins_staff_hash"), ["staff_hash"], unique=False)

    op.create_table(
        "shift_phones",
        sa.Column("clinician_id", sa.String(length=64), nullable=False),
        sa.Column("number_sealed", sa.Text(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinician_id"], ["clinicians.id"], name=op.f("fk_shift_phones_clinician_id_clinicians")
        ),
        sa.PrimaryKeyConstraint("clinician_id", name=op.f("pk_shift_phones")),
    )
    with op.batch_alter_table("calls", schema=None) as batch_op:
        batch_op.add_column(sa.Column("staff", sa.Boolean(), server_default=sa.false(), nullable=False))

    with op.batch_alter_table("legs", schema=None) as batch_op:
        batch_op.add_column(sa.Column("clinician_id", sa.String(length=64), nullable=True))
        batch_op.create_index(
            "ix_legs_dialled_in",
            ["clinician_id"],
            unique=False,
            sqlite_where=sa.text("clinician_id IS NOT NULL AND ended_at IS NULL"),
            postgresql_where=sa.text("clinician_id IS NOT NULL AND ended_at IS NULL"),
        )

    with op.batch_alter_table("offers", schema=None) as batch_op:
        batch_op.add_column(sa.Column("muted_at", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("presences", schema=None) as batch_op:
        batch_op.add_column(sa.Column("free_until", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("users", schema=None) as batch_op:
        batch_op.add_column(sa.Column("staff_number", sa.String(length=8), nullable=True))
        batch_op.add_column(sa.Column("staff_pin_hash", sa.String(length=200), nullable=True))
        batch_op.create_unique_constraint(batch_op.f("uq_users_staff_number"), ["staff_number"])


def downgrade() -> None:
    """Back to the one before."""
    with op.batch_alter_table("users", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_users_staff_number"), type_="unique")
        batch_op.drop_column("staff_pin_hash")
        batch_op.drop_column("staff_number")

    with op.batch_alter_table("presences", schema=None) as batch_op:
        batch_op.drop_column("free_until")

    with op.batch_alter_table("offers", schema=None) as batch_op:
        batch_op.drop_column("muted_at")

    with op.batch_alter_table("legs", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_legs_dialled_in",
            sqlite_where=sa.text("clinician_id IS NOT NULL AND ended_at IS NULL"),
            postgresql_where=sa.text("clinician_id IS NOT NULL AND ended_at IS NULL"),
        )
        batch_op.drop_column("clinician_id")

    with op.batch_alter_table("calls", schema=None) as batch_op:
        batch_op.drop_column("staff")

    op.drop_table("shift_phones")
    with op.batch_alter_table("failed_dial_ins", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_failed_dial_ins_staff_hash"))
        batch_op.drop_index(batch_op.f("ix_failed_dial_ins_caller_hash"))
        batch_op.drop_index(batch_op.f("ix_failed_dial_ins_at"))

    op.drop_table("failed_dial_ins")
