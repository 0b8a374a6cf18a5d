"""What supervisors do, in the rows: it counts at once, is undone by the clock where it is for a day, and is audited."""

from datetime import timedelta

import pytest

import clock as clock_door
import directory.store
import facts
from directory import local_store
from ivr.knowledge import CalendarNow
from overseeing import NOT_WAITING, RINGS, Overseeing
from tests.scenarios.orders import Center, change, told

SAM = "user:sam"


@pytest.fixture
def sees(center: Center) -> Overseeing:
    return Overseeing(center.tools)


def audits(center: Center, action: str) -> list[tuple[object, ...]]:
    return told(center, f"SELECT actor, subject FROM audit WHERE action = '{action}'")


def skills(center: Center, clinician: str) -> dict[str, int]:
    with center.database.reading() as tx:
        person = directory.store.clinician(tx, clinician)
    assert person is not None
    return dict(person.skills)


# --- people


def test_a_state_is_set_and_who_set_it_is_written_down(center: Center, sees: Overseeing) -> None:
    assert sees.set_presence("ana", "away", "lunch", 30, SAM) == ""
    assert told(center, "SELECT state, reason FROM presences WHERE clinician_id = 'ana'") == [("away", "lunch")]
    assert audits(center, "set_presence")[-1] == (SAM, "ana")
    assert "Nobody can be set" in sees.set_presence("ana", "talking", None, None, SAM)
    assert "Nobody of that name" in sees.set_presence("nobody", "ready", None, None, SAM)
    change(center, "UPDATE clinicians SET phone_sealed = NULL WHERE id = 'ana'")
    assert "No phone" in sees.set_presence("ana", "ready", None, None, SAM)


def test_a_wrap_up_is_ended_once(center: Center, sees: Overseeing) -> None:
    assert sees.end_wrap_up("ana", SAM) != "", "she does not wrap up"
    change(center, "UPDATE presences SET state = 'wrapping_up' WHERE clinician_id = 'ana'")
    assert sees.end_wrap_up("ana", SAM) == ""
    assert told(center, "SELECT state FROM presences WHERE clinician_id = 'ana'") == [("ready",)]
    assert audits(center, "end_wrap_up") == [(SAM, "ana")]


# --- levels for today


def test_a_level_for_today_counts_at_once_and_is_over_at_midnight(center: Center, sees: Overseeing) -> None:
    before = skills(center, "ana")
    assert "nurse" not in before
    assert sees.set_today("ana", "nurse", 3, SAM) == ""
    assert sees.set_today("ana", "physical_therapy", 0, SAM) == ""
    assert skills(center, "ana") == {**{k: v for k, v in before.items() if k != "physical_therapy"}, "nurse": 3}
    assert told(center, "SELECT kind FROM outbox WHERE subject = 'ana' AND kind = 'duty'"), "the router is told"
    assert audits(center, "set_today") == [(SAM, "ana")] * 2
    assert sees.set_today("ana", "nurse", 3, SAM) == "It stands so already."
    center.clock.at += timedelta(hours=13, minutes=59)  # it is ten o'clock where the center is
    assert clock_door.lapse_skills(center.tools) == 0
    center.clock.at += timedelta(minutes=1)
    assert clock_door.lapse_skills(center.tools) == 1
    assert skills(center, "ana") == before
    assert told(center, "SELECT 1 FROM clinician_skills WHERE clinician_id = 'ana' AND skill = 'nurse'") == []


def test_a_level_for_today_is_taken_back(center: Center, sees: Overseeing) -> None:
    before = skills(center, "ana")
    sees.set_today("ana", "nurse", 3, SAM)
    sees.set_today("ana", "physical_therapy", 1, SAM)
    assert sees.set_today("ana", "nurse", None, SAM) == ""
    assert sees.set_today("ana", "physical_therapy", None, SAM) == ""
    assert skills(center, "ana") == before
    assert sees.set_today("ana", "nurse", None, SAM) == "It stands so already."
    assert "No service asks" in sees.set_today("ana", "juggling", 3, SAM)


def test_what_the_site_says_meanwhile_counts_after_the_day(center: Center, sees: Overseeing) -> None:
    sees.set_today("ana", "physical_therapy", 1, SAM)
    with center.database.transaction() as tx:
        local_store.set_level(tx, "ana", "physical_therapy", 5)
    assert skills(center, "ana")["physical_therapy"] == 1
    with center.database.reading() as tx:
        rows = {row["clinician"]: row["skills"] for row in local_store.staff_rows(tx, center.tools.vault)}
    assert "physical_therapy:5" in rows["ana"], "the sheet holds the usual level"
    center.clock.at += timedelta(hours=14)
    clock_door.lapse_skills(center.tools)
    assert skills(center, "ana")["physical_therapy"] == 5


# --- waiting calls


