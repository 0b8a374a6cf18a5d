"""Reads FHIR files piece by piece: bundles, single resources, NDJSON and folders of these, in bounded memory.

A bundle of any size is walked entry by entry; no more than one resource is held. Nothing in a file can raise: what is
no JSON, too deep, too large or not UTF-8 becomes a line of the report, and reading goes on where it can.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from directory.fhir_report import Report

SUFFIXES = (".json", ".ndjson")
CHUNK = 1 << 20
LARGEST = 1 << 25  # characters of one resource that we hold to look at
DEEPEST_BUNDLE = 5  # bundles within bundles that we unpack
DEEPEST = 200  # levels of nesting in one resource; FHIR's own rarely pass 15
_BLANK = re.compile(r"[ \t\r\n]*")
_FOREIGN = re.compile("[\udc80-\udcff]")  # how a byte that is no UTF-8 is read
_BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}]')
TOO_DEEP = object()  # stands for a value that is nested too deeply to be looked at
_DECODER = json.JSONDecoder()


@dataclass(frozen=True)
class Raw:
    """One resource as it stands in a file: where, its body, its length, and the address its bundle gives it."""

    file: str
    where: str
    body: dict[str, Any]
    size: int
    full_url: str | None = None


class Unreadable(Exception):
    """The rest of a file cannot be read; the text says why."""


def read_paths(paths: Iterable[Path], report: Report) -> Iterator[Raw]:
    """The resources of all files, in the order of paths and names."""
    for path in paths:
        for file in _files(path):
            report.files += 1
            try:
                with file.open(encoding="utf-8-sig", errors="surrogateescape", newline="\n") as stream:
                    yield from read_stream(str(file), stream, report)
            except OSError as error:
                report.broken(str(file), "file", "", error.strerror or "cannot be read")


def _files(path: Path) -> Iterable[Path]:
    if not path.is_dir():
        return [path]
    return sorted(file for file in path.rglob("*") if file.suffix.lower() in SUFFIXES and file.is_file())


def read_stream(file: str, stream: IO[str], report: Report) -> Iterator[Raw]:
    """The resources of one open file; NDJSON by its name."""
    found = _lines(stream) if file.lower().endswith(".ndjson") else _document(stream)
    try:
        for piece in found:
            yield from _resources(file, piece, report)
    except Unreadable as error:
        report.broken(file, "file", "", str(error))


@dataclass(frozen=True)
class _Piece:
    """A JSON value of a file, or why there is none; `where` is "line 4", "entry 4" or "file"."""

    where: str
    value: Any
    size: int = 0
    wrong: str = ""


def _lines(stream: IO[str]) -> Iterator[_Piece]:
    number = 0
    while line := stream.readline(LARGEST):
        number += 1
        if len(line) == LARGEST:
            yield _Piece(f"line {number}", None, wrong="is too long to be a resource")
            while line and not line.endswith("\n"):
                line = stream.readline(LARGEST)
        elif line.strip():
            yield _parsed(f"line {number}", line)


def _parsed(where: str, text: str) -> _Piece:
    try:
        return _checked(where, json.loads(text), text)
    except RecursionError:
        return _Piece(where, None, wrong="is nested too deeply")
    except ValueError:
        return _Piece(where, None, wrong="is not JSON")


def _checked(where: str, value: Any, text: str) -> _Piece:
    if _FOREIGN.search(text):
        return _Piece(where, _named(value), len(text), wrong="holds bytes that are not UTF-8")
    if text.count("{") + text.count("[") > DEEPEST and _depth(value) > DEEPEST:
        return _Piece(where, _named(value), len(text), wrong="is nested too deeply")
    return _Piece(where, value, len(text))


def _named(value: Any) -> dict[str, Any] | None:
    """What is needed to name a resource that is not read."""
    if not isinstance(value, dict):
        return None
    return {name: value[name] for name in ("resourceType", "id") if isinstance(value.get(name), str)}


def _depth(value: Any) -> int:
    """How deep a value is nested, without recursion; stops when that is too deep."""
    depth, level = 0, [value]
    while level and depth <= DEEPEST:
        depth += 1
        inner = [item for item in level if isinstance(item, dict | list)]
        level = [child for item in inner for child in (item.values() if isinstance(item, dict) else item)]
    return depth


# --- a document, walked -----------------------------------------------------------------------------------------------


class _Walk:
    """A text stream of which only what is being looked at is held."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream, self._text, self._at, self._over = stream, "", 0, False

    def peek(self) -> str:
        """The next character that is no blank; empty at the end."""
        while True:
            self._at = _BLANK.match(self._text, self._at).end()  # type: ignore[union-attr]
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def take(self, mark: str) -> None:
        """Pass over a character that must be there."""
        if self.peek() != mark:
            raise Unreadable("is not JSON")
        self._at += 1

    def value(self) -> tuple[Any, str]:
        """The next JSON value, and its text."""
        self.peek()
        while True:
            value, end = _decoded(self._text, self._at)
            if end != -1 and (end < len(self._text) or self._over):  # a number may go on in what is not read yet
                text, self._at = self._text[self._at : end], end
                return value, text
            if self._over:
                raise Unreadable("is nested too deeply" if value is TOO_DEEP else "is not JSON")
            self._more()

    def _more(self) -> bool:
        """Read on, doubling what is held while one value is not whole."""
        if self._over:
            return False
        held = self._text[self._at :]
        if len(held) > LARGEST:
            raise Unreadable("holds a resource that is too large")
        more = self._stream.read(max(CHUNK, len(held)))
        self._text, self._at, self._over = held + more, 0, not more
        return bool(more)


