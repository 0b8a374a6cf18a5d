"""The carriers that must behave alike, each with the means to play the people at its phones."""

import json
import subprocess
import sys
import time
import urllib.request
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from telephony.carrier import Carrier, Recorded
from telephony.twilio_carrier import TwilioCarrier
from tests.fakes import FakeCarrier
from tests.phone import Emulator, real_pause
from tests.ports import free_port

PROJECT = Path(__file__).parents[2]
ACCOUNT, TOKEN = "AC" + "0" * 32, "contract-token-0001"
CENTER = "+13125550100"
START_SECONDS, SETTLE_SECONDS = 30, 30  # real seconds after which a process is taken to hang


class Bench(Protocol):
    """One carrier, and what the test does outside of it."""

    carrier: Carrier

    def address(self, name: str) -> str:
        """The address of a document that keeps a leg busy for a long time."""
        ...

    def rings(self, sid: str) -> None:
        """Bring a placed call to the point where its phone rings."""
        ...

    def answers(self, sid: str) -> None:
        """Somebody picks up a phone that rings."""
        ...

    def ends(self, sid: str) -> None:
        """The person at the phone hangs up a talk, or declines a call."""
        ...

    def dials_out(self, sid: str, number: str, *, answered: bool) -> None:
        """An answered leg's document dials a number, and somebody picks up there, or not yet."""
        ...

    def meets(self, sid: str, other: str, room: str) -> None:
        """Two answered legs enter a room, in this order; the room ends when either leaves."""
        ...

    def takes_part(self, sid: str, room: str) -> set[str]:
        """How one takes part in a room: held, muted, outlived; nothing at all when he is not there."""
        ...

    def document(self, sid: str) -> str:
        """The address whose document an answered leg follows."""
        ...

    def arrives(self, number: str) -> str:
        """Somebody dials a number of the center; the address that is asked first."""
        ...

    def records(self, sid: str) -> None:
        """An answered leg's document asks for a message, and the person leaves one and hangs up."""
        ...


class FakeBench:
    """The fake."""

    def __init__(self) -> None:
        self.fake = FakeCarrier(numbers=(CENTER,))
        self.carrier: Carrier = self.fake

    def address(self, name: str) -> str:
        return f"http://127.0.0.1/bins/{name}"

    def rings(self, sid: str) -> None:
        """A fake call is as good as ringing."""

    def answers(self, sid: str) -> None:
        self.fake.answers(sid)

    def ends(self, sid: str) -> None:
        call = self.fake.look(sid)
        assert call is not None
        self.fake.ends(sid, "completed" if call.status == "in-progress" else "busy")

    def dials_out(self, sid: str, number: str, *, answered: bool) -> None:
        self.fake.company |= {sid} if answered else set()

    def meets(self, sid: str, other: str, room: str) -> None:
        self.fake.people[room] = {sid: set(), other: set()}
        self.fake.talks.add(room)

    def takes_part(self, sid: str, room: str) -> set[str]:
        return self.fake.people.get(room, {}).get(sid, {"absent"})

    def document(self, sid: str) -> str:
        return self.fake.document(sid)

    def arrives(self, number: str) -> str:
        return self.fake.pointed[number].voice_url

    def records(self, sid: str) -> None:
        told = Recorded(
            f"RE{len(self.fake.recordings) + 1:032x}", sid, 4, datetime(2030, 1, 1, tzinfo=UTC), by_verb=True
        )
        self.fake.recordings[told.sid] = (told, b"RIFF....WAVE")
        self.ends(sid)


