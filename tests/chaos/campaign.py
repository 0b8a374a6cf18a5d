"""Plays Joe's call once for every point and victim, kills the victim at the point, and judges how Joe ended.

The center's time is sped up, but not while a process is away: its restart takes the call as long as it does in earnest.
"""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field

import seeding
from tests.chaos.center import VICTIMS, Center
from tests.chaos.gate import Point
from tests.chaos.people import JOE, Joe, Phones, heard_the_carrier_give_up
from tests.chaos.record import Record

CALL_SECONDS = 300.0  # of the center's time; Joe has ended by then or is lost
HANGING_SECONDS = 60.0  # of the center's time: whoever is still held so long after everything ended is stuck
REAL_SECONDS = 90.0  # a bound for each of the two, if the center's time should stand still
KEPT_SOON_SECONDS = 120.0  # likewise: so long Joe waits beside his phone to see the promise kept
TALK_SECONDS = 40.0  # likewise: long enough for a sweep that takes the talk for none to cut it off
RUNS_A_CENTER = 40
TRIES = 3  # a point may be missed when things happen in another order
LOST, MISSED = "LOST", "missed"
OPERATOR, THEN = "operator", ", "


@dataclass
class Run:
    """One call with one kill: how Joe ended, the seconds of his time until then, and what was wrong."""

    point: Point | None
    victim: str | None
    end: str
    seconds: float
    wrong: list[str] = field(default_factory=list)
    story: list[str] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        """Whether Joe ended well and nothing is left hanging."""
        return self.end not in (LOST, MISSED) and not self.wrong


class Deadline:
    """An instant of the center's time, with a bound in real time."""

    def __init__(self, phones: Phones, seconds: float) -> None:
        self._phones = phones
        self._until = phones.now() + seconds
        self._bound = time.monotonic() + REAL_SECONDS

    def is_over(self) -> bool:
        """Whether the instant, or the bound, has come."""
        return self._phones.now() >= self._until or time.monotonic() >= self._bound


class Stage:
    """One running center on which calls are played one after the other."""

    def __init__(self, center: Center) -> None:
        self.center = center
        self.phones = Phones(str(center.settings.twilio_api_base_url))
        self.record = Record(center.tools)
        world = seeding.world()
        self.ready = tuple(world.ready)
        self.clinicians = {phone: person for person, phone in world.phones.items()}
        self.operator = center.settings.operator_number
        self.everybody = (*self.clinicians, self.operator, JOE)
        self._is_slow = False
        self._cut_off: list[str] = []
        self._met_at: float | None = None

    def play(self, point: Point | None, victim: str | None) -> Run:
        """Joe's call, with `victim` killed at `point`."""
        self._prepare()
        gate, center = self.center.gate, self.center
        self._cut_off.clear()
        self._met_at = None
        gate.arm(point, lambda: self._kill(victim) if victim else None)
        began = self.phones.now()
        joe = Joe(self.phones, center.settings.center_number)
        end = self._until_the_end(joe, Deadline(self.phones, CALL_SECONDS))
        seconds = (self._met_at or self.phones.now()) - began
        call = self.record.newest_call()
        hanging = self._settle(call)
        untold = self.record.untold(call) if self._talked_with_clinician(end) else []
        wrong = [*self._cut_off, *hanging, *self.record.double_offers(), *untold]
        if heard_the_carrier_give_up(self.phones):
            wrong.append("Joe heard an application error")
        reached = point is None or gate.fired
        run = Run(point, victim, end if reached or end == LOST else MISSED, seconds, wrong if reached else [])
        if not run.is_good:
            run.story = [*joe.heard, "--", *self.record.story(call)]
        gate.disarm()
        return run

    def _kill(self, victim: str) -> None:
        self.center.kill(victim)
        self.phones.runs_at(1.0)
        self._is_slow = True

    def _serve(self, seconds: float) -> None:
        """Let the center live for so many real seconds; once it is whole again, fast again."""
        self.center.serve(seconds)
        if self._is_slow and not self.center.away():
            self.phones.runs_at(self.center.rate)
            self._is_slow = False

    def _prepare(self) -> None:
        self.center.gate.disarm()
        self.center.forgive()
        self.center.await_all()
        self.phones.hangs_up(self.everybody)
        self.phones.everybody_takes_calls(self.everybody)
        self.record.tidy(self.ready)
        self._wait_until_calm(None)

    def _until_the_end(self, joe: Joe, deadline: Deadline) -> str:
        """How Joe's call ends. When he has talked with somebody he hangs up; a promise is seen kept.

        From the operator, whom the carrier rang without us, he may be moved to a clinician: then he talked with both.
        """
        talked: list[str] = []
        while not deadline.is_over():
            self._serve(0.05)
            joe.listen(self.phones.now())
            partner = self._partner()
            if partner:
                talked.append(partner)
                if self._talk(partner) or partner in self.clinicians.values():
                    return THEN.join(talked)
            elif joe.is_over:
                return THEN.join(talked) or self._left_with()
        return LOST

    def _talked_with_clinician(self, end: str) -> bool:
        return end.split(THEN)[-1] in self.clinicians.values()

    def _partner(self) -> str | None:
        """With whom Joe talks now."""
        if self.phones.hear_each_other(JOE, self.operator):
            return OPERATOR
        busy = [number for number in self.clinicians if self.phones.hear_each_other(JOE, number)]
        return self.clinicians[busy[0]] if busy else None

    def _talk(self, partner: str) -> bool:
        """They talk for a while, then Joe hangs up. False if it ended by itself, which no clinician's talk may."""
        self._met_at = self._met_at or self.phones.now()
        deadline = Deadline(self.phones, TALK_SECONDS)
        while not deadline.is_over():
            self._serve(0.05)
            if self._partner() != partner:
                self._cut_off += [f"the talk with {partner} was cut off"] if partner != OPERATOR else []
                return False
        self.phones.hangs_up([JOE])
        return True

    def _left_with(self) -> str:
        """What Joe has when his call is over and he talked with nobody: a promise, a message, or nothing."""
        call = self.record.newest_call()
        deadline = Deadline(self.phones, HANGING_SECONDS)
        while not deadline.is_over():
            kept = self.record.kept_for(call) if call else None
            if kept == "callback":
                return "callback kept" if self._is_rung_back() else "callback"
            if kept:
                return kept
            self._serve(0.1)
        return LOST

    def _is_rung_back(self) -> bool:
        """Whether the promise is kept soon: Joe talks with somebody after all."""
        deadline = Deadline(self.phones, KEPT_SOON_SECONDS)
        while not deadline.is_over() and self.record.has_open_promise():
            self._serve(0.1)
            if partner := self._partner():
                self._talk(partner)
                return True
        return False

    def _settle(self, call: str | None) -> list[str]:
        """Everybody hangs up; what is left hanging after that."""
        self.phones.hangs_up([JOE, self.operator])
        if self.record.has_open_promise():
            self.phones.hangs_up(self.everybody)
            self.record.tidy(())
        return self._wait_until_calm(call)

    def _wait_until_calm(self, call: str | None) -> list[str]:
        """Wait until nothing holds anybody any more; else what still does."""
        deadline = Deadline(self.phones, HANGING_SECONDS)
        while hanging := self._hanging(call):
            if deadline.is_over():
                return hanging
            self._serve(0.1)
        return []

    def _hanging(self, call: str | None) -> list[str]:
        live = [number for number in self.everybody if self.phones.live(number)]
        return [*(f"phone {number[-4:]} is not on the hook" for number in live), *self.record.left_hanging(call)]


