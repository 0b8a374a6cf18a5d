"""Alembic runs this for every command; the connection and its transaction come from `migrations/__init__.py`.

Types are written into revisions as plain SQLAlchemy types, so that a revision still runs when ours have changed.
"""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import JSON, String

from config.columns import UTCDateTime
from migrations.models import metadata


def written(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:
    """How a type is written into a revision; False leaves it to Alembic."""
    if kind != "type":
        return False
    if isinstance(item, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    if isinstance(item, JSON):
        return 'sa.JSON().with_variant(postgresql.JSONB(), "postgresql")'
    if isinstance(getattr(item, "impl", None), String):  # SQLModel's text of a length
        return f"sa.String(length={item.impl.length})" if item.impl.length else "sa.String()"
    return False


def run() -> None:
    """Run the migrations on the connection given."""
    connection = context.config.attributes.get("connection")
    if connection is None:
        raise RuntimeError("migrations run through `access-center migrate` or `python -m migrations`")
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=True,  # SQLite alters little in place
        render_item=written,
        compare_type=True,
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()


run()
