"""Notes of talks, and what a supervisor says for a day. Written by Alembic from the models, which is why it is long."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "site_outcomes",
        sa.Column("service", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("label", sa.String(length=60), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("service", "key", name=op.f("pk_site_outcomes")),
    )
    op.create_table(
        "special_days",
        sa.Column("calendar", sa.String(length=40), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("opens", sa.String(length=5), nullable=True),
        sa.Column("closes", sa.String(length=5), nullable=True),
        sa.PrimaryKeyConstraint("calendar", "day", name=op.f("pk_special_days")),
    )
    op.create_table(
        "talk_notes",
        sa.Column("offer_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("call_id", sa.String(length=32), nullable=False),
        sa.Column("clinician_id", sa.String(length=64), nullable=False),
        sa.Column("patient_id", sa.String(length=64), nullable=True),
        sa.Column("service", sa.String(length=40), nullable=False),
        sa.Column("outcome", sa.String(length=40), nullable=False),
        sa.Column("note_sealed", sa.Text(), nullable=True),
        sa.Column("talked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("offer_id", name=op.f("pk_talk_notes")),
    )
    with op.batch_alter_table("talk_notes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_talk_notes_call_id"), ["call_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_talk_notes_patient_id"), ["patient_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_talk_notes_talked_at"), ["talked_at"], unique=False)

    with op.batch_alter_table("clinician_skills", schema=None) as batch_op:
        batch_op.add_column(sa.Column("today_level", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("today_until", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index(batch_op.f("ix_clinician_skills_today_until"), ["today_until"], unique=False)

    with op.batch_alter_table("hours_overrides", schema=None) as batch_op:
        batch_op.add_column(sa.Column("service", sa.String(length=40), server_default="", nullable=False))

    with op.batch_alter_table("work_items", schema=None) as batch_op:
        batch_op.add_column(sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Back to the one before."""
    with op.batch_alter_table("work_items", schema=None) as batch_op:
        batch_op.drop_column("claimed_at")

    with op.batch_alter_table("hours_overrides", schema=None) as batch_op:
        batch_op.drop_column("service")

    with op.batch_alter_table("clinician_skills", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_clinician_skills_today_until"))
        batch_op.drop_column("today_until")
        batch_op.drop_column("today_level")

    with op.batch_alter_table("talk_notes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_talk_notes_talked_at"))
        batch_op.drop_index(batch_op.f("ix_talk_notes_patient_id"))
        batch_op.drop_index(batch_op.f("ix_talk_notes_call_id"))

    op.drop_table("talk_notes")
    op.drop_table("special_days")
    op.drop_table("site_outcomes")
