"""Tells what the observer saw in sentences, line by line in the order of time. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

Row = dict[str, Any]
Line = tuple[int, int, str]
ENTERED = {"keys": "presses {text}", "speech": 'says: "{text}"', "voice": 'hears the other side say: "{text}"'}
MEDIA = {"hold": "hears hold music", "ring": "hears a ringing tone", "beep": "hears a beep"}


def story(report: Row) -> str:
    """The report as text; times are UTC, `(cut short)` marks what was not heard to its end."""
    lines = [line for leg in report["legs"] for line in _of_leg(leg)] + list(_of_talks(report))
    told = [f"{_clock(at)}  {words}" for at, _, words in sorted(lines, key=lambda line: line[:2])]
    return "\n".join([*told, "", *_summary(report)]) + "\n"


def _clock(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%H:%M:%S.%f")[:-3]


def _who(leg: Row) -> str:
    return f"{leg['number']} [{leg['sid'][:8]}]"


def _of_leg(leg: Row) -> Iterator[Line]:
    who = _who(leg)
    dialled = leg["direction"] == "inbound"
    yield leg["created_ms"], 0, f"{who} {'dials' if dialled else 'is called by'} {leg['peer']}"
    if leg["ringing_ms"] is not None and not dialled:
        yield leg["ringing_ms"], 1, f"{who} rings"
    if leg["answered_ms"] is not None:
        yield leg["answered_ms"], 2, f"{who} is connected"
    for one in leg["sounds"]:
        cut = ", cut short" if one["cut_short"] else ""
        yield one["from_ms"], 4, f"{who} {_sound(one)} ({_seconds(one)} s{cut})"
    for one in leg["entered"]:
        unheard = "" if one["listened"] else " (nothing listens)"
        yield one["at_ms"], 5, f"{who} {ENTERED[one['kind']].format(text=one['text'])}{unheard}"
    for one in leg["dead_air"]:
        yield one["from_ms"], 6, f"{who} hears NOTHING for {one['seconds']:.1f} s"
    if leg["ended_ms"] is not None:
        yield leg["ended_ms"], 8, f"{who} ends: {leg['status']}, by {leg['ended_by']}"


def _sound(one: Row) -> str:
    if one["kind"] == "say":
        return f'hears: "{one["text"]}"'
    return MEDIA.get(one["kind"], f"hears a recording: {one['text']}")


def _seconds(one: Row) -> str:
    return f"{(one['until_ms'] - one['from_ms']) / 1000:.1f}"


def _of_talks(report: Row) -> Iterator[Line]:
    for talk in report["talks"]:
        one, other = (f"{number or '?'} [{sid[:8]}]" for number, sid in zip(talk["numbers"], talk["sids"], strict=True))
        yield talk["from_ms"], 3, f"{one} and {other} hear each other for {talk['seconds']:.1f} s"


def _summary(report: Row) -> Iterator[str]:
    yield (f"legs {len(report['legs'])}, talks {len(report['talks'])}, dead air over {report['dead_air_over_s']:g} s: "
           f"{len(report['dead_air'])}, apologies heard: {len(report['apologies'])}")
    for number, calls in report["outbound"].items():
        yield (f"calls out to {number}: {calls['calls']}, answered {calls['answered']}, "
               f"at once at most {calls['most_at_once']}")