class EmulatorBench:
    """`TwilioCarrier` and the emulator as a process of its own, whose clock stands still between steps."""

    def __init__(self, base: str) -> None:
        self._base, self._control = base, Emulator(base)
        self._control.post("/control/reset")
        self._control.ask("DELETE", "/control/faults")
        self.carrier: Carrier = TwilioCarrier(account=ACCOUNT, token=TOKEN, base_url=base, center=CENTER)

    def address(self, name: str, document: bytes = b'<Response><Pause length="300"/></Response>') -> str:
        request = urllib.request.Request(f"{self._base}/control/bins/{name}", data=document, method="PUT")
        with urllib.request.urlopen(request, timeout=10):
            return f"{self._base}/bins/{name}"

    def rings(self, sid: str) -> None:
        self._step()
        assert self._leg(sid)["status"] == "ringing"

    def answers(self, sid: str) -> None:
        self._control.post(f"/control/legs/{sid}/answer")
        self._step()
        assert self._leg(sid)["status"] == "in-progress"

    def ends(self, sid: str) -> None:
        self._control.post(f"/control/legs/{sid}/hangup")
        self._step()

    def dials_out(self, sid: str, number: str, *, answered: bool) -> None:
        dialling = f"<Response><Dial><Number>{number}</Number></Dial></Response>".encode()
        self.carrier.move(sid, self.address("dialling", dialling))
        self._step()
        if answered:
            child = next(call.sid for call in self.carrier.calls_to(number) if not call.is_over)
            self.answers(child)

    def meets(self, sid: str, other: str, room: str) -> None:
        inside = f'<Conference endConferenceOnExit="true" beep="false">{room}</Conference>'
        address = self.address("room", f"<Response><Dial>{inside}</Dial><Pause length='300'/></Response>".encode())
        for each in (sid, other):
            self.carrier.move(each, address)
            self._step()

    def takes_part(self, sid: str, room: str) -> set[str]:
        self._step()
        account = f"/2010-04-01/Accounts/{ACCOUNT}/Conferences"
        rooms = self._rest(f"{account}.json?FriendlyName={room}&Status=in-progress")["conferences"]
        people = self._rest(f"{account}/{rooms[0]['sid']}/Participants.json")["participants"] if rooms else []
        one = next((each for each in people if each["call_sid"] == sid), None)
        if one is None:
            return {"absent"}
        how = {"held": one["hold"], "muted": one["muted"], "outlived": not one["end_conference_on_exit"]}
        return {name for name, is_so in how.items() if is_so}

    def _rest(self, path: str) -> dict[str, Any]:
        request = urllib.request.Request(self._base + path)
        request.add_header("Authorization", "Basic " + b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode())
        with urllib.request.urlopen(request, timeout=10) as answer:
            found: dict[str, Any] = json.load(answer)
            return found

    def document(self, sid: str) -> str:
        self._step()
        return str(self._leg(sid)["document_url"])

    def records(self, sid: str) -> None:
        asking = b'<Response><Record maxLength="60" finishOnKey="#" action="/nowhere"/></Response>'
        self.carrier.move(sid, self.address("asking", asking))
        self._step()
        self._control.post(
            f"/control/legs/{sid}/speech", {"text": "Please call me back about my hip.", "confidence": 1}
        )
        for _ in range(2):
            self._step()
        self.ends(sid)
        self._step()

    def arrives(self, number: str) -> str:
        sid = self._control.post("/control/calls", {"from": "+13125550142", "to": number})["sid"]
        return self.document(sid)

    def _leg(self, sid: str) -> dict[str, object]:
        leg: dict[str, object] = self._control.get(f"/control/legs/{sid}")
        return leg

    def _step(self) -> None:
        """Let two seconds pass, and all that is due in them be done."""
        self._control.post("/control/clock", {"advance_s": 2})
        deadline = time.monotonic() + SETTLE_SECONDS
        while not self._control.get("/control/settled")["settled"]:
            assert time.monotonic() < deadline, "the emulator does not come to rest"
            real_pause()


@contextmanager
def emulator_process() -> Iterator[str]:
    """A running emulator; its address."""
    port = free_port()
    command = [sys.executable, "-m", "emulator", "--port", str(port), "--manual", "--seed", "1"]
    settings = ["--account-sid", ACCOUNT, "--auth-token", TOKEN, "--number", CENTER, "--calls-per-second", "0"]
    process = subprocess.Popen([*command, *settings], cwd=PROJECT, stdout=subprocess.DEVNULL)
    try:
        _wait_until_it_speaks(process, f"http://127.0.0.1:{port}")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


def _wait_until_it_speaks(process: subprocess.Popen[bytes], base: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        assert process.poll() is None, f"the emulator ended with {process.returncode}"
        try:
            Emulator(base).get("/control/clock")
        except OSError:
            assert time.monotonic() < deadline, "the emulator did not start"
            real_pause()
        else:
            return
