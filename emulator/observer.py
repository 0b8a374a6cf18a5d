"""Judges what people went through: one timeline per leg, who could hear whom when, dead air, apologies, calls out.

The rules, each checked by a test (moments are milliseconds of the emulator's clock, intervals half open):

- A leg's timeline covers its whole life without gap or overlap, in stretches of one state:
  `queued` (the phone does not ring yet), `ringing` (not answered), `hearing` (words, media, music, ringing tone or a
  beep from the carrier), `talking` (hears at least one other leg), `asked` (a Gather or Record listens in silence),
  `silent` (none of these: a pause, a wait document that ran out, an application that is slow, an empty room).
  Where several hold at once, the first of hearing, talking, asked, silent counts.
- Dead air is an unbroken `silent` stretch of an answered leg that is longer than a threshold, three seconds unless
  asked otherwise. Whoever dialled hears the ringing tone until the call is answered; that is no dead air.
- `heard` holds one entry for each direction: the listener hears the speaker. Muting, holding, coaching, announcements
  and a conference that has not started all count. Two legs `talk` while both directions are open.
- An apology counts from its first instant, even if the person hangs up before its end.
- Calls out are all legs the carrier made to a number; `most_at_once` counts those live at the same instant.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Any

from emulator.ears import Ears, Heard, Span
from emulator.interpreter import APOLOGY

if TYPE_CHECKING:
    from emulator.leg import Leg

DEAD_AIR_S = 3.0
SOUNDS = frozenset({"say", "play", "hold", "ring", "beep"})
Interval = tuple[int, int]
Row = dict[str, Any]


class Observer:
    """A reading of the evidence at one moment."""

    def __init__(self, legs: Iterable[Leg], ears: Ears, now_ms: int, dead_air_s: float = DEAD_AIR_S) -> None:
        self.legs = {leg.sid: leg for leg in legs}
        self.now_ms = now_ms
        self._ears = ears
        self._dead_air_ms = dead_air_s * 1000
        self._heard_by: dict[str, list[Heard]] = {}
        for one in ears.heard:
            self._heard_by.setdefault(one.listener, []).append(one)

    def report(self) -> Row:
        """Everything, as JSON."""
        timelines = [self.timeline(leg) for leg in self.legs.values()]
        return {"now_ms": self.now_ms, "dead_air_over_s": self._dead_air_ms / 1000, "legs": timelines,
                "heard": [self._heard_row(one) for one in self._heard()], "talks": self.talks(),
                "dead_air": [row for line in timelines for row in line["dead_air"]],
                "apologies": [row for line in timelines for row in line["apologies"]],
                "outbound": outbound(self.legs.values(), self.now_ms)}

    def timeline(self, leg: Leg) -> Row:
        """What one person went through."""
        evidence = self._ears.of(leg.sid)
        stretches = self.stretches(leg)
        return {"sid": leg.sid, "number": leg.phone, "direction": leg.direction, "peer": leg.peer,
                "parent_sid": leg.parent.sid if leg.parent else None, "status": leg.status,
                "created_ms": leg.created_ms, "ringing_ms": leg.ringing_ms, "answered_ms": leg.answered_ms,
                "ended_ms": leg.ended_ms, "ended_by": leg.ended_by, "stretches": stretches,
                "sounds": [self._sound_row(span) for span in evidence.spans if span.kind in SOUNDS],
                "entered": [vars(one) for one in evidence.entered], "dead_air": self.dead_air(leg, stretches),
                "apologies": [{"sid": leg.sid, "number": leg.phone, "at_ms": span.from_ms}
                              for span in evidence.spans if span.kind == "say" and span.text == APOLOGY],
                "totals_ms": _totals(stretches)}

    # Stretches ------------------------------------------------------------------------------------------

    def stretches(self, leg: Leg) -> list[Row]:
        """The life of the leg in stretches of one state."""
        begin, end = leg.created_ms, self._until(leg.ended_ms)
        spans, heard = self._ears.of(leg.sid).spans, self._heard_by.get(leg.sid, [])
        cuts = {begin, end, leg.ringing_ms or begin, leg.answered_ms or end}
        moments = [(one.from_ms, one.until_ms) for one in spans] + [(one.from_ms, one.until_ms) for one in heard]
        for first, last in moments:
            cuts |= {first, self._until(last)}
        edges = sorted(cut for cut in cuts if begin <= cut <= end)
        pieces = [self._piece(leg, spans, heard, first, last) for first, last in pairwise(edges)]
        return [_joined(list(group)) for _, group in groupby(pieces, key=_sameness)]

    def _piece(self, leg: Leg, spans: list[Span], heard: list[Heard], first: int, last: int) -> Row:
        piece: Row = {"from_ms": first, "until_ms": last}
        if leg.answered_ms is None or first < leg.answered_ms:
            ringing = leg.ringing_ms is not None and first >= leg.ringing_ms
            return {**piece, "state": "ringing" if ringing else "queued"}
        now = [span for span in spans if span.from_ms <= first and last <= self._until(span.until_ms)]
        sound = next((span for span in reversed(now) if span.kind in SOUNDS), None)
        if sound:
            return {**piece, "state": "hearing", "kind": sound.kind, "text": sound.text, "began_ms": sound.from_ms}
        others = sorted({one.speaker for one in heard if one.from_ms <= first and last <= self._until(one.until_ms)})
        if others:
            return {**piece, "state": "talking", "with": others}
        return {**piece, "state": "asked" if any(span.kind == "asked" for span in now) else "silent"}

    def dead_air(self, leg: Leg, stretches: list[Row]) -> list[Row]:
        """Silences longer than the threshold."""
        return [{"sid": leg.sid, "number": leg.phone, "from_ms": one["from_ms"], "until_ms": one["until_ms"],
                 "seconds": (one["until_ms"] - one["from_ms"]) / 1000}
                for one in stretches
                if one["state"] == "silent" and one["until_ms"] - one["from_ms"] > self._dead_air_ms]

    # Who hears whom -------------------------------------------------------------------------------------

    def talks(self) -> list[Row]:
        """When two legs heard each other, both ways."""
        directed: dict[tuple[str, str], list[Interval]] = {}
        for one in self._heard():
            directed.setdefault((one.listener, one.speaker), []).append((one.from_ms, self._until(one.until_ms)))
        rows = []
        for (first, second), there in directed.items():
            if first < second:
                rows += [self._talk_row(first, second, both) for both in
                         _overlaps(there, directed.get((second, first), []))]
        return sorted(rows, key=lambda row: row["from_ms"])

    def _talk_row(self, first: str, second: str, both: Interval) -> Row:
        return {"sids": [first, second], "numbers": [self._number(first), self._number(second)],
                "from_ms": both[0], "until_ms": both[1], "seconds": (both[1] - both[0]) / 1000}

    def _heard(self) -> list[Heard]:
        """Of the legs looked at, what lasted longer than an instant."""
        return [one for one in self._ears.heard if (one.listener in self.legs or one.speaker in self.legs)
                and self._until(one.until_ms) > one.from_ms]

    def _heard_row(self, one: Heard) -> Row:
        return {"listener": one.listener, "speaker": one.speaker, "listener_number": self._number(one.listener),
                "speaker_number": self._number(one.speaker), "from_ms": one.from_ms,
                "until_ms": self._until(one.until_ms), "open": one.until_ms is None}

    def _number(self, sid: str) -> str | None:
        return self.legs[sid].phone if sid in self.legs else None

    def _sound_row(self, span: Span) -> Row:
        return {"kind": span.kind, "text": span.text, "from_ms": span.from_ms, "until_ms": self._until(span.until_ms),
                "cut_short": span.cut_short}

    def _until(self, moment: int | None) -> int:
        return self.now_ms if moment is None else moment


def _sameness(piece: Row) -> tuple[Any, ...]:
    return tuple(str(piece.get(key)) for key in ("state", "kind", "text", "began_ms", "with"))


def _joined(pieces: list[Row]) -> Row:
    joined = {**pieces[0], "until_ms": pieces[-1]["until_ms"]}
    joined.pop("began_ms", None)
    return joined


def _totals(stretches: list[Row]) -> dict[str, int]:
    totals: dict[str, int] = {}
    for one in stretches:
        totals[one["state"]] = totals.get(one["state"], 0) + one["until_ms"] - one["from_ms"]
    return totals


def _overlaps(there: list[Interval], back: list[Interval]) -> list[Interval]:
    found = [(max(a, c), min(b, d)) for a, b in there for c, d in back]
    return sorted((begin, end) for begin, end in found if begin < end)


def outbound(legs: Iterable[Leg], now_ms: int) -> dict[str, Row]:
    """Calls the carrier made, by number: how many, which, how they ended, and the most at the same instant."""
    by_number: dict[str, list[Leg]] = {}
    for leg in legs:
        if leg.direction != "inbound":
            by_number.setdefault(leg.to, []).append(leg)
    return {number: {"calls": len(own), "answered": sum(leg.answered_ms is not None for leg in own),
                     "rang": sum(leg.ringing_ms is not None for leg in own), "most_at_once": most_at_once(own, now_ms),
                     "sids": [leg.sid for leg in own], "statuses": [leg.status for leg in own]}
            for number, own in by_number.items()}


def most_at_once(legs: list[Leg], now_ms: int) -> int:
    """The most legs live at one instant; one that ends at the instant another begins is not counted with it."""
    changes = sorted([(leg.created_ms, 1) for leg in legs]
                     + [(now_ms + 1 if leg.ended_ms is None else leg.ended_ms, -1) for leg in legs])
    live = most = 0
    for _, change in changes:
        live += change
        most = max(most, live)
    return most
