"""A center in virtual time: callers come, wait, give up or talk, and every choice is made by `routing/policy.py`.

The lines may be the ones in memory (`routing/board.py`) or the ones in Redis: both say the same. Instants are seconds
since `begins`; chance enters with the callers alone, so that two centers given the same callers differ by their rules,
not by their luck.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from itertools import count
from math import inf
from typing import Any, Protocol

from config.content import Ladder
from routing import policy
from routing.board import Board
from routing.needs import Need, OnDuty, Predicate, Wait, WaitState, epoch_ms
from routing.policy import DutyEntry, Match, WaitEntry
from routing.presence import Presence, State

EPOCH = datetime(2031, 3, 3, tzinfo=UTC)  # a Monday; any instant will do
ALWAYS = ((0.0, inf),)


@dataclass(frozen=True)
class Caller:
    """One who calls. All times in seconds: `handling` is how long he holds a clinician, wrap-up included."""

    id: str
    at: float
    need: Need
    ladder: str
    handling: float
    patience: float = inf
    head_start: int = 0
    ringing: float = 0.0  # from the match until the clinician has taken the call


@dataclass(frozen=True)
class Worker:
    """A clinician, and when he is on duty: (from, until) in seconds. A talk under way is finished."""

    on_duty: OnDuty
    shifts: Sequence[tuple[float, float]] = ALWAYS


@dataclass(frozen=True)
class Outcome:
    """What became of a caller: how long he waited, and for whom; nobody if he gave up or the day ended."""

    caller: Caller
    wait: float
    clinician: str | None
    rung: int


class Lines(Protocol):
    """Where callers stand and clinicians are ready."""

    def apply_wait(self, entry: WaitEntry, now_ms: int, /) -> Match | None:
        """Say this of a wait."""

    def apply_duty(self, entry: DutyEntry, now_ms: int, /) -> Match | None:
        """Say this of a clinician."""


class Watcher:
    """Told of what happens, as it happens. Overridden by who wants to know; the simulation needs none of it."""

    def waits(self, center: "Center", caller: Caller, entry: WaitEntry) -> None:
        """He found nobody and stands in line."""

    def matched(self, center: "Center", match: Match, wait: WaitEntry | None, duty: DutyEntry | None) -> None:
        """A caller and a clinician were put together, on the word of one of the two."""

    def answered(self, center: "Center", outcome: Outcome) -> None:
        """A talk begins."""

    def gave_up(self, center: "Center", outcome: Outcome) -> None:
        """He hung up."""


Step = Callable[..., None]


@dataclass
class Center:
    """The center while it runs. `now` is the virtual instant; events of one instant happen in the order of planning."""

    ladders: Mapping[str, Ladder]
    asked: tuple[Predicate, ...] | None = None  # of the clinic's services, if known
    lines: Lines = field(default_factory=Board)
    watcher: Watcher = field(default_factory=Watcher)
    begins: datetime = EPOCH
    now: float = 0.0
    on_duty: set[str] = field(default_factory=set)
    busy: dict[str, str] = field(default_factory=dict)  # clinician -> caller
    _duty: dict[str, DutyEntry] = field(default_factory=dict)  # his last word
    _lines_of: dict[str, DutyEntry] = field(default_factory=dict)  # what he says when he is ready
    _waits: dict[str, tuple[Caller, Wait]] = field(default_factory=dict)
    _done: list[Outcome] = field(default_factory=list)
    _plan: list[tuple[float, int, Step, tuple[Any, ...]]] = field(default_factory=list)
    _order: Iterator[int] = field(default_factory=count)

    def run(self, callers: Iterable[Caller], workers: Iterable[Worker], until: float = inf) -> Iterator[Outcome]:
        """What becomes of each caller (in order of coming), as it is known. Who waits at `until` is not told of."""
        for worker in workers:
            self._hire(worker)
        coming = iter(callers)
        self._next_caller(coming)
        while self._plan and self._plan[0][0] <= until:
            self.now, _, step, details = heappop(self._plan)
            step(*details)
            if step == self._arrives:
                self._next_caller(coming)
            yield from self._done
            self._done.clear()

    def instant(self) -> datetime:
        """The virtual instant as the policy knows instants."""
        return self.begins + timedelta(seconds=self.now)

    def now_ms(self) -> int:
        """The virtual instant as the lines know instants."""
        return epoch_ms(self.begins) + int(self.now * 1000)

    def at(self, when: float, step: Step, *details: object) -> None:
        """Plan a step for an instant; infinity is never."""
        if when < inf:
            heappush(self._plan, (when, next(self._order), step, details))

    def _next_caller(self, coming: Iterator[Caller]) -> None:
        caller = next(coming, None)
        if caller:
            self.at(caller.at, self._arrives, caller)

    # --- clinicians ---

    def _hire(self, worker: Worker) -> None:
        for starts, ends in worker.shifts:
            self.at(starts, self._comes, worker)
            self.at(ends, self.goes, worker.on_duty.clinician_id)

    def _comes(self, worker: Worker) -> None:
        person = worker.on_duty.clinician_id
        self.on_duty.add(person)
        ready = Presence(person, State.READY, self.instant(), version=0)
        self._lines_of[person] = policy.duty_entry(ready, worker.on_duty, self.asked)
        self._duty.setdefault(person, self._lines_of[person])
        if person not in self.busy:
            self._ready(person, self.now_ms())

    def goes(self, person: str) -> None:
        """He goes off duty, after his talk if he has one; those who wait for him may climb."""
        self.on_duty.discard(person)
        if person not in self.busy:
            self._says(replace(self._duty[person], version=self._duty[person].version + 1, lines=(), behind=()))
        for caller, wait in list(self._waits.values()):
            if wait.state is WaitState.WAITING:
                self._climb(caller.id, wait.rung)

    def _ready(self, person: str, idle_since_ms: int) -> None:
        version = self._duty[person].version + 1
        self._says(replace(self._lines_of[person], version=version, idle_since_ms=idle_since_ms))

    def _says(self, entry: DutyEntry) -> None:
        self._duty[entry.clinician_id] = entry
        match = self.lines.apply_duty(entry, self.now_ms())
        if match:
            self.watcher.matched(self, match, None, entry)
            self._ring(match)

    def _free(self, person: str) -> None:
        self.busy.pop(person, None)
        if person in self.on_duty:
            self._ready(person, self.now_ms())

    # --- callers ---

    def _arrives(self, caller: Caller) -> None:
        ladder = self.ladders[caller.ladder]
        rung = policy.first_rung(caller.need, ladder, self.on_duty if len(ladder.rungs) > 1 else None)
        wait = _begun(caller, rung, policy.place_ms(self.instant(), caller.head_start), self.instant())
        self._waits[caller.id] = (caller, wait)
        self.at(self.now + caller.patience, self._gives_up, caller.id)
        self._stands(caller, wait, first=True)

    def _stands(self, caller: Caller, wait: Wait, *, first: bool = False) -> None:
        ladder = self.ladders[caller.ladder]
        until = policy.rung_until(wait.need, ladder, wait.rung, self.instant())
        wait = replace(wait, rung_until=until)
        self._waits[caller.id] = (caller, wait)
        entry = policy.wait_entry(wait, ladder)
        match = self.lines.apply_wait(entry, self.now_ms())
        if match:
            self.watcher.matched(self, match, entry, None)
            self._ring(match)
            return
        if first:
            self.watcher.waits(self, caller, entry)
        if until:
            self.at((until - self.begins).total_seconds(), self._climb, caller.id, wait.rung)

    def _climb(self, caller_id: str, rung: int) -> None:
        caller, wait = self._waits.get(caller_id, (None, None))
        if caller is None or wait is None or wait.rung != rung:
            return
        higher = policy.climbs_to(wait, self.ladders[caller.ladder], self.on_duty, self.instant())
        if higher is not None:
            self._stands(caller, replace(wait, rung=higher, version=wait.version + 1))

    def _ring(self, match: Match) -> None:
        caller, wait = self._waits[match.wait_id]
        self.busy[match.clinician_id] = caller.id
        self._waits[caller.id] = (caller, replace(wait, state=WaitState.OFFERED, version=wait.version + 1))
        if caller.ringing:
            self.at(self.now + caller.ringing, self._answers, caller.id, match.clinician_id)
        else:
            self._answers(caller.id, match.clinician_id)

    def _answers(self, caller_id: str, person: str) -> None:
        if self.busy.get(person) != caller_id or caller_id not in self._waits:
            return
        caller, wait = self._waits.pop(caller_id)
        outcome = Outcome(caller, self.now - caller.at, person, wait.rung)
        self._done.append(outcome)
        self.at(self.now + caller.handling, self._free, person)
        self.watcher.answered(self, outcome)

    def _gives_up(self, caller_id: str) -> None:
        caller, wait = self._waits.pop(caller_id, (None, None))
        if caller is None or wait is None:
            return
        outcome = Outcome(caller, self.now - caller.at, None, wait.rung)
        self._done.append(outcome)
        self.watcher.gave_up(self, outcome)
        if wait.state is WaitState.WAITING:
            self.lines.apply_wait(WaitEntry(caller_id, wait.version + 1), self.now_ms())
            return
        person = next(each for each, held in self.busy.items() if held == caller_id)
        del self.busy[person]  # the offer is rescinded: he keeps his turn
        if person in self.on_duty:
            self._ready(person, self._duty[person].idle_since_ms)


def _begun(caller: Caller, rung: int, place: int, now: datetime) -> Wait:
    """The wait of somebody who joins now."""
    return Wait(
        id=caller.id,
        call_id=caller.id,
        kind="call",
        sid=None,
        callback_id=None,
        state=WaitState.WAITING,
        need=caller.need,
        ladder=caller.ladder,
        rung=rung,
        rung_until=None,
        place_ms=place,
        version=1,
        joined_at=now,
    )
