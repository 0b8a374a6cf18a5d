"""Drives phones on the emulator: people dial, press, speak, hear and hang up. Time moves only when told."""

import http.client
import json
import threading
import time
import urllib.parse
from collections.abc import Callable
from typing import Any

Settle = Callable[[], None]


class Emulator:
    """The emulator's control API."""

    def __init__(self, base: str) -> None:
        self.base, self._mine = base, threading.local()

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """One control request; a refusal is an AssertionError with the emulator's own words."""
        data = json.dumps(body).encode() if body is not None else None
        for again in (True, False):
            line = self._line()
            try:
                line.request(method, path, data, {"Content-Type": "application/json"})
                answer = line.getresponse()
                text = answer.read()
                break
            except (ConnectionError, http.client.HTTPException):  # closed since the last request, which came to nothing
                line.close()
                if not again:
                    raise
        assert answer.status < 400, f"{method} {path}: {answer.status} {text.decode()[:300]}"
        return json.loads(text) if text else None

    def _line(self) -> http.client.HTTPConnection:
        """This thread's connection: a scenario asks hundreds of times."""
        if not hasattr(self._mine, "line"):
            self._mine.line = http.client.HTTPConnection(urllib.parse.urlsplit(self.base).netloc, timeout=30)
        line: http.client.HTTPConnection = self._mine.line
        return line

    def get(self, path: str) -> Any:
        return self.ask("GET", path)

    def post(self, path: str, body: dict[str, Any] | None = None) -> Any:
        return self.ask("POST", path, body or {})


class Phone:
    """One phone, in the hands of one person."""

    def __init__(self, number: str, emulator: Emulator, world: Any) -> None:
        self.number = number
        self._emulator = emulator
        self._world = world
        self.heard_upto = 0

    # --- what he does

    def dials(self, number: str) -> "Phone":
        """Call a number of the center."""
        self.sid = self._emulator.post("/control/calls", {"from": self.number, "to": number})["sid"]
        self.heard_upto = 0
        self._world.settle()
        return self

    def presses(self, digits: str) -> "Phone":
        """Press keys, one at a time."""
        self._do("digits", {"digits": digits})
        return self

    def says(self, text: str, confidence: float = 0.9) -> "Phone":
        """Speak."""
        self._do("speech", {"text": text, "confidence": confidence})
        return self

    def answers(self) -> "Phone":
        """Pick up the ringing phone."""
        self.sid = self._ringing()["sid"]
        self.heard_upto = 0
        self._do("answer")
        return self

    def declines(self) -> "Phone":
        """Refuse the ringing call: busy."""
        self.sid = self._ringing()["sid"]
        self._do("decline")
        return self

    def hangs_up(self) -> "Phone":
        """End the call."""
        self._do("hangup")
        return self

    def _do(self, what: str, body: dict[str, Any] | None = None) -> None:
        self._emulator.post(f"/control/legs/{self.sid}/{what}", body)
        self._world.settle()

    # --- what he notices

    @property
    def legs(self) -> list[dict[str, Any]]:
        path = f"/control/phones/{urllib.parse.quote(self.number)}"
        return list(self._emulator.get(path)["legs"])

    def _ringing(self) -> dict[str, Any]:
        ringing = [leg for leg in self.legs if leg["ringing"]]
        assert ringing, f"the phone {self.number[-4:]} does not ring; its legs: {self.legs}"
        return ringing[-1]

    @property
    def is_ringing(self) -> bool:
        return any(leg["ringing"] for leg in self.legs)

    def rings(self, within: float = 60) -> "Phone":
        """Wait until the phone rings."""
        self._world.wait_until(lambda: self.is_ringing, within, lambda: f"phone {self.number[-4:]} never rang")
        return self

    @property
    def captions(self) -> list[dict[str, Any]]:
        return list(self._emulator.get(f"/control/legs/{self.sid}")["captions"])

    @property
    def status(self) -> str:
        return str(self._emulator.get(f"/control/legs/{self.sid}")["status"])

    @property
    def transcript(self) -> str:
        return "\n".join(f"{item['kind']}: {item['text']}" for item in self.captions)

    def hears(self, words: str, within: float = 60) -> "Phone":
        """Wait until something newly said holds these words (case does not matter)."""

        def heard() -> bool:
            for position, caption in enumerate(self.captions):
                if position >= self.heard_upto and words.lower() in caption["text"].lower():
                    self.heard_upto = position + 1
                    return True
            return False

        self._world.wait_until(heard, within, lambda: f"never heard {words!r}; heard:\n{self.transcript}")
        return self

    def never_heard(self, words: str) -> "Phone":
        """Nothing said so far on this call holds these words."""
        assert words.lower() not in self.transcript.lower(), self.transcript
        return self

    def is_over(self, within: float = 60) -> "Phone":
        """Wait until the call has ended."""
        over = {"completed", "busy", "failed", "no-answer", "canceled"}
        self._world.wait_until(lambda: self.status in over, within, lambda: f"still {self.status}:\n{self.transcript}")
        return self

    def talks_with(self, other: "Phone", within: float = 30) -> "Phone":
        """Wait until the two hear each other."""
        query = urllib.parse.urlencode({"a": self.number, "b": other.number})

        def hear() -> bool:
            return bool(self._emulator.get(f"/control/hears?{query}")["hear_each_other"])

        def why() -> str:
            said = self._emulator.get(f"/control/hears?{query}")["why"]
            return f"they do not hear each other: {said}\n{self.transcript}\n---\n{other.transcript}"

        self._world.wait_until(hear, within, why)
        return self


def real_pause() -> None:
    """A breath for other processes; no test's outcome depends on its length."""
    time.sleep(0.005)
