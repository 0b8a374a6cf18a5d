"""The figures of a ledger of promises, each with its meaning and what a promise behind it looks like. Pure."""

from collections.abc import Set
from dataclasses import dataclass

from callbacks.ledger import Standing


@dataclass(frozen=True)
class LedgerFigure:
    """One figure of the listed promises, and how those stand on which it rests."""

    key: str
    name: str
    meaning: str
    formula: str
    rests_on: Set[Standing]


LEDGER: tuple[LedgerFigure, ...] = (
    LedgerFigure(
        "promised",
        "Promised",
        "Callbacks that were promised in the last days, and all that were promised before and are open still.",
        "promises of these days, and open ones",
        frozenset(Standing),
    ),
    LedgerFigure(
        "kept_in_time",
        "Kept in time",
        "How many were kept, of those that were to be kept by now: patient and clinician talked before the promised "
        "time was over. What a patient took back is left out, and what may still be kept.",
        "kept / (kept + kept late + handed to a person + late now)",
        frozenset({Standing.KEPT, Standing.KEPT_LATE, Standing.TO_PERSON, Standing.LATE}),
    ),
    LedgerFigure(
        "late_now",
        "Late now",
        "Promises that are open though their time is over.",
        "open promises whose promised time is over",
        frozenset({Standing.LATE}),
    ),
    LedgerFigure(
        "with_person",
        "With a person",
        "Promises that the center could not keep by itself and handed to somebody, in time or not: they are work now.",
        "promises handed to a person",
        frozenset({Standing.TO_PERSON}),
    ),
    LedgerFigure(
        "usual_time",
        "Usual time to the talk",
        "How long it took from the promise to the talk: half of the promises that ended in a talk took no longer.",
        "median of (talk - promise), over promises that ended in a talk, in time or late",
        frozenset({Standing.KEPT, Standing.KEPT_LATE}),
    ),
)
LEDGER_BY_KEY = {figure.key: figure for figure in LEDGER}
