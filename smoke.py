"""Plays Joe's call by itself, over real HTTP between the processes, and judges it: did he speak with his therapist?

Imported by the demo once the center is up: what it needs must not delay the start.
"""

import json
import time
import urllib.parse
import urllib.request
from typing import Any

import app
import calls.store
import telling
from config.settings import Settings
from tools import Tools

JOE, ANA = "+13125550142", "+13125550161"
ENTRIES = (("press 1", "1"), ("press 1", "1"), ("birth", "03141957"), ("PIN", "4821#"))
PATIENCE_SECONDS = 40.0


class NotHeard(Exception):
    """Something that Joe's call waits for did not come."""


class Carrier:
    """The emulator's control API, as far as one call needs it."""

    def __init__(self, base: str) -> None:
        self._base = base

    def ask(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """GET, or POST when there is a body."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(  # noqa: S310 - the emulator's address
            self._base + path, data=data, headers={"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            return json.load(answer)

    def captions(self, sid: str) -> list[dict[str, Any]]:
        """All that a leg heard."""
        return list(self.ask(f"/control/legs/{sid}")["captions"])


def play(settings: Settings) -> int:
    """The call from dial to talk; 0 when Joe and Ana could hear each other, else 1."""
    carrier = Carrier(str(settings.twilio_api_base_url))
    script = {"answer_after_s": 3, "keys": [{"when_heard": "press 1", "digits": "1"}]}
    carrier.ask("/control/people", {"number": ANA, "script": script})
    joe = carrier.ask("/control/calls", {"from": JOE, "to": settings.center_number})["sid"]
    try:
        heard = 0
        for words, keys in ENTRIES:
            heard = _await_caption(carrier, joe, words, heard)
            carrier.ask(f"/control/legs/{joe}/digits", {"digits": keys})
        together = _await_talk(carrier)
    except NotHeard as problem:
        together = False
        print(problem)
    print(_story(carrier, joe, app.build_tools(settings)))
    print("\nJoe spoke with Ana, his physical therapist." if together else "\nJoe did NOT speak with his therapist.")
    return 0 if together else 1


def _await_caption(carrier: Carrier, sid: str, words: str, since: int) -> int:
    """The position after the first new caption that holds the words."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        captions = carrier.captions(sid)
        for position, caption in enumerate(captions):
            if position >= since and words.lower() in caption["text"].lower():
                return position + 1
        time.sleep(0.05)
    raise NotHeard(f"Joe never heard {words!r}")


def _await_talk(carrier: Carrier) -> bool:
    query = urllib.parse.urlencode({"a": JOE, "b": ANA})
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if carrier.ask(f"/control/hears?{query}")["hear_each_other"]:
            return True
        time.sleep(0.05)
    raise NotHeard("Joe and Ana never heard each other: " + carrier.ask(f"/control/hears?{query}")["why"])


def _story(carrier: Carrier, sid: str, tools: Tools) -> str:
    heard = [f"  {caption['kind']:>5}  {caption['text']}" for caption in carrier.captions(sid)]
    with tools.database.reading() as tx:
        ids = calls.store.call_ids(tx)
        told = [f"  {line}" for line in telling.story_of(tx, ids[-1], tools)] if ids else []
    return "\n".join(["What Joe heard and pressed:", *heard, "", "What the center did:", *told])
