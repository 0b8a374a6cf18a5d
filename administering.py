"""What administrators change from their pages: phones, languages and skills of people, special days, outcome codes.

Each is one transaction with its audit row: all of a sheet, or with one flaw or on a dry run nothing of it.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

import deeds
import errands
import routing.store
from calls import audit_store, notes_store
from calls.store import Entry
from config.catalogue import read_catalogue
from config.outcomes import SiteWord
from directory import day_spans, days_store, local_csv, local_store, site_csv
from directory.day_spans import SpanAsked
from directory.local_csv import SheetUnusable
from directory.local_store import LocalRefused
from directory.site_csv import DayLine
from tools import Tools

SHEETS = ("people", "days", "outcomes")


@dataclass(frozen=True)
class Done:
    """What became of a change: what changed, a line each, or why nothing did; `dry`: nothing was written.

    `told` is the whole in one sentence, where there is one.
    """

    changed: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    dry: bool = False
    told: str = ""


class _OnlyTried(Exception):
    """Ends a transaction whose work was a dry run."""


def apply_staff(tx: Connection, text: str, tools: Tools) -> tuple[list[str], list[Entry]]:
    """Do what a staff sheet says; what changed, and what the duty board is to be told."""
    own = (tools.settings.center_number, tools.settings.operator_number)
    keys = read_catalogue(tools.settings.clinic_config).keys
    changed = local_store.apply_staff(tx, tools.vault, local_csv.read_staff(text, keys), own=own)
    whose = {line.partition(":")[0] for line in changed}
    return changed, deeds.outbox(tx, routing.store.told_again(tx, whose), None, tools.now())


@dataclass(frozen=True)
class Administering:
    """Changes by administrators over one set of tools."""

    tools: Tools

    @property
    def skills(self) -> Collection[str]:
        """The keys of all skills that somebody may have."""
        return read_catalogue(self.tools.settings.clinic_config).keys

    def set_person(self, clinician_id: str, phone: str, languages: str, skills: str, by: str) -> Done:
        """What the site says of one clinician, in the words of a staff sheet: an empty one changes nothing."""
        row = {"clinician": clinician_id, "phone": phone, "languages": languages, "skills": skills}
        text = local_csv.write_rows(local_csv.STAFF_COLUMNS, [row], safe=False)
        return self._done("set_person", clinician_id, by, lambda tx: apply_staff(tx, text, self.tools), dry=False)

    def set_days(self, asked: SpanAsked, by: str, *, dry: bool) -> Done:
        """Keep, or only try to keep, the days of a span otherwise, or like others again: all of them or none."""
        hours = self.tools.content.hours
        today = self.tools.now().astimezone(ZoneInfo(self._zone(asked.calendar))).date()
        try:
            span = day_spans.read_span(asked, hours, today)
        except SheetUnusable as flaws:
            return Done(refused=tuple(str(flaws).splitlines()), dry=dry)
        done = self._done("set_days", None, by, lambda tx: self._kept(tx, span.lines(), by), dry=dry)
        return replace(done, told=day_spans.told(span, len(done.changed), dry=dry))

    def set_outcome(self, service: str, key: str, label: str, active: bool, by: str) -> Done:
        """An outcome of a service, by the site's own word."""
        row = {"service": service, "key": key, "label": label, "offered": "yes" if active else "no"}
        return self.sheet("outcomes", local_csv.write_rows(site_csv.OUTCOME_COLUMNS, [row], safe=False), by, dry=False)

    def sheet(self, name: str, text: str, by: str, *, dry: bool) -> Done:
        """Do, or only try, what a sheet says: people, days or outcomes."""
        apply = {"people": self._people, "days": self._days, "outcomes": self._outcomes}[name]
        return self._done(f"{name}_sheet", None, by, lambda tx: apply(tx, text, by), dry=dry)

    def written(self, name: str, by: str) -> str:
        """A sheet as it stands. That it was taken is audited."""
        now = self.tools.now()
        with self.tools.database.transaction() as tx:
            match name:
                case "people":
                    sheet = local_csv.write_staff(local_store.staff_rows(tx, self.tools.vault))
                case "days":
                    sheet = local_csv.write_rows(site_csv.DAY_COLUMNS, map(site_csv.day_row, days_store.days(tx)))
                case _:
                    rows = map(site_csv.outcome_row, notes_store.words(tx))
                    sheet = local_csv.write_rows(site_csv.OUTCOME_COLUMNS, rows)
            audit_store.record(tx, actor=by, action=f"{name}_exported", subject=None, details={}, now=now)
        return sheet

    def _done(
        self,
        action: str,
        subject: str | None,
        by: str,
        deed: Callable[[Connection], tuple[list[str], list[Entry]]],
        *,
        dry: bool,
    ) -> Done:
        changed, entries = list[str](), list[Entry]()
        try:
            with self.tools.database.transaction() as tx:
                changed, entries = deed(tx)
                if dry:
                    raise _OnlyTried
                about = {"changed": len(changed)}
                now = self.tools.now()
                audit_store.record(tx, actor=by, action=action, subject=subject, details=about, now=now)
        except _OnlyTried:
            return Done(tuple(changed), dry=True)
        except (SheetUnusable, LocalRefused) as flaws:
            return Done(refused=tuple(str(flaws).splitlines()), dry=dry)
        errands.after_commit(entries, self.tools)
        self.tools.hint()
        return Done(tuple(changed))

    def _people(self, tx: Connection, text: str, _by: str) -> tuple[list[str], list[Entry]]:
        return apply_staff(tx, text, self.tools)

    def _days(self, tx: Connection, text: str, by: str) -> tuple[list[str], list[Entry]]:
        return self._kept(tx, site_csv.read_days(text, self.tools.content.hours), by)

    def _kept(self, tx: Connection, lines: Sequence[DayLine], by: str) -> tuple[list[str], list[Entry]]:
        """Each day that changes is on the trail by itself: what it is kept as, and by whom."""
        changed = days_store.set_days(tx, lines)
        now = self.tools.now()
        for line in changed:
            about = {**site_csv.day_row(line), "kept": _how(line)}
            audit_store.record(tx, actor=by, action="set_day", subject=None, details=about, now=now)
        return [_told_day(line) for line in changed], []

    def _zone(self, calendar: str) -> str:
        """That of a calendar; of one that there is not, the center's."""
        return self.tools.content.hours.get(calendar, self.tools.content.home).zone

    def _outcomes(self, tx: Connection, text: str, _by: str) -> tuple[list[str], list[Entry]]:
        words = site_csv.read_outcomes(text, self.tools.content.services)
        changed = [_told_outcome(word) for word in words if notes_store.say(tx, word)]
        self._refuse_long_lists(notes_store.words(tx))
        return changed, []

    def _refuse_long_lists(self, words: Sequence[SiteWord]) -> None:
        if flaws := site_csv.too_many(self.tools.content, words):
            raise LocalRefused("\n".join(flaws))


def _how(line: DayLine) -> str:
    if line.back:
        return day_spans.USUAL
    return day_spans.OPEN if line.opens else day_spans.CLOSED


def _told_day(line: DayLine) -> str:
    if line.back:
        return f"{line.calendar}: {line.day} is a day like others"
    return f"{line.calendar}: {line.day} is " + (f"open {line.opens} to {line.closes}" if line.opens else "closed")


def _told_outcome(word: SiteWord) -> str:
    return f"{word.service}: {word.key} is " + (f'offered as "{word.label}"' if word.active else "offered no more")
