"""Proxies, visit codes, and what patients asked us to remember. Written by Alembic from the models."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "proxies",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("patient_id", sa.String(length=64), nullable=False),
        sa.Column("given_sealed", sa.Text(), nullable=False),
        sa.Column("family_sealed", sa.Text(), nullable=False),
        sa.Column("relationship", sa.String(length=40), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=True),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["patient_id"], ["patients.id"], name=op.f("fk_proxies_patient_id_patients")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proxies")),
    )
    with op.batch_alter_table("proxies", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_proxies_patient_id"), ["patient_id"], unique=False)

    with op.batch_alter_table("calls", schema=None) as batch_op:
        batch_op.add_column(sa.Column("attested", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("proxy_id", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("confirmed_by", sa.String(length=64), nullable=True))

    with op.batch_alter_table("patients", schema=None) as batch_op:
        batch_op.add_column(sa.Column("visit_hash", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("visit_until", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("chosen_language", sa.String(length=8), nullable=True))
        batch_op.add_column(sa.Column("slow", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    """Back to the one before."""
    with op.batch_alter_table("patients", schema=None) as batch_op:
        batch_op.drop_column("slow")
        batch_op.drop_column("chosen_language")
        batch_op.drop_column("visit_until")
        batch_op.drop_column("visit_hash")

    with op.batch_alter_table("calls", schema=None) as batch_op:
        batch_op.drop_column("confirmed_by")
        batch_op.drop_column("proxy_id")
        batch_op.drop_column("attested")

    with op.batch_alter_table("proxies", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_proxies_patient_id"))

    op.drop_table("proxies")
