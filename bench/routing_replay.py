"""Simulated decisions, stored as JSON and decided again: `python -m bench.routing_replay [--decisions 100000]`.

Twice: each decision from its own record (`routing/explain.py`), and the whole history, event by event, on new lines.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from random import Random
from tempfile import TemporaryFile
from typing import IO, Any

from bench.traces import poisson
from config.content import Ladder, Rung
from routing import explain
from routing.board import Board
from routing.needs import Need, OnDuty
from routing.policy import Candidate, DutyEntry, Match, Stand, WaitEntry
from routing.simulation import Caller, Center, Worker

SEED = 100_000
LADDER = Ladder(
    rungs=(Rung(serve=("own", "team"), seconds=20), Rung(serve=("site",), seconds=20), Rung(serve=("any",)))
)


@dataclass
class Stored:
    """Lines that write down every event and what came of it."""

    file: IO[str]
    needs: dict[str, Need]
    board: Board = field(default_factory=Board)
    decisions: int = 0

    def apply_wait(self, entry: WaitEntry, now_ms: int) -> Match | None:
        """As the lines in memory."""
        return self._store("wait", asdict(entry), now_ms, self.board.apply_wait(entry, now_ms))

    def apply_duty(self, entry: DutyEntry, now_ms: int) -> Match | None:
        """As the lines in memory."""
        return self._store("duty", asdict(entry), now_ms, self.board.apply_duty(entry, now_ms))

    def _store(self, kind: str, entry: dict[str, Any], now_ms: int, match: Match | None) -> Match | None:
        if match:
            self.decisions += 1
        told = {"kind": kind, "now": now_ms, "entry": entry, "match": asdict(match) if match else None}
        self.file.write(json.dumps(told) + "\n")
        return match


def callers() -> Iterator[Caller]:
    """Own clinicians, teams, sites, two languages and two levels; one in ten avoids somebody."""
    chance = Random(f"{SEED}:needs")
    for caller in poisson(Random(SEED), per_hour=340, talk=360, patience=300, ladder="all"):
        own = chance.randrange(40)
        team = tuple(f"c{n:02d}" for n in range(own // 5 * 5, own // 5 * 5 + 5))
        need = Need(
            "care",
            level=chance.choice((1, 1, 2)),
            language=chance.choice(("en", "en", "es")),
            site=f"s{chance.randrange(3)}",
            own=f"c{own:02d}",
            team=team,
            avoid=(f"c{chance.randrange(40):02d}",) if chance.random() < 0.1 else (),
        )
        yield Caller(caller.id, caller.at, need, "all", caller.handling, caller.patience)


def workers() -> list[Worker]:
    """40 clinicians, some at a higher level, some with Spanish, at three sites."""
    return [
        Worker(OnDuty(f"c{n:02d}", {"care": 1 + n % 3}, ("en", "es") if n % 2 else ("en",), f"s{n % 3}"))
        for n in range(40)
    ]


def simulated(file: IO[str], decisions: int) -> dict[str, Need]:
    """Write a history with so many decisions; the needs of those who called."""
    stored = Stored(file, {})

    def noted() -> Iterator[Caller]:
        for caller in callers():
            stored.needs[caller.id] = caller.need
            yield caller

    for _ in Center({"all": LADDER}, lines=stored).run(noted(), workers()):
        if stored.decisions >= decisions:
            break
    return stored.needs


def replayed(file: IO[str], needs: dict[str, Need]) -> tuple[int, int, int]:
    """Decisions, those that differ when decided again alone, and those that differ in the whole history."""
    board, decisions, alone, whole = Board(), 0, 0, 0
    for told in map(json.loads, file):
        entry, now = told["entry"], told["now"]
        match = board.apply_wait(_wait(entry), now) if told["kind"] == "wait" else board.apply_duty(_duty(entry), now)
        whole += json.dumps(asdict(match) if match else None) != json.dumps(told["match"])
        if told["match"]:
            decisions += 1
            alone += not _same(_match(told["match"]), needs)
    return decisions, alone, whole


def _same(match: Match, needs: dict[str, Need]) -> bool:
    """Whether the record alone, as JSON, leads to the same choice."""
    record = json.loads(json.dumps(explain.record(match, needs[match.wait_id], rung=0)))
    return explain.replayed(record, match.wait_id, match.clinician_id)


def _wait(plain: dict[str, Any]) -> WaitEntry:
    stands = tuple(Stand(**stand) for stand in plain["stands"])
    return WaitEntry(plain["wait_id"], plain["version"], stands, tuple(plain["avoid"]))


def _duty(plain: dict[str, Any]) -> DutyEntry:
    lists = {name: tuple(value) for name, value in plain.items() if isinstance(value, list)}
    return DutyEntry(**{**plain, **lists})


def _match(plain: dict[str, Any]) -> Match:
    return Match(**{**plain, "looked": tuple(Candidate(*each) for each in plain["looked"])})


def main(arguments: list[str]) -> int:
    """Simulate, store, replay; 0 if nothing differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--decisions", type=int, default=100_000)
    options = parser.parse_args(arguments)
    with TemporaryFile("w+") as file:
        needs = simulated(file, options.decisions)
        file.seek(0)
        decisions, alone, whole = replayed(file, needs)
    print(
        f"seed {SEED}: {decisions} decisions replayed, {alone} differ from their own records, "
        f"{whole} events differ in the whole history"
    )
    return 0 if alone == whole == 0 else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
