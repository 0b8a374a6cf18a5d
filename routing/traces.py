"""Past calls and rosters as CSV: what `access-center what-if` reads and writes.

Calls: id,at,service,level,language,site,own,team,avoid,waited,clinician,handling,ringing. Instants are ISO 8601 with an
offset, times seconds; `team` and `avoid` are ids with spaces between. An empty clinician: the caller gave up.
Roster, a line for each shift: clinician,skills,languages,site,from,until with skills such as "nurse:2 hip:1".
"""

import csv
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from io import StringIO

from routing.needs import Need, OnDuty, skill_and_level
from routing.simulation import Worker
from routing.whatif import PastCall

CALLS = (
    *("id", "at", "service", "level", "language", "site", "own", "team", "avoid"),
    *("waited", "clinician", "handling", "ringing"),
)
ROSTER = ("clinician", "skills", "languages", "site", "from", "until")


class BadTrace(ValueError):
    """A line that cannot be read; the text says which and why."""


def calls_of(lines: Iterable[str], skills: Mapping[str, tuple[str, int]]) -> list[PastCall]:
    """The past calls of a CSV. `skills`: what each service asks for, as (skill, least level)."""
    return [_call(number, row, skills) for number, row in _rows(lines, CALLS)]


def roster_of(lines: Iterable[str], begins: datetime) -> list[Worker]:
    """The clinicians of a CSV, each with all shifts, in seconds since `begins`."""
    people: dict[str, OnDuty] = {}
    shifts: dict[str, list[tuple[float, float]]] = {}
    for number, row in _rows(lines, ROSTER):
        try:
            span = _seconds(row["from"], begins), _seconds(row["until"], begins)
            people[row["clinician"]] = _on_duty(row)
        except ValueError as error:
            raise BadTrace(f"line {number}: {error}") from error
        shifts.setdefault(row["clinician"], []).append(span)
    return [Worker(people[person], tuple(sorted(spans))) for person, spans in sorted(shifts.items())]


def calls_as_csv(calls: Iterable[PastCall]) -> str:
    """The past calls as CSV, without a word about patients: needs hold ids of clinicians alone."""
    return _written(CALLS, (_call_row(call) for call in calls))


def roster_as_csv(workers: Iterable[Worker], begins: datetime) -> str:
    """The roster as CSV, a line for each shift."""
    return _written(ROSTER, (row for worker in workers for row in _roster_rows(worker, begins)))


def _rows(lines: Iterable[str], names: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    reader = csv.DictReader(lines)
    missing = set(names) - set(reader.fieldnames or ())
    if missing:
        raise BadTrace(f"the first line lacks {', '.join(sorted(missing))}")
    for row in reader:
        yield reader.line_num, {name: (row[name] or "").strip() for name in names}


def _call(number: int, row: Mapping[str, str], skills: Mapping[str, tuple[str, int]]) -> PastCall:
    skill, level = skills.get(row["service"], (row["service"], 1))
    try:
        need = Need(
            skill,
            int(row["level"] or level),
            row["language"] or "en",
            site=row["site"] or None,
            own=row["own"] or None,
            team=tuple(row["team"].split()),
            avoid=tuple(row["avoid"].split()),
        )
        return PastCall(
            id=row["id"],
            at=_instant(row["at"]),
            service=row["service"],
            need=need,
            waited=float(row["waited"]),
            clinician=row["clinician"] or None,
            handling=float(row["handling"]) if row["handling"] else None,
            ringing=float(row["ringing"] or 0),
        )
    except ValueError as error:
        raise BadTrace(f"line {number}: {error}") from error


def _on_duty(row: Mapping[str, str]) -> OnDuty:
    skills = dict(skill_and_level(word) for word in row["skills"].split())
    return OnDuty(row["clinician"], skills, tuple(row["languages"].split()) or ("en",), row["site"] or None)


def _instant(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone")
    return instant


def _seconds(text: str, begins: datetime) -> float:
    return (_instant(text) - begins).total_seconds()


def _call_row(call: PastCall) -> dict[str, object]:
    return {
        "id": call.id,
        "at": call.at.isoformat(),
        "service": call.service,
        "level": call.need.level,
        "language": call.need.language,
        "site": call.need.site,
        "own": call.need.own,
        "team": " ".join(call.need.team),
        "avoid": " ".join(call.need.avoid),
        "waited": round(call.waited, 3),
        "clinician": call.clinician,
        "handling": None if call.handling is None else round(call.handling, 3),
        "ringing": round(call.ringing, 3),
    }


def _roster_rows(worker: Worker, begins: datetime) -> Iterator[dict[str, object]]:
    person = worker.on_duty
    for starts, ends in worker.shifts:
        yield {
            "clinician": person.clinician_id,
            "skills": " ".join(f"{skill}:{level}" for skill, level in sorted(person.skills.items())),
            "languages": " ".join(person.languages),
            "site": person.site,
            "from": (begins + timedelta(seconds=starts)).isoformat(),
            "until": (begins + timedelta(seconds=ends)).isoformat(),
        }


def _written(names: tuple[str, ...], rows: Iterable[Mapping[str, object]]) -> str:
    text = StringIO()
    writer = csv.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
