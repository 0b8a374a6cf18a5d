"""The emulator as a black box: a process with a stopped clock, people at phones, Twilio's own client, an application.

Nothing here knows how the emulator works; it speaks its REST API, its control API and its webhooks only. Every REST
exchange goes into a ledger, which is judged against Twilio's description after each test.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote, urlencode

from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from tests.emulator_outside import application
from tests.emulator_outside.application import Application, Asked
from tests.emulator_outside.description import Exchange
from tests.phone import Emulator, real_pause
from tests.ports import free_port
from tests.resources import ROOT

ACCOUNT, TOKEN = "AC" + "7" * 32, "outside-token-0007"
CENTER, OTHER = "+13125550100", "+13125550101"
JOE, ANA, LUIS, DANA = "+13125550142", "+13125550161", "+13125550162", "+13125550163"
START_SECONDS, SETTLE_SECONDS = 30, 30  # real seconds after which a process is taken to hang
ABSENT = object()  # a parameter that must not be sent
SOME = object()  # a parameter that must be sent, not empty


class LedgerClient(TwilioHttpClient):  # type: ignore[misc]
    """Twilio's HTTP client, which also writes down what was asked and answered."""

    def __init__(self, ledger: list[Exchange]) -> None:
        super().__init__(timeout=20)
        self._ledger = ledger

    def request(  # the signature is Twilio's
        self,
        method: str,
        url: str,
        params: Any = None,
        data: Any = None,
        headers: Any = None,
        auth: Any = None,
        timeout: Any = None,
        allow_redirects: bool = False,
    ) -> Response:
        answer = super().request(method, url, params, data, headers, auth, timeout, allow_redirects)
        self._ledger.append(Exchange(method.upper(), url, params or {}, data or {}, answer.status_code, answer.text))
        return answer


class LocalClient(Client):  # type: ignore[misc]
    """Twilio's client, led to another host."""

    base = ""

    def get_hostname(self, uri: str) -> str:
        return self.base + "/" + uri.split("/", 3)[3] if "twilio.com" in uri else str(uri)


class Leg:
    """One leg of one call, in somebody's hand."""

    def __init__(self, box: "Box", sid: str) -> None:
        self.sid = sid
        self._box = box

    def presses(self, keys: str) -> "Leg":
        return self._do("digits", {"digits": keys})

    def says(self, text: str, confidence: float = 0.9) -> "Leg":
        return self._do("speech", {"text": text, "confidence": confidence})

    def answers(self) -> "Leg":
        return self._do("answer")

    def declines(self) -> "Leg":
        return self._do("decline")

    def hangs_up(self) -> "Leg":
        return self._do("hangup")

    def _do(self, what: str, body: dict[str, Any] | None = None) -> "Leg":
        self._box.control.post(f"/control/legs/{self.sid}/{what}", body)
        self._box.settles()
        return self

    @property
    def seen(self) -> dict[str, Any]:
        return dict(self._box.control.get(f"/control/legs/{self.sid}"))

    @property
    def status(self) -> str:
        """As its person sees it."""
        return str(self.seen["status"])

    @property
    def heard(self) -> list[str]:
        """The words and media heard, in order."""
        return [caption["text"] for caption in self.seen["captions"] if caption["kind"] in ("say", "play")]

    @property
    def rest(self) -> Any:
        """As the REST API shows it."""
        return self._box.client.calls(self.sid).fetch()

    @property
    def errors(self) -> list[str]:
        """The error codes of its notifications, oldest first."""
        notes = self._box.client.calls(self.sid).notifications.list()
        return [str(note.error_code) for note in sorted(notes, key=lambda note: note.message_date)]


