"""RQ's door: jobs are nudges with ids only. Each loads by id, does its errand, and is safe to run twice."""

import errands
from tools import Tools

OFFERS, CALLBACKS = "offers", "callbacks"  # queue names, in the order that workers serve them
_wired: list[Tools] = []  # RQ calls functions by name: the worker binds its collaborators once, at its start


def bind(tools: Tools) -> None:
    """Give the jobs of this process their collaborators."""
    _wired[:] = [tools]


def perform(entry_id: int, tries: int) -> None:
    """Perform one outbox entry, unless somebody has since this nudge was sent."""
    errands.perform_by_id(entry_id, tries, _wired[0])
