"""Which stories are told: every line of the dialling job and of the clock, every victim, every fault of the carrier."""

import hashlib
import json
import random
import re
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

from redis import Redis

from config import valkey
from config.reading import read_content
from config.settings import ROOT
from tests.chaos.callbacks.carrier import FAULTS
from tests.chaos.callbacks.checking import Judged, judge
from tests.chaos.callbacks.killing import Place, Watch, die
from tests.chaos.callbacks.world import STARTS, World

VICTIMS = ("worker", "clock", "both", "paused worker", "paused clock")
HABITS = ((), ("no answer",), ("busy", "no answer"), ("presses nothing",), ("no answer",) * 3, ("busy",))
STAGES = [(habit, start) for habit in HABITS for start in STARTS]


@dataclass(frozen=True)
class Cell:
    """One story: who dies at which line, what the carrier does to the first dial, and whether Redis is wiped then."""

    fault: str
    victim: str
    file: str
    line: int
    wiped: bool
    stage: int = 0  # of STAGES: what the patient does, and when it begins; one in which the line is passed

    @property
    def name(self) -> str:
        """Names the story for good: it is told alike every time."""
        how = "wiped" if self.wiped else "kept"
        return f"{self.fault} | {self.victim} | {self.file}:{self.line} | {how} | {self.stage}"

    @property
    def chance(self) -> random.Random:
        """What is left to chance in this story."""
        return random.Random(hashlib.sha256(self.name.encode()).digest())


@dataclass(frozen=True)
class Told:
    """One story's outcome. `missed`: nobody passed the line in it."""

    cell: Cell
    end: str
    missed: bool
    dropped: list[str]
    twice: list[str]
    outside: list[str]
    other: list[str]

    @property
    def wrong(self) -> list[str]:
        """Every rule that was broken."""
        return [*self.dropped, *self.twice, *self.outside, *self.other]

    def to_json(self) -> str:
        """A line of the record."""
        return json.dumps(asdict(self))

    @staticmethod
    def from_json(line: str) -> "Told":
        """The story of a line of the record."""
        plain = json.loads(line)
        return Told(**{**plain, "cell": Cell(**plain["cell"])})


class Campaign:
    """Tells stories on one center."""

    def __init__(self) -> None:
        self._open = ExitStack()
        folder = Path(self._open.enter_context(tempfile.TemporaryDirectory()))
        server = self._open.enter_context(valkey.running(folder / "v"))
        redis = Redis.from_url(server.url)
        self._open.callback(redis.close)
        self.world = World(folder, read_content(ROOT / "config"), redis)
        self._open.callback(self.world.database.close)

    def __enter__(self) -> "Campaign":
        return self

    def __exit__(self, *_error: object) -> None:
        self._open.close()

    def cells(self, faults: Sequence[str] = FAULTS, habits: Sequence[tuple[str, ...]] = HABITS) -> list[Cell]:
        """Every story: the lines are those that undisturbed stories pass, fault by fault."""
        found = []
        for fault in faults:
            job, tick = self._lines(fault, habits)
            for victim in VICTIMS:
                places = job if victim in ("worker", "both", "paused worker") else tick
                wipes = (False, True) if not victim.startswith("paused") else (False,)
                for place, stages in places.items():
                    for wiped in wipes:
                        which = random.Random(f"{fault} {victim} {place} {wiped}").choice(stages)
                        found.append(Cell(fault, victim, *place, wiped, which))
        return found

    def _lines(
        self, fault: str, habits: Sequence[tuple[str, ...]]
    ) -> tuple[dict[Place, list[int]], dict[Place, list[int]]]:
        """The lines that the dialling job and the clock pass when this goes wrong, and on which stages they do."""
        job, tick = defaultdict[Place, list[int]](list), defaultdict[Place, list[int]](list)
        for number, (habit, start) in enumerate(STAGES):
            if habit not in habits:
                continue
            watches = Watch(None, die), Watch(None, die)
            self.world.reset(start, fault, habit)
            self.world.job_watch, self.world.clock_watch = watches
            self.world.lives(self.world.is_over)
            for watch, passed in zip(watches, (job, tick), strict=True):
                for place in watch.seen:
                    passed[place].append(number)
        return job, tick

    def tell(self, cell: Cell) -> Told:
        """One story, and what was wrong in it."""
        world, chance = self.world, cell.chance
        habit, start = STAGES[cell.stage]
        promise = world.reset(start, cell.fault, habit)
        watch = self._watch(cell, chance)
        world.lives(world.is_over)
        judged: Judged = judge(world, promise)
        missed = not watch.fired
        return Told(cell, judged.end, missed, judged.dropped, judged.twice, judged.outside, judged.other)

    def _watch(self, cell: Cell, chance: random.Random) -> Watch:
        world = self.world

        def deed() -> None:
            if cell.wiped:
                world.wipes()
            if cell.victim.startswith("paused"):
                world.pauses()
            else:
                die()

        first = Watch((cell.file, cell.line), deed)
        if cell.victim.endswith("clock"):
            world.clock_watch = first
            return first
        world.job_watch = first
        if cell.victim == "both":  # and the clock that comes next dies too, somewhere
            world.clock_watch = Watch(None, die, nth=chance.randrange(1, 2000))
        return first


def sample(cells: list[Cell], most: int) -> list[Cell]:
    """So many, spread evenly over all."""
    if most >= len(cells):
        return cells
    step = len(cells) / most
    return [cells[int(number * step)] for number in range(most)]


def fitting(cells: Iterable[Cell], pattern: str) -> list[Cell]:
    """The stories whose name a pattern fits."""
    return [cell for cell in cells if re.search(pattern, cell.name)]


def told_before(record: Path | None) -> Iterator[Told]:
    """The stories of an earlier run, so that a long campaign can be broken off and gone on with."""
    if record is None or not record.exists():
        return
    for line in record.read_text("utf-8").splitlines():
        try:
            yield Told.from_json(line)
        except (ValueError, TypeError, KeyError):
            continue  # the line in which we were broken off
