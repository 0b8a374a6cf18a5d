"""Promises have kinds and windows, patients wishes. Written by Alembic from the models, which is why it is long.

Rows that are there get values.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "opt_outs",
        sa.Column("number_hash", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("how", sa.String(length=8), nullable=False),
        sa.PrimaryKeyConstraint("number_hash", name=op.f("pk_opt_outs")),
    )
    op.create_table(
        "forbidden_numbers",
        sa.Column("patient_id", sa.String(length=64), nullable=False),
        sa.Column("number_hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["patient_id"], ["patients.id"], name=op.f("fk_forbidden_numbers_patient_id_patients")),
        sa.PrimaryKeyConstraint("patient_id", "number_hash", name=op.f("pk_forbidden_numbers")),
    )
    op.create_table(
        "patient_wishes",
        sa.Column("patient_id", sa.String(length=64), nullable=False),
        sa.Column("preferred_sealed", sa.Text(), nullable=True),
        sa.Column("zone", sa.String(length=40), nullable=True),
        sa.Column("no_messages", sa.Boolean(), nullable=False),
        sa.Column("no_texts", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["patient_id"], ["patients.id"], name=op.f("fk_patient_wishes_patient_id_patients")),
        sa.PrimaryKeyConstraint("patient_id", name=op.f("pk_patient_wishes")),
    )
    with op.batch_alter_table("callback_requests", schema=None) as batch_op:
        batch_op.add_column(sa.Column("slot", sa.String(length=40), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("zones", sa.String(length=200), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("kind", sa.String(length=12), nullable=False, server_default="place"))
        batch_op.add_column(sa.Column("asked_by", sa.String(length=12), nullable=False, server_default="patient"))
        batch_op.add_column(sa.Column("texts", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("owned_until", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("paused_by", sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column("message_left", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("promised_from", sa.DateTime(timezone=True), nullable=True))

    # One number could be promised a call for each of several services: those that stand keep a slot each.
    op.execute("UPDATE callback_requests SET slot = service")
    with op.batch_alter_table("callback_requests", schema=None) as batch_op:
        batch_op.drop_index(
            batch_op.f("uq_callback_requests_open_number"),
            sqlite_where=sa.text("state IN ('booked', 'waiting', 'calling')"),
        )
        batch_op.create_index(
            "uq_callback_requests_open_number",
            ["number_hash", "slot"],
            unique=True,
            sqlite_where=sa.text("state IN ('booked', 'waiting', 'calling')"),
            postgresql_where=sa.text("state IN ('booked', 'waiting', 'calling')"),
        )
        batch_op.create_index(batch_op.f("ix_callback_requests_paused_by"), ["paused_by"], unique=False)

    with op.batch_alter_table("patients", schema=None) as batch_op:
        batch_op.add_column(sa.Column("zones", sa.String(length=100), nullable=False, server_default=""))

    # What was promised before began when it was due; and no default outlives the rows that needed one.
    op.execute("UPDATE callback_requests SET promised_from = due_at")
    with op.batch_alter_table("callback_requests", schema=None) as batch_op:
        batch_op.alter_column("promised_from", existing_type=sa.DateTime(timezone=True), nullable=False)
        for name in ("slot", "zones", "kind", "asked_by", "texts", "message_left"):
            batch_op.alter_column(name, server_default=None)
    with op.batch_alter_table("patients", schema=None) as batch_op:
        batch_op.alter_column("zones", server_default=None)


def downgrade() -> None:
    """Back to the one before."""
    with op.batch_alter_table("patients", schema=None) as batch_op:
        batch_op.drop_column("zones")

    with op.batch_alter_table("callback_requests", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_callback_requests_paused_by"))
        batch_op.drop_index(
            "uq_callback_requests_open_number",
            sqlite_where=sa.text("state IN ('booked', 'waiting', 'calling')"),
            postgresql_where=sa.text("state IN ('booked', 'waiting', 'calling')"),
        )
        batch_op.create_index(
            batch_op.f("uq_callback_requests_open_number"),
            ["number_hash", "service"],
            unique=1,
            sqlite_where=sa.text("state IN ('booked', 'waiting', 'calling')"),
        )
        batch_op.drop_column("promised_from")
        batch_op.drop_column("message_left")
        batch_op.drop_column("paused_by")
        batch_op.drop_column("owned_until")
        batch_op.drop_column("texts")
        batch_op.drop_column("asked_by")
        batch_op.drop_column("kind")
        batch_op.drop_column("zones")
        batch_op.drop_column("slot")

    op.drop_table("patient_wishes")
    op.drop_table("forbidden_numbers")
    op.drop_table("opt_outs")
