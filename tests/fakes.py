"""Stand-ins for unit tests. Each passes the same contract as the real thing: see `tests/contract`.

Longer than 300 lines because the fake carrier has a method for each of the protocol's, and a record of each.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime

from telephony.carrier import CarrierError, LiveCall, Recorded

E164 = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)
ADDRESS = re.compile(r"https?://[^/]+")
NEWEST = 20


@dataclass(frozen=True)
class Rung:
    """A call was to be placed."""

    to: str
    url: str
    status_url: str
    fallback_url: str | None
    seconds: int
    digits: str = ""
    detect: bool = False


@dataclass(frozen=True)
class Moved:
    """A leg was to be moved."""

    sid: str
    url: str


@dataclass(frozen=True)
class HungUp:
    """A leg was to be ended."""

    sid: str


@dataclass(frozen=True)
class Looked:
    """A call was asked about."""

    sid: str


@dataclass(frozen=True)
class Listed:
    """The calls to a number were asked for."""

    number: str


@dataclass(frozen=True)
class Pointed:
    """A number's addresses were to be set."""

    number: str
    voice_url: str
    status_url: str
    fallback_url: str | None


@dataclass(frozen=True)
class Texted:
    """A text message was to be sent."""

    to: str
    body: str


@dataclass(frozen=True)
class Talks:
    """Whether both are in a room was asked."""

    room: str


@dataclass(frozen=True)
class Accompanied:
    """Whether a leg talks with one it dialled was asked."""

    sid: str


@dataclass(frozen=True)
class Changed:
    """How one takes part in a room was to be changed, or (without a leg) the room was to end."""

    room: str
    sid: str = ""
    how: str = ""


@dataclass(frozen=True)
class Heard:
    """A recording was to be fetched."""

    sid: str


@dataclass(frozen=True)
class Forgotten:
    """A recording was to be deleted."""

    sid: str


@dataclass(frozen=True)
class RecordingsListed:
    """The newest recordings were asked for."""

    since: datetime


Messages = Heard | Forgotten | RecordingsListed
Asked = Messages | Changed | Rung | Texted | Moved | HungUp | Looked | Listed | Talks | Accompanied | Pointed


@dataclass
class _Leg:
    sid: str
    to: str
    url: str
    status: str = "queued"

    @property
    def seen(self) -> LiveCall:
        return LiveCall(self.sid, self.status, self.to)


@dataclass(frozen=True)
class _Failure:
    error: CarrierError
    on: type[Asked] | None
    after_effect: bool


