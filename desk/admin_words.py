"""What the administrator's pages say of people, hours and outcomes. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from config.content import Hours
from config.difference import DAYS
from config.outcomes import SiteWord
from desk import words
from directory.day_spans import Span, clock_time, spelled


@dataclass(frozen=True)
class PersonLine:
    """One who works here, as the staff sheet has him."""

    id: str
    name: str
    title: str
    phone: str
    languages: str
    skills: tuple[tuple[str, str, str], ...]  # key, name, level with its last day


def person_line(row: Mapping[str, str], title: str) -> PersonLine:
    """A row of the staff sheet."""
    cells = [cell.split(":") for cell in row["skills"].split()]
    return PersonLine(
        id=row["clinician"],
        name=row["name"],
        title=title,
        phone=f"Ends in {row['phone'][-4:]}" if row["phone"] else "No phone",
        languages=", ".join(words.language(code) for code in row["languages"].split()),
        skills=tuple((cell[0], words.plain(cell[0]), _level(cell)) for cell in cells),
    )


def _level(cell: Sequence[str]) -> str:
    level = f"level {cell[1]}" if cell[1] != "0" else "does not do it"
    return f"{level}, until {cell[2]}" if len(cell) > 2 else level


@dataclass(frozen=True)
class CalendarLine:
    """One calendar of opening hours."""

    key: str
    name: str
    zone: str
    weekly: tuple[tuple[str, str], ...]
    holidays: str
    exceptions: tuple[str, ...]  # of the content, from today on


def calendar(key: str, hours: Hours, today: date) -> CalendarLine:
    """A calendar in words."""
    weekly = tuple(
        (name, " and ".join(_from_to(span.opens, span.closes) for span in hours.weekly if day in span.days) or "closed")
        for day, name in DAYS.items()
    )
    coming = (each for each in hours.exceptions if each.date >= today.isoformat())
    exceptions = tuple(
        f"{spelled(date.fromisoformat(each.date))}: {_from_to(each.opens, each.closes)}" for each in coming
    )
    return CalendarLine(key, words.plain(key), hours.zone, weekly, hours.holidays or "", exceptions)


@dataclass(frozen=True)
class SpanLine:
    """Days that are kept otherwise, in words, and what takes them back."""

    id: str
    days: str
    how: str
    span: Span


def span_line(span: Span) -> SpanLine:
    """One span."""
    how = _from_to(span.opens, span.closes)
    return SpanLine(f"day-{span.calendar}-{span.first}", _days(span), f"{words.plain(span.calendar)}: {how}", span)


def _days(span: Span) -> str:
    if span.first == span.last:
        return spelled(span.first)
    if not span.weekdays:
        return f"{spelled(span.first)} to {spelled(span.last)}"
    return f"{', '.join(DAYS[each] for each in span.weekdays)}s, {_date(span.first)} to {_date(span.last)}"


def _from_to(opens: str | None, closes: str | None) -> str:
    return f"{clock_time(opens)} to {clock_time(closes)}" if opens and closes else "closed all day"


def _date(day: date) -> str:
    return f"{day:%B} {day.day}, {day.year}"


@dataclass(frozen=True)
class OutcomeLine:
    """One outcome of a service."""

    key: str
    label: str
    offered: bool
    whose: str


@dataclass(frozen=True)
class ServiceOutcomes:
    """The outcomes of one service, those that are offered no more too."""

    key: str
    name: str
    lines: tuple[OutcomeLine, ...]


def outcomes_of(
    service: str, now: Mapping[str, str], shipped: Sequence[str], said: Sequence[SiteWord]
) -> ServiceOutcomes:
    """One service's."""
    own = {word.key: word for word in said if word.service == service}
    stopped = [OutcomeLine(key, word.label, False, "yours") for key, word in own.items() if not word.active]
    lines = [OutcomeLine(key, label, True, _whose(key, shipped, own)) for key, label in now.items()]
    return ServiceOutcomes(service, words.plain(service), (*lines, *stopped))


def _whose(key: str, shipped: Sequence[str], own: Mapping[str, SiteWord]) -> str:
    if key not in shipped:
        return "yours"
    return "yours, in place of the shipped one" if key in own else "as shipped"


def told_person(changed: Sequence[str]) -> str:
    """What was changed of one person, of lines such as "ana: phone"; "" for nothing."""
    what = ", ".join(words.plain(line.partition(": ")[2]).lower() for line in changed)
    return f"Changed: {what}." if what else ""


def told_outcome(service: str, label: str, *, offered: bool) -> str:
    """What became of an outcome."""
    return f'{words.plain(service)}: "{label}" is offered{"" if offered else " no more"}.'


def of_a_form(flaw: str) -> str:
    """A flaw of a sheet of one line, for who filled in a form: "line 2: phone: too short" gives "phone: too short"."""
    return re.sub(r"^line \d+: ", "", flaw)
