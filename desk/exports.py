"""Tables for other programs: CSV that no spreadsheet runs as a formula, and JSON. Pure.

A cell that begins like a formula is prefixed with an apostrophe, as OWASP's advice on CSV injection has it.
"""

import csv
import io
from collections.abc import Iterable, Sequence

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
Cell = str | int | float | None


def as_csv(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """A table as CSV (RFC 4180: CRLF, quoted where needed); None is an empty cell."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([safe(name) for name in header])
    writer.writerows([safe(cell) for cell in row] for row in rows)
    return out.getvalue()


def safe(cell: Cell) -> str:
    """A cell as text that stays text. Numbers stay numbers, also negative ones."""
    if cell is None:
        return ""
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return f"{cell:.6g}" if isinstance(cell, float) else str(cell)
    text = str(cell)
    return f"'{text}" if text.startswith(FORMULA) else text


def as_rows(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> list[dict[str, Cell]]:
    """A table as JSON objects."""
    return [dict(zip(header, row, strict=True)) for row in rows]
