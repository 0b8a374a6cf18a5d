"""The people of Joe's call, on the emulator's phones: Joe follows what he hears, the others answer and press 1."""

import re
import urllib.parse
from collections.abc import Iterable
from typing import Any

from tests.phone import Emulator

JOE = "+13125550142"
TAKES_CALLS = {"answer_after_s": 3, "keys": [{"when_heard": "press 1", "digits": "1"}]}
MESSAGE_SECONDS = 6.0
PATIENCE_ROUNDS = 2  # so often he hears that he may be called back before he wants it

REACTIONS = (  # the first that fits a sentence
    (re.compile(r"if yes, press 1", re.I), "1"),
    (re.compile(r"for a call back(?: when we open .*)?, press 1", re.I), "1"),
    (re.compile(r"for english, press 1", re.I), "1"),
    (re.compile(r"for exercises or therapy[^.]*, press 1", re.I), "1"),
    (re.compile(r"phone number we should call|enter 10 digits", re.I), JOE[-10:]),
    (re.compile(r"8 digits", re.I), "03141957"),
    (re.compile(r"\bPIN\b"), "4821#"),
    (re.compile(r"cut off, press 1", re.I), "1"),
)
MESSAGE = re.compile(r"after the tone", re.I)
CALLBACK_WHILE_WAITING = re.compile(r"call back without losing your place in line, press 2", re.I)
CARRIER_GAVE_UP = re.compile(r"application error", re.I)


class Phones:
    """The emulator's control API in the words of the campaign."""

    def __init__(self, base: str) -> None:
        self.control = Emulator(base)

    def now(self) -> float:
        """The emulator's time in seconds."""
        return float(self.control.get("/control/clock")["now_ms"]) / 1000

    def runs_at(self, rate: float) -> None:
        """Let the emulator's time, and with it the center's, run so many times as fast as real time."""
        self.control.post("/control/clock", {"rate": rate})

    def legs(self, number: str) -> list[dict[str, Any]]:
        """The live legs of a phone, and the last that ended."""
        return list(self.control.get(f"/control/phones/{urllib.parse.quote(number)}")["legs"])

    def live(self, number: str) -> list[dict[str, Any]]:
        """The legs of a phone that are not over."""
        return [leg for leg in self.legs(number) if leg["ended_ms"] is None]

    def leg(self, sid: str) -> dict[str, Any]:
        """One leg with all it heard."""
        return dict(self.control.get(f"/control/legs/{sid}"))

    def hear_each_other(self, one: str, other: str) -> bool:
        """Whether two phones are connected."""
        query = urllib.parse.urlencode({"a": one, "b": other})
        return bool(self.control.get(f"/control/hears?{query}")["hear_each_other"])

    def presses(self, sid: str, digits: str) -> None:
        """Press keys; on a leg that has just ended that does nothing."""
        self._unless_over(f"/control/legs/{sid}/digits", {"digits": digits})

    def hangs_up(self, numbers: Iterable[str]) -> None:
        """End every leg of these phones."""
        for number in numbers:
            for leg in self.live(number):
                self._unless_over(f"/control/legs/{leg['sid']}/hangup", {})

    def everybody_takes_calls(self, numbers: Iterable[str]) -> None:
        """A new day: no calls, and all these people answer after 3 s and press 1 when they are told to."""
        self.control.post("/control/reset")
        for number in numbers:
            self.control.post("/control/people", {"number": number, "script": TAKES_CALLS})

    def _unless_over(self, path: str, body: dict[str, Any]) -> None:
        try:
            self.control.post(path, body)
        except AssertionError as refused:
            if ": 409 " not in str(refused):
                raise


class Joe:
    """Joe with his phone: `listen` again and again, and he does what a patient does. He never dials twice."""

    def __init__(self, phones: Phones, center: str) -> None:
        self.phones = phones
        self.sid = str(phones.control.post("/control/calls", {"from": JOE, "to": center})["sid"])
        self.heard: list[str] = []
        self.is_over = False
        self._later: list[tuple[float, str]] = []
        self._callbacks_offered = 0

    def listen(self, now: float) -> None:
        """React to what was said since the last time."""
        leg = self.phones.leg(self.sid)
        self.is_over = leg["ended_ms"] is not None
        spoken = [caption["text"] for caption in leg["captions"] if caption["kind"] == "say"]
        fresh, self.heard = spoken[len(self.heard) :], spoken
        for sentence in fresh:
            self._react(sentence, now)
        for due, keys in [item for item in self._later if item[0] <= now]:
            self._later.remove((due, keys))
            self.phones.presses(self.sid, keys)

    def _react(self, sentence: str, now: float) -> None:
        if MESSAGE.search(sentence):
            self._later.append((now + MESSAGE_SECONDS + len(sentence.split()) / 2.5, "#"))
            return
        if CALLBACK_WHILE_WAITING.search(sentence):
            self._callbacks_offered += 1
            if self._callbacks_offered >= PATIENCE_ROUNDS:
                self.phones.presses(self.sid, "2")
            return
        keys = next((keys for pattern, keys in REACTIONS if pattern.search(sentence)), None)
        if keys:
            self.phones.presses(self.sid, keys)


def heard_the_carrier_give_up(phones: Phones) -> bool:
    """Whether any call of Joe's, also the one that kept a promise, ended with the carrier's own apology."""
    captions = [caption["text"] for leg in phones.legs(JOE) for caption in leg["captions"]]
    return any(CARRIER_GAVE_UP.search(text) for text in captions)
