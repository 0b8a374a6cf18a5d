"""The figures of an interval: how many came, waited, were answered, gave up, and how long it all took. Pure.

What each figure means is told in `calls/dictionary.py`. In every interval, of every length and in every zone,

    carried in + offered = answered + abandoned + short + flowed out + carried out

holds to the last caller, because each stay is counted where it began and where it ended, and in between is carried.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from calls.intervals import Interval
from calls.stays import RESCINDED, Amounts, Counted, Ending, Promised, Ring, Stay, Talk

UNTAKEN = frozenset({"declined", "no_answer", "no_key", "busy", "failed", "expired"})


@dataclass(frozen=True)
class Switches:
    """What other products count differently. Every figure can be had under other switches, also of the past."""

    short_seconds: float = 10  # who gives up before this is a short abandon: shown apart
    target_seconds: float = 30  # answered in time, unless the service has a target of its own
    targets: tuple[tuple[str, float], ...] = ()  # service -> seconds
    count_short: bool = False  # short abandons count as abandoned, in rate and level
    count_flow_out: bool = False  # who left for a callback or a message counts against the level

    def target(self, service: str) -> float:
        """Within how many seconds a caller of this service is answered in time."""
        return dict(self.targets).get(service, self.target_seconds)


@dataclass(frozen=True)
class Figures:
    """One interval's counts. Times in seconds; None where there is nothing to take a mean of."""

    carried_in: int = 0
    offered: int = 0
    answered: int = 0
    abandoned: int = 0
    short: int = 0
    flowed_out: int = 0
    carried_out: int = 0
    in_time: int = 0  # answered within the target of the service
    waits: tuple[float, ...] = field(default=(), repr=False)  # of those answered, ascending
    efforts: tuple[float, ...] = field(default=(), repr=False)  # from first ring to the talk, ascending
    talks: int = 0  # that ended
    talk_seconds: float = 0.0
    with_own: int = 0  # answered callers who have a clinician of their own
    own_reached: int = 0  # of these, by him
    rings: int = 0
    not_taken: int = 0  # rings that no clinician took, the caller still there
    rescinded: int = 0  # rings that ended because the caller had left
    promises_due: int = 0  # promised callbacks of which it was decided whether they were kept in time
    promises_kept: int = 0  # of these, in time

    @property
    def off_by(self) -> int:
        """How far the identity is from holding: 0."""
        came = self.carried_in + self.offered
        went = self.answered + self.abandoned + self.short + self.flowed_out + self.carried_out
        return came - went


NOTHING = Figures()
Belongs = Callable[[Counted], bool]


def everything(_counted: Counted) -> bool:
    """No axis: all that happened."""
    return True


def figures(amounts: Amounts, interval: Interval, switches: Switches, belongs: Belongs = everything) -> Figures:
    """The figures of one interval, of what belongs to a value of an axis."""
    return _counted(
        [stay for stay in amounts.stays if belongs(stay) and _touches(stay, interval)],
        [talk for talk in amounts.talks if belongs(talk) and _in(talk.ended_at, interval)],
        [ring for ring in amounts.rings if belongs(ring) and _in(ring.made_at, interval)],
        [each for each in amounts.promises if belongs(each) and _in(each.decided_at, interval)],
        interval,
        switches,
    )


def series(
    amounts: Amounts, over: Sequence[Interval], switches: Switches, belongs: Belongs = everything
) -> list[Figures]:
    """The figures of consecutive intervals, each stay looked at only where it is counted."""
    stays: list[list[Stay]] = [[] for _ in over]
    talks: list[list[Talk]] = [[] for _ in over]
    rings: list[list[Ring]] = [[] for _ in over]
    promises: list[list[Promised]] = [[] for _ in over]
    for stay in filter(belongs, amounts.stays):
        for at in _spanned(over, stay.entered_at, stay.left_at):
            stays[at].append(stay)
    for talk in filter(belongs, amounts.talks):
        for at in _spanned(over, talk.ended_at, talk.ended_at) if talk.ended_at else ():
            talks[at].append(talk)
    for ring in filter(belongs, amounts.rings):
        for at in _spanned(over, ring.made_at, ring.made_at):
            rings[at].append(ring)
    for promise in filter(belongs, amounts.promises):
        for at in _spanned(over, promise.decided_at, promise.decided_at):
            promises[at].append(promise)
    return [_counted(*each, switches) for each in zip(stays, talks, rings, promises, over, strict=True)]


