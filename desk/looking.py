"""Writes down who looked at what of whom, before it is shown."""

from collections.abc import Iterable, Set
from dataclasses import dataclass

import calls.audit_store
from desk.sessions import Person
from desk.tools import Tools


@dataclass(frozen=True)
class Look:
    """One look at something about one patient. `subject` is the patient's id, or the call's when nobody is proved."""

    action: str
    subject: str
    thing: str


def note(tools: Tools, person: Person, looks: Iterable[Look], already: Set[Look] = frozenset()) -> frozenset[Look]:
    """Record each new look once; all that are noted by now."""
    new = [look for look in dict.fromkeys(looks) if look not in already]
    if new:
        now = tools.clock.now()
        with tools.database.transaction() as tx:
            for look in new:
                calls.audit_store.record(
                    tx,
                    actor=actor_of(person),
                    action=look.action,
                    subject=look.subject,
                    details={"of": look.thing},
                    now=now,
                )
    return frozenset(already) | frozenset(new)


def actor_of(person: Person) -> str:
    """How the audit names somebody who is signed in."""
    return f"user:{person.login}"[:64]
