"""Turns rows into the supervisor's board: every number, name and sentence, ready to print. Pure.

The board knows clinicians by name and no patient at all.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from calls.alarms import Alarm, Kind
from calls.board_dictionary import COUNTS, NOW_BY_KEY, OF_LINES, Sight
from calls.dictionary import BY_KEY
from calls.figures import Figures, Switches
from calls.metrics import Counts
from desk import lists, words
from desk.counting import Day
from desk.lists import Listed, Owed, Staff
from desk.queues import Queue, queues
from desk.reports import in_words
from desk.rows import CallbackRow, CallRow, ClinicianRow, HelpRow, OverrideRow, WaitRow, WorkRow
from desk.words import Moment
from directory.hours import OpenState

STAFFED = ("ready", "offered", "talking", "wrapping_up")


@dataclass(frozen=True)
class Tile:
    """One number of the board. A running time is given as `seconds` and ticks on the page."""

    label: str
    value: str
    note: str = ""
    seconds: int | None = None
    tone: str = ""
    key: str = ""  # of the figure that it opens
    note_key: str = ""  # of the figure that its note tells, if it is one of its own


@dataclass(frozen=True)
class Alert:
    """One alarm: what it says, since when, and who has seen it."""

    id: int
    says: str
    since: str
    seen: str
    call_id: str | None = None  # where a supervisor can sit in
    opens: Mapping[str, str] | None = None  # the figure that it is about: its key, and of which service


@dataclass(frozen=True)
class Waiting:
    """One caller on the phone who waits, or for whom a phone rings."""

    call_id: str
    title: str
    word: str
    seconds: int


@dataclass(frozen=True)
class ServiceLine:
    """One service, and whether somebody closed it by itself."""

    key: str
    name: str
    closed: str  # until when, in words; "" if it is not


MOST_WAITING = 12  # shown one by one; more are counted


@dataclass(frozen=True)
class Board:
    """The supervisor's board."""

    stamp: str
    alarms: tuple["Alert", ...]
    tiles: tuple[Tile, ...]
    today: tuple[Tile, ...]
    people_figures: tuple[Tile, ...]
    columns: tuple[Sight, ...]
    queues: tuple[Queue, ...]
    staff: tuple[Staff, ...]
    calls: tuple[Listed, ...]
    callbacks: tuple[Listed, ...]
    work: tuple[Owed, ...]
    hours: str
    forced: str
    waiting: tuple[Waiting, ...] = ()
    more_waiting: int = 0
    services: tuple[ServiceLine, ...] = ()


@dataclass(frozen=True)
class BoardRows:
    """Everything the board is made of."""

    staff: Sequence[ClinicianRow]
    waits: Sequence[WaitRow]
    calls: Sequence[CallRow]
    callbacks: Sequence[CallbackRow]
    work: Sequence[WorkRow]
    viewer: str  # the id of the user who looks
    today: Day
    alarms: Sequence[Alarm]
    level: Switches
    center: OpenState
    override: OverrideRow | None
    skills: Mapping[str, str] = field(default_factory=dict)  # what each service asks for
    closed: Mapping[str, datetime | None] = field(default_factory=dict)  # services closed by themselves, until when
    pressing: int = 0  # promises that are late, or at risk to be
    helps: Sequence[HelpRow] = ()

    def claimed_by(self, viewer: str) -> bool:
        """Whether something on the board is this user's own: then it looks otherwise for him than for others."""
        return any(row.item.claimed_by == viewer for row in self.work)


def board(rows: BoardRows, moment: Moment) -> Board:
    """The board at one moment."""
    names = {row.id: row.name for row in rows.staff}
    held = held_now(rows.waits)
    return Board(
        stamp=moment.stamp,
        tiles=(*now_tiles(rows.waits, rows.staff, moment, open_now=rows.center.open), at_risk_tile(rows.pressing)),
        alarms=tuple(_alert(alarm, rows, names, moment) for alarm in rows.alarms),
        today=today_tiles(rows.today.counts),
        people_figures=line_tiles(rows.today.figures, rows.level),
        columns=OF_LINES,
        queues=queues(rows.waits, rows.staff, rows.skills, moment),
        staff=tuple(lists.staff(row, moment) for row in _by_state(rows.staff)),
        calls=tuple(lists.call_line(row, moment) for row in rows.calls),
        callbacks=tuple(lists.callback_line(row, _owner(row.own_id, names), moment) for row in rows.callbacks),
        work=tuple(lists.owed(row, _owner(row.item.owner_id, names), rows.viewer, names, moment) for row in rows.work),
        hours=hours_sentence(rows.center, rows.override, moment),
        forced=rows.override.state if rows.override else "normal",
        waiting=tuple(waiting_line(wait, moment) for wait in held[:MOST_WAITING]),
        more_waiting=max(len(held) - MOST_WAITING, 0),
        services=tuple(service_line(key, rows.closed, moment) for key in rows.skills),
    )


def held_now(waits: Iterable[WaitRow]) -> list[WaitRow]:
    """The callers on the phone who wait, or for whom a phone rings, in the order in which they are served."""
    return [wait for wait in waits if wait.kind == "call" and wait.state in ("waiting", "offered")]


def waiting_line(wait: WaitRow, moment: Moment) -> Waiting:
    """One who waits, in the order in which they are served."""
    service, language = words.plain(wait.service) or "Not chosen yet", words.language(wait.language)
    word = "Ringing" if wait.state == "offered" else "Waiting"
    return Waiting(wait.call_id, f"{service}, {language}", word, moment.since(wait.joined_at))


