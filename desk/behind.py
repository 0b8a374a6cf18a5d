"""What stands behind a figure: the calls, promises and clinicians it rests on, as lines to read. Pure.

Callers are told by time and service, never by name or number.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from callbacks.ledger import Kept, why
from calls.board_dictionary import Count
from calls.dictionary import Metric
from calls.metrics import Story, gone_on
from calls.stays import Promised, Stay
from desk import lists, owed, words
from desk.boards import STAFFED, held_now
from desk.reports import Known, Material
from desk.rows import CallRow, ClinicianRow, WaitRow
from desk.words import Moment


@dataclass(frozen=True)
class Line:
    """One of those behind a figure: a call, person or promise that can be opened, and what is said of it."""

    of: str  # call | person | promise
    id: str
    title: str
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Behind:
    """All of them, under their headings."""

    title: str
    columns: tuple[str, ...]
    lines: tuple[Line, ...]


# --- behind a figure of a time ---------------------------------------------------------------------------------------


def of_metric(metric: Metric, of: Material, now: Moment) -> Behind | None:
    """The stays or promises behind a figure of the dictionary; None if it rests on no single one."""
    if metric.promises is not None:
        return _promises(promises_behind(metric, of), of.known, now)
    return _stays(rows_behind(metric, of), of.known, now) if metric.rows is not None else None


def rows_behind(metric: Metric, of: Material) -> list[Stay]:
    """The stays that a figure of this time rests on, in the order in which they began."""
    if metric.rows is None:
        return []
    begins, ends, rests = of.over[0].begins, of.over[-1].ends, metric.rows

    def counts(stay: Stay) -> bool:
        at = stay.entered_at if metric.key == "offered" else stay.left_at
        return at is not None and begins <= at < ends and rests(stay, of.how)

    return sorted(filter(counts, filter(of.belongs(), of.made.stays)), key=lambda stay: stay.entered_at)


def promises_behind(metric: Metric, of: Material) -> list[Promised]:
    """The promised callbacks that a figure of this time rests on, in the order in which they were decided."""
    if metric.promises is None:
        return []
    begins, ends = of.over[0].begins, of.over[-1].ends
    found = [each for each in filter(of.belongs(), of.made.promises) if begins <= each.decided_at < ends]
    return sorted(filter(metric.promises, found), key=lambda promise: promise.decided_at)


def _stays(stays: Sequence[Stay], known: Known, now: Moment) -> Behind:
    def line(stay: Stay) -> Line:
        who = known.names.get(stay.clinician, "a former colleague") if stay.clinician else ""
        ending = f"answered by {who}" if who else words.plain(stay.into or stay.ending or "still waiting").lower()
        service = _service(stay.service, stay.language)
        return Line(
            "call", stay.call_id, now.when(stay.entered_at), (service, words.timer(round(stay.seconds)), ending)
        )

    return Behind("The calls behind it", ("Began to wait", "Service", "Waited", "Then"), tuple(map(line, stays)))


def _promises(promises: Sequence[Promised], known: Known, now: Moment) -> Behind:
    def line(promise: Promised) -> Line:
        owner = known.names.get(promise.clinician, "a former colleague") if promise.clinician else "the team"
        service = _service(promise.service, promise.language)
        ending = "kept in time" if promise.kept else "not kept in time"
        return Line("promise", promise.id, now.when(promise.decided_at), (service, owner, ending))

    return Behind("The promises behind it", ("Decided", "Service", "Owner", "Then"), tuple(map(line, promises)))


# --- behind a count of today -----------------------------------------------------------------------------------------


def calls_of(count: Count, told: Sequence[Story]) -> dict[str, int]:
    """How much of a day's count each call is, by its id; calls that are nothing of it are left out."""
    continued = gone_on(told)
    amounts = {each.call_id: int(count.of(each, continued)) for each in told}
    return {call_id: amount for call_id, amount in amounts.items() if amount}


def of_count(counted: Mapping[str, int], rows: Mapping[str, CallRow], now: Moment) -> Behind:
    """The calls behind a count of today, the newest first."""
    known = sorted((rows[call_id] for call_id in counted if call_id in rows), key=lambda row: row.arrived_at)
    lines = tuple(_counted(row, counted[row.id], now) for row in reversed(known))
    return Behind("The calls behind it", ("Came", "Service", "Counts", "Outcome"), lines)


def _counted(row: CallRow, amount: int, now: Moment) -> Line:
    outcome = lists.call_line(row, now).badge
    return Line("call", row.id, now.when(row.arrived_at), (_service(row.service, row.language), str(amount), outcome))


# --- behind a figure of this moment ----------------------------------------------------------------------------------


def of_waits(key: str, waits: Sequence[WaitRow], now: Moment) -> Behind:
    """The callers on the phone behind "waiting" (in the order in which they are served) or the longest wait."""
    held = held_now(waits)
    if key == "waiting":
        held = [wait for wait in held if wait.state == "waiting"]
    else:
        held.sort(key=lambda wait: wait.joined_at)
    lines = tuple(_held(wait, now) for wait in held)
    return Behind("The callers behind it", ("Since", "Service", "Waits", "State"), lines)


def _held(wait: WaitRow, now: Moment) -> Line:
    state = "Ringing" if wait.state == "offered" else "Waiting"
    cells = (_service(wait.service, wait.language), words.timer(now.since(wait.joined_at)), state)
    return Line("call", wait.call_id, now.when(wait.joined_at), cells)


STATES_BEHIND: Mapping[str, Collection[str]] = {"ringing": ("offered",), "talking": ("talking",), "ready": STAFFED}


def of_states(key: str, rows: Iterable[ClinicianRow], now: Moment) -> Behind:
    """The clinicians behind a count of states; behind "ready" all who are on duty, those who are ready first."""
    found = sorted((row for row in rows if row.state in STATES_BEHIND[key]), key=lambda row: row.state != "ready")
    return Behind("The clinicians behind it", ("Name", "State", "Since"), tuple(_person(row, now) for row in found))


def _person(row: ClinicianRow, now: Moment) -> Line:
    since = now.when(row.since) if row.since else ""
    return Line("person", row.id, lists.name_of(row), (words.state(row.state), since))


def of_pressing(promises: Iterable[Kept], names: Mapping[str, str], now: Moment) -> Behind:
    """The promises that are late, or may soon be, what is due first in front."""

    def line(kept: Kept) -> Line:
        told = owed.line(kept, names, now)
        cells = (told.title, f"{told.badge}: {why(kept, now.now)}")
        return Line("promise", told.id, now.when(kept.promise.promise_by), cells)

    lines = tuple(map(line, sorted(promises, key=lambda kept: kept.promise.promise_by)))
    return Behind("The promises behind it", ("Due", "Promise", "How it stands"), lines)


def _service(service: str | None, language: str | None) -> str:
    return f"{words.plain(service) or 'Not chosen yet'}, {words.language(language)}"
