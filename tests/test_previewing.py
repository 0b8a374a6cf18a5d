"""What happens at an instant: the preview says what the conversation would."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

import directory.store
import facts
import previewing
from config.content import Exception_
from ivr.session import Session
from ivr.signals import Party
from migrations import upgrade
from tests.scenarios.orders import Center
from tests.test_calendars import CHICAGO, COAST, EARLY, two_lines
from tools import Tools


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tools]:
    folder: Path = tmp_path_factory.mktemp("preview")
    upgrade(f"sqlite:///{folder}/orders.db")
    content = two_lines()
    closed = Exception_(date="2031-03-05", says="closed-holiday")
    short = Exception_(date="2031-03-06", opens="08:00", closes="12:00")
    calendar = content.hours["center"].model_copy(update={"exceptions": (closed, short), "holidays": "US-IL"})
    center = Center(folder, content.model_copy(update={"hours": {**content.hours, "center": calendar}}))
    yield center.tools
    center.database.close()


def told(tools: Tools, at: datetime, line: str = "", service: str = "") -> str:
    return "\n".join(previewing.preview(tools, at, line, service).lines())


def test_it_says_whether_why_until_when_and_what_is_heard(tools: Tools) -> None:
    words = told(tools, EARLY)
    assert "Tuesday 2031-03-04 08:30 (America/Chicago), line center, hours center" in words
    assert "Open: the weekly hours of Tuesday are 07:00 to 19:00. Closes Tuesday 2031-03-04 19:00." in words
    assert "therapy: open" in words
    assert "nurse: open" in words
    assert "press 1" in words
    later = told(tools, EARLY + timedelta(hours=2))
    assert "nurse: closed by its own hours (night); a callback or a message is offered" in later


def test_a_line_is_known_by_its_number_and_a_closed_line_closes_what_it_leads_to(tools: Tools) -> None:
    for line in ("coast", COAST):
        words = told(tools, EARLY, line)
        assert "06:30 (America/Los_Angeles), line coast, hours coast" in words
        assert "Closed: the weekly hours of Tuesday are 10:00 to 20:00. Opens Tuesday 2031-03-04 10:00." in words
        assert "nurse: not reached, the line is closed" in words
        assert "we are closed" in words.lower()


def test_a_service_is_told_by_its_own_hours_and_what_he_hears_who_asks_for_it(tools: Tools) -> None:
    words = told(tools, EARLY, service="nurse")
    assert "09:30 (America/New_York), line center, hours night" in words
    assert "birth" in words
    words = told(tools, EARLY + timedelta(hours=2), service="nurse")
    assert "Closed: the weekly hours of Tuesday are 02:00 to 11:00. Opens Wednesday 2031-03-05 02:00." in words
    assert "birth" not in words


def test_a_holiday_an_exception_and_what_somebody_forced_are_named(tools: Tools) -> None:
    here = ZoneInfo(CHICAGO)
    assert "Friday is a holiday: Independence Day" in told(tools, datetime(2031, 7, 4, 10, tzinfo=here))
    closed = told(tools, datetime(2031, 3, 5, 10, tzinfo=here))
    assert "Closed: an exception for 2031-03-05 says closed. Opens Thursday 2031-03-06 08:00." in closed
    short = told(tools, datetime(2031, 3, 6, 10, tzinfo=here))
    assert "Open: an exception for 2031-03-06 says 08:00 to 12:00. Closes Thursday 2031-03-06 12:00." in short
    with tools.database.transaction() as tx:
        until = EARLY + timedelta(hours=1)
        directory.store.set_override(tx, state="closed", until=until, by="test", now=EARLY)
    try:
        words = "somebody forced the center closed until Tuesday 2031-03-04 09:30. Opens Tuesday 2031-03-04 09:30"
        assert f"Closed: {words}" in told(tools, EARLY)
        assert "Open: the weekly hours" in told(tools, until)
    finally:
        with tools.database.transaction() as tx:
            directory.store.set_override(tx, state="normal", until=None, by="test", now=EARLY)


def test_what_is_not_there_is_refused(tools: Tools) -> None:
    for wrong in ({"line": "north"}, {"service": "surgery"}):
        with pytest.raises(previewing.NotThere, match="there are"):
            previewing.preview(tools, EARLY, **wrong)


@pytest.mark.parametrize("forced", [None, ("open", 90), ("closed", 400), ("open", None)])
def test_it_is_what_a_call_is_told_then(tools: Tools, forced: tuple[str, int | None] | None) -> None:
    if forced:
        until = EARLY + timedelta(minutes=forced[1]) if forced[1] else None
        with tools.database.transaction() as tx:
            directory.store.set_override(tx, state=forced[0], until=until, by="test", now=EARLY)
    for minutes in range(-3000, 6000, 593):
        at = EARLY + timedelta(minutes=minutes)
        for line, service in (("center", ""), ("coast", "therapy"), ("coast", "nurse")):
            shown = previewing.preview(tools, at, line, service).standing
            session = Session(Party.PATIENT, line=line, service=service or None)
            with tools.database.reading() as tx:
                now = facts.hours_of(tx, tools, at, session)
                assert (shown.state.open, shown.state.opens_at, shown.state.why, shown.state.says) == (
                    now.open, now.opens_at, now.why, now.says,
                )  # fmt: skip
                if shown.changes_at:
                    turns = facts.hours_of(tx, tools, shown.changes_at, session)
                    before = facts.hours_of(tx, tools, shown.changes_at - timedelta(minutes=1), session)
                    assert (before.open, turns.open) == (now.open, not now.open)
    with tools.database.transaction() as tx:
        directory.store.set_override(tx, state="normal", until=None, by="test", now=EARLY)