def service_line(key: str, closed: Mapping[str, datetime | None], moment: Moment) -> ServiceLine:
    """One service on the board."""
    until = closed.get(key)
    said = f"until {moment.when(until)}" if until else "until somebody opens it"
    return ServiceLine(key, words.plain(key), said if key in closed else "")


def _owner(clinician_id: str | None, names: Mapping[str, str]) -> str:
    return f"for {names.get(clinician_id, 'a former colleague')}" if clinician_id else "for the team"


def _by_state(rows: Iterable[ClinicianRow]) -> list[ClinicianRow]:
    order = list(words.STATES)
    return sorted(rows, key=lambda row: order.index(row.state) if row.state in order else len(order))


def now_tiles(
    waits: Sequence[WaitRow], staff_rows: Sequence[ClinicianRow], moment: Moment, *, open_now: bool
) -> tuple[Tile, ...]:
    """What is so now. Callers on the phone count as waiting; promised callbacks are counted beside them.

    That nobody is ready is no alarm at night: only while the center is open, or somebody waits.
    """
    held = held_now(waits)
    callbacks = sum(wait.kind == "callback" and wait.state == "waiting" for wait in waits)
    longest = max((moment.since(wait.joined_at) for wait in held), default=None)
    states = [row.state for row in staff_rows]
    ready, staffed = states.count("ready"), sum(state in STAFFED for state in states)
    return (
        _now(
            "waiting",
            str(sum(wait.state == "waiting" for wait in held)),
            f"{callbacks} callbacks in line" if callbacks else "on the phone",
            tone="busy" if held else "",
            note_key="line_callbacks" if callbacks else "",
        ),
        _now(
            "longest",
            "none" if longest is None else words.timer(longest),
            "and still waiting" if held else "nobody waits",
            seconds=longest,
        ),
        _now("ringing", str(states.count("offered")), "a clinician's phone"),
        _now("talking", str(states.count("talking")), "with a patient"),
        _now("ready", f"{ready} of {staffed}", "on duty", tone="low" if not ready and (open_now or held) else ""),
    )


def _now(
    key: str, value: str, note: str, *, seconds: int | None = None, tone: str = "", note_key: str = ""
) -> Tile:
    return Tile(NOW_BY_KEY[key].name, value, note, seconds, tone, key, note_key)


def at_risk_tile(pressing: int) -> Tile:
    """The alarm before promises break."""
    return _now("at_risk", str(pressing), "late, or soon to be", tone="low" if pressing else "")


def today_tiles(counts: Counts) -> tuple[Tile, ...]:
    """What happened since midnight; each opens its definition and the calls behind it."""
    return tuple(Tile(each.name, str(each.value(counts)), key=each.key) for each in COUNTS)


def line_tiles(today: Figures, how: Switches) -> tuple[Tile, ...]:
    """How the lines did since midnight; each opens its definition and the calls behind it."""
    keys = ("service_level", "speed_of_answer", "abandoned", "short", "continuity")
    return tuple(
        Tile(BY_KEY[key].name, in_words(BY_KEY[key].value(today, how), BY_KEY[key].unit), key=key) for key in keys
    )


SAYS = {
    Kind.LONGEST_WAIT: "{service}: somebody has waited {minutes}",
    Kind.LATE_SHARE: "{service}: {percent} of the last half hour's callers were not answered in time",
    Kind.NO_COVER: "{service}: callers wait, and nobody on duty can take them",
    Kind.HELP: "{who} asks for help in a call",
}


def _alert(alarm: Alarm, rows: BoardRows, names: Mapping[str, str], moment: Moment) -> Alert:
    if alarm.kind is not Kind.HELP:
        return alert(alarm, moment)
    talk = next((talk for talk in rows.helps if str(talk.offer_id) == alarm.subject), None)
    told = alert(alarm, moment, names.get(talk.clinician_id, "") if talk else "")
    return replace(told, call_id=talk.call_id if talk else None)


def alert(alarm: Alarm, moment: Moment, who: str = "") -> Alert:
    """An alarm as people read it."""
    says = SAYS[alarm.kind].format(
        minutes=words.span(round(alarm.value)),
        percent=f"{alarm.value:.0%}",
        service=words.plain(alarm.subject),
        who=who or "A clinician",
    )
    seen = f"seen by {alarm.acknowledged_by}" if alarm.acknowledged_by else ""
    return Alert(alarm.id, says, moment.when(alarm.raised_at), seen, opens=_opens(alarm))


def _opens(alarm: Alarm) -> Mapping[str, str] | None:
    """Who waits, or how the day was so far: what an alarm read is gone, and what it is about goes on."""
    match alarm.kind:
        case Kind.LONGEST_WAIT | Kind.NO_COVER:
            return {"key": "line_longest", "service": alarm.subject}
        case Kind.LATE_SHARE:
            return {"key": "service_level", "axis": "service", "value": alarm.subject}
    return None


def hours_sentence(center: OpenState, forced: OverrideRow | None, moment: Moment) -> str:
    """Whether the center is open, and what decides it."""
    opens = f", opens {moment.when(center.opens_at)}" if center.opens_at and not center.open else ""
    now = "Open now" if center.open else f"Closed now{opens}"
    if forced is None:
        return f"{now}. The center follows its hours."
    until = f"until {moment.when(forced.until)}" if forced.until else "until somebody lifts it"
    return f"{now}. Forced {forced.state} {until}, by {forced.set_by} {moment.at(forced.set_at)}."
