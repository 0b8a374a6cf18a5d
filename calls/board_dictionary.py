"""The dictionary of the live board: plain counts of a day and figures of the moment, each with its meaning. Pure.

The figures of the lines, which the board shows too, stand in `calls/dictionary.py`. No key stands in both.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from calls.metrics import Counts, Story


@dataclass(frozen=True)
class Count:
    """One plain count of a day, folded from calls rather than stays, and how much of it is one call's."""

    key: str
    name: str
    meaning: str
    formula: str
    value: Callable[[Counts], int]
    of: Callable[[Story, Collection[str]], int]  # the second: calls that were cut off and went on in another


COUNTS: tuple[Count, ...] = (
    Count(
        "calls",
        "Calls",
        "Calls that came in since midnight. Whoever is cut off and goes on in a second call is one caller.",
        "calls that arrived - those that went on in a later call",
        lambda each: each.calls,
        lambda told, gone_on: told.arrived and told.call_id not in gone_on,
    ),
    Count(
        "reached",
        "Reached a person",
        "Calls whose caller talked with a clinician without being called back.",
        "calls with a talk that kept no promise",
        lambda each: each.answered,
        lambda told, _: told.answered,
    ),
    Count(
        "hung_up",
        "Hung up waiting",
        "Calls whose caller hung up in line, after however short a wait, and did not go on in a second call.",
        "calls that left the lines because the caller hung up",
        lambda each: each.left_waiting,
        lambda told, gone_on: told.left and told.call_id not in gone_on,
    ),
    Count(
        "callbacks_promised",
        "Callbacks promised",
        "Callbacks that were promised since midnight. One that joined an earlier promise is not another one.",
        "callbacks booked - those that joined an open promise",
        lambda each: each.callbacks_booked,
        lambda told, _: told.booked,
    ),
    Count(
        "callbacks_kept",
        "Callbacks kept",
        "Promised callbacks whose patient took the call and talked with a clinician today, in time or late.",
        "talks with patients who were rung back",
        lambda each: each.callbacks_kept,
        lambda told, _: told.kept,
    ),
    Count(
        "messages",
        "Messages",
        "Messages that callers left since midnight.",
        "messages that were kept",
        lambda each: each.messages,
        lambda told, _: told.messages,
    ),
)


@dataclass(frozen=True)
class Sight:
    """One figure of this very moment: read from the rows as they stand, and gone with the next change."""

    key: str
    name: str
    meaning: str
    formula: str


NOW: tuple[Sight, ...] = (
    Sight(
        "waiting",
        "Waiting",
        "Callers on the phone for whom no clinician's phone rings yet. Callbacks in line are told beside them.",
        "open waits of callers that are not being offered",
    ),
    Sight(
        "longest",
        "Longest wait",
        "How long he has waited who has waited longest, whether or not a phone rings for him.",
        "now - joined the lines, the greatest over callers on the phone",
    ),
    Sight(
        "ringing",
        "Ringing",
        "Clinicians whose phone rings for a caller.",
        "clinicians in the state ringing",
    ),
    Sight(
        "talking",
        "Talking",
        "Clinicians who talk with a patient.",
        "clinicians in the state talking",
    ),
    Sight(
        "ready",
        "Ready",
        "Clinicians who can take a call at once, of those on duty.",
        "clinicians in the state ready, of those ready, ringing, talking or wrapping up",
    ),
    Sight(
        "at_risk",
        "Promises at risk",
        "Promised callbacks that are late or may soon be: the next try comes too late, one try is left, or most of the "
        "time is gone.",
        "open promises that are late or at risk",
    ),
)
COUNT_BY_KEY = {count.key: count for count in COUNTS}
NOW_BY_KEY = {sight.key: sight for sight in NOW}
