"""Reads FHIR R4 files into directory records, and reports what was taken, left aside, or could not be used.

Accepts bundles, single resources, NDJSON, and folders of these. Bad content never raises: it becomes a problem with
file, resource and reason. Reasons name fields and kinds of error, never values, since values are people's.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from directory.fhir_evidence import EVIDENCE, Findings, relations
from directory.fhir_people import People, patient_record, site_record
from directory.fhir_references import References
from directory.fhir_resources import READ, Location, Patient, Resource
from directory.records import Parsed

SUFFIXES = (".json", ".ndjson")
DEEPEST = 5  # bundles within bundles that we unpack


@dataclass(frozen=True)
class Problem:
    """What could not be used: the file, the resource ("Patient/123", "line 4"), and why."""

    file: str
    resource: str
    reason: str

    def __str__(self) -> str:
        return f"{self.file}: {self.resource}: {self.reason}"


@dataclass
class Report:
    """Counts by kind of resource, and the problems in the order they were met."""

    imported: Counter[str] = field(default_factory=Counter)
    ignored: Counter[str] = field(default_factory=Counter)
    problems: list[Problem] = field(default_factory=list)

    def __str__(self) -> str:
        lines = [f"imported: {_counts(self.imported)}", f"ignored: {_counts(self.ignored)}"]
        return "\n".join([*lines, f"problems: {len(self.problems)}", *map(str, self.problems)])


@dataclass(frozen=True)
class _Raw:
    """One resource as it stands in a file, and the address its bundle gives it."""

    file: str
    body: dict[str, Any]
    full_url: str | None


def import_paths(paths: Iterable[Path], *, today: date | None = None) -> tuple[Parsed, Report]:
    """What the files and folders hold. With `today`, roles whose period is over give no skills."""
    report = Report()
    return _import(_texts(paths, report), report, today)


def import_texts(texts: Iterable[tuple[str, str]], *, today: date | None = None) -> tuple[Parsed, Report]:
    """What these (file name, text) pairs hold."""
    return _import(texts, Report(), today)


def _import(texts: Iterable[tuple[str, str]], report: Report, today: date | None) -> tuple[Parsed, Report]:
    raws = [raw for file, text in texts for raw in _resources(file, text, report)]
    references, homes = References(), dict[str, str]()
    resources = [resource for raw in raws if (resource := _typed(raw, references, homes, report)) is not None]
    findings = Findings()
    parsed = _translated(resources, references, findings, today)
    report.ignored.update(findings.ignored)
    report.problems.extend(Problem(homes[key], key, reason) for key, reason in findings.problems)
    return parsed, report


def _translated(
    resources: Sequence[Resource], references: References, findings: Findings, today: date | None
) -> Parsed:
    people = People(resources, references, today)
    return Parsed(
        sites=tuple(site_record(found) for found in resources if isinstance(found, Location)),
        clinicians=people.clinicians,
        patients=tuple(patient_record(found) for found in resources if isinstance(found, Patient)),
        relations=relations(resources, references, people, findings),
        evidence=frozenset(found.key for found in resources if isinstance(found, EVIDENCE)),
    )


def _counts(counted: Counter[str]) -> str:
    return ", ".join(f"{kind} {count}" for kind, count in sorted(counted.items())) or "nothing"


def _texts(paths: Iterable[Path], report: Report) -> Iterator[tuple[str, str]]:
    for path in paths:
        for file in _files(path):
            try:
                yield str(file), file.read_text(encoding="utf-8-sig", errors="replace")
            except OSError as error:
                report.problems.append(Problem(str(file), "file", error.strerror or "cannot be read"))


def _files(path: Path) -> Sequence[Path]:
    if not path.is_dir():
        return [path]
    return sorted(file for file in path.rglob("*") if file.suffix.lower() in SUFFIXES and file.is_file())


def _resources(file: str, text: str, report: Report) -> Iterator[_Raw]:
    for where, document in _documents(file, text, report):
        if isinstance(document, dict) and isinstance(document.get("resourceType"), str):
            yield from _unbundled(file, document, None, report, DEEPEST)
        else:
            report.problems.append(Problem(file, where, "is no FHIR resource: it has no resourceType"))


def _documents(file: str, text: str, report: Report) -> Iterator[tuple[str, Any]]:
    pieces = [("file", text)]
    if file.lower().endswith(".ndjson"):
        pieces = [(f"line {number}", line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    for where, piece in pieces:
        try:
            yield where, json.loads(piece)
        except (ValueError, RecursionError):
            report.problems.append(Problem(file, where, "is not JSON"))


def _unbundled(
    file: str, body: dict[str, Any], full_url: str | None, report: Report, deeper: int
) -> Iterator[_Raw]:
    if body["resourceType"] != "Bundle" or not deeper:
        yield _Raw(file, body, full_url)
        return
    entries = body.get("entry") or []
    for number, entry in enumerate(entries if isinstance(entries, list) else [], 1):
        inner = entry.get("resource") if isinstance(entry, dict) else None
        if isinstance(inner, dict) and isinstance(inner.get("resourceType"), str):
            address = entry.get("fullUrl")
            yield from _unbundled(file, inner, address if isinstance(address, str) else None, report, deeper - 1)
        else:
            report.problems.append(Problem(file, f"entry {number}", "has no resource"))


def _typed(raw: _Raw, references: References, homes: dict[str, str], report: Report) -> Resource | None:
    kind = raw.body["resourceType"]
    if kind not in READ:
        report.ignored[kind] += 1
        return None
    try:
        resource = READ[kind].model_validate({name: value for name, value in raw.body.items() if value is not None})
    except ValidationError as error:
        report.problems.append(Problem(raw.file, _label(raw.body), _reason(error)))
        return None
    if resource.key in homes:
        report.ignored[f"{kind} (again)"] += 1
        return None
    report.imported[kind] += 1
    homes[resource.key] = raw.file
    references.add(resource, raw.full_url)
    return resource


def _label(body: dict[str, Any]) -> str:
    identity = body.get("id")
    return f"{body['resourceType']}/{identity if isinstance(identity, str) else '?'}"


def _reason(error: ValidationError) -> str:
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    return f"{'.'.join(map(str, first['loc']))}: {first['type'].replace('_', ' ')}"
