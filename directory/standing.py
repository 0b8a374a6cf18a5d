"""How a calendar of opening hours stands at an instant, why in plain words, and when that changes next."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from holidays import country_holidays

from config.content import Hours
from directory.hours import (
    WEEKDAYS,
    OpenState,
    Override,
    closes_at,
    is_open,
    next_opening,
    open_state,
    span_at,
)


@dataclass(frozen=True)
class Standing:
    """Open or closed as the conversation is told it; `changes_at`: when that turns (None: nobody knows, or never)."""

    state: OpenState
    because: str
    changes_at: datetime | None


def standing(hours: Hours, at: datetime, override: Override | None = None) -> Standing:
    """How these hours stand at an instant, under what somebody forced."""
    state = open_state(hours, at, override)
    if state.why != "forced" or override is None:
        return Standing(state, _because(hours, at, state), _turns(hours, at))
    until = override.until
    words = "until it is lifted" if until is None else f"until {told(until, ZoneInfo(hours.zone))}"
    return Standing(state, f"somebody forced it {override.state} {words}", _after_forced(hours, state, until))


def _turns(hours: Hours, at: datetime) -> datetime | None:
    return closes_at(hours, at) if is_open(hours, at) else next_opening(hours, at)


def _after_forced(hours: Hours, state: OpenState, until: datetime | None) -> datetime | None:
    if until is None:
        return None
    return until if is_open(hours, until) != state.open else _turns(hours, until)


def _because(hours: Hours, at: datetime, state: OpenState) -> str:
    span = span_at(hours, at)
    day = span[0] if span else at.astimezone(ZoneInfo(hours.zone)).date()
    special = next((each for each in hours.exceptions if each.date == day.isoformat()), None)
    if state.why == "holiday":
        return f"{day:%A} is a holiday: {_holiday(hours, day)}"
    if special is not None:
        return f"an exception for {day} says {f'{special.opens} to {special.closes}' if special.opens else 'closed'}"
    spans = [f"{span.opens} to {span.closes}" for span in hours.weekly if WEEKDAYS[day.weekday()] in span.days]
    return f"the weekly hours of {day:%A} are {' and '.join(spans)}" if spans else f"{day:%A} has no weekly hours"


def _holiday(hours: Hours, day: date) -> str:
    country, _, part = (hours.holidays or "").partition("-")
    return str(country_holidays(country, subdiv=part or None, years=day.year).get(day, ""))


def told(instant: datetime, zone: ZoneInfo) -> str:
    """An instant for people: "Tuesday 2026-03-03 19:00"; in the repeated hour with the zone's name for it."""
    here = instant.astimezone(zone)
    twice = here.replace(fold=0).utcoffset() != here.replace(fold=1).utcoffset()
    return f"{here:%A %Y-%m-%d %H:%M}{f' {here:%Z}' if twice else ''}"
