"""What stands behind a figure of the past: stays, talks, rings, promises, and how clinicians spent their time. Pure.

Callers are told by time and service, never by name or number.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from calls.dictionary import Metric
from calls.intervals import Interval
from calls.notes_store import NotedTalk
from calls.occupancy import READY, occupancy
from calls.stays import Amounts, Counted, Promised, Ring, Stay, Talk
from desk import words
from desk.behind import Behind, Line, service_of
from desk.losses import Lost
from desk.reports import Known, Material, in_words
from desk.words import Moment


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
    cells = (service_of(stay.service, stay.language), words.timer(round(stay.seconds)), ending)
    return Line("call", stay.call_id, now.when(stay.entered_at), cells)


def _talk(talk: Talk, known: Known, now: Moment) -> Line:
    lasted = words.timer(words.seconds_between(talk.started_at, talk.ended_at)) if talk.ended_at else "goes on"
    what = "callback" if talk.called_back else "call"
    cells = (service_of(talk.service, talk.language), _named(talk.clinician, known) or "unknown", lasted, what)
    return Line("call", talk.call_id, now.when(talk.started_at), cells)


def _ring(ring: Ring, known: Known, now: Moment) -> Line:
    service, who = service_of(ring.service, ring.language), _named(ring.clinician, known) or "unknown"
    return Line("call", ring.call_id, now.when(ring.made_at), (service, who, words.plain(ring.cause).lower()))


def _promise(promise: Promised, known: Known, now: Moment) -> Line:
    owner, ending = _named(promise.clinician, known) or "the team", "kept" if promise.kept else "not kept"
    cells = (service_of(promise.service, promise.language), owner, f"{ending} in time")
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


# --- behind a figure that is no fold of stays ------------------------------------------------------------------------


def of_lost(lost: Iterable[Lost], known: Known, now: Moment) -> Behind:
    """Callers who did not speak with their own clinician, and why not, the earliest first."""

    def line(each: Lost) -> Line:
        own, waited = _named(each.stay.own, known), words.timer(round(each.stay.seconds))
        cells = (service_of(each.stay.service, each.stay.language), own, waited, words.plain(each.cause))
        return Line("call", each.stay.call_id, now.when(each.stay.entered_at), cells)

    lines = tuple(map(line, sorted(lost, key=lambda each: each.stay.entered_at)))
    return Behind("The calls behind it", ("Began to wait", "Service", "Own clinician", "Waited", "Cause"), lines)


SPENT = ("offered", "talking", "wrapping_up", READY)


def of_spent(spent: Mapping[str, Mapping[str, float]], known: Known) -> Behind:
    """How long each clinician was in the states that count, by name; who was in none of them is left out."""
    counted = {who: states for who, states in spent.items() if any(states.get(state) for state in SPENT)}
    named = sorted((known.names.get(who, "A former colleague"), who, states) for who, states in counted.items())
    lines = tuple(_spent(name, who if who in known.names else "", states) for name, who, states in named)
    columns = ("Name", *(words.state(state) for state in SPENT), "Occupancy")
    return Behind("The clinicians behind it", columns, lines)


def _spent(name: str, who: str, states: Mapping[str, float]) -> Line:
    times = (words.timer(round(states.get(state, 0))) for state in SPENT)
    return Line("person", who, name, (*times, in_words(occupancy([states]), "share")))


def of_noted(noted: Iterable[NotedTalk], label: Callable[[NotedTalk], str], known: Known, now: Moment) -> Behind:
    """The talks that were noted so, the earliest first."""

    def line(each: NotedTalk) -> Line:
        cells = (words.plain(each.service), _named(each.clinician_id, known), label(each))
        return Line("call", each.call_id, now.when(each.talked_at), cells)

    return Behind("The talks behind it", ("Ended", "Service", "With", "Outcome"), tuple(map(line, noted)))
