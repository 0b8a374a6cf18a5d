"""Callbacks: promising one to a patient on the line.

What he hears of a promise that stands is in `promised.py`; what he hears when we ring back, in `returned.py`.
"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from callbacks.requests import Kind
from ivr.copying import replace
from ivr.effects import BookCallback, MoveCallback, WantTexts
from ivr.knowledge import ClinicNow, WindowFacts
from ivr.prompts import spoken_digits, spoken_time, spoken_window
from ivr.replies import Ask, HangUp, Keys, Phrase, Reply
from ivr.session import Session, Stage
from ivr.signals import DigitsPressed, NothingEntered, Resumed, Signal
from ivr.turn import (
    Move,
    enter,
    helped_by_person,
    line_key,
    may_wait_on,
    other_exits,
    owning_service,
    rounds,
    say,
    to_callback,
    to_message,
    tries,
)

CHOICES = 3  # windows to choose from


def speak_confirm(session: Session, _now: ClinicNow) -> Reply:
    """The number we would ring, and what may be done about it."""
    keys = [say(session, "callback-confirm-keys")]
    if may_wait_on(session):
        keys.append(say(session, "callback-keep-waiting"))
    keys.append(say(session, "callback-other-time"))
    return Ask(rounds(session, (_number(session), *keys), tuple(keys)), Keys())


def _number(session: Session) -> Phrase:
    """An entered number is read back whole; one from the carrier or the record, by its last four digits."""
    if session.on_file:
        return say(session, "callback-on-file", digits=last_four(session))
    if session.callback_number:
        return say(session, "callback-entered", digits=spoken_digits(session.callback_number[-10:]))
    return say(session, "callback-caller", digits=last_four(session))


def last_four(session: Session) -> str:
    """The end of the number we would ring, digit by digit."""
    return spoken_digits((session.callback_number or session.caller or "")[-4:])


def hear_confirm(session: Session, signal: Signal, now: ClinicNow) -> Move:
    """Confirmed, another number or time, or rather waiting. Silence means waiting, for one who stands in line."""
    match signal:
        case DigitsPressed("1" | "4") if now.known.number is None:
            return _refused(session)
        case DigitsPressed("1"):
            return _confirmed(session, now, now.known.number)
        case DigitsPressed("2"):
            return Move(enter(session, Stage.CALLBACK_NUMBER, on_file=False))
        case DigitsPressed("3" | "#") | NothingEntered() if may_wait_on(session):
            return _keep_waiting(session)
        case DigitsPressed("4"):
            return to_windows(session, now)
        case DigitsPressed("#"):
            return Move(enter(session, Stage.NO_ONE if session.why_no_one else Stage.MENU))
    return other_exits(session, signal, helped_by_person)


def _keep_waiting(session: Session) -> Move:
    return Move(enter(session, Stage.WAITING), before=(say(session, "keep-waiting"),))


def _refused(session: Session) -> Move:
    """A number that may not be rung is asked for again."""
    again = enter(session, Stage.CALLBACK_NUMBER, callback_number="", on_file=False)
    return Move(again, before=(say(session, "callback-refused"),))


def _confirmed(session: Session, now: ClinicNow, number: str | None) -> Move:
    """The promise is written, if it can be kept; else a time on another day is offered."""
    if number is None:
        return _refused(session)
    his_hours = now.known.capacity.his_hours if now.known.capacity else "now"
    if his_hours == "never":
        return to_windows(session, now)  # there are none: a message, which a person owns
    hers = next(iter(now.known.windows or ()), None) if session.wants_own and session.own else None
    if hers is not None:
        return promised(session, now, number, window=hers)
    if his_hours == "later":  # "as soon as we can" would not be true
        return to_windows(session, now, soonest=True)
    if now.known.capacity is not None and now.known.capacity.exhausted:
        return replace(to_windows(session, now, later=True), before=(say(session, "callback-full"),))
    return promised(session, now, number)


def to_windows(session: Session, now: ClinicNow, *, later: bool = False, soonest: bool = False) -> Move:
    """Some quarters of an hour to choose from (`later`: not today; `soonest`: with the very first); a message where
    there is none.
    """
    found = [window for window in now.known.windows or () if not later or not _is_today(window, now)]
    if not found:
        return replace(to_message(session), before=(say(session, "callback-no-time"),))
    chosen = tuple(dict.fromkeys(found))[:CHOICES] if soonest else found[-CHOICES:]
    offered = tuple((window.starts.isoformat(), window.ends.isoformat()) for window in chosen)
    return Move(enter(session, Stage.CALLBACK_WHEN, offered=offered, told_in=found[0].zone))


def _is_today(window: WindowFacts, now: ClinicNow) -> bool:
    zone = ZoneInfo(window.zone)
    return window.starts.astimezone(zone).date() == now.now.astimezone(zone).date()


def speak_when(session: Session, now: ClinicNow) -> Reply:
    """The quarters of an hour, a key for each."""
    times = tuple(
        say(session, "callback-window", when=_spoken(session, window, now), number=key)
        for key, window in enumerate(session.offered, 1)
    )
    if not times:
        times = (say(session, "callback-no-time"), say(session, "press-zero"))
    return Ask(rounds(session, times, times), Keys())


def _spoken(session: Session, window: tuple[str, str], now: ClinicNow) -> str:
    starts, ends = map(datetime.fromisoformat, window)
    return spoken_window(starts, ends, now.now, session.told_in or now.zone, session.language)


def hear_when(session: Session, signal: Signal, now: ClinicNow) -> Move:
    """A time was chosen: for a new promise, or for the one he has."""
    match signal:
        case DigitsPressed(digits) if digits in _keys(session):
            return _chosen(session, session.offered[int(digits) - 1], now)
        case DigitsPressed("#") | NothingEntered() if may_wait_on(session):
            return _keep_waiting(session)
    return other_exits(session, signal, helped_by_person)


def _keys(session: Session) -> set[str]:
    return {str(key) for key in range(1, len(session.offered) + 1)}


def _chosen(session: Session, window: tuple[str, str], now: ClinicNow) -> Move:
    if session.promise:
        told = say(session, "callback-moved", when=_spoken(session, window, now))
        return Move(session, (MoveCallback(session.promise, *window),), reply=HangUp((told, say(session, "goodbye"))))
    if now.known.number is None:
        return _refused(session)
    starts, ends = map(datetime.fromisoformat, window)
    return promised(session, now, now.known.number, window=WindowFacts(starts, ends, session.told_in))


def promised(session: Session, now: ClinicNow, number: str, *, window: WindowFacts | None = None) -> Move:
    """The promise is written, and told. Who waits on goes on standing in line without being on it."""
    told = (window.starts.isoformat(), window.ends.isoformat()) if window else None
    after = replace(session, in_line=False, promised_at=told, told_in=window.zone if window else "")
    order = (booking(after, now, number),)
    if now.content.lines[line_key(session, now)].texts:
        return Move(enter(after, Stage.PROMISED), order)
    return Move(after, order, reply=HangUp((*promise(after, now), say(session, "goodbye"))))


def booking(session: Session, now: ClinicNow, number: str) -> BookCallback:
    """The promise to ring `number` (E.164): in the window that was chosen, else now, or when the center opens."""
    key = owning_service(session, now)
    whose = (key, session.language, session.patient, session.own, session.team)
    if session.promised_at:
        return BookCallback(number, *whose, *session.promised_at, kind=Kind.WINDOW, owned=session.wants_own)
    due = "" if now.open or now.opens_at is None else now.opens_at.isoformat()
    kind = now.content.services[key].callback
    return BookCallback(number, *whose, due, kind=kind, owned=session.wants_own)


def promise(session: Session, now: ClinicNow) -> tuple[Phrase, ...]:
    """The promise in words: who will ring, and when."""
    ending = last_four(session)
    service = now.content.services[owning_service(session, now)]
    named = {"own": session.own_given, "role": f"@{service.spoken_role}"}
    if session.promised_at:
        when = _spoken(session, session.promised_at, now)
        if session.wants_own and session.own_given:
            return (say(session, "callback-promise-window-own", digits=ending, when=when, **named),)
        return (say(session, "callback-promise-window", digits=ending, when=when),)
    if not now.open and now.opens_at is not None:
        when = spoken_time(now.opens_at, now.now, now.zone, session.language)
        return (say(session, "callback-promise-when", digits=ending, when=when),)
    if Kind(service.callback) is Kind.DEADLINE:
        by = now.now + timedelta(minutes=service.callback_minutes)
        latest = spoken_time(by, now.now, now.zone, session.language, latest=True)
        return (say(session, "callback-promise-by", digits=ending, latest=latest),)
    if session.own_given:
        return (say(session, "callback-promise-own", digits=ending, **named),)
    return (say(session, "callback-promise", digits=ending),)


def speak_promised(session: Session, now: ClinicNow) -> Reply:
    """The promise, and whether he wants text messages about it."""
    offer = say(session, "offer-texts")
    return Ask(rounds(session, (*promise(session, now), offer), (offer,)), Keys())


def hear_promised(session: Session, signal: Signal, _now: ClinicNow) -> Move:
    """Texts or none; whatever he does, the promise stands."""
    goodbye = say(session, "goodbye")
    match signal:
        case DigitsPressed("1"):
            return Move(session, (WantTexts(),), reply=HangUp((say(session, "texts-wanted"), goodbye)))
        case DigitsPressed("*") | Resumed():
            return Move(session)
    return Move(session, reply=HangUp((goodbye,)))


def speak_number(session: Session, _now: ClinicNow) -> Reply:
    """Ten digits."""
    full, short = (say(session, "callback-number"),), (say(session, "callback-number-again"),)
    return Ask(rounds(session, full, short), Keys(most=10, seconds=8))


def hear_number(session: Session, signal: Signal, now: ClinicNow) -> Move:
    """A number we may ring leads to its confirmation."""
    match signal:
        case DigitsPressed("#") if may_wait_on(session):
            return _keep_waiting(session)
        case NothingEntered() if may_wait_on(session) and session.silences == tries(session) - 1:
            return _keep_waiting(session)  # a silent caller keeps his place
        case DigitsPressed(digits) if now.known.number is not None and digits.isdigit():
            return to_callback(replace(session, callback_number=now.known.number, on_file=False))
        case DigitsPressed(digits) if len(digits) == 10 and session.mismatches < tries(session) - 1:
            move = other_exits(session, signal, helped_by_person)
            return replace(move, before=(say(session, "callback-refused"),))
    return other_exits(session, signal, helped_by_person)