def _decoded(text: str, at: int) -> tuple[Any, int]:
    """The value that begins here, and where it ends; -1 for an end that is not held, or no JSON."""
    try:
        value, end = _DECODER.raw_decode(text, at)
        return value, end
    except RecursionError:
        return TOO_DEEP, _end_of_nest(text, at)
    except ValueError:
        return None, -1


def _end_of_nest(text: str, at: int) -> int:
    """Where an object or array ends that is too deep for the parser; -1 while its end is not held."""
    depth = 0
    for found in _BRACKETS.finditer(text, at):
        depth += 1 if found[0] in "[{" else -1 if found[0] in "]}" else 0
        if depth == 0:
            return found.end()
    return -1


def _document(stream: IO[str]) -> Iterator[_Piece]:
    """The one resource of a document; of a bundle each entry by itself, and the bundle without its entries."""
    walk = _Walk(stream)
    if walk.peek() != "{":
        value, text = walk.value()
        yield _Piece("file", None, wrong="is nested too deeply") if value is TOO_DEEP else _checked("file", value, text)
        return
    members: dict[str, Any] = {}
    size, entries = 0, 0
    walk.take("{")
    while walk.peek() != "}":
        if members or entries:
            walk.take(",")
        name, _ = walk.value()
        walk.take(":")
        if name == "entry" and walk.peek() == "[" and members.get("resourceType", "Bundle") == "Bundle":
            for entries, (value, text) in enumerate(_items(walk), 1):
                yield _entry(f"entry {entries}", value, text)
            members.setdefault("resourceType", "Bundle")
            continue
        if not isinstance(name, str):
            raise Unreadable("is not JSON")
        members[name], text = walk.value()
        size += len(text)
        if members[name] is TOO_DEEP or _FOREIGN.search(text):
            wrong = "is nested too deeply" if members[name] is TOO_DEEP else "holds bytes that are not UTF-8"
            yield _Piece("file", _named(members), size, wrong)
            return
    walk.take("}")
    if walk.peek():
        raise Unreadable("goes on after its end: NDJSON needs the ending .ndjson")
    if members.get("resourceType") != "Bundle":
        yield _Piece("file", members, size, "is nested too deeply" if _depth(members) > DEEPEST else "")


def _entry(where: str, value: Any, text: str) -> _Piece:
    """An entry as a bundle of one."""
    if value is TOO_DEEP:
        return _Piece(where, None, len(text), "is nested too deeply")
    checked = _checked(where, value, text)
    if checked.wrong:
        resource = value.get("resource") if isinstance(value, dict) else None
        return _Piece(where, _named(resource), checked.size, checked.wrong)
    return _Piece(where, {"resourceType": "Bundle", "entry": [value]}, checked.size)


def _items(walk: _Walk) -> Iterator[tuple[Any, str]]:
    walk.take("[")
    first = True
    while walk.peek() != "]":
        if not first:
            walk.take(",")
        first = False
        yield walk.value()
    walk.take("]")


# --- from values to resources -----------------------------------------------------------------------------------------


def _resources(file: str, piece: _Piece, report: Report) -> Iterator[Raw]:
    if piece.wrong or not _is_resource(piece.value):
        kind = piece.value.get("resourceType", "") if isinstance(piece.value, dict) else ""
        reason = piece.wrong or "is no FHIR resource: it has no resourceType"
        report.broken(file, _label(piece), "", reason, kind if isinstance(kind, str) and kind else "(no resource)")
        return
    yield from _unbundled(Raw(file, piece.where, piece.value, piece.size), report, DEEPEST_BUNDLE)


def _is_resource(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("resourceType"), str)


def _label(piece: _Piece) -> str:
    named = piece.value if isinstance(piece.value, dict) else {}
    kind, identity = named.get("resourceType"), named.get("id")
    short = isinstance(kind, str) and isinstance(identity, str) and len(kind) + len(identity) < 100
    return f"{piece.where}, {kind}/{identity}" if short else piece.where


def _unbundled(raw: Raw, report: Report, deeper: int) -> Iterator[Raw]:
    if raw.body["resourceType"] != "Bundle":
        yield raw
        return
    if not deeper:
        report.broken(raw.file, raw.where, "entry", "is a bundle in bundles, too deeply nested")
        return
    entries = raw.body.get("entry") or []
    for number, entry in enumerate(entries if isinstance(entries, list) else [], 1):
        inner = entry.get("resource") if isinstance(entry, dict) else None
        where = raw.where if len(entries) == 1 else f"{raw.where}, entry {number}"
        if isinstance(inner, dict) and isinstance(inner.get("resourceType"), str):
            address = entry.get("fullUrl")
            size = raw.size if len(entries) == 1 else min(raw.size, len(json.dumps(inner)))
            full_url = address if isinstance(address, str) else None
            yield from _unbundled(Raw(raw.file, where, inner, size, full_url), report, deeper - 1)
        else:
            report.broken(raw.file, where, "resource", "is no FHIR resource")
