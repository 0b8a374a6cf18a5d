"""What stands behind a figure: the calls, promises and clinicians it rests on, as lines to read. Pure.

Callers are told by time and service, never by name or number.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from callbacks.ledger import Kept, why
from calls.board_dictionary import Count
from calls.dictionary import Metric
from calls.intervals import Interval
from calls.metrics import Story, gone_on
from calls.stays import Amounts, Counted, Promised, Ring, Stay, Talk
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


def of_metric(metric: Metric, of: Material, now: Moment) -> Behind:
    """The stays, talks, rings or promises behind a figure of the dictionary, the earliest first."""
    drawn = _DRAWN[metric.of]
    found = sorted(rows_behind(metric, of), key=drawn.at)
    lines = tuple(drawn.line(each, of.known, now) for each in found)
    return Behind(drawn.title, drawn.columns, lines)


def rows_behind(metric: Metric, of: Material) -> list[Counted]:
    """What a figure of this time rests on."""
    over = Interval(of.over[0].begins, of.over[-1].ends)
    return [each for each in filter(of.belongs(), _made(of.made, metric.of)) if metric.rests(each, over, of.how)]


def _made(amounts: Amounts, kind: type[Counted]) -> Sequence[Counted]:
    made: dict[type[Counted], Sequence[Counted]] = {
        Stay: amounts.stays,
        Talk: amounts.talks,
        Ring: amounts.rings,
        Promised: amounts.promises,
    }
    return made[kind]


@dataclass(frozen=True)
class _Drawn:
    """How the rows of one kind are shown: their headings, their order, and the line of one."""

    title: str
    columns: tuple[str, ...]
    at: Callable[[Any], datetime]
    line: Callable[[Any, Known, Moment], Line]


def _stay(stay: Stay, known: Known, now: Moment) -> Line:
    who = _named(stay.clinician, known)
    ending = f"answered by {who}" if who else words.plain(stay.into or stay.ending or "still waiting").lower()
    cells = (_service(stay.service, stay.language), words.timer(round(stay.seconds)), ending)
    return Line("call", stay.call_id, now.when(stay.entered_at), cells)


def _talk(talk: Talk, known: Known, now: Moment) -> Line:
    lasted = words.timer(words.seconds_between(talk.started_at, talk.ended_at)) if talk.ended_at else "goes on"
    what = "callback" if talk.called_back else "call"
    cells = (_service(talk.service, talk.language), _named(talk.clinician, known) or "unknown", lasted, what)
    return Line("call", talk.call_id, now.when(talk.started_at), cells)


def _ring(ring: Ring, known: Known, now: Moment) -> Line:
    service, who = _service(ring.service, ring.language), _named(ring.clinician, known) or "unknown"
    return Line("call", ring.call_id, now.when(ring.made_at), (service, who, words.plain(ring.cause).lower()))


def _promise(promise: Promised, known: Known, now: Moment) -> Line:
    owner, ending = _named(promise.clinician, known) or "the team", "kept" if promise.kept else "not kept"
    cells = (_service(promise.service, promise.language), owner, f"{ending} in time")
    return Line("promise", promise.id, now.when(promise.decided_at), cells)


def _named(clinician: str | None, known: Known) -> str:
    return known.names.get(clinician, "a former colleague") if clinician else ""


_DRAWN: Mapping[type[Counted], _Drawn] = {
    Stay: _Drawn(
        "The calls behind it", ("Began to wait", "Service", "Waited", "Then"), lambda each: each.entered_at, _stay
    ),
    Talk: _Drawn(
        "The talks behind it", ("Began", "Service", "With", "Lasted", "Kind"), lambda each: each.started_at, _talk
    ),
    Ring: _Drawn("The rings behind it", ("Rang", "Service", "Clinician", "Then"), lambda each: each.made_at, _ring),
    Promised: _Drawn(
        "The promises behind it", ("Decided", "Service", "Owner", "Then"), lambda each: each.decided_at, _promise
    ),
}


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
