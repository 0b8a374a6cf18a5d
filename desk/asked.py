"""What the address of a report asks for: days, width, axis and switches. Pure; what is wrong is told in a sentence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from urllib.parse import urlencode

from calls.figures import Switches
from calls.intervals import MINUTES, WIDTHS
from directory.day_spans import spelled

AXES = ("all", "service", "skill", "language", "person")
WIDTHS_SAID = {"15min": "15 minutes", "30min": "30 minutes", "hour": "Hour", "day": "Day", "week": "Week"}
LABELS = {  # of the fields on the pages
    "from": "From",
    "to": "To",
    "width": "By",
    "axis": "Split by",
    "short": "Short, under",
    "target": "In time",
}
MOST_DAYS = {"15min": 14, "30min": 31, "hour": 62, "day": 732, "week": 1098}


class NotUnderstood(ValueError):
    """A report that cannot be: its text says what was found and what is accepted."""


@dataclass(frozen=True)
class Asked:
    """One report: local days, both included; one axis, and one value of it or "" for all of them."""

    first: date
    last: date
    width: str
    axis: str
    value: str
    short: int
    target: int | None  # seconds for every service; None: each service's own
    count_short: bool
    count_flow_out: bool

    def query(self, **changes: object) -> str:
        """This report's address, with some of it changed."""
        said = {
            "from": self.first.isoformat(),
            "to": self.last.isoformat(),
            "width": self.width,
            "axis": self.axis,
            "value": self.value,
            "short": self.short,
            "target": "" if self.target is None else self.target,
            "count_short": "1" if self.count_short else "",
            "count_flow_out": "1" if self.count_flow_out else "",
        }
        return urlencode({key: value for key, value in (said | changes).items() if value not in ("", None)})


def asked(form: Mapping[str, str], today: date) -> Asked:
    """The report that an address asks for, today by half hours if it names none; `NotUnderstood` for what cannot be."""
    first, last = _days(form, today)
    if last < first:
        raise NotUnderstood(f"To: found {spelled(last)}; accepted: {spelled(first)} or later, as From comes first")
    width = _one_of(form, "width", WIDTHS, _usual_width(first, last))
    if (last - first).days >= MOST_DAYS[width]:
        found, most = (last - first).days + 1, MOST_DAYS[width]
        by = WIDTHS_SAID[width].lower()
        raise NotUnderstood(f"To: found {found:,} days; accepted: at most {most:,} days by {by}, or wider intervals")
    return Asked(
        first=first,
        last=last,
        width=width,
        axis=_one_of(form, "axis", AXES, "all"),
        value=form.get("value", "")[:64],
        short=_seconds(form, "short", 10) or 0,
        target=_seconds(form, "target", None),
        count_short=form.get("count_short") == "1",
        count_flow_out=form.get("count_flow_out") == "1",
    )


def entered(form: Mapping[str, str], today: date) -> Asked:
    """What was entered, each field by itself: what cannot be read is as if it had been left empty.

    Together it may be no report that can be: it is for showing the form again.
    """
    readable = {name: said for name, said in form.items() if _is_readable(name, said, today)}
    first, last = _days(readable, today)
    of_today = asked({name: said for name, said in readable.items() if name not in ("from", "to")}, today)
    width = of_today.width if readable.get("width", "").strip() else _usual_width(first, last)
    return replace(of_today, first=first, last=last, width=width)


def _is_readable(name: str, said: str, today: date) -> bool:
    """Whether one field of a form can be read, whatever the others are."""
    try:
        _days({name: said}, today) if name in ("from", "to") else asked({name: said}, today)
    except NotUnderstood:
        return False
    return True


def _days(form: Mapping[str, str], today: date) -> tuple[date, date]:
    first = _day(form, "from", today)
    return first, _day(form, "to", max(first, today) if "from" in form else today)


def _usual_width(first: date, last: date) -> str:
    return "30min" if first == last else "day"


def switches(of: Asked, targets: Mapping[str, float]) -> Switches:
    """How this report counts. `targets`: seconds in which each service is to be answered."""
    every = () if of.target is not None else tuple(targets.items())
    return Switches(
        short_seconds=of.short,
        target_seconds=30 if of.target is None else of.target,
        targets=every,
        count_short=of.count_short,
        count_flow_out=of.count_flow_out,
    )


def spans(today: date) -> tuple[tuple[str, Mapping[str, str]], ...]:
    """The reports that people ask for most, by name."""
    monday = today - timedelta(days=today.weekday())

    def of(first: date, last: date, width: str) -> dict[str, str]:
        return {"from": first.isoformat(), "to": last.isoformat(), "width": width}

    return (
        ("Today", of(today, today, "30min")),
        ("Yesterday", of(today - timedelta(days=1), today - timedelta(days=1), "30min")),
        ("This week", of(monday, today, "day")),
        ("Last 4 weeks", of(monday - timedelta(weeks=4), monday - timedelta(days=1), "day")),
        ("Last 26 weeks", of(monday - timedelta(weeks=26), monday - timedelta(days=1), "week")),
    )


def is_short(width: str) -> bool:
    """Whether intervals are told by their time of day."""
    return width in MINUTES


def _day(form: Mapping[str, str], name: str, otherwise: date) -> date:
    said = form.get(name, "").strip()
    if not said:
        return otherwise
    try:
        return date.fromisoformat(said)
    except ValueError:
        raise NotUnderstood(f"{LABELS[name]}: found {said[:20]}; accepted: a day like November 27, 2026") from None


def _one_of(form: Mapping[str, str], name: str, known: Sequence[str], otherwise: str) -> str:
    said = form.get(name, "").strip() or otherwise
    if said not in known:
        raise NotUnderstood(f"{LABELS[name]}: found {said[:20]}; accepted: {', '.join(known)}")
    return said


def _seconds(form: Mapping[str, str], name: str, otherwise: int | None) -> int | None:
    said = form.get(name, "").strip()
    if not said:
        return otherwise
    if not said.isascii() or not said.isdigit() or len(said) > 4:
        raise NotUnderstood(f"{LABELS[name]}: found {said[:20]}; accepted: whole seconds from 0 to 9999")
    return int(said)
