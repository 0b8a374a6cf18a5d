"""What a clinician is doing, and what each event makes of it.

Every timer (wrap-up, cool-down, a visit) is an instant kept here and compared with the injected clock. A clinician who
chooses another state while he talks gets it when the talk is over: the choice waits in `reason` as `then:<state>:...`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from routing import offers
from routing.needs import epoch_ms


class State(StrEnum):
    """What a clinician is doing. Only `ready` is dialable."""

    OFFLINE = "offline"
    READY = "ready"
    OFFERED = "offered"
    TALKING = "talking"
    WRAPPING_UP = "wrapping_up"
    AWAY = "away"
    IN_VISIT = "in_visit"


CHOSEN = frozenset({State.OFFLINE, State.READY, State.AWAY, State.IN_VISIT})  # what a person may set
AT_WORK = frozenset({State.READY, State.OFFERED, State.TALKING, State.WRAPPING_UP})

TRANSITIONS: Mapping[State, frozenset[State]] = {
    State.OFFLINE: CHOSEN,
    State.READY: CHOSEN | {State.OFFERED},
    State.OFFERED: CHOSEN | {State.TALKING},
    State.TALKING: CHOSEN | {State.WRAPPING_UP},
    State.WRAPPING_UP: CHOSEN,
    State.AWAY: CHOSEN,
    State.IN_VISIT: CHOSEN,
}
TIMED = frozenset({State.WRAPPING_UP, State.AWAY, State.IN_VISIT})  # `until` ends these

COOL_DOWN_SECONDS: Mapping[offers.State, int] = {
    offers.State.DECLINED: 10,
    offers.State.HUNG_UP: 10,
    offers.State.NO_ANSWER: 30,
    offers.State.NO_KEY: 30,
    offers.State.LOST: 30,
    offers.State.FAILED: 30,
    offers.State.EXPIRED: 30,
    offers.State.BUSY: 60,
}
# Busy is a person at work. Failed and expired may be our own fault, and a fault of ours must not send everybody away.
MISSES = frozenset({offers.State.NO_ANSWER, offers.State.NO_KEY})
MISSES_UNTIL_AWAY = 2
NO_FAULT = frozenset({offers.State.FAILED, offers.State.EXPIRED, offers.State.RESCINDED})  # keeps his turn

COOL_DOWN = "cool_down"
MISSED_CALLS = "missed_calls"
HOUR_FULL = "hour_full"  # took as many calls as an hour may bring
FREE_LATER = "free_later"  # away until a time that he named, and ready from then on
DUTY_OVER = "duty_over"  # offline because the time for which he took calls is over
HOURS_END = "hours_end"  # ready without an end of his own: `free_until` is when the directory's hours of his end
AFTER_VISIT = "after_visit"  # why he is in a visit: he passed a caller on, and calls him when it is over
PUT_OFF = "then:"
REASON_CHARACTERS = 40  # as wide as the column


@dataclass(frozen=True)
class Presence:
    """One clinician's state. `idle_since_ms` orders the ready; `version` rises with every change."""

    clinician_id: str
    state: State
    since: datetime
    reason: str | None = None
    until: datetime | None = None
    idle_since_ms: int = 0
    version: int = 1
    misses: int = 0
    offer_id: int | None = None
    free_until: datetime | None = None  # he takes calls until then, and is offline afterwards; None: no such end


def absent(clinician_id: str, now: datetime) -> Presence:
    """The presence of somebody never heard of: offline, older than any version in SQL."""
    return Presence(clinician_id, State.OFFLINE, now, version=0)


def is_on_duty(presence: Presence) -> bool:
    """Whether he takes calls now or will soon: ready, busy with a caller, or cooling down."""
    return is_duty(presence.state, presence.reason)


def is_duty(state: State, reason: str | None) -> bool:
    """The same of a state with its reason."""
    return state in AT_WORK or (state is State.AWAY and reason == COOL_DOWN)


