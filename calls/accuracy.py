"""How true the estimates of waits were, by folding the journal: what was predicted, and how long it then took.

Only callers who then talked with a clinician count: for the others nobody knows how long it would have taken.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from math import sqrt

from calls.metrics import Entry

ESTIMATED = "wait_estimated"  # details: mean_s, median_s, p80_s


@dataclass(frozen=True)
class Accuracy:
    """Of estimates whose truth is known. `bias`, `error` (root mean square) and `off` are shares of the mean wait."""

    estimates: int
    mean_wait_s: float
    bias: float  # above 0: callers waited longer than estimated
    error: float
    off: float  # mean absolute error of the median
    p80_coverage: float  # the share that waited no longer than the P80; 0.8 if the law is right


def accuracy(entries: Iterable[Entry]) -> Accuracy | None:
    """The accuracy over these entries, in any order; None where no estimate came true or false yet."""
    ordered = sorted(entries, key=lambda entry: (entry.call_id, entry.at))
    known = [pair for _, of_call in groupby(ordered, key=lambda entry: entry.call_id) for pair in _pairs(of_call)]
    if not known:
        return None
    mean = max(sum(true for _, true in known) / len(known), 1.0)
    errors = [true - told.details["mean_s"] for told, true in known]
    return Accuracy(
        estimates=len(known),
        mean_wait_s=round(mean, 1),
        bias=round(sum(errors) / len(errors) / mean, 3),
        error=round(sqrt(sum(each * each for each in errors) / len(errors)) / mean, 3),
        off=round(sum(abs(true - told.details["median_s"]) for told, true in known) / len(known) / mean, 3),
        p80_coverage=round(sum(true <= told.details["p80_s"] for told, true in known) / len(known), 3),
    )


def _pairs(of_call: Iterable[Entry]) -> list[tuple[Entry, float]]:
    """Each estimate of a call with the wait in seconds that followed it, if a talk ended that wait."""
    told, pairs = None, []
    for entry in of_call:
        if entry.fact == ESTIMATED:
            told = entry
        elif entry.fact in ("left_line", "call_ended"):
            told = None
        elif entry.fact == "talk_started" and told:
            pairs.append((told, (entry.at - told.at).total_seconds()))
            told = None
    return pairs
