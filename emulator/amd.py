"""Answering machine detection: says after a while whether a person or a machine has answered."""

from __future__ import annotations

from emulator.leg import Leg
from emulator.webhooks_out import Params

HUMAN_MS = 2500
MACHINE_MS = 4000


async def verdict(leg: Leg) -> Params:
    """What the first fetch tells of it; nothing when detection is off or asynchronous."""
    if leg.settings.machine_detection is None:
        return ()
    took, word = _judged(leg)
    if not leg.settings.async_amd:
        await leg.wait(for_ms=took)
        leg.answered_by = word
        return (("AnsweredBy", word), ("MachineDetectionDuration", str(round(took))))
    leg.exchange.clock.call_in(took, lambda: _tell_later(leg, took, word))
    return ()


def _judged(leg: Leg) -> tuple[float, str]:
    machine = leg.exchange.people.scripts.get(leg.phone, {}).get("voicemail")
    if machine is None:
        return HUMAN_MS, "human"
    if leg.settings.machine_detection == "DetectMessageEnd":
        return float(machine.get("greeting_s", 6)) * 1000, "machine_end_beep"
    return MACHINE_MS, "machine_start"


def _tell_later(leg: Leg, took: float, word: str) -> None:
    callback = leg.settings.amd_callback
    if not leg.live:
        return
    leg.answered_by = word
    if callback:
        params = (("AccountSid", leg.exchange.account_sid), ("CallSid", leg.sid), ("AnsweredBy", word),
                  ("MachineDetectionDuration", str(round(took))))
        leg.exchange.callbacks.send(callback.url, callback.method, params, leg)
