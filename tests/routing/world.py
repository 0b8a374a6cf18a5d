"""A small world for the tests of routing: Joe, Ana and Ben, a ladder, and steps that take a line each."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from config.content import Ladder, Rung
from config.database import Database
from routing import store
from routing.needs import Follow, Need, OnDuty, Wait
from routing.offers import Offer
from routing.presence import Presence

NOON = datetime(2031, 3, 3, 12, 0, tzinfo=UTC)
LADDER = Ladder(rungs=(Rung(serve=("own", "team"), seconds=30), Rung(serve=("any",))))
JOE = Need("pt", own="ana", team=("ben",))
ANA = OnDuty("ana", {"pt": 3}, ("en", "es"), "north")


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


Answer = TypeVar("Answer")


class Center:
    """Routing over one database, each step in a transaction of its own."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def do(self, step: Callable[..., Answer], *args: Any, **named: Any) -> Answer:
        with self.database.transaction() as tx:
            return step(tx, *args, **named)

    def joins(self, call: str = "call-1", need: Need = JOE, at: datetime = NOON, **named: Any) -> list[Follow]:
        plain: dict[str, Any] = {"wait_id": f"wait-{call}", "kind": "call", "sid": f"CA-{call}", "callback_id": None}
        plain |= {"call_id": call, "need": need, "ladder_name": "shipped", "ladder": LADDER}
        plain |= {"place_ms": int(at.timestamp() * 1000), "now": at}
        follows: list[Follow] = self.do(store.join, **{**plain, **named})
        return follows

    def ready(self, clinician: str = "ana", at: datetime = NOON) -> list[Follow]:
        return self.sets(clinician, "ready", at)

    def sets(
        self, clinician: str, state: str, at: datetime = NOON, reason: Any = None, until: Any = None
    ) -> list[Follow]:
        return self.do(store.set_presence, clinician, state, reason=reason, until=until, now=at)

    def offers(self, call: str = "call-1", clinician: str = "ana", at: datetime = NOON) -> Offer | None:
        named = {
            "wait_id": f"wait-{call}",
            "clinician_id": clinician,
            "room": f"room-{call}-{clinician}",
            "why": lambda _wait: {},
        }
        return self.do(store.make_offer, **named, now=at, ring_seconds=20)

    def rings(self, call: str = "call-1", clinician: str = "ana", at: datetime = NOON) -> Offer:
        """An offer whose leg was dialled."""
        made = self.offers(call, clinician, at)
        assert made is not None
        assert self.do(store.start_dialling, made.id, at)
        assert self.do(store.note_dialled, made.id, "placed", f"CA-{clinician}")
        return made

    def talks(self, call: str = "call-1", clinician: str = "ana", at: datetime = NOON) -> Offer:
        made = self.rings(call, clinician, at)
        assert self.do(store.accept, made.id, now=at)
        self.do(store.entered_room, made.room, "clinician", at)
        assert self.do(store.entered_room, made.room, "patient", at)
        return made

    def wait(self, call: str = "call-1") -> Wait:
        found = self.do(store.wait_of, call)
        assert found is not None
        return found

    def presence(self, clinician: str = "ana") -> Presence:
        return next(each for each in self.do(store.presences) if each.clinician_id == clinician)

    def offer(self, made: Offer) -> Offer:
        found = self.do(store.offer, made.id)
        assert found is not None
        return found


def kinds(follows: list[Follow]) -> list[tuple[str, str]]:
    return [(follow.kind, follow.subject) for follow in follows]