@dataclass
class FakeCarrier:
    """A `telephony.carrier.Carrier` in memory. `asked` holds every request in order, failed ones too.

    People are played by `answers` and `ends`; `fails` makes the next request go wrong.
    """

    numbers: tuple[str, ...] = ("+13125550100",)
    asked: list[Asked] = field(default_factory=list)
    pointed: dict[str, Pointed] = field(default_factory=dict)
    talks: set[str] = field(default_factory=set)  # rooms where both are
    company: set[str] = field(default_factory=set)  # legs that talk with one they dialled
    people: dict[str, dict[str, set[str]]] = field(default_factory=dict)  # room -> leg -> how it takes part
    recordings: dict[str, tuple[Recorded, bytes]] = field(default_factory=dict)
    _legs: dict[str, _Leg] = field(default_factory=dict)
    _failures: list[_Failure] = field(default_factory=list)

    # --- what the product may ask

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
        """Place a call; see `Carrier.ring`."""
        failure = self._heard(Rung(to, url, status_url, fallback_url, seconds, digits, detect))
        if not E164.fullmatch(to) or not all(map(_is_address, (url, status_url, fallback_url or url))):
            raise _refusal("no number or no address")
        leg = _Leg(f"CA{len(self._legs) + 1:032x}", to, url)
        self._legs[leg.sid] = leg
        _come_true(failure)
        return leg.sid

    def move(self, sid: str, url: str) -> None:
        """Send a live leg to another document; see `Carrier.move`."""
        failure = self._heard(Moved(sid, url))
        leg = self._legs.get(sid)
        if leg is not None and not _is_address(url):
            raise _refusal("no address")
        if leg is None or leg.status != "in-progress":
            raise _refusal("not in progress", gone=True)
        leg.url = url
        _come_true(failure)

    def hang_up(self, sid: str) -> None:
        """End a leg; see `Carrier.hang_up`."""
        failure = self._heard(HungUp(sid))
        leg = self._legs.get(sid)
        if leg is not None and not leg.seen.is_over:
            leg.status = "completed" if leg.status == "in-progress" else "canceled"
        _come_true(failure)

    def look(self, sid: str) -> LiveCall | None:
        """One call; see `Carrier.look`."""
        _come_true(self._heard(Looked(sid)))
        leg = self._legs.get(sid)
        return leg.seen if leg else None

    def calls_to(self, number: str) -> list[LiveCall]:
        """The newest calls to a number; see `Carrier.calls_to`."""
        _come_true(self._heard(Listed(number)))
        return [leg.seen for leg in reversed(self._legs.values()) if leg.to == number][:NEWEST]

    def has_talk(self, room: str) -> bool:
        """Whether both are in a room; see `Carrier.has_talk`."""
        _come_true(self._heard(Talks(room)))
        return room in self.talks

    def has_company(self, sid: str) -> bool:
        """Whether a leg talks with one it dialled; see `Carrier.has_company`."""
        _come_true(self._heard(Accompanied(sid)))
        return sid in self.company

    def text(self, *, to: str, body: str) -> None:
        """Send a text; see `Carrier.text`."""
        failure = self._heard(Texted(to, body))
        if not E164.fullmatch(to) or not body:
            raise _refusal("no number or no words")
        _come_true(failure)

    def hold(self, room: str, sid: str, music: str | None) -> None:
        """Music for one in a room; see `Carrier.hold`."""
        self._change(room, sid, "held", on=music is not None)

    def mute(self, room: str, sid: str, *, muted: bool) -> None:
        """Silence one in a room; see `Carrier.mute`."""
        self._change(room, sid, "muted", on=muted)

    def outlive(self, room: str, sid: str, *, outlives: bool) -> None:
        """Whether a room outlives one's leaving; see `Carrier.outlive`."""
        self._change(room, sid, "outlived", on=outlives)

    def end_room(self, room: str) -> None:
        """End a room; see `Carrier.end_room`."""
        failure = self._heard(Changed(room))
        self.people.pop(room, None)
        self.talks.discard(room)
        _come_true(failure)

    def _change(self, room: str, sid: str, how: str, *, on: bool) -> None:
        failure = self._heard(Changed(room, sid, how if on else f"not {how}"))
        if sid not in self.people.get(room, {}):
            raise _refusal("nobody there", gone=True)
        (self.people[room][sid].add if on else self.people[room][sid].discard)(how)
        _come_true(failure)

    def recordings_since(self, instant: datetime) -> list[Recorded]:
        """The newest recordings; see `Carrier.recordings_since`."""
        _come_true(self._heard(RecordingsListed(instant)))
        return [
            told for told, _ in reversed(self.recordings.values()) if told.ended_at is None or told.ended_at >= instant
        ]

    def recording(self, sid: str) -> bytes:
        """The sound of a recording; see `Carrier.recording`."""
        _come_true(self._heard(Heard(sid)))
        if sid not in self.recordings:
            raise _refusal("no such recording", gone=True)
        return self.recordings[sid][1]

    def forget_recording(self, sid: str) -> None:
        """Delete a recording; see `Carrier.forget_recording`."""
        failure = self._heard(Forgotten(sid))
        self.recordings.pop(sid, None)
        _come_true(failure)

    def point_number(self, number: str, *, voice_url: str, status_url: str, fallback_url: str | None) -> None:
        """Configure a number; see `Carrier.point_number`."""
        pointed = Pointed(number, voice_url, status_url, fallback_url)
        failure = self._heard(pointed)
        if number not in self.numbers or not all(map(_is_address, (voice_url, status_url, fallback_url or voice_url))):
            raise _refusal("no number of this account, or no address")
        self.pointed[number] = pointed
        _come_true(failure)

    # --- what a test may do and see

    def fails(self, error: CarrierError, *, on: type[Asked] | None = None, after_effect: bool = False) -> None:
        """Make the next request (of the kind `on`, say `Rung`) raise this error, before or after it took effect."""
        self._failures.append(_Failure(error, on, after_effect))

    def answers(self, sid: str) -> None:
        """Somebody picks up."""
        self._legs[sid].status = "in-progress"

    def ends(self, sid: str, status: str = "completed") -> None:
        """The call is over, with the carrier's word for how."""
        self._legs[sid].status = status

    def document(self, sid: str) -> str:
        """The address a leg was last sent to."""
        return self._legs[sid].url

    def rung(self) -> list[Rung]:
        """Every call that was to be placed, in order."""
        return [one for one in self.asked if isinstance(one, Rung)]

    def _heard(self, request: Asked) -> _Failure | None:
        """Remember a request; raise if it is to fail at once, or hand back how it fails later."""
        self.asked.append(request)
        failure = next((one for one in self._failures if one.on is None or isinstance(request, one.on)), None)
        if failure is not None:
            self._failures.remove(failure)
            if not failure.after_effect:
                raise failure.error
        return failure


def _come_true(failure: _Failure | None) -> None:
    if failure is not None:
        raise failure.error


def _refusal(message: str, *, gone: bool = False) -> CarrierError:
    return CarrierError(message, permanent=True, maybe_done=False, gone=gone)


def _is_address(url: str) -> bool:
    return ADDRESS.match(url) is not None


def lost_answer() -> CarrierError:
    """What a timeout or a 5xx means: it may have happened."""
    return CarrierError("no answer", permanent=False, maybe_done=True)


def busy_carrier() -> CarrierError:
    """What a 429 or a refused connection means: nothing happened, ask again later."""
    return CarrierError("not now", permanent=False, maybe_done=False)