def _spanned(over: Sequence[Interval], begins: datetime, ends: datetime | None) -> range:
    """Which of the consecutive intervals hold some of this time."""
    first = _place(over, begins)
    last = len(over) - 1 if ends is None else _place(over, ends)
    return range(max(first, 0), min(last, len(over) - 1) + 1)


def _place(over: Sequence[Interval], instant: datetime) -> int:
    """The interval of an instant: -1 before them all, their number behind."""
    if not over or instant < over[0].begins:
        return -1
    low, high = 0, len(over)
    while low < high:
        middle = (low + high) // 2
        if instant < over[middle].ends:
            high = middle
        else:
            low = middle + 1
    return low


def _touches(stay: Stay, interval: Interval) -> bool:
    return stay.entered_at < interval.ends and (stay.left_at is None or stay.left_at >= interval.begins)


def _in(instant: datetime | None, interval: Interval) -> bool:
    return instant is not None and interval.begins <= instant < interval.ends


def _counted(
    stays: Sequence[Stay],
    talks: Sequence[Talk],
    rings: Sequence[Ring],
    promises: Sequence[Promised],
    interval: Interval,
    switches: Switches,
) -> Figures:
    if not (stays or talks or rings or promises):
        return NOTHING
    ended = [stay for stay in stays if _in(stay.left_at, interval)]
    answered = [stay for stay in ended if stay.ending is Ending.ANSWERED]
    gave_up = [stay for stay in ended if stay.ending is Ending.GAVE_UP]
    short = sum(stay.seconds < switches.short_seconds for stay in gave_up)
    own = [stay for stay in answered if stay.own]
    return Figures(
        carried_in=sum(stay.entered_at < interval.begins for stay in stays),
        offered=sum(_in(stay.entered_at, interval) for stay in stays),
        answered=len(answered),
        abandoned=len(gave_up) - short,
        short=short,
        flowed_out=len(ended) - len(answered) - len(gave_up),
        carried_out=sum(stay.left_at is None or stay.left_at >= interval.ends for stay in stays),
        in_time=sum(stay.seconds <= switches.target(stay.service) for stay in answered),
        waits=tuple(sorted(stay.seconds for stay in answered)),
        efforts=tuple(sorted((stay.left_at - stay.arrived_at).total_seconds() for stay in answered if stay.left_at)),
        talks=len(talks),
        talk_seconds=sum((talk.ended_at - talk.started_at).total_seconds() for talk in talks if talk.ended_at),
        with_own=len(own),
        own_reached=sum(stay.clinician == stay.own for stay in own),
        rings=len(rings),
        not_taken=sum(ring.cause in UNTAKEN for ring in rings),
        rescinded=sum(ring.cause == RESCINDED for ring in rings),
        promises_due=len(promises),
        promises_kept=sum(promise.kept for promise in promises),
    )


def merged(parts: Iterable[Figures]) -> Figures:
    """Consecutive intervals as one: sums, with what was carried in at the first and out at the last."""
    every = list(parts)
    if not every:
        return Figures()
    total = {
        name: sum(getattr(each, name) for each in every)
        for name in Figures.__dataclass_fields__
        if name not in ("carried_in", "carried_out", "waits", "efforts")
    }
    return Figures(
        **total,
        carried_in=every[0].carried_in,
        carried_out=every[-1].carried_out,
        waits=tuple(sorted(wait for each in every for wait in each.waits)),
        efforts=tuple(sorted(effort for each in every for effort in each.efforts)),
    )


def share(part: float, whole: float) -> float | None:
    """A share; None of nothing."""
    return part / whole if whole else None


def mean(values: Sequence[float]) -> float | None:
    """The mean; None of nothing."""
    return sum(values) / len(values) if values else None


def quantile(ascending: Sequence[float], at: float) -> float | None:
    """The smallest value that at least this share of the ascending values does not exceed; None of nothing."""
    if not ascending:
        return None
    rank = -(-round(at * 1000) * len(ascending) // 1000)  # in whole thousandths: no float decides a rank
    return ascending[min(max(rank, 1), len(ascending)) - 1]


def service_level(counted: Figures, switches: Switches) -> float | None:
    """Answered in time, of those who were answered or gave up (and, by the switches, short ones and flow-out)."""
    whole = counted.answered + counted.abandoned
    whole += counted.short if switches.count_short else 0
    whole += counted.flowed_out if switches.count_flow_out else 0
    return share(counted.in_time, whole)


def abandonment(counted: Figures, switches: Switches) -> float | None:
    """Who gave up, of all stays that ended; short ones are left out of both unless the switches count them."""
    short = counted.short if switches.count_short else 0
    gave_up = counted.abandoned + short
    return share(gave_up, counted.answered + counted.flowed_out + gave_up)
