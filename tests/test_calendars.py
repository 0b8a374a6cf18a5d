"""Two lines in two zones with hours of their own, and a service with its own: each promise and call goes by its own."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

import appointments
import callbacks.store
import calls.store
import clock
import telling
import texting
import workload
from callbacks.requests import Kind, Wish
from calls.store import Entry, Fact
from config.content import Content, Hours, Span
from config.reading import read_content
from config.settings import ROOT
from directory import staging_store
from ivr import flow
from ivr.knowledge import FindWindows, LookAtCapacity
from ivr.session import Session, Stage
from ivr.signals import DigitsPressed, Party
from migrations import upgrade
from tests.scenarios.orders import CENTER, Center

COAST, HERE = "+13235550111", "+13125550142"
EARLY = datetime(2031, 3, 4, 14, 30, tzinfo=UTC)  # Tuesday, 8:30 in Chicago, 6:30 in Los Angeles, 9:30 in New York
CHICAGO, ANGELES, YORK = "America/Chicago", "America/Los_Angeles", "America/New_York"
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri")


def two_lines() -> Content:
    """The shipped content with a second line on the west coast, and a nurse who works in New York alone."""
    content = read_content(ROOT / "config")
    center = content.lines["center"]
    hours = {
        "center": Hours(zone=CHICAGO, weekly=(Span(days=WEEKDAYS, opens="07:00", closes="19:00"),)),
        "coast": Hours(zone=ANGELES, weekly=(Span(days=WEEKDAYS, opens="10:00", closes="20:00"),)),
        "night": Hours(zone=YORK, weekly=(Span(days=WEEKDAYS, opens="02:00", closes="11:00"),)),
    }
    lines = {"center": center, "coast": center.model_copy(update={"number": COAST, "hours": "coast"})}
    nurse = content.services["nurse"].model_copy(update={"hours": "night"})
    services = {**content.services, "nurse": nurse}
    return content.model_copy(update={"hours": hours, "lines": lines, "services": services})


@pytest.fixture
def center(tmp_path: Path) -> Iterator[Center]:
    upgrade(f"sqlite:///{tmp_path}/orders.db")
    standing = Center(tmp_path, two_lines())
    standing.clock.at = EARLY
    yield standing
    standing.database.close()


def promise(center: Center, service: str, dialled: str, kind: Kind = Kind.PLACE) -> str:
    """A call to a number, and the promise that was made in it, due now; the name of both."""
    name, number, now = f"{service}-{dialled[-4:]}", f"+1312555{len(states(center)):04}", center.clock.at
    wish = Wish(None, None, (), 1, now, now, now + timedelta(hours=2), kind=kind, zones=(CHICAGO, YORK))
    with center.database.transaction() as tx:
        calls.store.open_call(
            tx, call_id=name, dialled=dialled, caller_hash=None, caller_sealed=None, language="en", now=now
        )
        calls.store.note_call(tx, name, service=service)
        callbacks.store.book(
            tx, center.tools.vault, request_id=name, call_id=name, number=number, service=service, language="en",
            wish=wish, now=now,
        )  # fmt: skip
    return name


def states(center: Center) -> dict[str, str]:
    with center.database.reading() as tx:
        rows = tx.execute(text("SELECT id, state FROM callback_requests ORDER BY id"))
        return {row.id: row.state for row in rows}


def test_a_service_s_own_hours_come_before_those_of_the_line_and_an_unknown_line_is_the_first() -> None:
    content = two_lines()
    assert content.calendar("therapy", "center") == content.calendar("therapy") == "center"
    assert content.calendar("therapy", "coast") == content.calendar(None, "coast") == "coast"
    assert content.calendar("nurse", "coast") == content.calendar("nurse") == "night"
    assert content.calendar("gone", "gone") == "center"
    assert content.home == content.hours["center"]


def test_promises_stand_in_line_and_rest_by_their_own_calendar(center: Center) -> None:
    for service in ("therapy", "nurse"):
        for dialled in (CENTER, COAST, ""):
            promise(center, service, dialled)
    clock.due_promises(center.tools)
    open_now = {"therapy-0100": "waiting", "therapy-": "waiting", "therapy-0111": "booked"}
    assert {key: state for key, state in states(center).items() if "therapy" in key} == open_now
    assert {state for key, state in states(center).items() if "nurse" in key} == {"waiting"}
    center.clock.at = EARLY + timedelta(hours=4)  # 10:30 on the coast, past 11 in New York
    clock.due_promises(center.tools)
    found = states(center)
    assert {state for key, state in found.items() if "therapy" in key} == {"waiting"}
    assert {state for key, state in found.items() if "nurse" in key} == {"booked"}, "they rest until two at night"
    center.clock.at = EARLY + timedelta(hours=11)  # 19:30 in Chicago, 17:30 on the coast
    clock.due_promises(center.tools)
    rests = {"therapy-0100": "booked", "therapy-": "booked", "therapy-0111": "waiting"}
    assert {key: state for key, state in states(center).items() if "therapy" in key} == rests
    with center.database.reading() as tx:
        due = {row.id: row.due_at for row in tx.execute(text("SELECT id, due_at FROM callback_requests"))}
    assert "13:00:00" in str(due["therapy-0100"]), "seven in the morning in Chicago"
    assert "07:00:00" in str(due["nurse-0111"]), "two at night in New York"


def test_a_promise_by_a_deadline_is_kept_early_only_where_it_is_open(center: Center) -> None:
    services = {key: each.model_copy(update={"callback": "deadline"}) for key, each in two_lines().services.items()}
    center.tools = replace(center.tools, content=two_lines().model_copy(update={"services": services}))
    name = promise(center, "therapy", COAST)
    with center.database.transaction() as tx:
        tx.execute(text("UPDATE callback_requests SET kind = 'deadline', due_at = promise_by"))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("routing.store.count_staff", lambda _tx, _need: (1, 1, 1))
        clock.due_promises(center.tools)
        assert states(center) == {name: "booked"}
        center.clock.at = EARLY + timedelta(hours=3, minutes=40)  # ten past ten on the coast
        with center.database.transaction() as tx:
            tx.execute(text("UPDATE callback_requests SET due_at = :late"), {"late": "2031-03-04 23:00:00.000000"})
        clock.due_promises(center.tools)
    assert states(center) == {name: "waiting"}


def windows(center: Center, asked: FindWindows) -> tuple[datetime, str]:
    with center.database.reading() as tx:
        found = appointments.found_windows(tx, center.tools, asked, center.clock.at)
    return found[0].starts, found[0].zone


def test_windows_lie_in_the_hours_of_what_they_are_for_and_are_told_in_their_zone(center: Center) -> None:
    nowhere = "+18005550199"  # lies in no zone

    def found(service: str | None, line: str, promised: str = "") -> tuple[datetime, str]:
        return windows(center, FindWindows(HERE, None, None, service, line, promised))

    assert found("therapy", "center")[0] == EARLY
    assert found("therapy", "coast")[0] == datetime(2031, 3, 4, 18, 0, tzinfo=UTC), "ten on the coast"
    center.clock.at = EARLY + timedelta(hours=3)  # half past twelve in New York
    tomorrow = datetime(2031, 3, 5, 14, 0, tzinfo=UTC)  # eight in Chicago: no patient is rung before
    assert found("nurse", "coast")[0] == tomorrow
    of_coast = promise(center, "therapy", COAST)
    assert found("nurse", "center", of_coast)[0] == datetime(2031, 3, 4, 18, 0, tzinfo=UTC), "by what was promised"
    assert windows(center, FindWindows(nowhere, None, None, "therapy", "coast"))[1] == ANGELES
    assert windows(center, FindWindows(nowhere, None, None, "therapy", "center"))[1] == CHICAGO


def test_capacity_ends_when_the_service_closes_that_is_asked_for(center: Center) -> None:
    center.clock.at = EARLY + timedelta(hours=4)  # 12:30 in Chicago, 10:30 on the coast

    def left(service: str, line: str) -> int | None:
        with center.database.reading() as tx:
            return appointments.capacity(tx, center.tools, LookAtCapacity(service, "en", line), center.clock.at).left

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("routing.store.count_staff", lambda _tx, _need: (1, 1, 1))
        assert left("therapy", "center") == (18 - 12 + 1) * 60 - 30
        assert left("therapy", "coast") == (19 - 10 + 1) * 60 - 30
        assert left("nurse", "coast") is None, "closed"


def test_a_promise_is_told_and_texted_in_the_zone_of_its_own_hours(center: Center) -> None:
    of_coast = promise(center, "therapy", COAST, kind=Kind.WINDOW)
    at_home = promise(center, "therapy", "")
    with center.database.transaction() as tx:
        tx.execute(text("UPDATE callback_requests SET texts = 1"))
        found = {name: callbacks.store.request(tx, name) for name in (of_coast, at_home)}
        assert [appointments.told_in(tx, center.tools, each) for each in found.values() if each] == [ANGELES, CHICAGO]
    entry = Entry(1, "text", f"{of_coast}:booked", 1, of_coast, 0)
    assert texting.send(entry, center.tools) == "sent"
    assert "6:30" in str(center.carrier.asked[-1])


def test_the_story_of_a_call_is_told_in_the_zone_of_its_hours(center: Center) -> None:
    for name in (promise(center, "therapy", COAST), promise(center, "nurse", COAST), promise(center, "therapy", "")):
        with center.database.transaction() as tx:
            calls.store.write_journal(tx, [Fact(f"f:{name}", name, "call_arrived", EARLY, None, {})])
    with center.database.reading() as tx:
        told = [telling.story_of(tx, name, center.tools)[-1] for name in ("therapy-0111", "nurse-0111", "therapy-")]
    assert [line.split()[0] for line in told] == ["6:30:00", "9:30:00", "8:30:00"]


def test_work_of_a_promise_is_due_once_its_own_line_opens(center: Center) -> None:
    for dialled in (CENTER, COAST):
        promise(center, "therapy", dialled)
    with center.database.transaction() as tx:
        for name in ("therapy-0100", "therapy-0111"):
            handed = callbacks.store.request(tx, name)
            assert handed is not None
            workload.hand_over(tx, handed, center.tools)
        due = {row.call_id: row.due_at for row in tx.execute(text("SELECT call_id, due_at FROM work_items"))}
    assert "15:30:00" in str(due["therapy-0100"]), "an hour from now"
    assert "19:00:00" in str(due["therapy-0111"]), "an hour after ten on the coast"


def test_a_skill_counts_to_the_end_of_its_last_day_where_its_clinician_works(center: Center) -> None:
    day = EARLY.date()
    with center.database.transaction() as tx:
        for place, zone in (("east", YORK), ("west", ANGELES)):
            tx.execute(staging_store.SITES.insert().values(id=place, name=place, zone=zone, schedule=""))
        people: tuple[tuple[str, str | None], ...] = (("eve", "east"), ("wes", "west"), ("ann", None))
        for person, site in people:
            values = {"id": person, "given": person, "family": "x", "qualified": "", "site_id": site}
            tx.execute(staging_store.CLINICIANS.insert().values(**values))
            skill = {"clinician_id": person, "skill": "nurse", "level": 3, "local_level": 3, "expires_on": day}
            tx.execute(staging_store.SKILLS.insert().values(**skill))

    def have_it() -> set[str]:
        clock.lapse_skills(center.tools)
        with center.database.reading() as tx:
            return set(tx.execute(text("SELECT clinician_id FROM clinician_skills WHERE level > 0")).scalars())

    assert have_it() == {"eve", "wes", "ann"}
    for hour, left in ((5, {"wes", "ann"}), (6, {"wes"}), (8, set[str]())):  # midnight there, then here, then there
        center.clock.at = datetime(2031, 3, 5, hour, 1, tzinfo=UTC)
        assert have_it() == left


def test_the_conversation_asks_about_the_line_that_was_called() -> None:
    here = Session(Party.PATIENT, Stage.CALLBACK_CONFIRM, line="coast", service="therapy", caller=HERE)
    asked = flow.questions(here, DigitsPressed("1"))
    assert LookAtCapacity("therapy", "en", "coast", HERE) in asked
    assert FindWindows(HERE, None, None, "therapy", "coast") in asked
    standing = replace(here, stage=Stage.MY_CALLBACK, promise="p1", callback_number=HERE)
    assert FindWindows(HERE, None, None, "therapy", "coast", "p1") in flow.questions(standing, DigitsPressed("3"))
