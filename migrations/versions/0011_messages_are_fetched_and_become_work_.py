"""Messages are fetched, and become work with an owner. Written by Alembic from the models, which is why it is long.

What was known of a message's owner and due time moves to its work item, and its sound will be fetched.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "work_items",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("subject", sa.String(length=32), nullable=False),
        sa.Column("call_id", sa.String(length=32), nullable=False),
        sa.Column("patient_id", sa.String(length=64), nullable=True),
        sa.Column("number_hash", sa.String(length=64), nullable=True),
        sa.Column("number_sealed", sa.Text(), nullable=True),
        sa.Column("service", sa.String(length=40), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("owner_id", sa.String(length=64), nullable=True),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("claimed_by", sa.String(length=64), nullable=True),
        sa.Column("snoozed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("discharged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("escalated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=20), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by", sa.String(length=64), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work_items")),
        sa.UniqueConstraint("kind", "subject", name="uq_work_items_subject"),
    )
    with op.batch_alter_table("work_items", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_work_items_call_id"), ["call_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_work_items_number_hash"), ["number_hash"], unique=False)
        batch_op.create_index(batch_op.f("ix_work_items_owner_id"), ["owner_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_work_items_patient_id"), ["patient_id"], unique=False)
        batch_op.create_index(
            "ix_work_items_undone",
            ["due_at"],
            unique=False,
            sqlite_where=sa.text("state <> 'done'"),
            postgresql_where=sa.text("state <> 'done'"),
        )

    op.create_table(
        "stored_sounds",
        sa.Column("voicemail_id", sa.String(length=32), nullable=False),
        sa.Column("sound_sealed", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["voicemail_id"], ["voicemails.id"], name=op.f("fk_stored_sounds_voicemail_id_voicemails")
        ),
        sa.PrimaryKeyConstraint("voicemail_id", name=op.f("pk_stored_sounds")),
    )
    op.execute(
        "INSERT INTO work_items (id, kind, subject, call_id, patient_id, number_hash, number_sealed, service, language,"
        " owner_id, state, opened_at, due_at, done_at, done_by, version)"
        " SELECT v.id, 'message', v.id, v.call_id, v.patient_id, c.caller_hash, c.caller_sealed, v.service, v.language,"
        " v.owner_id, CASE v.state WHEN 'done' THEN 'done' ELSE 'open' END,"
        " v.left_at, v.due_at, v.done_at, v.done_by, 1"
        " FROM voicemails v JOIN calls c ON c.id = v.call_id"
    )
    op.execute(
        "INSERT INTO outbox (key, kind, subject, version, call_id, due_at, tries)"
        " SELECT 'fetch_message ' || id, 'fetch_message', id, 0, call_id, left_at, 0 FROM voicemails"
    )
    with op.batch_alter_table("voicemails", schema=None) as batch_op:
        batch_op.add_column(sa.Column("sound", sa.String(length=8), nullable=False, server_default="wanted"))
        batch_op.drop_index(batch_op.f("ix_voicemails_owner_id"))
        batch_op.create_index(batch_op.f("ix_voicemails_left_at"), ["left_at"], unique=False)
        batch_op.drop_column("done_at")
        batch_op.drop_column("due_at")
        batch_op.drop_column("done_by")
        batch_op.drop_column("state")
        batch_op.drop_column("owner_id")
    with op.batch_alter_table("voicemails", schema=None) as batch_op:
        batch_op.alter_column("sound", server_default=None)


def downgrade() -> None:
    """Back to the one before."""
    with op.batch_alter_table("voicemails", schema=None) as batch_op:
        batch_op.add_column(sa.Column("owner_id", sa.VARCHAR(length=64), nullable=True))
        batch_op.add_column(sa.Column("state", sa.VARCHAR(length=10), nullable=False, server_default="new"))
        batch_op.add_column(sa.Column("done_by", sa.VARCHAR(length=64), nullable=True))
        batch_op.add_column(sa.Column("due_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("done_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.drop_index(batch_op.f("ix_voicemails_left_at"))
        batch_op.create_index(batch_op.f("ix_voicemails_owner_id"), ["owner_id"], unique=False)
        batch_op.drop_column("sound")
    for column in ("owner_id", "due_at", "done_at", "done_by"):
        op.execute(
            f"UPDATE voicemails SET {column} = (SELECT w.{column} FROM work_items w"  # noqa: S608 - names of ours
            " WHERE w.kind = 'message' AND w.subject = voicemails.id)"
        )
    op.execute(
        "UPDATE voicemails SET state = 'done' WHERE id IN"
        " (SELECT subject FROM work_items WHERE kind = 'message' AND state = 'done')"
    )
    op.execute("UPDATE voicemails SET due_at = left_at WHERE due_at IS NULL")
    with op.batch_alter_table("voicemails", schema=None) as batch_op:
        batch_op.alter_column("state", server_default=None)
        batch_op.alter_column("due_at", nullable=False)

    op.drop_table("stored_sounds")
    with op.batch_alter_table("work_items", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_work_items_undone", sqlite_where=sa.text("state <> 'done'"), postgresql_where=sa.text("state <> 'done'")
        )
        batch_op.drop_index(batch_op.f("ix_work_items_patient_id"))
        batch_op.drop_index(batch_op.f("ix_work_items_owner_id"))
        batch_op.drop_index(batch_op.f("ix_work_items_number_hash"))
        batch_op.drop_index(batch_op.f("ix_work_items_call_id"))

    op.drop_table("work_items")