class Campaign:
    """Runs on one center after another: a new one every so many runs."""

    def __init__(self, *, rate: float, until: float) -> None:
        self._rate = rate
        self._until = until  # monotonic seconds: no run begins later
        self._open = ExitStack()
        self._stage: Stage | None = None
        self._runs = 0

    def __enter__(self) -> "Campaign":
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    @property
    def out_of_time(self) -> bool:
        """Whether no further run may begin."""
        return time.monotonic() >= self._until

    def points(self) -> list[tuple[Point, str]]:
        """The points of an undisturbed call, in order, and who passes each; RuntimeError if Joe is lost even then."""
        run = self.play(None, None)
        if not run.is_good:
            raise RuntimeError("\n".join([f"even without a kill: {run.end}", *run.wrong, *run.story]))
        assert self._stage is not None
        return list(self._stage.center.gate.passed)

    def kills(self, cells: list[tuple[Point, str]]) -> Iterator[Run]:
        """One judged run for each cell, until the time is over."""
        for point, victim in cells:
            if self.out_of_time:
                return
            yield self._until_reached(point, victim)

    def play(self, point: Point | None, victim: str | None) -> Run:
        """One call on the present center, or on a new one when that has served long enough."""
        if self._stage is None or self._runs >= RUNS_A_CENTER:
            self._open.close()
            self._stage = Stage(self._open.enter_context(Center(rate=self._rate)))
            self._runs = 0
        self._runs += 1
        return self._stage.play(point, victim)

    def _until_reached(self, point: Point, victim: str) -> Run:
        run = self.play(point, victim)
        for _ in range(TRIES - 1):
            if run.end != MISSED:
                break
            run = self.play(point, victim)
        if run.wrong:
            self._runs = RUNS_A_CENTER  # what hangs shall not spoil the next call
        return run


def cells_of(points: list[Point], victims: tuple[str, ...] = VICTIMS) -> list[tuple[Point, str]]:
    """Every point with every victim."""
    return [(point, victim) for point in points for victim in victims]


def sample(points: list[Point], count: int) -> list[Point]:
    """`count` points spread evenly over the call, the first and the last among them."""
    if count >= len(points):
        return points
    step = (len(points) - 1) / max(1, count - 1)
    return [points[round(position * step)] for position in range(count)]
