"""Says whether somebody is still signed in. Pure: the cookie's claims, the user's row and the instant decide.

The cookie is signed, so its claims are ours; what it cannot know is whether the user was stopped or signed out
elsewhere. For that it carries the user's `sessions_from` as it was at sign-in: when the row holds another one, every
older cookie is void, copies included.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

IDLE = timedelta(minutes=15)
ABSOLUTE = timedelta(hours=12)


@dataclass(frozen=True)
class Claims:
    """What the cookie says. `key` is new at every sign-in; `seen` is the last request by a hand, not by a stream."""

    user_id: str
    key: str
    generation: str
    began: datetime
    seen: datetime


@dataclass(frozen=True)
class Person:
    """The signed-in user, as the database has him now."""

    id: str
    login: str
    role: str
    clinician_id: str | None
    active: bool
    sessions_from: datetime
    enrolled: bool = False  # has a second factor

    @property
    def roles(self) -> frozenset[str]:
        """What he may be here: an admin is a supervisor too; whoever takes calls has a clinician's page."""
        roles = {self.role}
        if self.role == "admin":
            roles.add("supervisor")
        if self.clinician_id:
            roles.add("clinician")
        elif self.role == "clinician":
            roles.remove("clinician")
        return frozenset(roles)


def generation_of(person: Person) -> str:
    """The mark that a cookie of this user must carry now."""
    return person.sessions_from.isoformat()


def void_at(person: Person, now: datetime) -> datetime:
    """The new `sessions_from` that voids every sign-in so far, also one of this very instant."""
    return max(now, person.sessions_from + timedelta(microseconds=1))


def begin(person: Person, key: str, now: datetime) -> dict[str, str]:
    """The claims of a new sign-in, ready for the cookie."""
    return {
        "user": person.id,
        "key": key,
        "generation": generation_of(person),
        "began": now.isoformat(),
        "seen": now.isoformat(),
    }


HALF_WAY = timedelta(minutes=5)


def begin_half(person: Person, now: datetime) -> dict[str, str]:
    """What the cookie says of somebody whose password was right and whose code is still to come."""
    return {"half": person.id, "generation": generation_of(person), "half_at": now.isoformat()}


def half_way(cookie: Mapping[str, Any], now: datetime) -> tuple[str, str] | None:
    """Whose code is to come: his id and generation; None when nobody's is, or he took too long."""
    try:
        at = datetime.fromisoformat(cookie["half_at"])
        return (cookie["half"], cookie["generation"]) if timedelta() <= now - at <= HALF_WAY else None
    except (KeyError, TypeError, ValueError):
        return None


def read(cookie: Mapping[str, Any]) -> Claims | None:
    """The claims in a cookie; None when it holds none that we wrote."""
    try:
        return Claims(
            user_id=cookie["user"],
            key=cookie["key"],
            generation=cookie["generation"],
            began=datetime.fromisoformat(cookie["began"]),
            seen=datetime.fromisoformat(cookie["seen"]),
        )
    except (KeyError, TypeError, ValueError):
        return None


def stands(claims: Claims, person: Person | None, now: datetime) -> bool:
    """True while this sign-in counts."""
    if person is None or not person.active or claims.generation != generation_of(person):
        return False
    return now - claims.seen <= IDLE and now - claims.began <= ABSOLUTE
