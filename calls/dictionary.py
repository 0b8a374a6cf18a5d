"""The metric dictionary: every figure that a page or an export shows, with its meaning and the rows behind it. Pure.

Sources: the definitions of `Switches` follow the differences between published products (what counts as offered,
whether short abandons and callbacks count); the texts here are what a supervisor reads when he opens a figure.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from calls.figures import UNTAKEN, Figures, Switches, abandonment, mean, quantile, service_level, share
from calls.intervals import Interval
from calls.stays import RESCINDED, Counted, Ending, Promised, Ring, Stay, Talk

Value = float | int | None
Rests = Callable[[Counted, Interval, Switches], bool]


@dataclass(frozen=True)
class Metric:
    """One figure: its name, unit, meaning, how it is computed, and and what is behind it."""

    key: str
    name: str
    unit: str  # count | seconds | share
    meaning: str
    formula: str
    value: Callable[[Figures, Switches], Value]
    rests: Rests  # whether one of those `of` which it is made is behind it, in this time
    of: type[Counted] = Stay


def _on_stays(counts: Callable[[Stay, Switches], bool]) -> Rests:
    """On those that ended in the time, and of them on these."""

    def rests(each: Counted, over: Interval, how: Switches) -> bool:
        return isinstance(each, Stay) and _in(each.left_at, over) and counts(each, how)

    return rests


def _began(each: Counted, over: Interval, _how: Switches) -> bool:
    return isinstance(each, Stay) and _in(each.entered_at, over)


def _carried_in(each: Counted, over: Interval, _how: Switches) -> bool:
    return (
        isinstance(each, Stay)
        and each.entered_at < over.begins
        and (each.left_at is None or each.left_at >= over.begins)
    )


def _carried_out(each: Counted, over: Interval, _how: Switches) -> bool:
    return (
        isinstance(each, Stay) and each.entered_at < over.ends and (each.left_at is None or each.left_at >= over.ends)
    )


def _talked(each: Counted, over: Interval, _how: Switches) -> bool:
    return isinstance(each, Talk) and _in(each.ended_at, over)


def _on_rings(causes: frozenset[str]) -> Rests:
    def rests(each: Counted, over: Interval, _how: Switches) -> bool:
        return isinstance(each, Ring) and _in(each.made_at, over) and each.cause in causes

    return rests


def _on_promises(counts: Callable[[Promised], bool]) -> Rests:
    def rests(each: Counted, over: Interval, _how: Switches) -> bool:
        return isinstance(each, Promised) and _in(each.decided_at, over) and counts(each)

    return rests


def _in(instant: datetime | None, over: Interval) -> bool:
    return instant is not None and over.begins <= instant < over.ends


def _short(stay: Stay, switches: Switches) -> bool:
    return stay.ending is Ending.GAVE_UP and stay.seconds < switches.short_seconds


def _abandoned(stay: Stay, switches: Switches) -> bool:
    return stay.ending is Ending.GAVE_UP and not _short(stay, switches)


def _answered(stay: Stay, _switches: Switches) -> bool:
    return stay.ending is Ending.ANSWERED


def _late(stay: Stay, switches: Switches) -> bool:
    return stay.ending is Ending.ANSWERED and stay.seconds > switches.target(stay.service)


def _against_level(stay: Stay, switches: Switches) -> bool:
    return _late(stay, switches) or _abandoned(stay, switches)


def _with_own(stay: Stay, _switches: Switches) -> bool:
    return stay.ending is Ending.ANSWERED and bool(stay.own)


METRICS: tuple[Metric, ...] = (
    Metric(
        "offered",
        "Offered",
        "count",
        "Callers who came to wait for a clinician, or were connected at once.",
        "stays in the lines that began in the interval",
        lambda each, _: each.offered,
        _began,
    ),
    Metric(
        "answered",
        "Answered",
        "count",
        "Callers who spoke with a clinician: he accepted, and both were in one room.",
        "stays that ended in the interval with a talk",
        lambda each, _: each.answered,
        _on_stays(_answered),
    ),
    Metric(
        "abandoned",
        "Abandoned",
        "count",
        "Callers who hung up while they waited, without choosing a callback, a message or the operator.",
        "stays that ended in the interval because the caller hung up, at or after the short threshold",
        lambda each, _: each.abandoned,
        _on_stays(_abandoned),
    ),
    Metric(
        "short",
        "Short abandons",
        "count",
        "Callers who hung up almost at once: wrong numbers, second thoughts. Shown apart.",
        "stays that ended in the interval because the caller hung up before the short threshold",
        lambda each, _: each.short,
        _on_stays(_short),
    ),
    Metric(
        "flowed_out",
        "Flowed out",
        "count",
        "Callers who left the lines for something else: a callback, a message, the operator, or closing time.",
        "stays that ended in the interval by choice or by rule",
        lambda each, _: each.flowed_out,
        _on_stays(lambda stay, _: stay.ending is Ending.FLOWED_OUT),
    ),
    Metric(
        "carried_in",
        "Carried in",
        "count",
        "Callers who were waiting already when the interval began.",
        "stays that began before the interval and had not ended",
        lambda each, _: each.carried_in,
        _carried_in,
    ),
    Metric(
        "carried_out",
        "Carried out",
        "count",
        "Callers who were still waiting when the interval ended.",
        "stays that began before the end of the interval and had not ended by then",
        lambda each, _: each.carried_out,
        _carried_out,
    ),
    Metric(
        "service_level",
        "Service level",
        "share",
        "How many callers were answered in time, of those who were answered or gave up.",
        "answered within the service's target / (answered + abandoned); "
        "the switches add short abandons and flow-out to the divisor",
        service_level,
        _on_stays(_against_level),
    ),
    Metric(
        "abandonment",
        "Abandonment",
        "share",
        "How many callers gave up, of all whose wait ended.",
        "abandoned / (answered + abandoned + flowed out); the switch adds short abandons to both",
        abandonment,
        _on_stays(_abandoned),
    ),
    Metric(
        "speed_of_answer",
        "Average speed of answer",
        "seconds",
        "How long those who were answered had waited.",
        "mean of (talk began - joined the lines), over answered stays",
        lambda each, _: mean(each.waits),
        _on_stays(_answered),
    ),
    Metric(
        "median_wait",
        "Median wait",
        "seconds",
        "Half of those who were answered waited no longer than this.",
        "the smallest wait that half of the answered stays did not exceed",
        lambda each, _: quantile(each.waits, 0.5),
        _on_stays(_answered),
    ),
    Metric(
        "p90_wait",
        "90% waited at most",
        "seconds",
        "Nine in ten of those who were answered waited no longer than this.",
        "the smallest wait that 90 % of the answered stays did not exceed",
        lambda each, _: quantile(each.waits, 0.9),
        _on_stays(_answered),
    ),
    Metric(
        "longest_wait",
        "Longest wait",
        "seconds",
        "The longest that anybody waited who was answered.",
        "the greatest wait of the answered stays",
        lambda each, _: each.waits[-1] if each.waits else None,
        _on_stays(_answered),
    ),
    Metric(
        "effort",
        "Patient's effort",
        "seconds",
        "From the first ring to the clinician's voice: menus, proofs and waits together.",
        "mean of (talk began - call came), over answered stays",
        lambda each, _: mean(each.efforts),
        _on_stays(_answered),
    ),
    Metric(
        "talk_time",
        "Average talk",
        "seconds",
        "How long talks took, those of callbacks included.",
        "talk seconds / talks, over talks that ended in the interval",
        lambda each, _: share(each.talk_seconds, each.talks),
        _talked,
        of=Talk,
    ),
    Metric(
        "continuity",
        "Own clinician reached",
        "share",
        "Of answered callers who have a clinician of their own for what they asked, how many spoke with that one.",
        "answered by the own clinician / answered stays whose caller proved who he is and has one",
        lambda each, _: share(each.own_reached, each.with_own),
        _on_stays(_with_own),
    ),
    Metric(
        "not_taken",
        "Rings not taken",
        "count",
        "Phones that rang for a caller who was there, and were not taken: no answer, busy, declined, no key.",
        "offers made in the interval that ended without being accepted while the caller waited",
        lambda each, _: each.not_taken,
        _on_rings(UNTAKEN),
        of=Ring,
    ),
    Metric(
        "rescinded",
        "Rings for callers who left",
        "count",
        "Phones that rang for a caller who then left. No clinician's fault.",
        "offers made in the interval that were taken back because the caller had left",
        lambda each, _: each.rescinded,
        _on_rings(frozenset({RESCINDED})),
        of=Ring,
    ),
    Metric(
        "promises_due",
        "Callbacks due",
        "count",
        "Promised callbacks that were kept, handed to a person, or whose time was over; none that a patient took back.",
        "promises that ended in the interval, or whose time did, whichever came first",
        lambda each, _: each.promises_due,
        _on_promises(lambda _promise: True),
        of=Promised,
    ),
    Metric(
        "promises_kept",
        "Callbacks kept in time",
        "share",
        "How many of the callbacks due were kept: patient and clinician talked before the promised time was over. "
        "Behind it stand those that were not.",
        "callbacks due whose talk began by the promised time / callbacks due",
        lambda each, _: share(each.promises_kept, each.promises_due),
        _on_promises(lambda promise: not promise.kept),
        of=Promised,
    ),
)
BY_KEY = {metric.key: metric for metric in METRICS}
