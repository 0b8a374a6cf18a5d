"""The CSV sheets of an administrator beside the staff sheet: special days, outcomes of talks. Pure.

A flaw names its line and column. A sheet with one flaw changes nothing.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from config.content import Content
from config.outcomes import KEY, LONGEST_LABEL, MOST_OUTCOMES, SiteWord, offered
from directory.local_csv import TAKEN_BACK, read_rows

DAY_COLUMNS = ("calendar", "day", "opens", "closes")
OUTCOME_COLUMNS = ("service", "key", "label", "offered")
TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


@dataclass(frozen=True)
class DayLine:
    """A day on which a calendar is kept otherwise: closed without times; `back`: like others again."""

    calendar: str
    day: date
    opens: str | None = None
    closes: str | None = None
    back: bool = False


def read_days(text: str, calendars: Collection[str]) -> list[DayLine]:
    """The lines of a sheet of special days; `SheetUnusable` with every flaw. "-" as `opens` takes a day back."""
    return read_rows(text, DAY_COLUMNS, lambda row: _day_line(row, calendars), key=DAY_COLUMNS[:2])


def _day_line(row: Mapping[str, str], calendars: Collection[str]) -> DayLine:
    if row["calendar"] not in calendars:
        raise ValueError(f"calendar: accepted: {', '.join(calendars)}")
    try:
        day = date.fromisoformat(row["day"])
    except ValueError:
        raise ValueError("day: accepted: a date like 2026-12-24") from None
    if row["opens"] == TAKEN_BACK:
        return DayLine(row["calendar"], day, back=True)
    times = (row["opens"], row["closes"])
    if not any(times):
        return DayLine(row["calendar"], day)
    if not all(TIME.fullmatch(each) for each in times):
        raise ValueError("opens, closes: accepted: both as HH:MM, or neither for closed all day, or - for a usual day")
    return DayLine(row["calendar"], day, *times)


def day_row(line: DayLine) -> dict[str, str]:
    """A special day as a row of its sheet."""
    return {
        "calendar": line.calendar,
        "day": line.day.isoformat(),
        "opens": line.opens or "",
        "closes": line.closes or "",
    }


def read_outcomes(text: str, services: Collection[str]) -> list[SiteWord]:
    """The lines of a sheet of outcomes; `SheetUnusable` with every flaw."""
    return read_rows(text, OUTCOME_COLUMNS, lambda row: _outcome_line(row, services), key=OUTCOME_COLUMNS[:2])


def _outcome_line(row: Mapping[str, str], services: Collection[str]) -> SiteWord:
    if row["service"] not in services:
        raise ValueError(f"service: accepted: {', '.join(services)}")
    if not KEY.fullmatch(row["key"]):
        raise ValueError("key: accepted: small letters, digits and underscores, a letter first, like to_nurse")
    if not 1 <= len(row["label"]) <= LONGEST_LABEL:
        raise ValueError(f"label: accepted: 1 to {LONGEST_LABEL} characters")
    if row["offered"] not in ("", "yes", "no"):
        raise ValueError("offered: accepted: yes, no or nothing, which is yes")
    return SiteWord(row["service"], row["key"], row["label"], row["offered"] != "no")


def outcome_row(word: SiteWord) -> dict[str, str]:
    """An outcome as a row of its sheet."""
    said = "yes" if word.active else "no"
    return {"service": word.service, "key": word.key, "label": word.label, "offered": said}


def too_many(content: Content, words: Iterable[SiteWord]) -> list[str]:
    """The services with more outcomes than anybody reads."""
    said = list(words)
    counts = {service: len(offered(content, service, said)) for service in content.services}
    return [
        f"{service}: found {count} outcomes; accepted: at most {MOST_OUTCOMES}"
        for service, count in counts.items()
        if count > MOST_OUTCOMES
    ]
