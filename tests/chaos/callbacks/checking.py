"""What must hold after a story, read from our database and from the carrier's own record, which must agree."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import sqlalchemy

from callbacks.requests import REQUEST_MOVES
from tests.chaos.callbacks.carrier import Placed
from tests.chaos.callbacks.world import World

ZONE, MOST = ZoneInfo("America/Chicago"), 3  # in words of our own: the checker does not ask what it checks


@dataclass
class Judged:
    """How the promise ended, and every rule that was broken."""

    end: str
    dropped: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)
    other: list[str] = field(default_factory=list)

    @property
    def wrong(self) -> list[str]:
        """Everything that was broken."""
        return [*self.dropped, *self.twice, *self.outside, *self.other]


def judge(world: World, promise: str) -> Judged:
    """Judge the story that the world has lived."""
    state = world.state(promise)
    rung = [call for call in world.carrier.calls.values() if call.to == world.carrier.patient]
    judged = Judged(str(state))
    if state is None or REQUEST_MOVES[state]:
        judged.dropped.append(f"the promise is still {state}")
    judged.twice += twice_for_one_attempt(rung) + at_the_same_time(rung)
    judged.outside += [f"{call.sid[-3:]} rang at {call.rang_at}" for call in rung if _rang_outside(call)]
    judged.other += too_often(rung) + left_hanging(world) + world.web_failed + without_a_promise(world, rung)
    return judged


def twice_for_one_attempt(rung: list[Placed]) -> list[str]:
    """I6: attempts for which the carrier has more than one call."""
    placed = Counter(call.attempt for call in rung)
    return [f"attempt {attempt} was dialled {times} times" for attempt, times in placed.items() if times > 1]


def at_the_same_time(rung: list[Placed]) -> list[str]:
    """I6: two calls that both rang or talked at one instant."""
    live = sorted((call.rang_at, call.ended_at, call.sid) for call in rung if call.rang_at)
    pairs = pairwise(live)
    return [f"{one[2][-3:]} and {two[2][-3:]} at once" for one, two in pairs if one[1] is None or two[0] < one[1]]


def _rang_outside(call: Placed) -> bool:
    """I7: it rang when it was night where the patient is."""
    return call.rang_at is not None and not 8 <= call.rang_at.astimezone(ZONE).hour < 20


def too_often(rung: list[Placed]) -> list[str]:
    """I6: more calls rang than a patient may be tried."""
    rang = [call for call in rung if call.rang_at and call.ended_at and call.ended_at - call.rang_at > timedelta(0)]
    return [f"his phone rang {len(rang)} times"] if len(rang) > MOST else []


def without_a_promise(world: World, rung: list[Placed]) -> list[str]:
    """Every call that rang has its attempt, and every attempt that says it was reached has its call."""
    with world.database.reading() as tx:
        rows = tx.execute(sqlalchemy.text("SELECT id, state, sid FROM callback_attempts")).all()
    known, by_sid = {row.id for row in rows}, {call.sid for call in rung}
    strangers = [f"a call for attempt {call.attempt}, which is none" for call in rung if call.attempt not in known]
    hollow = [row.id for row in rows if row.state == "reached" and row.sid not in by_sid]
    return strangers + [f"attempt {attempt} is called reached and has no call" for attempt in hollow]


def left_hanging(world: World) -> list[str]:
    """Whatever still holds somebody."""
    looks = {
        "clinician": "SELECT clinician_id || ' is ' || state FROM presences WHERE state IN ('offered', 'talking')",
        "offer": "SELECT id || ' is ' || state FROM offers WHERE state IN ('offered', 'accepted')",
        "wait": "SELECT id || ' is ' || state FROM waits WHERE state <> 'left'",
        "leg": "SELECT party || ' in ' || stage FROM legs WHERE ended_at IS NULL",
        "entry": "SELECT kind || ' after ' || tries FROM outbox WHERE done_at IS NULL",
        "attempt": "SELECT id || ' is ' || state FROM callback_attempts"
        " WHERE state IN ('intended', 'placed', 'unknown', 'answered')",
    }
    with world.database.reading() as tx:
        found = {name: tx.scalars(sqlalchemy.text(look)).all() for name, look in looks.items()}
    live = [call.sid for call in world.carrier.calls.values() if call.ended_at is None]
    return [*(f"{name} {row}" for name, rows in found.items() for row in rows), *(f"{sid[-3:]} lives" for sid in live)]
