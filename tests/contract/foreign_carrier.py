"""A second carrier, written apart from the emulator and as plainly as can be, for one proof: the product needs neither.

It speaks the few parts of Twilio's REST API and of TwiML that a call takes, as Twilio documents them, with threads and
real time. It has no control API: the people at its phones follow a script. Notices come late, and some come twice.
"""

import contextlib
import random
import threading
import time
import urllib.parse
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from twilio.request_validator import RequestValidator

from tests.contract.foreign_legs import OVER, Form, Gone, Leg, Moved, Person, Room
from tests.contract.foreign_rest import Rest

LATE_SECONDS = (0.1, 0.9)


class ForeignCarrier:
    """The carrier, with one account and one number. `met` holds each pair of phones that were in one room at once."""

    def __init__(self, account: str, token: str, number: str) -> None:
        self.account, self.token, self.number = account, token, number
        self.urls: Form = {}  # of the number, as configured over REST
        self.people: dict[str, Person] = {}
        self.legs: dict[str, Leg] = {}
        self.met: set[frozenset[str]] = set()
        self.refused: list[str] = []  # what the product answered with anything but 2xx
        self._rooms: dict[str, Room] = {}
        self._alone = threading.RLock()
        self._chance = random.Random(1)
        self._server = Rest(self).server

    @property
    def base(self) -> str:
        """The origin of the REST API."""
        return f"http://127.0.0.1:{self._server.server_port}"

    @contextmanager
    def running(self) -> Iterator["ForeignCarrier"]:
        """The carrier serves as long as the block lasts; then all calls end."""
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        yield self
        for leg in self.legs.values():
            leg.hang_up = True
        self._server.shutdown()

    # --- calls

    def dials(self, caller: str) -> Leg:
        """Somebody calls the number."""
        form = {"From": caller, "To": self.number, "Direction": "inbound"}
        leg = self._leg(caller, form, (self.urls.get("StatusCallback", ""), ["completed"]))
        leg.status = "ringing"
        self._in_thread(self._lives, leg, self.urls["VoiceUrl"])
        return leg

    def rings(self, asked: Form, events: list[str] | None) -> Leg:
        """The product asked over REST for a call; the events of its progress that it wants to be told."""
        form = {"From": asked["From"], "To": asked["To"], "Direction": "outbound-api"}
        leg = self._leg(asked["To"], form, (asked.get("StatusCallback", ""), events or ["completed"]))
        self._in_thread(self._called, leg, asked["Url"], float(asked.get("Timeout", "60")))
        return leg

    def _leg(self, number: str, form: Form, callback: tuple[str, list[str]]) -> Leg:
        sid = "CA" + uuid.uuid4().hex
        form = {**form, "CallSid": sid, "AccountSid": self.account, "ApiVersion": "2010-04-01"}
        leg = self.legs[sid] = Leg(number, form, self.people.get(number, Person([])), callback)
        return leg

    def _called(self, leg: Leg, url: str, seconds: float) -> None:
        """A phone rings. Whoever follows no script does not answer."""
        for status in ("initiated", "ringing"):
            self._becomes(leg, status)
        answers = leg.number in self.people
        try:
            leg.passes(0.5 if answers else seconds)
        except Gone:
            self._becomes(leg, "canceled")
            return
        if answers:
            self._lives(leg, url)
        else:
            self._becomes(leg, "no-answer")

    def _lives(self, leg: Leg, url: str) -> None:
        """From the first document to the end."""
        extra: Form = {}
        with contextlib.suppress(Gone):
            while url:
                try:
                    url, extra = self._follow(leg, url, extra)
                except Moved as moved:
                    url, extra = moved.url, {}
        self._becomes(leg, "completed")

    def _becomes(self, leg: Leg, status: str) -> None:
        leg.status = status
        event = "completed" if status in OVER else {"in-progress": "answered"}.get(status, status)
        url, events = leg.callback
        if url and event in events:
            about = {"SequenceNumber": str(leg.told), "CallbackSource": "call-progress-events"}
            form = {**leg.form, **about, "CallStatus": status}
            leg.told += 1
            self._tell(url, form)

    # --- documents

    def _follow(self, leg: Leg, url: str, extra: Form) -> tuple[str, Form]:
        """Do what a document says; where the next one is, "" at the end of the call."""
        document = self._fetch(leg, url, extra)
        leg.status = "in-progress"
        for verb in document:
            done = self._do(leg, verb, url)
            if done is not None:
                return urllib.parse.urljoin(url, done[0]), done[1]
        return "", {}

    def _do(self, leg: Leg, verb: Element, url: str) -> tuple[str, Form] | None:
        match verb.tag:
            case "Say":
                leg.hears(verb.text or "")
                leg.passes(0.05)
            case "Pause":
                leg.passes(float(verb.get("length", "1")))
            case "Play":
                self._plays(leg, verb)
            case "Gather":
                return self._gather(leg, verb, url)
            case "Redirect":
                return (verb.text or url).strip(), {}
            case "Enqueue":
                return self._enqueue(leg, verb, url)
            case "Dial":
                return self._dial(leg, verb)
            case "Record":
                return self._record(leg, verb, url)
            case "Hangup":
                raise Gone
            case other:
                raise AssertionError(f"this carrier does not know {other}")
        return None

    def _plays(self, leg: Leg, verb: Element) -> None:
        """Media are fetched unsigned; a second of them is enough."""
        with urllib.request.urlopen((verb.text or "").strip(), timeout=10) as media:
            assert media.read(4) == b"RIFF"
        leg.passes(1, lambda: bool(leg.keys))

    def _gather(self, leg: Leg, verb: Element, url: str) -> tuple[str, Form] | None:
        for each in verb:
            if not leg.keys:
                self._do(leg, each, url)
        digits, finish, most = "", verb.get("finishOnKey", "#"), int(verb.get("numDigits", "99"))
        while len(digits) < most:
            leg.passes(float(verb.get("timeout", "5")), lambda: bool(leg.keys))
            if not leg.keys or (key := leg.keys.pop(0)) in finish:
                break
            digits += key
        return (verb.get("action", url), {"Digits": digits}) if digits else None

    def _enqueue(self, leg: Leg, verb: Element, url: str) -> tuple[str, Form] | None:
        action, wait = verb.get("action", ""), urllib.parse.urljoin(url, verb.get("waitUrl", ""))
        queue = {"QueueSid": "QU" + "1" * 32, "QueueTime": "1"}
        try:
            self._waits(leg, wait, {**queue, "QueuePosition": "1", "CurrentQueueSize": "1", "AvgQueueTime": "1"})
        except (Moved, Gone) as why:
            result = "redirected" if isinstance(why, Moved) else "hangup"
            self._fetch(leg, action, {**queue, "QueueResult": result})
            raise
        return action, {**queue, "QueueResult": "leave"}

    def _waits(self, leg: Leg, wait_url: str, queue: Form) -> None:
        """Documents for one who waits, again and again, until one of them says Leave."""
        url, extra = wait_url, Form()
        while True:
            for verb in self._fetch(leg, url, {**queue, **extra}):
                if verb.tag == "Leave":
                    return
                done = self._do(leg, verb, url)
                if done is not None:
                    url, extra = urllib.parse.urljoin(url, done[0]), done[1]
                    break
            else:
                url, extra = wait_url, {}
            leg.passes(0.05)

    def _record(self, leg: Leg, verb: Element, url: str) -> tuple[str, Form]:
        leg.passes(2)
        sid = "RE" + uuid.uuid4().hex
        form = {"RecordingSid": sid, "RecordingUrl": f"{self.base}/recordings/{sid}", "RecordingDuration": "2"}
        if callback := verb.get("recordingStatusCallback"):
            self._tell(callback, {**leg.form, **form, "RecordingStatus": "completed"})
        return verb.get("action", url), {**form, "Digits": "#"}

    # --- two who talk

    def _dial(self, leg: Leg, verb: Element) -> tuple[str, Form] | None:
        noun, action = verb[0], verb.get("action")
        told = self._confers(leg, noun) if noun.tag == "Conference" else self._bridges(leg, noun)
        return (action, told) if action else None

    def _bridges(self, leg: Leg, noun: Element) -> Form:
        """A number that nobody holds: this carrier's script knows no operator."""
        leg.passes(3)
        return {"DialCallStatus": "no-answer", "DialBridged": "false"}

    def _confers(self, leg: Leg, noun: Element) -> Form:
        room = self._enters(leg, noun)
        try:
            if music := noun.get("waitUrl"):
                self._fetch(leg, music, {})
            leg.passes(60, lambda: room.ended or len(room.members) > 1)
            leg.passes(leg.person.talks_seconds or 60, lambda: room.ended)
            if leg.person.talks_seconds and not room.ended:
                raise Gone
        finally:
            self._leaves(leg, room, ends=noun.get("endConferenceOnExit") == "true")
        return {"DialCallStatus": "answered", "DialBridged": "true"}

    def _enters(self, leg: Leg, noun: Element) -> Room:
        name = (noun.text or "").strip()
        with self._alone:
            events = noun.get("statusCallbackEvent", "").split()
            room = self._rooms.setdefault(name, Room(name, noun.get("statusCallback", ""), events))
            room.members.append(leg)
            self._happens(room, "participant-join", leg)
            if len(room.members) == 2:
                self.met.add(frozenset(member.number for member in room.members))
                self._happens(room, "conference-start", leg)
        return room

    def _leaves(self, leg: Leg, room: Room, *, ends: bool) -> None:
        with self._alone:
            room.members.remove(leg)
            self._happens(room, "participant-leave", leg)
            if not room.ended and (ends or not room.members):
                room.ended = True
                self._rooms.pop(room.name, None)
                self._happens(room, "conference-end", leg)

    def _happens(self, room: Room, event: str, leg: Leg) -> None:
        if event.rpartition("-")[2] not in room.events:
            return
        room.told += 1
        about = {"CallSid": leg.sid} if event.startswith("participant") else {}
        where = {"ConferenceSid": room.sid, "FriendlyName": room.name, "AccountSid": self.account}
        self._tell(room.callback, {**where, **about, "StatusCallbackEvent": event, "SequenceNumber": str(room.told)})

    # --- requests to the product

    def _fetch(self, leg: Leg, url: str, extra: Form) -> Element:
        body = self._post(url, {**leg.form, "CallStatus": leg.status, **extra})
        return ElementTree.fromstring(body)

    def _tell(self, url: str, form: Form) -> None:
        """A notice: late, beside the call, and every third time twice."""

        def later() -> None:
            for _ in range(1 + (self._chance.random() < 0.34)):
                time.sleep(self._chance.uniform(*LATE_SECONDS))
                self._post(url, form)

        self._in_thread(later)

    def _post(self, url: str, form: Form) -> bytes:
        bare = url.partition("#")[0]
        request = urllib.request.Request(bare, data=urllib.parse.urlencode(form).encode(), method="POST")
        request.add_header("X-Twilio-Signature", RequestValidator(self.token).compute_signature(bare, form))
        try:
            with urllib.request.urlopen(request, timeout=15) as answer:
                body: bytes = answer.read()
        except OSError as error:
            self.refused.append(f"{urllib.parse.urlsplit(bare).path}: {error}")
            raise Gone from error
        return body

    def _in_thread(self, work: Callable[..., None], *arguments: Any) -> None:
        def quietly() -> None:
            with contextlib.suppress(Gone):
                work(*arguments)

        threading.Thread(target=quietly, daemon=True).start()
