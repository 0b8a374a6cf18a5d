"""How true the estimates of waits were, by folding the journal: what was predicted and told, and what came true.

Only callers who then talked with a clinician count: for the others nobody knows how long it would have taken. The
rules of thumb of other products are scored on the same callers: what they would have said, and how far off it was.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from itertools import accumulate, groupby
from math import sqrt
from zoneinfo import ZoneInfo

from calls.metrics import Entry, is_over

ESTIMATED = "wait_estimated"  # details: line, position, serving, mean_s, median_s, p80_s
TOLD = "wait_told"  # details: position, low_min, high_min
LAST_WAITS, LAST_MINUTES = 5, timedelta(minutes=5)
USUAL_TALK_S = 90.0  # what the classic formula takes for a talk until one is known


@dataclass(frozen=True)
class Accuracy:
    """Of estimates whose truth is known. `bias`, `error` (root mean square) and `off` are shares of the mean wait."""

    estimates: int
    mean_wait_s: float
    bias: float  # above 0: callers waited longer than estimated
    error: float
    off: float  # mean absolute error of the median
    p80_coverage: float  # the share that waited no longer than the P80; 0.8 if the law is right


@dataclass(frozen=True)
class Told:
    """Of ranges that callers heard. Shares of those whose truth is known."""

    ranges: int
    within: float  # waited as long as they were told, neither less nor more
    longer: float  # waited longer than the upper end


@dataclass(frozen=True)
class Came:
    """What came true of one estimate, or of one range that was told: the seconds until the talk began."""

    said: Entry
    seconds: float

    @property
    def line(self) -> str:
        """The line that the estimate was for."""
        return str(self.said.details.get("line", ""))


def accuracy(entries: Iterable[Entry]) -> Accuracy | None:
    """The accuracy over these entries, in any order; None where no estimate came true or false yet."""
    return _accuracy(came_true(entries, ESTIMATED))


def accuracy_by(entries: Iterable[Entry], part: Callable[[Came], str]) -> dict[str, Accuracy]:
    """The same for each part, such as each line or each hour."""
    known = sorted(((part(each), place, each) for place, each in enumerate(came_true(entries, ESTIMATED))))
    parts = ((name, [each for _, _, each in of_part]) for name, of_part in groupby(known, key=lambda each: each[0]))
    return {name: found for name, of_part in parts if (found := _accuracy(of_part)) is not None}


def report(entries: Iterable[Entry], zone: str) -> dict[str, object]:
    """Everything below as plain values: all, by line and by the hour of day in this zone, what was told, baselines."""
    kept = list(entries)
    whole, ranges, local = accuracy(kept), told(kept), ZoneInfo(zone)
    if whole is None:
        return {}

    def hour(came: Came) -> str:
        return f"{came.said.at.astimezone(local):%H}:00"

    parts = {"by_line": accuracy_by(kept, lambda came: came.line), "by_hour": accuracy_by(kept, hour)}
    return {
        "estimates_of_waits": {
            **asdict(whole),
            **{name: {key: asdict(each) for key, each in part.items()} for name, part in parts.items()},
            "error_of_rules_of_thumb": baselines(kept),
            "told": asdict(ranges) if ranges else None,
        }
    }


def told(entries: Iterable[Entry]) -> Told | None:
    """How true the ranges were that callers heard; None where none came true or false yet."""
    known = [each for each in came_true(entries, TOLD) if each.said.details.get("high_min")]
    if not known:
        return None
    spans = [(60 * each.said.details["low_min"], each.seconds, 60 * each.said.details["high_min"]) for each in known]
    within = sum(low <= true <= high for low, true, high in spans)
    longer = sum(true > high for _, true, high in spans)
    return Told(len(known), round(within / len(known), 3), round(longer / len(known), 3))


def came_true(entries: Iterable[Entry], fact: str) -> list[Came]:
    """Each estimate (or what was told) that a talk followed in the same wait."""
    ordered = sorted(entries, key=lambda entry: (entry.call_id, entry.at))
    return [came for _, of_call in groupby(ordered, key=lambda entry: entry.call_id) for came in _came(of_call, fact)]


def _came(of_call: Iterable[Entry], fact: str) -> list[Came]:
    said: list[Entry] = []
    came: list[Came] = []
    for entry in of_call:
        if entry.fact == fact:
            said.append(entry)
        elif entry.fact == "left_line" or (entry.fact == "call_ended" and is_over(entry.details)):
            said = []
        elif entry.fact == "talk_started":
            came += [Came(each, (entry.at - each.at).total_seconds()) for each in said]
            said = []
    return came


def _accuracy(known: Sequence[Came]) -> Accuracy | None:
    if not known:
        return None
    mean = max(sum(each.seconds for each in known) / len(known), 1.0)
    errors = [each.seconds - each.said.details["mean_s"] for each in known]
    off = sum(abs(each.seconds - each.said.details["median_s"]) for each in known)
    return Accuracy(
        estimates=len(known),
        mean_wait_s=round(mean, 1),
        bias=round(sum(errors) / len(errors) / mean, 3),
        error=_error(errors, mean),
        off=round(off / len(known) / mean, 3),
        p80_coverage=round(sum(each.seconds <= each.said.details["p80_s"] for each in known) / len(known), 3),
    )


def _error(errors: Sequence[float], mean: float) -> float:
    return round(sqrt(sum(each * each for each in errors) / len(errors)) / mean, 3)


# --- what others would have said ---


@dataclass
class _Past:
    """What a line's rules of thumb know at one moment."""

    moving: float = 0.0  # (3 x old + new) / 4
    waits: list[tuple[datetime, float]] = field(default_factory=list)

    def ended(self, at: datetime, seconds: float) -> None:
        self.moving = (3 * self.moving + seconds) / 4
        self.waits.append((at, seconds))

    def last_few(self) -> float:
        return _mean([seconds for _, seconds in self.waits[-LAST_WAITS:]])

    def last_minutes(self, now: datetime) -> float:
        return _mean([seconds for at, seconds in self.waits if at > now - LAST_MINUTES])


