"""Reads a clinic's folder of YAML and Fluent files into one `Content`, and says everything that is wrong with it.

`read_content` is the way in. The folder holds the .yaml files of `SHEETS` and prompts/<language>.ftl; `content_of`
reads the same files from memory, as they are kept with the calls they served.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from fluent.syntax import FluentParser, ast
from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from config.coherence import Incoherence, Where, incoherences
from config.content import Content
from config.learned import read_learned
from config.problems import ContentError, Flaw

__all__ = [
    "LEARNED",
    "PROMPTS",
    "SHEETS",
    "ContentError",
    "Flaw",
    "content_of",
    "files_of",
    "line_of",
    "numbers_of",
    "parsed_yaml",
    "read_content",
]

SHEETS = {  # file -> the parts of the content that it holds
    "lines.yaml": ("languages", "lines", "clinician_line", "survey"),
    "menus.yaml": ("menus",),
    "services.yaml": ("services", "ladders", "skills", "choosing", "alarms", "interpreters", "education", "outcomes"),
    "hours.yaml": ("hours",),
    "red_flags.yaml": ("red_flags",),
}
PROMPTS = "prompts"
LEARNED = "red_flags_learned.tsv"  # may be missing
_FILE_OF = {part: name for name, parts in SHEETS.items() for part in parts}


@dataclass(frozen=True)
class Sheet:
    """One YAML file as read: its data, and its nodes, which know their lines."""

    data: dict[str, Any]
    root: Node | None


Proof = Callable[[Content], Iterator[Incoherence]]
Files = Mapping[str, str]  # name within the folder -> text


def numbers_of(folder: Path) -> tuple[str, ...]:
    """The numbers that a folder's lines name beside CENTER_NUMBER. Unproven: for whoever keeps numbers ready."""
    data = YAML(typ="safe", pure=True).load((folder / "lines.yaml").read_text(encoding="utf-8"))
    named = [*(data.get("lines") or {}).values(), data.get("clinician_line") or {}]
    return tuple(str(line["number"]) for line in named if line.get("number", "center") != "center")


class NotText(str):
    """Stands for a file whose bytes are not UTF-8."""


def read_content(folder: Path, *proofs: Proof) -> Content:
    """The content of a clinic's folder; ContentError names every flaw found, all at once.

    `proofs` are asked about a content that hangs together; each names what else must not be.
    """
    return content_of(files_of(folder), *proofs)


def files_of(folder: Path) -> Files:
    """The files of a clinic's folder that make its content."""
    paths = [folder / name for name in (*SHEETS, LEARNED)] + sorted((folder / PROMPTS).glob("*.ftl"))
    return {path.relative_to(folder).as_posix(): _text_of(path) for path in paths if path.is_file()}


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return NotText("")


def content_of(files: Files, *proofs: Proof) -> Content:
    """The content of these files; see `read_content`."""
    flaws: list[Flaw] = []
    sheets = {name: _read_sheet(files, name, flaws) for name in SHEETS}
    prompts = _read_prompts(files, sheets["lines.yaml"].data.get("languages"), flaws)
    parts = {part: sheets[name].data[part] for part, name in _FILE_OF.items() if part in sheets[name].data}
    rest = {"prompts": prompts, "learned": _read_learned(files, flaws), "version": version_of(files)}
    content = _validated({**parts, **rest}, sheets, flaws)
    for proof in (incoherences, *proofs):
        if content is not None and not flaws:
            flaws += [_flaw(where, found, accepted, sheets) for where, found, accepted in proof(content)]
    if content is None or flaws:
        raise ContentError(flaws)
    return content


def version_of(files: Files) -> str:
    """A hash of every file that makes the content."""
    digest = hashlib.sha256()
    for name, text in sorted(files.items()):
        digest.update(name.encode() + b"\0" + text.encode() + b"\0")
    return digest.hexdigest()


def _read_learned(files: Files, flaws: list[Flaw]) -> str:
    text = files.get(LEARNED, "")
    try:
        if text:
            read_learned(text)
    except ValueError as error:
        flaws.append(Flaw(LEARNED, None, "", str(error), "the file as `python -m bench.red_flags train` writes it"))
    return text


# --- YAML -----------------------------------------------------------------------------------------------------------


def _read_sheet(files: Files, name: str, flaws: list[Flaw]) -> Sheet:
    nothing = Sheet({}, None)
    parts = " and ".join(SHEETS[name])
    text = _text(files, name, f"a YAML file with {parts}", flaws)
    if text is None:
        return nothing
    try:
        data, root = _parsed(text)
    except MarkedYAMLError as error:
        flaws.append(_unreadable(name, error))
        return nothing
    if not isinstance(data, dict):
        flaws.append(Flaw(name, 1, "", type(data).__name__, f"a mapping with {parts}"))
        return nothing
    flaws += _strangers(name, data, root)
    return Sheet(data, root)


@lru_cache(maxsize=32)
def _parsed(text: str) -> tuple[Any, Node | None]:
    """A YAML text's data and nodes; neither is ever changed, so a file that did not change is read once."""
    return parsed_yaml(text, "safe")