def choose(
    presence: Presence,
    state: State,
    reason: str | None,
    until: datetime | None,
    now: datetime,
    *,
    begins: datetime | None = None,
    hours_end: datetime | None = None,
) -> Presence:
    """What he, or a supervisor, set: at once, or after the present talk. ValueError for a state nobody may set.

    `until` ends an absence or a visit; of somebody who is ready it ends his time on duty. He is ready only from
    `begins` on, if that is to come, and away before it. `hours_end`: when his hours end, if he is at work by them; it
    ends the time on duty of who names no end himself.
    """
    if state not in CHOSEN:
        raise ValueError(f"nobody can set the state {state.value}")
    if state is State.READY and begins is not None and begins > now:
        return _chosen(presence, State.AWAY, FREE_LATER, begins, until, now)
    free_until = _end_of_duty(presence, state, reason, until, now, hours_end)
    if state is State.READY:
        by_hours = until is None and free_until is not None and free_until == hours_end
        return _chosen(presence, state, HOURS_END if by_hours else None, None, free_until, now)
    return _chosen(presence, state, reason, until, free_until, now)


def _end_of_duty(
    presence: Presence,
    state: State,
    reason: str | None,
    until: datetime | None,
    now: datetime,
    hours_end: datetime | None,
) -> datetime | None:
    """When his time on duty ends, now that he chose this. An absence does not move it, but for his word to a patient.

    Nor does Ready that only ends a pause between two calls.
    """
    if state is State.READY:
        stands = presence.free_until if _is_between_calls(presence, now) else None
        return until or stands or hours_end
    return None if state is State.OFFLINE or reason == AFTER_VISIT else presence.free_until


def _is_between_calls(presence: Presence, now: datetime) -> bool:
    on_duty = presence.free_until is not None and presence.free_until > now and is_on_duty(presence)
    return on_duty and presence.state is not State.READY


def _chosen(
    presence: Presence,
    state: State,
    reason: str | None,
    until: datetime | None,
    free_until: datetime | None,
    now: datetime,
) -> Presence:
    ending = replace(presence, free_until=free_until)
    if presence.state is State.TALKING:
        return _put_off(ending, state, reason, until)
    if state is State.READY and presence.reason == MISSED_CALLS:
        reason = MISSED_CALLS  # kept until his phone has told him
    if state is State.READY and presence.state in (State.READY, State.OFFERED):
        same = (presence.free_until, presence.reason) == (free_until, reason)
        return presence if same else replace(ending, reason=reason, version=presence.version + 1)
    idle = epoch_ms(now) if state is State.READY else presence.idle_since_ms
    return replace(_to(ending, state, now, reason, until), idle_since_ms=idle, misses=0)


def reserve(presence: Presence, offer_id: int, now: datetime) -> Presence:
    """He is held for one caller."""
    untold = MISSED_CALLS if presence.reason == MISSED_CALLS else None
    return replace(_to(presence, State.OFFERED, now, untold), offer_id=offer_id)


def sets_away(presence: Presence) -> bool:
    """Whether one more call that he misses now sets him away."""
    return presence.misses + 1 >= MISSES_UNTIL_AWAY


def was_set_away(presence: Presence) -> bool:
    """Whether he was set away for missed calls, and took none since: the next call that he answers tells him."""
    return presence.reason == MISSED_CALLS


def talk(presence: Presence, now: datetime) -> Presence:
    """He took the offer."""
    return replace(_to(presence, State.TALKING, now), offer_id=presence.offer_id, misses=0)


def after(presence: Presence, cause: offers.State, now: datetime) -> Presence:
    """His offer ended without a talk for this cause: ready again, cooling down, or away after two misses."""
    chosen = _put_off_choice(presence, now)
    if chosen:
        return _to(presence, chosen[0], now, chosen[1], presence.until)
    idle = presence.idle_since_ms if cause in NO_FAULT else epoch_ms(now)
    return replace(_pause(presence, cause, now), idle_since_ms=idle)


