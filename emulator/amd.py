"""Answering machine detection: says after a while whether a person or a machine has answered.

A script decides: `answered_by` names the verdict, `voicemail` makes it a machine; anybody else is a person.
"""

from __future__ import annotations

from typing import Any

from emulator.leg import Leg
from emulator.nouns import Detection
from emulator.webhooks_out import Params

HUMAN_SPEECH_MS = 1300  # how long a person's greeting lasts; then the silence that ends it
MACHINE_EXTRA_MS = 1600  # how much longer than the threshold a machine's greeting is listened to
VERDICTS = frozenset({"human", "fax", "unknown", "machine_start", "machine_end_beep", "machine_end_silence",
                      "machine_end_other"})


async def verdict(leg: Leg) -> Params:
    """What the first fetch tells of it; nothing when detection is off or asynchronous."""
    detection = leg.settings.detection
    if detection is None:
        return ()
    if leg.settings.async_amd:
        listen_beside(leg)
        return ()
    took, word = _judged(leg, detection)
    await leg.wait(for_ms=took)
    leg.answered_by = word
    return (("AnsweredBy", word), ("MachineDetectionDuration", str(round(took))))


def listen_beside(leg: Leg) -> None:
    """Detects while the call goes on; the verdict goes to the callback. Without one there is a warning."""
    detection = leg.settings.detection
    if detection is None:
        return
    if leg.settings.amd_callback is None:
        leg.exchange.notify(leg, 21262, "Machine detection without a callback URL", None)
    took, word = _judged(leg, detection)
    leg.exchange.clock.call_in(took, lambda: _tell_later(leg, took, word))


def _judged(leg: Leg, detection: Detection) -> tuple[float, str]:
    """How long it took, in milliseconds, and the verdict; `unknown` when the time was up before."""
    took, word = _heard(leg.exchange.people.scripts.get(leg.phone, {}), detection)
    limit = detection.timeout_s * 1000.0
    return (took, word) if took <= limit else (limit, "unknown")


def _heard(script: dict[str, Any], detection: Detection) -> tuple[float, str]:
    machine = script.get("voicemail")
    named = script.get("answered_by")
    if named == "unknown":
        return float(detection.silence), named
    if machine is None and named in (None, "human", "fax"):
        return float(HUMAN_SPEECH_MS + detection.speech_end), named or "human"
    if detection.kind == "DetectMessageEnd":
        greeting_ms = float((machine or {}).get("greeting_s", 6)) * 1000
        return greeting_ms, named or "machine_end_beep"
    return float(detection.speech_threshold + MACHINE_EXTRA_MS), "machine_start"


def _tell_later(leg: Leg, took: float, word: str) -> None:
    callback = leg.settings.amd_callback
    if not leg.live:
        return
    leg.answered_by = word
    if callback:
        params = (("AccountSid", leg.exchange.account_sid), ("CallSid", leg.sid), ("AnsweredBy", word),
                  ("MachineDetectionDuration", str(round(took))))
        leg.exchange.callbacks.send(callback.url, callback.method, params, leg)
