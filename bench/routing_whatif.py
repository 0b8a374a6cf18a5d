"""What-if on a simulated history: speed, and whether the past is reproduced: `python -m bench.routing_whatif`.

A history of 30 days with 2,000 calls each is simulated with rules and patience that the replay is not told: it gets
what a center records (waits, who answered, how long he was held). Then the rules of then are replayed, and a variant.
"""

import argparse
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from random import Random
from time import process_time

from config.content import Ladder, Rung
from routing.needs import Need, OnDuty, Predicate
from routing.simulation import EPOCH, Caller, Center, Outcome, Worker
from routing.whatif import (
    DAY,
    PastCall,
    Rules,
    by_day,
    compared,
    figures,
    outcomes_seen,
    replayed,
)

SEED = 2_030
FIRST_DAY = EPOCH
TARGET = 30.0
OPENS, CLOSES = 8 * 3600.0, 18 * 3600.0
LADDERS = {
    "shipped": Ladder(rungs=(Rung(serve=("own", "team"), seconds=30), Rung(serve=("any",)))),
    "anyone": Ladder(rungs=(Rung(serve=("any",)),)),
}
CLINICIANS, TEAM = 23, 5


def rules(days: int = 31) -> Rules:
    """23 clinicians from eight to six with staggered lunches; an own clinician and his team for 30 s."""
    workers = [
        Worker(OnDuty(f"c{n:02d}", {"care": 1 + n % 2}, ("en",)), tuple(_shifts(n, days))) for n in range(CLINICIANS)
    ]
    return Rules(LADDERS, {"care": ("shipped", 0)}, workers, (Predicate("care"),))


def _shifts(number: int, days: int) -> Iterator[tuple[float, float]]:
    lunch = (11.5 + number % 6 * 0.5) * 3600
    for day in range(days):
        yield day * DAY + OPENS, day * DAY + lunch
        yield day * DAY + lunch + 1800, day * DAY + CLOSES


def simulated(days: int, calls_a_day: int) -> list[Outcome]:
    """What became of callers with a busy morning; talks are lognormal, and patience has two kinds."""
    mix = rules()
    return list(Center(LADDERS, mix.asked, begins=FIRST_DAY).run(_callers(days, calls_a_day), mix.workers))


def _callers(days: int, calls_a_day: int) -> Iterator[Caller]:
    chance, scale = Random(SEED), 2000 / calls_a_day
    for day in range(days):
        ats = sorted(OPENS + chance.betavariate(1.6, 2.2) * (CLOSES - OPENS - 600) for _ in range(calls_a_day))
        for number, at in enumerate(ats):
            own = chance.randrange(CLINICIANS)
            first = own // TEAM * TEAM
            team = tuple(f"c{n:02d}" for n in range(first, min(first + TEAM, CLINICIANS)))
            patience = chance.expovariate(1 / (40 if chance.random() < 0.15 else 420))
            handling = chance.lognormvariate(5.35, 0.6) * scale
            need = Need("care", own=f"c{own:02d}", team=team)
            yield Caller(f"{day:02d}-{number:04d}", day * DAY + at, need, "shipped", handling, patience, ringing=6)


def past_of(outcomes: list[Outcome]) -> list[PastCall]:
    """What a center would have on record."""
    return [
        PastCall(
            id=each.caller.id,
            at=FIRST_DAY + timedelta(seconds=each.caller.at),
            service="care",
            need=each.caller.need,
            waited=each.wait,
            clinician=each.clinician,
            handling=each.caller.handling if each.clinician else None,
            ringing=each.caller.ringing if each.clinician else 0.0,
        )
        for each in outcomes
    ]


def main(arguments: list[str]) -> int:
    """Simulate, replay and compare; 0 if the bars are met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--calls", type=int, default=2000, help="a day")
    options = parser.parse_args(arguments)
    past = past_of(simulated(options.days, options.calls))
    started = process_time()
    baseline = replayed(past, rules(), FIRST_DAY, SEED)
    took = process_time() - started
    variant = replayed(past, replace(rules(), services={"care": ("anyone", 0)}), FIRST_DAY, SEED)
    print(f"seed {SEED}: {len(past)} calls replayed in {took:.1f} s of one core (bar 60)")
    seen, again = figures(outcomes_seen(past, rules(), FIRST_DAY), TARGET), figures(baseline, TARGET)
    off = {
        name: getattr(again, name) / getattr(seen, name) - 1
        for name in ("speed_of_answer", "level", "abandoned", "own")
    }
    for name, share in off.items():
        print(
            f"  {name:16} was {getattr(seen, name):8.4f}, replayed {getattr(again, name):8.4f}: {share:+.2%} (bar 5 %)"
        )
    print("variant: everybody goes to anyone at once; paired by day, with 95 % intervals")
    for each in compared(by_day(baseline, TARGET), by_day(variant, TARGET)):
        print(f"  {each.name:16} {each.before:.4f} -> {each.after:.4f}: {each.change:+.4f} +- {each.give_or_take:.4f}")
    return 0 if took < 60 and all(abs(share) <= 0.05 for share in off.values()) else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
