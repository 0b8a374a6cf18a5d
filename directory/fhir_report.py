"""The account of an import: every resource has exactly one outcome, and what went wrong has its file, path and reason.

Reasons name fields and kinds of error, never values, since values are people's.
"""

from collections import Counter
from dataclasses import dataclass, field

IMPORTED, IGNORED, REPEATED, UNRESOLVED, BROKEN = "imported", "ignored", "repeated", "unresolved", "broken"
OUTCOMES = (IMPORTED, IGNORED, REPEATED, UNRESOLVED, BROKEN)
MOST_SHOWN = 10_000  # findings kept in full; those after them are counted


@dataclass(frozen=True)
class Finding:
    """What could not be used: the file, the resource ("Patient/123", "line 4"), the path in it, and why."""

    file: str
    resource: str
    path: str
    reason: str

    def __str__(self) -> str:
        return ": ".join(part for part in (self.file, self.resource, self.path, self.reason) if part)


@dataclass
class Report:
    """Counts by outcome and kind. `unresolved` and `broken` findings are listed as they were met; `remarks` are about
    parts of resources that were imported all the same."""

    counts: dict[str, Counter[str]] = field(default_factory=lambda: {outcome: Counter() for outcome in OUTCOMES})
    problems: list[Finding] = field(default_factory=list)
    remarks: list[Finding] = field(default_factory=list)
    files: int = 0
    untold: int = 0

    def count(self, outcome: str, kind: str) -> None:
        """One more resource of a kind with this outcome."""
        self.counts[outcome][kind] += 1

    def broken(self, file: str, resource: str, path: str, reason: str, kind: str = "(no resource)") -> None:
        """A resource, or a piece of a file, that cannot be used."""
        self.count(BROKEN, kind)
        self._keep(self.problems, Finding(file, resource, path, reason))

    def unresolved(self, file: str, resource: str, path: str, reason: str) -> None:
        """A resource that means somebody whom the import lacks; its outcome is counted by the caller."""
        self._keep(self.problems, Finding(file, resource, path, reason))

    def remark(self, file: str, resource: str, path: str, reason: str) -> None:
        """A part of an imported resource that could not be used."""
        self._keep(self.remarks, Finding(file, resource, path, reason))

    @property
    def imported(self) -> Counter[str]:
        """Imported resources by kind."""
        return self.counts[IMPORTED]

    @property
    def total(self) -> int:
        """All resources that were met, whatever became of them."""
        return sum(counter.total() for counter in self.counts.values())

    def _keep(self, listed: list[Finding], finding: Finding) -> None:
        if len(listed) < MOST_SHOWN:
            listed.append(finding)
        else:
            self.untold += 1

    def lines(self, most: int = 50) -> list[str]:
        """The report for people: totals, counts by outcome, and the first `most` findings of each sort."""
        told = [f"{self.files} files, {self.total} resources"]
        told += [f"{outcome} {counts.total()}: {_by_kind(counts)}" for outcome, counts in self.counts.items() if counts]
        for name, listed in (("problems", self.problems), ("remarks", self.remarks)):
            told += [f"{name}: {len(listed)}", *(f"  {finding}" for finding in listed[:most])] if listed else []
            told += [f"  and {len(listed) - most} more"] if len(listed) > most else []
        return told + ([f"{self.untold} more findings were counted, not kept"] if self.untold else [])

    def __str__(self) -> str:
        return "\n".join(self.lines())


def _by_kind(counts: Counter[str]) -> str:
    return ", ".join(f"{kind} {count}" for kind, count in sorted(counts.items()))
