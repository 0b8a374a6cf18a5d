"""Versions of the content for its owner: which served calls, what changed between two, and bringing one back.

A version is published by starting the processes with it; a call keeps the one it entered with (`editions.py`).
"""

import sys
from collections.abc import Callable
from pathlib import Path

from calls import contents_store
from config.content import Content
from config.difference import difference
from config.reading import content_of, files_of
from tools import Tools

OK, FAILED = 0, 1


def versions(tools: Tools, *_given: str) -> int:
    """Every version that served a call, the latest first."""
    with tools.database.reading() as tx:
        kept = contents_store.versions(tx)
    for one in kept:
        now = "  now" if one.version == tools.content.version else ""
        print(f"{one.version[:12]}  first served {one.kept_at:%Y-%m-%d %H:%M} UTC  {one.calls} calls{now}")
    return OK


def compare(tools: Tools, *given: str) -> int:
    """What changed between two folders or kept versions, in plain words."""
    if len(given) != 2:
        return _refused(f"{len(given)} names", "config diff BEFORE AFTER, each a folder or the beginning of a version")
    before, after = (_content(tools, one) for one in given)
    if before is None or after is None:
        return _refused(given[0] if before is None else given[1], "a folder, or a version of `config versions`")
    print("\n".join(difference(before, after)) or "nothing differs")
    return OK


def export(tools: Tools, *given: str) -> int:
    """Write the files of a kept version into a folder, to be published again."""
    files = _kept(tools, given[0]) if len(given) == 2 else None
    if files is None:
        return _refused(" ".join(given) or "nothing", "config export VERSION FOLDER, with one of `config versions`")
    for name, text in files.items():
        path = Path(given[1]) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    print(f"{len(files)} files written to {given[1]}; point CLINIC_CONFIG there, or copy them, and start the processes")
    return OK


def _content(tools: Tools, given: str) -> Content | None:
    if Path(given).is_dir():
        return content_of(files_of(Path(given)))
    files = _kept(tools, given)
    return content_of(files) if files else None


def _kept(tools: Tools, version: str) -> dict[str, str] | None:
    with tools.database.reading() as tx:
        return contents_store.files_of(tx, version)


def _refused(found: str, accepted: str) -> int:
    print(f"found {found}; accepted: {accepted}", file=sys.stderr)
    return FAILED


ACTIONS: dict[str, Callable[..., int]] = {"versions": versions, "diff": compare, "export": export}
