"""How patients want to be reached: what the data say, the hours they choose; and how a promise was taken back."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

WISHES = sa.table("patient_wishes", sa.column("no_messages", sa.Boolean()), sa.column("no_texts", sa.Boolean()))


def upgrade() -> None:
    """To this revision. A site that had not said "no" had said nothing."""
    for table, names in (("patients", ("no_messages", "no_texts")), ("patient_wishes", ("any_number",))):
        with op.batch_alter_table(table, schema=None) as batch_op:
            for name in names:
                batch_op.add_column(sa.Column(name, sa.Boolean(), server_default=sa.false(), nullable=False))
    with op.batch_alter_table("patient_numbers", schema=None) as batch_op:
        batch_op.add_column(sa.Column("rank", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("wish", sa.String(length=8), server_default="", nullable=False))
    with op.batch_alter_table("patient_wishes", schema=None) as batch_op:
        batch_op.add_column(sa.Column("hours", sa.Text(), server_default="", nullable=False))
        batch_op.alter_column("no_messages", existing_type=sa.Boolean(), nullable=True)
        batch_op.alter_column("no_texts", existing_type=sa.Boolean(), nullable=True)
    with op.batch_alter_table("callback_requests", schema=None) as batch_op:
        batch_op.add_column(sa.Column("taken_back", sa.String(length=20), nullable=True))
    for column in (WISHES.c.no_messages, WISHES.c.no_texts):
        op.execute(sa.update(WISHES).where(column == sa.false()).values({column: None}))


def downgrade() -> None:
    """Back to the one before: what only the data said is said no more."""
    with op.batch_alter_table("callback_requests", schema=None) as batch_op:
        batch_op.drop_column("taken_back")
    for column in (WISHES.c.no_messages, WISHES.c.no_texts):
        op.execute(sa.update(WISHES).where(column.is_(None)).values({column: sa.false()}))
    with op.batch_alter_table("patient_wishes", schema=None) as batch_op:
        batch_op.alter_column("no_texts", existing_type=sa.Boolean(), nullable=False)
        batch_op.alter_column("no_messages", existing_type=sa.Boolean(), nullable=False)
        batch_op.drop_column("hours")
        batch_op.drop_column("any_number")
    with op.batch_alter_table("patient_numbers", schema=None) as batch_op:
        batch_op.drop_column("wish")
        batch_op.drop_column("rank")
    with op.batch_alter_table("patients", schema=None) as batch_op:
        batch_op.drop_column("no_texts")
        batch_op.drop_column("no_messages")