def parsed_yaml(text: str, kind: str) -> tuple[Any, Node | None]:
    """A YAML text's data, and the nodes it was made from, which know their lines. Raises MarkedYAMLError."""
    reader = YAML(typ=kind, pure=True)
    root = reader.compose(text)
    return None if root is None else reader.constructor.construct_document(root), root


def _text(files: Files, name: str, accepted: str, flaws: list[Flaw]) -> str | None:
    text = files.get(name)
    if text is None:
        flaws.append(Flaw(name, None, "", "no such file", accepted))
    elif isinstance(text, NotText):
        flaws.append(Flaw(name, None, "", "bytes that are not UTF-8", accepted))
        return None
    return text


def _unreadable(name: str, error: MarkedYAMLError) -> Flaw:
    line = error.problem_mark.line + 1 if error.problem_mark else None
    return Flaw(name, line, "", str(error.problem).split("\n")[0], "YAML 1.2 without duplicate keys")


def _strangers(name: str, data: dict[str, Any], root: Node | None) -> Iterator[Flaw]:
    for key in data:
        if key not in SHEETS[name]:
            yield Flaw(name, line_of(root, (key,)), str(key), "an unknown key", " or ".join(SHEETS[name]))


def line_of(root: Node | None, where: Where) -> int | None:
    """The line of the deepest node on the way `where` that exists; None without a file."""
    node, line = root, None
    for part in where:
        step = _child(node, part)
        if step is None:
            break
        line, node = step
    return line


def _child(node: Node | None, part: str | int) -> tuple[int, Node] | None:
    """Where a key or an item begins (counting from 1), and its value."""
    if isinstance(node, MappingNode):
        for key, value in node.value:
            if isinstance(key, ScalarNode) and key.value == str(part):
                return key.start_mark.line + 1, value
    if isinstance(node, SequenceNode) and isinstance(part, int) and part < len(node.value):
        item = node.value[part]
        return item.start_mark.line + 1, item
    return None


# --- what the content accepts -----------------------------------------------------------------------------------------


def _validated(raw: dict[str, Any], sheets: dict[str, Sheet], flaws: list[Flaw]) -> Content | None:
    try:
        return Content.model_validate(raw)
    except ValidationError as error:
        broken = {flaw.file for flaw in flaws}
        for detail in error.errors():
            part = str(detail["loc"][0])
            if _FILE_OF.get(part) not in broken:  # a file that cannot be read is one flaw, not many
                found = "nothing" if detail["type"] == "missing" else repr(detail["input"])[:80]
                flaws.append(_flaw(detail["loc"], found, _accepted(detail["type"], detail["msg"]), sheets))
        return None


def _accepted(kind: str, message: str) -> str:
    if kind == "extra_forbidden":
        return "only the keys of config/content.py; this one is unknown"
    return "a value, which is required" if kind == "missing" else message.removeprefix("Input should be ")


def _flaw(where: Where, found: str, accepted: str, sheets: dict[str, Sheet]) -> Flaw:
    first = str(where[0]) if where else ""
    if first == PROMPTS and len(where) > 1:
        return Flaw(f"{PROMPTS}/{where[1]}.ftl", None, " ".join(map(str, where[2:])), found, accepted)
    name = _FILE_OF.get(first, first)
    line = line_of(sheets[name].root, where) if name in sheets else None
    return Flaw(name, line, ".".join(map(str, where)), found, accepted)


# --- Fluent -----------------------------------------------------------------------------------------------------------


def _read_prompts(files: Files, languages: object, flaws: list[Flaw]) -> dict[str, dict[str, str]]:
    wanted = [language for language in languages if isinstance(language, str)] if isinstance(languages, list) else []
    return {language: _read_language(files, f"{PROMPTS}/{language}.ftl", flaws) for language in wanted}


@lru_cache(maxsize=32)
def _entries(text: str) -> tuple[ast.EntryType, ...]:
    """A Fluent text's entries; none is ever changed, so a file that did not change is read once."""
    return tuple(FluentParser().parse(text).body)


def _read_language(files: Files, name: str, flaws: list[Flaw]) -> dict[str, str]:
    text = _text(files, name, "a Fluent file with the sentences of this language", flaws)
    found: dict[str, str] = {}
    for entry in _entries(text or ""):
        match entry:
            case ast.Junk():
                flaws.append(_junk(name, text or "", entry))
            case ast.Message() if entry.id.name in found:
                flaws.append(
                    Flaw(name, _line(text or "", entry), entry.id.name, "a second message", "one of each name")
                )
            case ast.Message(value=ast.Pattern() as pattern) if not entry.attributes and pattern.span and text:
                found[entry.id.name] = text[pattern.span.start : pattern.span.end]
            case ast.Message() | ast.Term():
                flaws.append(
                    Flaw(name, _line(text or "", entry), entry.id.name, "a term or attribute", "plain messages only")
                )
    return found


def _junk(name: str, text: str, entry: ast.Junk) -> Flaw:
    content = (entry.content or "").strip().split("\n")[0]
    return Flaw(name, _line(text, entry), "", repr(content[:60]), "Fluent messages: name = sentence")


def _line(text: str, entry: ast.SyntaxNode) -> int | None:
    return text.count("\n", 0, entry.span.start) + 1 if entry.span else None
