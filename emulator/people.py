"""Plays the people at the phones: how they answer, what they press and say, when they hang up.

A script is an object; every length of time may be seconds or a distribution (see `chance.py`):

| key | meaning |
| --- | --- |
| `answer_after_s` | picks up after that long (2) |
| `no_answer`, `busy`, `unreachable` | true: never picks up; is busy; the call fails |
| `decline_after_s` | refuses the call after that long |
| `voicemail` | a machine answers: `answer_after_s` (15), `greeting`, `greeting_s` (6), `silent` (true: no greeting) |
| `answered_by` | what machine detection makes of who answers: `human`, `fax`, `unknown`, `machine_end_silence` ... |
| `keys`, `speech` | steps: `digits` or `text`, `after_s` the answer or `when_heard` some words (and `after_s` more) |
| `patience_s` | hangs up if nobody was reached that long after the call was connected |
| `talk_s` | hangs up that long after first hearing another person |
| `hang_up_after_s`, `hang_up_when_heard` | hangs up then in any case |

Without any of these a person answers, listens, says nothing and presses nothing.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from emulator.amd import VERDICTS
from emulator.chance import MOST_S, BadLength, check_length, draw
from emulator.leg import Input, Leg
from emulator.reader import KEYS

if TYPE_CHECKING:
    from emulator.exchange import Exchange

WORDS_PER_SECOND = 2.7
REACTION_MS = 300
MACHINE_PATIENCE_S = 60.0
LENGTHS = frozenset({"answer_after_s", "decline_after_s", "patience_s", "talk_s", "hang_up_after_s"})
KNOWN = LENGTHS | {"keys", "speech", "busy", "no_answer", "unreachable", "voicemail", "hang_up_when_heard",
                   "answered_by"}
KEY_STEP = frozenset({"after_s", "when_heard", "digits"})
SPEECH_STEP = frozenset({"after_s", "when_heard", "text", "confidence"})
MACHINE = frozenset({"answer_after_s", "greeting", "greeting_s", "silent"})


class BadScript(ValueError):
    """A script that is not understood; the message says what is accepted."""


def speaking_ms(text: str) -> float:
    """How long it takes to say this, in milliseconds: at 2.7 words a second, at least half a second."""
    return max(500.0, len(text.split()) / WORDS_PER_SECOND * 1000)


def check_script(script: Any) -> dict[str, Any]:
    """The script itself. Raises BadScript."""
    if not isinstance(script, dict) or not script.keys() <= KNOWN:
        raise BadScript(f"a script is an object with keys out of {sorted(KNOWN)}, found {script!r}")
    for name, accepted, act in (("keys", KEY_STEP, "digits"), ("speech", SPEECH_STEP, "text")):
        for step in _steps(script, name):
            _check_step(name, step, accepted, act)
    if script.get("answered_by", "human") not in list(VERDICTS):
        raise BadScript(f"answered_by is one of {sorted(VERDICTS)}, found {script['answered_by']!r}")
    if not isinstance(script.get("hang_up_when_heard", ""), str):
        raise BadScript(f"hang_up_when_heard is words, found {script['hang_up_when_heard']!r}")
    machine = script.get("voicemail", {})
    if not isinstance(machine, dict) or not machine.keys() <= MACHINE:
        raise BadScript(f"voicemail is an object with keys out of {sorted(MACHINE)}, found {machine!r}")
    _check_seconds(machine, "answer_after_s", "greeting_s")
    try:
        for name in LENGTHS & script.keys():
            check_length(script[name], name)
    except BadLength as bad:
        raise BadScript(str(bad)) from bad
    return script


def _steps(script: dict[str, Any], name: str) -> list[Any]:
    steps = script.get(name, [])
    if not isinstance(steps, list):
        raise BadScript(f"{name} is a list of steps, found {steps!r}")
    return steps


def _check_step(name: str, step: Any, accepted: frozenset[str], act: str) -> None:
    if not isinstance(step, dict) or not step.keys() <= accepted or act not in step \
            or not {"after_s", "when_heard"} & step.keys():
        raise BadScript(f"a step of {name} has {act}, keys out of {sorted(accepted)} and one of "
                        f"after_s, when_heard; found {step!r}")
    words = [step[key] for key in (act, "when_heard") if key in step]
    if not all(isinstance(one, str) and one for one in words) or (act == "digits" and not set(step[act]) <= set(KEYS)):
        raise BadScript(f"digits are keys out of {KEYS}, text and when_heard are words; found {step!r}")
    _check_seconds(step, "after_s", "confidence")


def _check_seconds(card: dict[str, Any], *names: str) -> None:
    """The fixed numbers among these names are finite and not below 0. Raises BadScript."""
    for name in names:
        value = card.get(name, 0)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= MOST_S:
            raise BadScript(f"{name} is a number from 0 to {MOST_S:.0f}, found {value!r}")


class People:
    """Everybody who has a phone. Without a script, a phone rings until a person at the keyboard answers."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self.scripts: dict[str, dict[str, Any]] = {}
        self.plans: dict[str, dict[str, Any]] = {}
        self._listening: dict[str, list[dict[str, Any]]] = {}
        self._reached: set[str] = set()

    def clear(self) -> None:
        """Everybody answers by hand again."""
        self.scripts.clear()
        self.plans.clear()
        self._listening.clear()
        self._reached.clear()

    def script_of(self, leg: Leg) -> dict[str, Any]:
        """What the person at this leg does: the plan of one who dialled, the script of a phone that is called."""
        return self.plans.get(leg.sid, {}) if leg.direction == "inbound" else self.scripts.get(leg.phone, {})

    def reached(self, leg: Leg) -> bool:
        """Whether this leg ever heard another person."""
        return leg.sid in self._reached

    # The phone rings ------------------------------------------------------------------------------------

    def rings(self, leg: Leg) -> None:
        """The phone of an outbound leg rings: its owner does what the script says."""
        script = self.scripts.get(leg.phone)
        if script is None or script.get("no_answer"):
            return
        if script.get("busy") or script.get("unreachable"):
            self._pick_up_in(leg, 0, "busy" if script.get("busy") else "failed")
        elif "decline_after_s" in script:
            self._pick_up_in(leg, self._length(leg, "decline_after_s"), "busy")
        elif "voicemail" in script:
            self._machine_answers(leg, script["voicemail"])
        else:
            self._pick_up_in(leg, self._length(leg, "answer_after_s", 2), "answer")

    def pick_up(self, leg: Leg, how: str) -> bool:
        """`answer`, `busy` or `failed`; False when the leg does not ring."""
        if leg.status != "ringing" or leg.picked_up.done():
            return False
        leg.picked_up.set_result(how)
        return True

    def _pick_up_in(self, leg: Leg, seconds: float, how: str) -> None:
        self._soon(leg, seconds, lambda: self.pick_up(leg, how))

    def _machine_answers(self, leg: Leg, machine: dict[str, Any]) -> None:
        greeting_s = float(machine.get("greeting_s", 6))
        greeting = "" if machine.get("silent") else str(machine.get("greeting", "Please leave a message."))

        def greet() -> None:
            if not self.pick_up(leg, "answer"):
                return
            if greeting:
                self._soon(leg, 0.001, lambda: self.say(leg, greeting))
            self._soon(leg, greeting_s + MACHINE_PATIENCE_S, lambda: leg.end("completed", "person"))

        self._soon(leg, float(machine.get("answer_after_s", 15)), greet)

    # On the line ----------------------------------------------------------------------------------------

    def connected(self, leg: Leg) -> None:
        """The person is on the line: keys, words and the hang-up of the plan are set in motion."""
        script = self.script_of(leg)
        if not script or "voicemail" in script:
            return
        steps = [*script.get("keys", ()), *script.get("speech", ())]
        for step in steps:
            if "when_heard" not in step:
                self._soon(leg, step["after_s"], partial(self._act, leg, step))
        waiting = [step for step in steps if "when_heard" in step]
        if "hang_up_when_heard" in script:
            waiting.append({"when_heard": script["hang_up_when_heard"], "hang_up": True})
        if waiting:
            self._listening[leg.sid] = waiting
        if "hang_up_after_s" in script:
            self._soon(leg, self._length(leg, "hang_up_after_s"), lambda: leg.end("completed", "person"))
        if "patience_s" in script:
            self._soon(leg, self._length(leg, "patience_s"), lambda: self._lose_patience(leg))

    def _lose_patience(self, leg: Leg) -> None:
        if not self.reached(leg):
            leg.end("completed", "person")

    def talks(self, leg: Leg) -> None:
        """The leg hears another person."""
        if leg.sid in self._reached:
            return
        self._reached.add(leg.sid)
        if "talk_s" in self.script_of(leg):
            self._soon(leg, self._length(leg, "talk_s"), lambda: leg.end("completed", "person"))

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
                self._soon(leg, (said + extra) / 1000, partial(self._act, leg, step))

    def press(self, leg: Leg, keys: str) -> bool:
        """Presses keys one after the other; False when nothing at the other end listened to the first."""
        leg.caption("keys", keys)
        self._exchange.phones.publish(leg, "keys", text=keys)
        heard = []
        for key in keys:
            heard.append(leg.enter(Input(key=key)))
            self._exchange.ears.enter(leg, "keys", key, listened=heard[-1])
        return heard[0]

    def say(self, leg: Leg, text: str, confidence: float = 0.9) -> bool:
        """Says something: to the machine if it listens, and to whoever hears this leg."""
        leg.caption("speech", text)
        listened = leg.enter(Input(words=text, confidence=confidence))
        self._exchange.ears.enter(leg, "speech", text, listened=listened)
        for other in self._exchange.phones_hearing(leg):
            other.caption("voice", text)
            self._exchange.ears.enter(other, "voice", text, listened=True)
        return listened

    def _act(self, leg: Leg, step: dict[str, Any]) -> None:
        if not leg.answered:
            return
        if "hang_up" in step:
            leg.end("completed", "person")
        elif "digits" in step:
            self.press(leg, str(step["digits"]))
        else:
            self.say(leg, str(step["text"]), float(step.get("confidence", 0.9)))

    def _length(self, leg: Leg, name: str, default: float = 0) -> float:
        """Seconds for this leg: the same seed, call and name always draw the same."""
        return draw(self.script_of(leg).get(name, default), random.Random(f"{leg.sid}:{name}"))

    def _soon(self, leg: Leg, seconds: float, action: Callable[[], Any]) -> None:
        def if_live() -> None:
            if leg.live:
                action()

        self._exchange.clock.call_in(float(seconds) * 1000, if_live)
