"""The dictionary of the live board: counts of a day, figures of the moment and of each line, and their meaning. Pure.

The figures of the lines since midnight, which the board shows too, stand in `calls/dictionary.py`. No key stands in
both.
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
OF_LINES: tuple[Sight, ...] = (
    Sight(
        "line_waiting",
        "Waiting",
        "Callers on the phone, of this service and language, for whom no clinician's phone rings yet.",
        "open waits of the line, of callers that are not being offered",
    ),
    Sight(
        "line_longest",
        "Longest",
        "How long he has waited who has waited longest in this line, whether or not a phone rings for him. "
        "Promised callbacks, which nobody spends on the phone, are left out.",
        "now - joined the lines, the greatest over the line's callers on the phone",
    ),
    Sight(
        "line_ringing",
        "Ringing",
        "Callers and promised callbacks of this line for whom a clinician's phone rings.",
        "open waits of the line that are being offered",
    ),
    Sight(
        "line_talking",
        "Talking",
        "Callers and patients rung back, of this line, whom a clinician has taken: they talk, or are being connected.",
        "open waits of the line that a clinician accepted",
    ),
    Sight(
        "line_ready",
        "Ready",
        "Clinicians who can take a call at once, have the skill that this service asks for and speak this language. "
        "Whoever has several skills or languages is ready in several lines.",
        "clinicians in the state ready with the service's skill and the line's language",
    ),
    Sight(
        "line_callbacks",
        "Callbacks",
        "Promised callbacks that stand in this line by now, and for which no clinician's phone rings yet.",
        "open waits of the line, of promises that are not being offered",
    ),
)
COUNT_BY_KEY = {count.key: count for count in COUNTS}
NOW_BY_KEY = {sight.key: sight for sight in NOW}
LINES_BY_KEY = {sight.key: sight for sight in OF_LINES}
