"""How one Dial goes: kept while it runs, so that its action can be told whenever it ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from emulator.webhooks_out import Params

if TYPE_CHECKING:
    from emulator.bridge import Bridge
    from emulator.leg import Leg
    from emulator.nouns import Dial


@dataclass
class Talk:
    """The state of a Dial; the status is what the action would be told now."""

    status: str = "canceled"
    call_sid: str | None = None
    began_ms: int | None = None
    ended_ms: int | None = None
    bridged: bool = False
    moved_away: bool = False
    extra: Params = ()

    def begin(self, call_sid: str, now_ms: int) -> None:
        """The legs are joined."""
        self.call_sid, self.began_ms, self.bridged, self.status = call_sid, now_ms, True, "completed"

    def finish(self, now_ms: int) -> None:
        """The legs are separate again."""
        self.ended_ms = now_ms

    def params(self) -> Params:
        """How Dial's action is told."""
        told = [("DialCallStatus", self.status), ("DialBridged", str(self.bridged).lower())]
        if self.call_sid:
            told.append(("DialCallSid", self.call_sid))
        if self.began_ms is not None and self.ended_ms is not None and not self.moved_away:
            told.append(("DialCallDuration", str(-(-(self.ended_ms - self.began_ms) // 1000))))
        return (*told, *self.extra)

    async def until_over(self, leg: Leg, bridge: Bridge, dial: Dial) -> None:
        """Talks until the other side goes, the time limit, or (if asked) a star."""
        clock = leg.exchange.clock
        until = clock.now_ms() + dial.time_limit * 1000
        with leg.listening() as inbox:
            while await leg.wait(bridge.over, for_ms=max(0, until - clock.now_ms()), inbox=inbox):
                if bridge.over.done():
                    return
                if inbox.popleft().key == "*" and dial.hangup_on_star:
                    return
