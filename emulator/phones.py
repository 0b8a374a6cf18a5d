"""Shows what happens on each phone to whoever watches it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Any

from emulator.clock import Clock
from emulator.leg import Leg

Event = dict[str, Any]
LOGGED = 20


class Phones:
    """Fans events out to watchers; one that does not keep up loses the oldest events."""

    def __init__(self, clock: Clock, noticed: Callable[[Leg, str, str], None]) -> None:
        self._clock, self._noticed = clock, noticed
        self._watchers: dict[asyncio.Queue[Event], str | None] = {}

    def watch(self, number: str | None) -> asyncio.Queue[Event]:
        """A queue of the events of one phone, or of all phones for None."""
        queue: asyncio.Queue[Event] = asyncio.Queue(1000)
        self._watchers[queue] = number
        return queue

    def unwatch(self, queue: asyncio.Queue[Event]) -> None:
        """Nobody looks any more."""
        self._watchers.pop(queue, None)

    def publish(self, leg: Leg, kind: str, **facts: Any) -> None:
        """Something of this kind happened to the leg: ring, answered, caption, keys, doing, hangup."""
        self._noticed(leg, kind, str(facts.get("text", "")))
        caption = facts.pop("caption_kind", None)
        event = {"type": kind, "number": leg.phone, "sid": leg.sid, "status": leg.status,
                 "at_ms": self._clock.now_ms(), **facts}
        if caption:
            event["kind"] = caption
        for queue, number in list(self._watchers.items()):
            if number in (None, leg.phone):
                if queue.full():
                    queue.get_nowait()
                queue.put_nowait(event)


def leg_card(leg: Leg) -> dict[str, Any]:
    """A leg as its phone's display shows it."""
    return {"sid": leg.sid, "direction": leg.direction, "status": leg.status,
            "ringing": leg.status == "ringing", "peer": leg.peer, "doing": leg.doing,
            "answered_ms": leg.answered_ms, "ended_ms": leg.ended_ms, "ended_by": leg.ended_by,
            "captions": leg.captions}


def phone_card(number: str, legs: Iterable[Leg]) -> dict[str, Any]:
    """The phone at a number: its live legs, the last one that ended, and a log of those before."""
    own = [leg for leg in legs if leg.phone == number]
    ended = [leg for leg in own if not leg.live]
    return {"number": number, "legs": [leg_card(leg) for leg in ended[-1:] + [leg for leg in own if leg.live]],
            "log": [_log_row(leg) for leg in reversed(ended[-LOGGED:])]}


def _log_row(leg: Leg) -> dict[str, Any]:
    """A call that is over, as a phone's call log keeps it."""
    return {"sid": leg.sid, "direction": leg.direction, "peer": leg.peer, "status": leg.status,
            "created_ms": leg.created_ms, "answered_ms": leg.answered_ms, "ended_ms": leg.ended_ms}


def full_leg(leg: Leg) -> dict[str, Any]:
    """Everything about a leg, for whoever examines a run."""
    return {**leg_card(leg), "from": leg.from_, "to": leg.to, "parent_sid": leg.parent.sid if leg.parent else None,
            "document_url": leg.document_url, "context": leg.context, "created_ms": leg.created_ms,
            "ringing_ms": leg.ringing_ms, "answered_by": leg.answered_by}
