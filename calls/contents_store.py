"""Keeps the files of every version of the content that served a call, so that the call can be served to its end."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from calls.store import CALLS, insert_once, table_of
from calls.tables import KeptContent

CONTENTS = table_of(KeptContent)


@dataclass(frozen=True)
class Kept:
    """One version that served calls: since when it is kept, and how many calls entered with it."""

    version: str
    kept_at: datetime
    calls: int


def keep(tx: Connection, version: str, files: Mapping[str, str], now: datetime) -> bool:
    """Keep a version's files; False if they are kept already."""
    return insert_once(tx, CONTENTS, [{"version": version, "files": dict(files), "kept_at": now}]) == 1


def is_kept(tx: Connection, version: str) -> bool:
    """Whether a version's files are kept."""
    return tx.execute(select(CONTENTS.c.version).where(CONTENTS.c.version == version)).first() is not None


def files_of(tx: Connection, version: str) -> dict[str, str] | None:
    """The files of a version, by the beginning of its name too if only one begins so; None when there is none."""
    found = tx.execute(select(CONTENTS.c.files).where(CONTENTS.c.version.startswith(version, autoescape=True))).all()
    return dict(found[0].files) if len(found) == 1 else None


def versions(tx: Connection) -> list[Kept]:
    """Every version kept, the latest first."""
    counted = (
        select(CONTENTS.c.version, CONTENTS.c.kept_at, func.count(CALLS.c.id))
        .outerjoin(CALLS, CALLS.c.content == CONTENTS.c.version)
        .group_by(CONTENTS.c.version, CONTENTS.c.kept_at)
        .order_by(CONTENTS.c.kept_at.desc())
    )
    return [Kept(*row) for row in tx.execute(counted)]
