"""Carries out what somebody asked for on a page: one transaction, and after it what follows outside the database."""

from collections.abc import Callable

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

import errands
from calls.store import Entry
from refused import Refused
from routing.rows import Overtaken
from tools import Tools

RETRIED_STATES = frozenset({"40P01", "40001"})  # PostgreSQL: deadlock, serialization failure
OVERTAKEN = "Something changed at this very moment. Try again."


def is_outrun(error: DBAPIError) -> bool:
    """Whether two transactions waited for each other, and this one was chosen to begin anew."""
    return getattr(error.orig, "sqlstate", None) in RETRIED_STATES


def carry_out(tools: Tools, deed: Callable[[Connection], list[Entry]]) -> str:
    """Do it, and perform the outbox entries that it leaves. "" when it is done, else why not, as a sentence.

    A caller may be offered, or a state may change, at this very moment: seen once more, that is taken in.
    """
    for last_try in (False, True):
        try:
            with tools.database.transaction() as tx:
                entries = deed(tx)
            break
        except Refused as refused:
            return str(refused)
        except Overtaken:
            if last_try:
                return OVERTAKEN
        except DBAPIError as error:
            if not is_outrun(error):
                raise
            if last_try:
                return OVERTAKEN
    errands.after_commit(entries, tools)
    tools.hint()
    return ""