def baselines(entries: Iterable[Entry]) -> dict[str, float]:
    """The error, as in `Accuracy`, of four rules of thumb on the same callers, each told only what came before.

    `moving_average`: (3 x old + new) / 4 of past waits; `last_5`: their mean; `last_5_minutes`: the mean of those that
    ended just now; `talk_by_agents`: talk time x callers in line / clinicians.
    """
    all_of_them = list(entries)
    known = sorted(came_true(all_of_them, ESTIMATED), key=lambda came: came.said.at)
    if not known:
        return {}
    ended = sorted((came.said.at + timedelta(seconds=came.seconds), came.line, came.seconds) for came in known)
    talks, lengths = _talks(all_of_them)
    past: dict[str, _Past] = {}
    errors: dict[str, list[float]] = {}
    done = 0
    for came in known:
        now = came.said.at
        while done < len(ended) and ended[done][0] <= now:
            at, line, seconds = ended[done]
            past.setdefault(line, _Past()).ended(at, seconds)
            done += 1
        here = past.setdefault(came.line, _Past())
        so_far = bisect_right(talks, now)
        talk = lengths[so_far] / so_far if so_far else USUAL_TALK_S
        would_say = {
            "moving_average": here.moving,
            "last_5": here.last_few(),
            "last_5_minutes": here.last_minutes(now),
            "talk_by_agents": talk * came.said.details.get("position", 1) / max(came.said.details.get("serving", 1), 1),
        }
        for name, value in would_say.items():
            errors.setdefault(name, []).append(came.seconds - value)
    mean = max(_mean([came.seconds for came in known]), 1.0)
    return {name: _error(each, mean) for name, each in errors.items()}


def _talks(entries: Sequence[Entry]) -> tuple[list[datetime], list[float]]:
    """When each talk ended, and the seconds that the first none, one, two ... of them took together."""
    begun: dict[str, datetime] = {}
    talks = []
    for entry in sorted(entries, key=lambda entry: entry.at):
        if entry.fact == "talk_started":
            begun[entry.call_id] = entry.at
        elif entry.fact == "talk_ended" and entry.call_id in begun:
            talks.append((entry.at, (entry.at - begun.pop(entry.call_id)).total_seconds()))
    return [at for at, _ in talks], [0.0, *accumulate(seconds for _, seconds in talks)]


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