def test_a_caller_waits_for_another_service_at_his_place_and_hears_of_it(center: Center, sees: Overseeing) -> None:
    sid = center.joe_waits(for_whom=None)
    ((call, place),) = told(center, "SELECT call_id, place_ms FROM waits")
    assert sees.move(str(call), "nurse", SAM) == ""
    ((need, now_place, state),) = told(center, "SELECT need, place_ms, state FROM waits")
    assert (now_place, state) == (place, "waiting")
    assert '"skill": "nurse"' in str(need)
    assert told(center, "SELECT service FROM calls") == [("nurse",)]
    last = told(center, "SELECT fact, details FROM journal ORDER BY id DESC LIMIT 2")
    assert [fact for fact, _ in last] == ["joined_line", "left_line"]
    assert audits(center, "move_call") == [(SAM, "patient-101")]
    center.presses(sid, "", waiting=True)  # a round of music is over
    document = center.carrier
    assert "another team" in last_document(center, sid), document
    assert "another team" not in next_document(center, sid), "he hears of it once"


def last_document(center: Center, sid: str) -> str:
    rows = told(center, f"SELECT document FROM answered WHERE sid = '{sid}' ORDER BY turn DESC LIMIT 1")
    return str(rows[0][0])


def next_document(center: Center, sid: str) -> str:
    center.presses(sid, "", waiting=True)
    return last_document(center, sid)


def test_who_cannot_be_moved_stays_where_he_is(center: Center, sees: Overseeing) -> None:
    assert sees.move("no-call", "nurse", SAM) == NOT_WAITING
    center.joe_waits(for_whom=None)
    call = str(told(center, "SELECT id FROM calls")[0][0])
    assert "Choose another service" in sees.move(call, "therapy", SAM)
    assert "Choose another service" in sees.move(call, "nonsense", SAM)
    for column, value, why in (("red_flag", "'nurse'", "danger"), ("proxy_id", "'p1'", "")):
        change(center, f"UPDATE calls SET {column} = {value}")
        refused = sees.move(call, "nurse", SAM)
        assert (why in refused) if why else refused == "", "a proxy of no scope may speak about all"
        change(center, f"UPDATE calls SET {column} = NULL, service = 'therapy'")
    change(center, "UPDATE waits SET state = 'offered'")
    assert sees.move(call, "clinic", SAM) == RINGS
    change(center, "UPDATE waits SET state = 'waiting', kind = 'callback'")
    assert "promised callback" in sees.move(call, "clinic", SAM)


def test_a_proxy_is_not_moved_to_what_he_may_not_speak_about(center: Center, sees: Overseeing) -> None:
    center.joe_waits(for_whom=None)
    call = str(told(center, "SELECT id FROM calls")[0][0])
    proxy = str(told(center, "SELECT id FROM proxies")[0][0])
    change(center, f"UPDATE proxies SET scope = 'therapy' WHERE id = '{proxy}'")
    change(center, f"UPDATE calls SET proxy_id = '{proxy}'")
    assert "may not speak about that" in sees.move(call, "nurse", SAM)


def test_a_caller_is_hurried_while_he_waits(center: Center, sees: Overseeing) -> None:
    assert sees.hurry("no-call", 600, SAM) == NOT_WAITING
    center.joe_waits(for_whom=None)
    ((call, place),) = told(center, "SELECT call_id, place_ms FROM waits")
    assert sees.hurry(str(call), 600, SAM) == ""
    assert told(center, "SELECT place_ms FROM waits") == [(int(str(place)) - 600_000,)]
    assert audits(center, "hurry") == [(SAM, call)]
    assert told(center, "SELECT count(*) FROM journal WHERE fact = 'hurried'") == [(1,)]


# --- services


def hours(center: Center, service: str) -> CalendarNow:
    with center.database.reading() as tx:
        return facts.hours(tx, center.tools, center.clock.at, f"center#{service}")


def test_one_service_is_closed_until_a_time_and_the_others_are_not(center: Center, sees: Overseeing) -> None:
    three = center.clock.at + timedelta(hours=3)
    assert sees.close_service("nurse", three, SAM) == ""
    assert (hours(center, "nurse").open, hours(center, "nurse").opens_at) == (False, three)
    assert hours(center, "therapy").open
    with center.database.reading() as tx:
        assert clock_door._closed(tx, center.tools, center.clock.at) == {"#nurse": three}
    assert audits(center, "close_service") == [(SAM, None)]
    center.clock.at = three
    assert hours(center, "nurse").open
    assert sees.open_service("nurse", SAM) == "It was open already."


def test_a_service_closed_for_nobody_knows_how_long_is_opened_by_hand(center: Center, sees: Overseeing) -> None:
    assert sees.close_service("nurse", None, SAM) == ""
    assert (hours(center, "nurse").open, hours(center, "nurse").opens_at) == (False, None)
    assert sees.open_service("nurse", SAM) == ""
    assert hours(center, "nurse").open
    assert "no such service" in sees.close_service("bakery", None, SAM)
    assert "time to come" in sees.close_service("nurse", center.clock.at, SAM)


def test_who_chooses_a_closed_service_is_told_so_and_who_waits_for_it_is_asked(
    center: Center, sees: Overseeing
) -> None:
    sid = center.joe_waits(for_whom=None)
    sees.close_service("therapy", center.clock.at + timedelta(hours=3), SAM)
    center.presses(sid, "", waiting=True)
    assert told(center, f"SELECT stage FROM legs WHERE sid = '{sid}'") == [("closing",)]
    other = center.joe_calls()
    for digits in ("1", "1"):
        center.presses(other, digits)
    assert told(center, f"SELECT stage FROM legs WHERE sid = '{other}'") == [("no_one",)]
