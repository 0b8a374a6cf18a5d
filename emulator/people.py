"""Plays the people at the phones: how they answer, what they press and say, when they hang up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emulator.leg import Input, Leg

if TYPE_CHECKING:
    from emulator.exchange import Exchange

WORDS_PER_SECOND = 2.7
REACTION_MS = 300
MACHINE_PATIENCE_MS = 60_000
KNOWN = frozenset({"answer_after_s", "keys", "speech", "hang_up_after_s", "busy", "no_answer", "decline_after_s",
                   "voicemail"})
KEY_STEP = frozenset({"after_s", "when_heard", "digits"})
SPEECH_STEP = frozenset({"after_s", "when_heard", "text", "confidence"})


class BadScript(ValueError):
    """A script that is not understood; the message says what is accepted."""


def speaking_ms(text: str) -> float:
    """How long it takes to say this, in milliseconds: at 2.7 words a second, at least half a second."""
    return max(500.0, len(text.split()) / WORDS_PER_SECOND * 1000)


def check_script(script: Any) -> dict[str, Any]:
    """The script itself. Raises BadScript."""
    if not isinstance(script, dict) or not script.keys() <= KNOWN:
        raise BadScript(f"a script is an object with keys out of {sorted(KNOWN)}, found {script!r}")
    for name, accepted in (("keys", KEY_STEP), ("speech", SPEECH_STEP)):
        for step in script.get(name, ()):
            if not isinstance(step, dict) or not step.keys() <= accepted or not {"after_s", "when_heard"} & step.keys():
                raise BadScript(f"a step of {name} has keys out of {sorted(accepted)} and one of "
                                f"after_s, when_heard; found {step!r}")
    return script


class People:
    """Everybody who has a phone. Without a script, a phone rings until a person at the keyboard answers."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self.scripts: dict[str, dict[str, Any]] = {}
        self.plans: dict[str, dict[str, Any]] = {}
        self._listening: dict[str, list[dict[str, Any]]] = {}

    def clear(self) -> None:
        """Everybody answers by hand again."""
        self.scripts.clear()
        self.plans.clear()
        self._listening.clear()

    def rings(self, leg: Leg) -> None:
        """The phone of an outbound leg rings: its owner does what the script says."""
        script = self.scripts.get(leg.phone)
        if script is None or script.get("no_answer"):
            return
        if script.get("busy"):
            self._soon(leg, 0, lambda: self.pick_up(leg, "busy"))
        elif "decline_after_s" in script:
            self._soon(leg, script["decline_after_s"], lambda: self.pick_up(leg, "busy"))
        elif "voicemail" in script:
            self._machine_answers(leg, script["voicemail"])
        else:
            self._soon(leg, script.get("answer_after_s", 2), lambda: self.pick_up(leg, "answer"))

    def pick_up(self, leg: Leg, how: str) -> bool:
        """`answer`, `busy` or `failed`; False when the leg does not ring."""
        if leg.status != "ringing" or leg.picked_up.done():
            return False
        leg.picked_up.set_result(how)
        return True

    def connected(self, leg: Leg) -> None:
        """The person is on the line: keys, words and the hang-up of the plan are set in motion."""
        script = self.plans.get(leg.sid, {}) if leg.direction == "inbound" else self.scripts.get(leg.phone, {})
        if "voicemail" in script:
            return
        steps = [*script.get("keys", ()), *script.get("speech", ())]
        for step in steps:
            if "when_heard" not in step:
                self._soon(leg, step["after_s"], lambda step=step: self._act(leg, step))
        self._listening[leg.sid] = [step for step in steps if "when_heard" in step]
        if "hang_up_after_s" in script:
            self._soon(leg, script["hang_up_after_s"], lambda: leg.end("completed", "person"))

    def heard(self, leg: Leg, kind: str, text: str) -> None:
        """The person hears words; a step that waits for them follows when they have been said."""
        waiting = self._listening.get(leg.sid)
        if not waiting or kind not in ("say", "play"):
            return
        low = text.lower()
        for step in list(waiting):
            place = low.find(str(step["when_heard"]).lower())
            if place >= 0:
                waiting.remove(step)
                said = speaking_ms(text[:place + len(step["when_heard"])]) + REACTION_MS
                extra = float(step.get("after_s", 0)) * 1000
                self._soon(leg, (said + extra) / 1000, lambda step=step: self._act(leg, step))

    def press(self, leg: Leg, keys: str) -> bool:
        """Presses keys one after the other; False when nothing at the other end listened to the first."""
        leg.caption("keys", keys)
        self._exchange.phones.publish(leg, "keys", text=keys)
        heard = [leg.enter(Input(key=key)) for key in keys]
        return heard[0]

    def say(self, leg: Leg, text: str, confidence: float = 0.9) -> bool:
        """Says something: to the machine if it listens, and to whoever hears this leg."""
        leg.caption("speech", text)
        listened = leg.enter(Input(words=text, confidence=confidence))
        for other in self._exchange.phones_hearing(leg):
            other.caption("note", f"the other side says: {text}")
        return listened

    def _act(self, leg: Leg, step: dict[str, Any]) -> None:
        if not leg.answered:
            return
        if "digits" in step:
            self.press(leg, str(step["digits"]))
        else:
            self.say(leg, str(step["text"]), float(step.get("confidence", 0.9)))

    def _machine_answers(self, leg: Leg, machine: dict[str, Any]) -> None:
        greeting_s = float(machine.get("greeting_s", 6))
        answer_s = float(machine.get("answer_after_s", 15))

        def greet() -> None:
            if self.pick_up(leg, "answer"):
                self._soon(leg, 0.001, lambda: self.say(leg, str(machine.get("greeting", "Please leave a message."))))
                self._soon(leg, greeting_s + MACHINE_PATIENCE_MS / 1000, lambda: leg.end("completed", "person"))

        self._soon(leg, answer_s, greet)

    def _soon(self, leg: Leg, seconds: float, action: Any) -> None:
        def if_live() -> None:
            if leg.live:
                action()

        self._exchange.clock.call_in(float(seconds) * 1000, if_live)
