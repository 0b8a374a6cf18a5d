"""The figures of the history that are no folds of stays: each with its meaning. Pure.

The others stand in `calls/dictionary.py`. No key stands in both.
"""

from calls.board_dictionary import Sight

LOST = Sight(
    "lost",
    "Own clinician not reached",
    "Callers whose wait ended, who have a clinician of their own for what they asked, and did not speak with that one. "
    "Each is counted once, by the first cause that fits.",
    "stays that ended in the days, of callers who proved who they are and have an own clinician, "
    "and that did not end in a talk with that one",
)
OCCUPANCY = Sight(
    "occupancy",
    "Occupancy of clinicians",
    "How much of the time in which they took calls clinicians were busy. "
    "Visits, pauses and time off duty are left out.",
    "(ringing + talking + wrapping up) / (ringing + talking + wrapping up + ready), over all their seconds",
)
NOTED = Sight(
    "noted",
    "Talks with a noted outcome",
    "Talks of which the clinician noted how they ended. What was noted last counts; a talk without an outcome does "
    "not. All talks of these days are counted, whatever the report is split by.",
    "talks that ended in the days and were noted with an outcome",
)
OF_REPORTS = (LOST, OCCUPANCY, NOTED)
