"""A carrier with its own record of what it did, its own time-table of what happens next, and faults on demand.

It knows nothing of our database. It fetches documents and sends notices as the real one does, through the same doors.

Longer than 300 lines because what it does, when, and how it fails are one carrier.
"""

import heapq
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count

from telephony.carrier import CarrierError, LiveCall, Recorded
from telephony.inbound import Fetch, Notice, leg_progress, next_turn, offer_answered, return_answered, room_event

ATTEMPT = re.compile(r"/voice/return/(\d+)")
OFFER = re.compile(r"/voice/offer/(\d+)")
ACTION = re.compile(r'action="[^"]*/voice/(turn|staff)/(\d+)/(\w+)')
ROOM = re.compile(r">([0-9a-f]{32})</Conference>")
ANSWERS_AFTER, PRESSES_AFTER, RINGS_AFTER, TALKS = (timedelta(seconds=seconds) for seconds in (4, 3, 1, 15))
FAULTS = (
    "none", "500 after create", "500 before create", "timeout, created", "timeout, created 40 s later",
    "timeout, not created", "connection refused", "429", "number refused", "queued for 10 minutes",
    "500 after create, list away",
)  # fmt: skip
OVER = frozenset({"completed", "busy", "no-answer", "failed", "canceled"})


@dataclass
class Placed:
    """One call as the carrier knows it."""

    sid: str
    to: str
    url: str
    seconds: int
    at: datetime
    status: str = "queued"
    rang_at: datetime | None = None
    ended_at: datetime | None = None
    room: str | None = None
    sequence: int = 0

    @property
    def attempt(self) -> int | None:
        """The attempt that the call was made for, by the URL it was given."""
        found = ATTEMPT.search(self.url)
        return int(found[1]) if found else None


@dataclass(order=True)
class Happening:
    """Something that will happen."""

    at: datetime
    number: int
    what: Callable[[], None] = field(compare=False)


