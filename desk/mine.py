"""What a clinician's own page shows. Pure.

Patients appear by name only here, only as "Joe S.", and only when the caller proved who is calling.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from calls.alarms import Alarm
from desk import lists, patient_card, words
from desk.lists import Listed, Owed, Staff
from desk.noted import EndForm, Noted
from desk.rows import GuestRow, Mine, RingRow, TalkRow
from desk.words import Moment

PROVED = 2  # the verification level from which a name may be shown


@dataclass(frozen=True)
class CallCard:
    """The call a clinician has taken: who, how sure we are, and why he was chosen."""

    call_id: str
    who: str
    sure: str
    about: str
    status: str
    seconds: int
    waited: str
    why: tuple[str, ...]
    patient_id: str | None
    careful: bool  # nothing may be said from a record before the clinician has asked who it is
    talking: bool = False
    held_seconds: int | None = None  # since when the patient hears music
    muted_seconds: int | None = None  # since when nobody hears the clinician
    patient: tuple[tuple[str, str], ...] = ()  # what the record says of a proved one
    helped: str | None = None  # since when he asks for help, and who sees to it; None: he does not
    guests: tuple["GuestLine", ...] = ()
    askable: tuple[tuple[str, str], ...] = ()  # colleagues who may be asked in: id, name
    may_hand_over: bool = False


@dataclass(frozen=True)
class GuestLine:
    """Somebody asked into the talk, or in it."""

    id: int
    name: str
    state: str


@dataclass(frozen=True)
class MyPage:
    """A clinician's own page."""

    stamp: str
    name: str
    presence: Staff
    call: CallCard | None
    callbacks: tuple[Listed, ...]
    work: tuple[Owed, ...]
    set_away: bool = False  # because he missed calls
    end: EndForm | None = None  # how his talk ended, to be noted
    earlier: tuple[Noted, ...] = ()  # of talks with the patient whom he talks with
    rings: RingRow | None = None  # what rings at him, to be answered


def my_page(rows: Mine, names: Mapping[str, str], why: Sequence[str], moment: Moment) -> MyPage:
    """The page at one moment. `names` are patients' short names by id."""
    return MyPage(
        stamp=moment.stamp,
        name=rows.me.name,
        presence=lists.staff(rows.me, moment),
        call=_with_guests(call_card(rows.talk, names, why, moment), rows, moment) if rows.talk else None,
        callbacks=tuple(lists.callback_line(row, _patient(row.patient_id, names), moment) for row in rows.callbacks),
        rings=rows.rings,
        set_away=rows.me.state == "away" and rows.me.reason == "missed_calls",
        work=tuple(
            lists.owed(row, _patient(row.item.patient_id, names), rows.me.id, rows.colleagues, moment)
            for row in rows.work
        ),
    )


def short_name(given: str, family: str) -> str:
    """ "Joe S.": enough to know him by, no more."""
    return f"{given} {family[:1]}." if family else given


def _patient(patient_id: str | None, names: Mapping[str, str]) -> str:
    return names.get(patient_id or "", "caller not verified")


RUNG_BACK = "Rung back: ask who answers before you say anything from a record"


def call_card(talk: TalkRow, names: Mapping[str, str], why: Sequence[str], moment: Moment) -> CallCard:
    """The card of a call that was taken."""
    proved = (talk.level or 0) >= PROVED and talk.patient_id in names
    started = talk.talk_started_at
    service = words.plain(talk.service) or "No service chosen"
    return CallCard(
        call_id=talk.call_id,
        who=names[talk.patient_id or ""] if proved else "Caller not verified",
        sure=RUNG_BACK if talk.kind == "callback" else sureness(talk.level or 0) if proved else sureness(0),
        about=", ".join(
            part
            for part in (service, words.language(talk.language), "callback" if talk.kind == "callback" else "")
            if part
        ),
        status="Talking" if started else "Connecting",
        seconds=moment.since(started or talk.accepted_at),
        waited=words.span(words.seconds_between(talk.joined_at, talk.accepted_at or moment.now)),
        why=tuple(why),
        patient_id=talk.patient_id if proved else None,
        careful=talk.kind == "callback" or not proved,
    )


GUEST_STATES = {"in_room": "In the call", "asked": "Being rung", "dialling": "Being rung", "placed": "Being rung"}


def _with_guests(card: CallCard, rows: Mine, moment: Moment) -> CallCard:
    """The card with what can be done in the talk."""
    assert rows.talk is not None, "a card is of a talk"
    busy = {guest.clinician_id for guest in rows.guests}
    others = {key: name for key, name in rows.colleagues.items() if key != rows.me.id and key not in busy}
    held, muted = rows.talk.held_at, rows.talk.muted_at
    return replace(
        card,
        talking=rows.talk.talk_started_at is not None,
        held_seconds=moment.since(held) if held else None,
        muted_seconds=moment.since(muted) if muted else None,
        helped=_helped(rows.help, moment) if rows.help else None,
        patient=patient_card.facts(rows.card, rows.colleagues, moment) if rows.card else (),
        guests=tuple(_guest(guest, rows.colleagues) for guest in rows.guests),
        askable=tuple(sorted(others.items(), key=lambda pair: pair[1])),
        may_hand_over=any(guest.kind == "colleague" for guest in rows.guests),
    )


def _helped(asked: Alarm, moment: Moment) -> str:
    seen = f"{asked.acknowledged_by} sees to it" if asked.acknowledged_by else "nobody has seen it yet"
    return f"{moment.at(asked.raised_at)}; {seen}"


def _guest(guest: GuestRow, colleagues: Mapping[str, str]) -> GuestLine:
    if guest.kind == "interpreter":
        name = f"Interpreter, {words.language(guest.language)}"
    elif guest.kind == "supervisor":
        name = {"listen": "Supervisor, listening", "coach": "Supervisor, only you hear"}.get(guest.part, "Supervisor")
    else:
        name = colleagues.get(guest.clinician_id or "", "A colleague")
    return GuestLine(guest.id, name, GUEST_STATES.get(guest.state, words.plain(guest.state)))


def sureness(level: int) -> str:
    """How sure we are who calls."""
    if level >= PROVED + 1:
        return "Level 3: confirmed by a person"
    if level == PROVED:
        return "Level 2: identity proved"
    return "Ask who is calling before you say anything from a record"
