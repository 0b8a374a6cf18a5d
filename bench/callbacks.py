"""Callbacks in virtual time, by the rules that route: `python -m bench.callbacks [--days 20] [--runs 1000]`.

Two things are shown. *Keep your place*: at every match the smallest key among those who may be served is taken, also
where half of them hang up at some moment of their wait and are dialled; with no dialling time the order of service is
that of the twin in which everybody stayed on the line. *By a deadline*, on the surge of `docs/callbacks.md` (45
clinicians, 6 minutes a call, patience 5 minutes, half take the offer; 5 calls a minute, 12 for 90 minutes): who gives
up, how long those on the line wait, and how many promises are met.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from math import inf
from random import Random

from bench.traces import ANYONE, pool
from routing import policy
from routing.needs import Need, WaitState
from routing.policy import Match, WaitEntry
from routing.simulation import Caller, Center, Outcome, Watcher, Worker

SEED = 20_311_103
NEED = Need("care")
PROMISED, PRESSING = 120 * 60, 0.8  # seconds; the share of it after which a promise waits for nobody to be idle
DAY, SURGE = 10 * 3600, (2 * 3600, 3.5 * 3600)


# --- keep your place --------------------------------------------------------------------------------------------------


@dataclass
class Keys(Watcher):
    """Counts matches at which somebody with a smaller key stood in the same lines."""

    standing: dict[str, int] = field(default_factory=dict)
    violations: int = 0
    matches: int = 0

    def waits(self, _center: Center, caller: Caller, entry: WaitEntry) -> None:
        self.standing[caller.id] = min(stand.key_ms for stand in entry.stands)

    def matched(self, _center: Center, match: Match, _wait: WaitEntry | None, _duty: object) -> None:
        self.matches += 1
        key = self.standing.pop(match.wait_id, None)
        if key is None:  # he came to a clinician who was ready: nobody stood before him, or she would not have been
            self.violations += bool(self.standing)
        elif self.standing and min(self.standing.values()) < key:
            self.violations += 1

    def gave_up(self, _center: Center, outcome: Outcome) -> None:
        self.standing.pop(outcome.caller.id, None)


def mixed(chance: Random, callers: int = 60) -> list[Caller]:
    """Callers with more calls than clinicians can take."""
    now, found = 0.0, []
    for number in range(callers):
        now += chance.expovariate(1 / 30)
        found.append(Caller(f"{number:03d}", now, NEED, "anyone", chance.expovariate(1 / 180)))
    return found


@dataclass
class Placed(Center):
    """A center whose callers may hang up while they wait and be rung back: their waits go on, told anew."""

    after: dict[str, float] = field(default_factory=dict)  # caller -> seconds of his wait until he takes the callback

    def _arrives(self, caller: Caller) -> None:
        super()._arrives(caller)
        if caller.id in self.after:
            self.at(self.now + self.after[caller.id], self._takes_callback, caller.id)

    def _takes_callback(self, caller_id: str) -> None:
        caller, wait = self._waits.get(caller_id, (None, None))
        if caller is None or wait is None or wait.state is not WaitState.WAITING:
            return
        becomes = replace(wait, kind="callback", version=wait.version + 1)
        self._waits[caller_id] = (caller, becomes)
        match = self.lines.apply_wait(policy.wait_entry(becomes, self.ladders[caller.ladder]), self.now_ms())
        if match:
            self.watcher.matched(self, match, None, None)
            self._ring(match)


def order_of_service(
    callers: list[Caller], clinicians: int, after: dict[str, float], dialling: float
) -> tuple[list[str], Keys]:
    """Who is served when. `after`: when those who take a callback do so; `dialling` is how long each of them rings."""
    keys = Keys()
    center = Placed(ANYONE, watcher=keys, after=after)
    back = [replace(caller, ringing=dialling if caller.id in after else 0.0) for caller in callers]
    served = [outcome.caller.id for outcome in center.run(back, pool(clinicians, {NEED.skill: 1}))]
    return served, keys


def keep_your_place(runs: int) -> tuple[int, int, int]:
    """(matches, matches out of order, twins that differ) of many small centers."""
    matches = violations = differing = 0
    for run in range(runs):
        chance = Random(f"{SEED}:place:{run}")
        callers, clinicians = mixed(chance), chance.randint(2, 6)
        after = {caller.id: chance.expovariate(1 / 60) for caller in callers if chance.random() < 0.5}
        _, dialled = order_of_service(callers, clinicians, after, 20.0)
        matches, violations = matches + dialled.matches, violations + dialled.violations
        stayed, _ = order_of_service(callers, clinicians, {}, 0.0)
        rung, _ = order_of_service(callers, clinicians, after, 0.0)
        differing += stayed != rung
    return matches, violations, differing


# --- by a deadline ----------------------------------------------------------------------------------------------------


@dataclass
class Surge(Center):
    """A center whose delayed callers may take a promise: kept when a clinician is idle, or most of it has passed."""

    chance: Random = field(default_factory=lambda: Random(SEED))
    pledged: list[Caller] = field(default_factory=list)  # by the time of the promise
    begun: dict[str, float] = field(default_factory=dict)  # caller -> seconds from the promise until he is rung
    promised_at: dict[str, float] = field(default_factory=dict)

    def _stands(self, caller: Caller, wait: "object", *, first: bool = False) -> None:
        super()._stands(caller, wait, first=first)  # type: ignore[arg-type]
        if first and caller.id in self._waits and caller.id not in self.promised_at and self._accepts(caller):
            self._promise(caller)

    def _accepts(self, caller: Caller) -> bool:
        held = caller.id in self.busy.values()
        return not held and self.chance.random() < 0.5

    def _promise(self, caller: Caller) -> None:
        _, wait = self._waits.pop(caller.id)
        self.lines.apply_wait(WaitEntry(caller.id, wait.version + 1), self.now_ms())
        self.promised_at[caller.id] = self.now
        self.pledged.append(caller)
        self.at(self.now + PROMISED * PRESSING, self._presses, caller.id)

    def _presses(self, caller_id: str) -> None:
        caller = next((each for each in self.pledged if each.id == caller_id), None)
        if caller:
            self.pledged.remove(caller)
            self._calls_back(caller, head_start=int(self.now - self.promised_at[caller_id]))

    def _calls_back(self, caller: Caller, head_start: int = 0) -> None:
        again = replace(caller, id=f"{caller.id}-back", patience=inf, head_start=head_start)
        self.promised_at[again.id] = self.promised_at[caller.id]
        self._arrives(again)

    def _free(self, person: str) -> None:
        super()._free(person)
        if self.pledged and person in self.on_duty and person not in self.busy:
            self._calls_back(self.pledged.pop(0))


def surge(day: int) -> tuple[list[Outcome], Surge]:
    """One day of the surge."""
    chance = Random(f"{SEED}:surge:{day}")
    center = Surge(ANYONE, chance=Random(f"{SEED}:accepts:{day}"))
    workers: list[Worker] = list(pool(45, {NEED.skill: 1}))
    return list(center.run(_calls(chance), workers)), center


def _calls(chance: Random) -> Iterator[Caller]:
    now, number = 0.0, 0
    while True:
        here = SURGE[0] <= now < SURGE[1]
        now += chance.expovariate((12 if here else 5) / 60)
        if now >= DAY:
            return
        number += 1
        handling, patience = chance.expovariate(1 / 360), chance.expovariate(1 / 300)
        yield Caller(f"{number}", now, NEED, "anyone", handling, patience)


def by_deadline(days: int) -> dict[str, float]:
    """The figures of all days together."""
    waits: list[float] = []
    callers = abandoned = promises = met = 0
    kept: list[float] = []
    for day in range(days):
        outcomes, center = surge(day)
        for outcome in outcomes:
            if outcome.caller.id.endswith("-back"):
                age = outcome.caller.at + outcome.wait
                kept.append(age)
            else:
                callers += 1
                abandoned += outcome.clinician is None
                waits += [outcome.wait] if outcome.clinician else []
        back = {o.caller.id: o for o in outcomes if o.caller.id.endswith("-back")}
        mine = [who for who in center.promised_at if not who.endswith("-back")]
        promises += len(mine)
        for who in mine:
            done = back.get(f"{who}-back")
            met += done is not None and done.caller.at + done.wait - center.promised_at[who] <= PROMISED
    waits.sort()
    everybody = callers + promises
    return {
        "abandoned": abandoned / everybody,
        "online_p90_s": waits[int(0.9 * len(waits))],
        "online_mean_s": sum(waits) / len(waits),
        "callbacks": promises / everybody,
        "promises_met": met / promises,
    }


def main() -> None:
    """Print both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=20)
    parser.add_argument("--runs", type=int, default=1000)
    options = parser.parse_args()
    matches, violations, differing = keep_your_place(options.runs)
    print(f"keep your place: {options.runs} runs, {matches} matches")
    print(f"  {violations} out of order, {differing} twins differ")
    figures = by_deadline(options.days)
    print(f"by a deadline, {options.days} days:", ", ".join(f"{name} {value:.4f}" for name, value in figures.items()))


if __name__ == "__main__":
    main()