class HardCarrier:
    """A `telephony.carrier.Carrier` with a fault for the first call to the patient, and people at both phones."""

    def __init__(
        self,
        now: Callable[[], datetime],
        sleep: Callable[[float], None],
        fetch: Callable[[Fetch], str],
        hear: Callable[[Notice], None],
    ) -> None:
        self._now, self._sleep, self._fetch, self._hear = now, sleep, fetch, hear
        self._numbers = count(1)
        self.patient = ""
        self.begin("", "none", ())

    def begin(self, patient: str, fault: str, habits: tuple[str, ...]) -> None:
        """A new story: whose number is the patient's, what goes wrong first, how he behaves call by call."""
        self.patient, self.fault, self.habits = patient, fault, list(habits)
        self.calls: dict[str, Placed] = {}
        self._table: list[Happening] = []
        self._list_away_until: datetime | None = None
        self.dies_after_create = False

    # --- what the product may ask

    def hold(self, room: str, sid: str, music: str | None) -> None:
        """No story of a promise changes how one takes part in a room."""
        raise AssertionError((room, sid, music))

    def mute(self, room: str, sid: str, *, muted: bool) -> None:
        """See `hold`."""
        raise AssertionError((room, sid, muted))

    def outlive(self, room: str, sid: str, *, outlives: bool) -> None:
        """See `hold`."""
        raise AssertionError((room, sid, outlives))

    def end_room(self, room: str) -> None:
        """See `hold`."""
        raise AssertionError(room)

    def ring(
        self,
        *,
        to: str,
        url: str,
        status_url: str,
        fallback_url: str | None,
        seconds: int,
        digits: str = "",
        detect: bool = False,
    ) -> str:
        """Place a call, or go wrong."""
        if to != self.patient:
            return self._create(to, url, seconds)
        fault, self.fault = self.fault, "none"
        match fault:
            case "500 after create":
                self._create(to, url, seconds)
                raise CarrierError("500", permanent=False, maybe_done=True)
            case "500 after create, list away":
                self._create(to, url, seconds)
                self._list_away_until = self._now() + timedelta(seconds=50)
                raise CarrierError("500", permanent=False, maybe_done=True)
            case "500 before create":
                raise CarrierError("500", permanent=False, maybe_done=True)
            case "timeout, created":
                self._create(to, url, seconds)
            case "timeout, created 40 s later":
                self._at(timedelta(seconds=40), lambda: self._create(to, url, seconds))
            case "connection refused" | "429":
                raise CarrierError(fault, permanent=False, maybe_done=False)
            case "number refused":
                raise CarrierError(fault, permanent=True, maybe_done=False)
            case "queued for 10 minutes":
                return self._create(to, url, seconds, queued=timedelta(minutes=10))
        if fault.startswith("timeout"):
            self._sleep(7)
            raise CarrierError("timeout", permanent=False, maybe_done=True)
        return self._create(to, url, seconds)

    def move(self, sid: str, url: str) -> None:
        """A clinician is told that there will be no talk, and hangs up."""
        call = self.calls.get(sid)
        if call is None or call.status != "in-progress":
            raise CarrierError("not in progress", permanent=True, maybe_done=False, gone=True)
        self._at(timedelta(seconds=2), lambda: self.end(sid, "completed"))
        call.url = url

    def hang_up(self, sid: str) -> None:
        """End a leg."""
        call = self.calls.get(sid)
        if call and call.status not in OVER:
            self.end(sid, "completed" if call.status == "in-progress" else "canceled")

    def look(self, sid: str) -> LiveCall | None:
        """One call."""
        call = self.calls.get(sid)
        return self._seen(call) if call else None

    def calls_to(self, number: str) -> list[LiveCall]:
        """The newest calls to a number."""
        if self._list_away_until and self._now() < self._list_away_until:
            raise CarrierError("503", permanent=False, maybe_done=True)
        return [self._seen(call) for call in reversed(self.calls.values()) if call.to == number]

    def has_talk(self, room: str) -> bool:
        """Whether both are in a room."""
        return len(self._in_room(room)) > 1

    def has_company(self, sid: str) -> bool:
        """Nobody here is brought to the operator."""
        return False

    def recordings_since(self, instant: datetime) -> list[Recorded]:
        """Nobody leaves messages here."""
        return []

    def recording(self, sid: str) -> bytes:
        """There are none."""
        raise CarrierError("no such recording", permanent=True, maybe_done=False, gone=True)

    def forget_recording(self, sid: str) -> None:
        """There are none."""

    def text(self, *, to: str, body: str) -> None:
        """Nobody asks for texts here."""

    def point_number(self, number: str, *, voice_url: str, status_url: str, fallback_url: str | None) -> None:
        """Nobody calls in here."""

    # --- what happens by itself

    def next_at(self) -> datetime | None:
        """When something happens next."""
        return self._table[0].at if self._table else None

    def happens(self) -> bool:
        """Let everything happen that is due; whether something was."""
        some = False
        while self._table and self._table[0].at <= self._now():
            heapq.heappop(self._table).what()
            some = True
        return some

    def _at(self, after: timedelta, what: Callable[[], object]) -> None:
        heapq.heappush(self._table, Happening(self._now() + after, next(self._numbers), lambda: (what(), None)[1]))

    def _create(self, to: str, url: str, seconds: int, queued: timedelta = RINGS_AFTER) -> str:
        sid = f"CA{next(self._numbers):032x}"
        self.calls[sid] = Placed(sid, to, url, seconds, self._now())
        self._at(queued, lambda: self._rings(sid))
        return sid

    def _rings(self, sid: str) -> None:
        call = self.calls[sid]
        if call.status in OVER:
            return
        call.status, call.rang_at = "ringing", self._now()
        self._tell(call)
        habit = "accepts" if call.to != self.patient else self.habits.pop(0) if self.habits else "accepts"
        if call.status in OVER:  # silenced by what we just told
            return
        match habit:
            case "busy":
                self._at(RINGS_AFTER, lambda: self.end(sid, "busy"))
            case "no answer":
                self._at(timedelta(seconds=call.seconds), lambda: self.end(sid, "no-answer"))
            case _:
                self._at(ANSWERS_AFTER, lambda: self._answered(sid, habit))

    def _answered(self, sid: str, habit: str) -> None:
        call = self.calls[sid]
        if call.status in OVER:
            return
        call.status = "in-progress"
        form = {"CallSid": sid}
        offer, attempt = OFFER.search(call.url), call.attempt
        fetch = return_answered(form, attempt) if attempt else offer_answered(form, int(offer[1])) if offer else None
        assert fetch is not None
        self._follow(call, self._fetch(fetch), habit)

    def _follow(self, call: Placed, document: str, habit: str) -> None:
        """Do as the document says."""
        room, action = ROOM.search(document), ACTION.search(document)
        if room:
            self._enters(call, room[1])
        elif action and habit == "accepts":
            turn = int(action[2])
            self._at(PRESSES_AFTER, lambda: self._presses(call, turn, habit))
        elif action and habit == "presses nothing":
            turn = int(action[2])
            self._at(timedelta(seconds=8), lambda: self._is_silent(call, turn))
        else:
            self._at(PRESSES_AFTER, lambda: self.end(call.sid, "completed"))

    def _presses(self, call: Placed, turn: int, habit: str) -> None:
        if call.status == "in-progress":
            form = {"CallSid": call.sid, "Digits": "1"}
            self._follow(call, self._fetch(next_turn(form, turn, "keys", waiting=False)), habit)

    def _is_silent(self, call: Placed, turn: int) -> None:
        if call.status == "in-progress":
            document = self._fetch(next_turn({"CallSid": call.sid}, turn, "none", waiting=False))
            self._follow(call, document, "presses nothing")

    def _enters(self, call: Placed, room: str) -> None:
        call.room = room
        self._tell_room(call, "participant-join")
        if len(self._in_room(room)) > 1:
            self._tell_room(call, "conference-start")
            self._at(TALKS, lambda: self._talk_ends(room))

    def _talk_ends(self, room: str) -> None:
        for call in self._in_room(room):
            self.end(call.sid, "completed")

    def _in_room(self, room: str) -> list[Placed]:
        return [call for call in self.calls.values() if call.room == room and call.status == "in-progress"]

    def end(self, sid: str, status: str) -> None:
        """A call ends, and we are told a moment later."""
        call = self.calls[sid]
        if call.status in OVER:
            return
        call.status, call.ended_at = status, self._now()
        self._at(timedelta(milliseconds=300), lambda: self._tell(call))

    def _tell(self, call: Placed) -> None:
        call.sequence += 1
        form = {"CallSid": call.sid, "CallStatus": call.status, "SequenceNumber": str(call.sequence)}
        offer = OFFER.search(call.url)
        whose = {"attempt": call.attempt} if call.attempt else {"offer": int(offer[1])} if offer else {}
        self._hear(leg_progress(form, **whose))

    def _tell_room(self, call: Placed, event: str) -> None:
        call.sequence += 1
        form = {"FriendlyName": call.room or "", "StatusCallbackEvent": event, "CallSid": call.sid}
        self._hear(room_event({**form, "SequenceNumber": str(call.sequence), "ConferenceSid": f"CF{call.room}"}))

    @staticmethod
    def _seen(call: Placed) -> LiveCall:
        return LiveCall(call.sid, call.status, call.to, call.at)