def after_talk(presence: Presence, now: datetime, wrap_up_seconds: int) -> Presence:
    """The talk is over: the state he chose meanwhile, else wrapping up, else (no time set) ready."""
    chosen = _put_off_choice(presence, now)
    if chosen:
        return _to(presence, chosen[0], now, chosen[1], presence.until)
    if wrap_up_seconds > 0:
        return _to(presence, State.WRAPPING_UP, now, until=now + timedelta(seconds=wrap_up_seconds))
    return replace(_to(presence, State.READY, now), idle_since_ms=epoch_ms(now))


WRAP_UP_AT_MOST = timedelta(minutes=15)  # of a wrap-up that is made longer


def longer(presence: Presence, seconds: int, now: datetime) -> Presence | None:
    """More time to wrap up, up to a limit; None if he does not wrap up, or has all that there is."""
    if presence.state is not State.WRAPPING_UP or presence.until is None or presence.until <= now:
        return None
    until = min(presence.until + timedelta(seconds=seconds), presence.since + WRAP_UP_AT_MOST)
    return replace(presence, until=until, version=presence.version + 1) if until > presence.until else None


def is_due(presence: Presence, now: datetime, ring_seconds: int = 0) -> bool:
    """Whether his timer is over, or the time for which he takes calls."""
    if is_off(presence, now, ring_seconds):
        return presence.state is State.READY or presence.state in TIMED
    return presence.state in TIMED and presence.until is not None and presence.until <= now


def is_off(presence: Presence, now: datetime, ring_seconds: int = 0) -> bool:
    """Whether the time for which he takes calls is over, or would be before a phone stops ringing for so long."""
    return presence.free_until is not None and presence.free_until <= now + timedelta(seconds=ring_seconds)


def when_due(presence: Presence, now: datetime, ring_seconds: int = 0) -> Presence:
    """Offline after his time on duty; else ready again, now that the timer is over.

    A cool-down keeps the turn it was given; all else begins a new one.
    """
    if is_off(presence, now, ring_seconds):
        return replace(_to(presence, State.OFFLINE, now, DUTY_OVER), free_until=None)
    idle = presence.idle_since_ms if presence.reason == COOL_DOWN else epoch_ms(now)
    return replace(_to(presence, State.READY, now), idle_since_ms=idle)


def _pause(presence: Presence, cause: offers.State, now: datetime) -> Presence:
    if cause is offers.State.RESCINDED:
        return _to(presence, State.READY, now)
    misses = presence.misses + (cause in MISSES)
    if misses >= MISSES_UNTIL_AWAY:
        return replace(_to(presence, State.AWAY, now, MISSED_CALLS), misses=0)
    until = now + timedelta(seconds=COOL_DOWN_SECONDS[cause])
    return replace(_to(presence, State.AWAY, now, COOL_DOWN, until), misses=misses)


def _put_off(presence: Presence, state: State, reason: str | None, until: datetime | None) -> Presence:
    if state is State.READY:  # takes back an earlier choice: he wraps up as usual
        return replace(presence, reason=None, until=None, version=presence.version + 1)
    words = f"{PUT_OFF}{state.value}:{reason or ''}"[:REASON_CHARACTERS]
    return replace(presence, reason=words, until=until, version=presence.version + 1)


def _put_off_choice(presence: Presence, now: datetime) -> tuple[State, str | None] | None:
    """What he chose for after the talk, if there is anything left of it."""
    over = presence.until is not None and presence.until <= now
    if over or not (presence.reason or "").startswith(PUT_OFF):
        return None
    _, state, reason = str(presence.reason).split(":", 2)
    return State(state), reason or None


def _to(
    presence: Presence, state: State, now: datetime, reason: str | None = None, until: datetime | None = None
) -> Presence:
    if state not in TRANSITIONS[presence.state]:
        raise ValueError(f"{presence.state.value} is not followed by {state.value}")
    return replace(
        presence,
        state=state,
        since=now,
        reason=reason[:REASON_CHARACTERS] if reason else None,
        until=until,
        version=presence.version + 1,
        offer_id=None,
    )