class Box:
    """One emulator with an application behind its number."""

    def __init__(self, base: str, app: Application) -> None:
        self.base, self.app, self.control = base, app, Emulator(base)
        self.ledger: list[Exchange] = []
        self.client = self.other_client(ACCOUNT, TOKEN)

    def other_client(self, account: str, token: str) -> Client:
        """Twilio's Python client with these credentials."""
        client = LocalClient(account, token, http_client=LedgerClient(self.ledger), environment={"none": ""})
        client.base = self.base
        return client

    def afresh(self) -> None:
        """Forget all calls, faults, requests and pages, and point both numbers at /voice."""
        self.control.post("/control/reset")
        self.control.ask("DELETE", "/control/faults")
        self.waits(30)  # what was on its way, such as a recording that is stored, still arrives
        self.app.forget()
        self.app.pages.clear()
        self.points()
        self.points(OTHER)
        self.ledger.clear()

    def points(self, number: str = CENTER, **settings: Any) -> None:
        """Set a number's URLs; those not named are taken away."""
        (found,) = self.client.incoming_phone_numbers.list(phone_number=number)
        bare = dict.fromkeys(("voice_fallback_url", "status_callback", "sms_url"), "")
        methods = dict.fromkeys(("voice_method", "voice_fallback_method", "status_callback_method"), "POST")
        found.update(**{**bare, **methods, "voice_url": self.app.base + "/voice", **settings})

    # --- people

    def dials(self, caller: str = JOE, number: str = CENTER) -> Leg:
        """Somebody dials; what that causes at once is done."""
        sid = self.control.post("/control/calls", {"from": caller, "to": number})["sid"]
        self.settles()
        return Leg(self, sid)

    def acts(self, number: str, **script: Any) -> None:
        """How the phone at a number behaves by itself."""
        self.control.post("/control/people", {"number": number, "script": script})

    def at(self, number: str) -> Leg:
        """The newest leg at a phone."""
        legs = self.control.get(f"/control/phones/{quote(number)}")["legs"]
        assert legs, f"nothing at the phone {number}"
        return Leg(self, legs[-1]["sid"])

    def rings(self, number: str) -> bool:
        return any(leg["ringing"] for leg in self.control.get(f"/control/phones/{quote(number)}")["legs"])

    def hear_each_other(self, one: str, other: str) -> bool:
        query = urlencode({"a": one, "b": other})
        return bool(self.control.get(f"/control/hears?{query}")["hear_each_other"])

    def calls(self, to: str = ANA, **settings: Any) -> Leg:
        """The application creates a call over REST."""
        settings = {"url": self.app.base + "/answered", **settings} if "twiml" not in settings else settings
        leg = Leg(self, self.client.calls.create(to=to, from_=CENTER, **settings).sid)
        self.settles()
        return leg

    # --- time

    def waits(self, seconds: float) -> None:
        """Let time pass; all that is due in it is done."""
        self.control.post("/control/clock", {"advance_s": seconds})
        self.settles()

    def waits_until(self, what: Callable[[], bool], within: float = 60) -> None:
        """Let time pass in half seconds until something holds."""
        for _ in range(int(within * 2)):
            if what():
                return
            self.waits(0.5)
        raise AssertionError(f"it did not come true within {within} s: {self.app.asked}")

    def settles(self) -> None:
        """Wait until the emulator is at rest."""
        deadline = time.monotonic() + SETTLE_SECONDS
        while not self.control.get("/control/settled")["settled"]:
            assert time.monotonic() < deadline, "the emulator does not come to rest"
            real_pause()


Expected = Sequence[tuple[str, Mapping[str, Any]]]


def agrees(visits: Sequence[Asked], expected: Expected) -> None:
    """The requests came in this order, with at least these parameters; ABSENT ones were not sent."""
    seen, wanted = [one.path for one in visits], [path for path, _ in expected]
    assert seen == wanted, f"asked {seen}, expected {wanted}:\n" + "\n".join(map(repr, visits))
    wrong = [
        f"{one.path} {name}: {one.get(name)!r}, expected {told(value)}"
        for one, (_, params) in zip(visits, expected, strict=True)
        for name, value in params.items()
        if not fits(one.get(name), value)
    ]
    assert not wrong, "\n".join(wrong) + "\n" + "\n".join(map(repr, visits))


def fits(sent: str | None, value: Any) -> bool:
    """Whether one parameter is as expected."""
    if value is ABSENT:
        return sent is None
    if value is SOME:
        return bool(sent)
    return sent in value if isinstance(value, set) else sent == str(value)


def told(value: Any) -> str:
    return "none" if value is ABSENT else "something" if value is SOME else repr(value)


@contextmanager
def running(*options: str, **environ: str) -> Iterator[Box]:
    """A running emulator with its application."""
    port = free_port()
    command = [sys.executable, "-m", "emulator", "--port", str(port), "--manual", "--seed", "7", "--number", CENTER]
    command += ["--number", OTHER, "--account-sid", ACCOUNT, "--auth-token", TOKEN, *(options or PACELESS)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, env={**os.environ, **environ})
    app, server = application.start(TOKEN)
    try:
        _await(process, f"http://127.0.0.1:{port}")
        yield Box(f"http://127.0.0.1:{port}", app)
    finally:
        process.terminate()
        process.wait(10)
        server.shutdown()
        server.server_close()


PACELESS = ("--calls-per-second", "0", "--start", "2026-11-23T15:00:00+00:00")


def _await(process: "subprocess.Popen[bytes]", base: str) -> None:
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
