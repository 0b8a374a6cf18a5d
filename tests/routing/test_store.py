"""Routing's truth, on both databases: every change is made once, together, and says what must follow.

Longer than 300 lines because it follows one state machine over three tables from its beginning to each of its ends.
"""

from typing import Any

import pytest
from sqlalchemy import Connection, event

from config.content import Ladder, Rung
from config.database import Database
from routing import history_store, offers, rows, store
from routing.needs import Follow, Need, WaitState, epoch_ms
from routing.policy import DutyEntry, Stand, WaitEntry, ladder_of
from routing.presence import State
from tests.routing.world import ANA, JOE, LADDER, NOON, Center, after, kinds


@pytest.fixture
def center(database: Database) -> Center:
    made = Center(database)
    made.joins()
    made.ready()
    return made


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_every_tick_asks_reads_nothing_that_is_long_over(center: Center) -> None:
    def steps(tx: Connection) -> list[str]:
        asked: list[tuple[str, Any]] = []
        event.listen(tx, "before_cursor_execute", lambda *args: asked.append((args[2], args[3])))
        for ask in (store.climb_all, store.due_offers, store.alone, history_store.seen_since):
            ask(tx, NOON)
        store.waits_open(tx)
        told = [tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values) for sql, values in tuple(asked)]
        return [row.detail for rows_of in told for row in rows_of]

    found = center.do(steps)
    assert [step for step in found if step in ("SCAN waits", "SCAN offers")] == []
    assert any("uq_waits_open_call" in step for step in found)


# --- waiting ---


def test_a_caller_joins_on_the_first_rung_with_its_timer(center: Center) -> None:
    wait = center.wait()
    assert (wait.state, wait.need, wait.rung, wait.rung_until) == (WaitState.WAITING, JOE, 0, after(30))


def test_joining_again_goes_on_with_the_same_wait(center: Center) -> None:
    assert center.joins(wait_id="another", at=after(9)) == [Follow("line", "wait-call-1", 1)]
    assert [wait.id for wait in center.do(store.waits_open)] == ["wait-call-1"]


def test_a_call_may_wait_again_after_it_left(center: Center) -> None:
    center.do(store.leave, call_id="call-1", why="message", now=after(1))
    assert kinds(center.joins(wait_id="second", at=after(9))) == [("line", "second")]
    assert center.wait().id == "second"


def test_joining_may_skip_people_who_are_not_on_duty(center: Center) -> None:
    center.joins("call-2", on_duty=set())
    assert (center.wait("call-2").rung, center.wait("call-2").rung_until) == (1, None)


def test_waits_are_listed_by_place(center: Center) -> None:
    center.joins("call-2", place_ms=epoch_ms(NOON) - 1)
    assert [wait.call_id for wait in center.do(store.waits_open)] == ["call-2", "call-1"]


def test_leaving_ends_the_wait_once(center: Center) -> None:
    assert kinds(center.do(store.leave, call_id="call-1", why="hung_up", now=after(5))) == [("line", "wait-call-1")]
    wait = center.wait()
    assert (wait.state, wait.ended_why, wait.ended_at, wait.version) == (WaitState.LEFT, "hung_up", after(5), 2)
    assert center.do(store.leave, call_id="call-1", why="hung_up", now=after(6)) == []


def test_a_caller_climbs_when_the_time_of_his_rung_is_over(center: Center) -> None:
    assert center.do(store.climb_all, after(29)) == []
    assert center.do(store.climb_all, after(30)) == [Follow("line", "wait-call-1", 2)]
    assert center.do(store.climb_all, after(30)) == []
    assert center.wait().place_ms == epoch_ms(NOON)


def test_a_caller_climbs_early_when_nobody_named_is_on_duty(center: Center) -> None:
    center.sets("ana", "offline")
    center.ready("cy")
    assert center.do(store.climb_all, after(1)) != []
    assert center.wait().rung == 1


def test_a_caller_climbs_early_when_those_named_let_him_ring_in_vain(center: Center) -> None:
    made = center.rings()
    center.do(store.give_back, made.id, "no_answer", now=after(20))
    assert center.presence().reason == "cool_down"
    assert center.do(store.climb_all, after(21)) != []
    assert center.wait().rung == 1


def test_a_fault_of_ours_is_not_taken_for_her_not_answering(center: Center) -> None:
    made = center.rings()
    center.do(store.give_back, made.id, "failed", now=after(20))
    assert center.do(store.climb_all, after(21)) == []


@pytest.mark.parametrize(("visit", "climbs"), [(20, False), (90, True)])
def test_a_caller_climbs_early_when_his_own_is_expected_too_late(center: Center, visit: int, climbs: bool) -> None:
    patient = Ladder(rungs=(Rung(serve=("own",), seconds=600, expected_seconds=60), Rung(serve=("any",))))
    center.do(store.leave, call_id="call-1", why="hung_up", now=NOON)
    center.joins("call-2", ladder=patient)
    center.sets("ana", "ready")
    made = center.rings("call-2")
    center.do(store.accept, made.id, now=NOON)
    center.joins("call-3", ladder=patient)
    center.do(store.finish_talk, made.id, now=NOON, wrap_up_seconds=visit)
    follows = center.do(store.climb_all, after(1))
    assert kinds(follows) == ([("line", "wait-call-3")] if climbs else [])


FOR_OWN = Ladder(rungs=(Rung(serve=("own",), seconds=1800, through_visits=True), Rung(serve=("any",))))


def _chooses(center: Center, whom: str = "own", ladder: Ladder = FOR_OWN) -> list[Follow]:
    plain = {"call_id": "call-1", "whom": whom, "ladder_name": "for_own", "ladder": ladder, "now": after(10)}
    return center.do(store.choose_ladder, **plain, content="f" * 64)


def test_a_caller_changes_his_ladder_and_keeps_his_place(center: Center) -> None:
    before = center.wait()
    assert kinds(_chooses(center)) == [("line", "wait-call-1")]
    chosen = center.wait()
    assert (chosen.place_ms, chosen.joined_at) == (before.place_ms, before.joined_at)
    assert (chosen.need.whom, chosen.ladder, chosen.rung, chosen.rung_until) == ("own", "for_own", 0, after(1810))
    entry = center.do(store.line_entry, "wait-call-1")
    assert [stand.line for stand in entry.stands] == ["clinician:ana"]
    center.do(store.leave, call_id="call-1", why="hung_up", now=after(20))
    assert _chooses(center) == [], "who does not wait chooses nothing"


def test_who_rings_for_a_caller_that_changes_his_ladder_rings_on(center: Center) -> None:
    made = center.rings()
    _chooses(center)
    assert center.wait().state is WaitState.OFFERED
    center.do(store.give_back, made.id, "declined", now=after(12))
    assert [stand.line for stand in center.do(store.line_entry, "wait-call-1").stands] == ["clinician:ana"]


@pytest.mark.parametrize(("state", "stays"), [("in_visit", True), ("away", False), ("offline", False)])
def test_he_waits_for_her_through_a_visit_and_not_when_she_is_gone(center: Center, state: str, stays: bool) -> None:
    _chooses(center)
    center.sets("ana", state)
    center.do(store.climb_all, after(20))
    assert (center.wait().rung == 0) == stays


def test_only_the_ready_are_told_again(center: Center) -> None:
    center.ready("ben")
    center.sets("cy", "away")
    assert kinds(center.do(store.told_again, None)) == [("duty", "ana"), ("duty", "ben")]
    assert kinds(center.do(store.told_again, {"ben", "cy"})) == [("duty", "ben")]


def test_those_who_want_one_clinician_are_counted(center: Center) -> None:
    center.joins("call-2", need=Need("pt", own="ben"))
    assert (center.do(store.waiting_for, "ana"), center.do(store.waiting_for, "ben")) == (1, 1)
    center.rings()
    assert center.do(store.waiting_for, "ana") == 0, "who is rung for waits no more"


def test_nobody_climbs_while_it_rings(center: Center) -> None:
    center.offers()
    assert center.do(store.climb_all, after(60)) == []


def test_a_caller_keeps_the_ladder_he_joined_with(center: Center) -> None:
    center.joins("call-2", content="version-two-of-the-content")
    waits = center.wait("call-2")
    assert ladder_of(waits) == LADDER
    assert waits.content == "version-two-"


def test_a_hurried_caller_stands_earlier(center: Center) -> None:
    (follow,) = center.do(store.hurry, "call-1", 600)
    assert follow == Follow("line", "wait-call-1", 2)
    assert center.wait().place_ms == epoch_ms(NOON) - 600_000
    assert center.do(store.hurry, "nobody", 600) == []


# --- when nobody is rung ---


def test_nothing_rings_that_would_ring_into_a_visit(center: Center) -> None:
    center.do(store.protect, "ana", after(15), after(900))
    assert center.offers() is None
    assert (center.presence().state, center.presence().until) == (State.IN_VISIT, after(900))
    assert center.do(store.due_presences, after(900), 20) != []
    assert center.presence().state is State.READY


def test_a_visit_begins_by_itself(center: Center) -> None:
    center.do(store.protect, "ana", after(600), after(900))
    assert center.do(store.due_visits, after(579), 20) == []
    assert kinds(center.do(store.due_visits, after(580), 20)) == [("duty", "ana")]
    assert center.presence().state is State.IN_VISIT
    assert center.do(store.due_visits, after(581), 20) == []


def test_outside_the_time_that_he_named_nothing_rings(center: Center) -> None:
    center.do(store.set_presence, "ana", "ready", reason=None, until=after(1200), now=NOON, begins=after(600))
    assert center.offers(at=after(599)) is None
    assert center.do(store.due_presences, after(599), 20) == []
    assert kinds(center.do(store.due_presences, after(600), 20)) == [("duty", "ana")]
    assert center.presence().state is State.READY
    assert center.offers(at=after(1180)) is None, "it would ring beyond its end"
    assert center.presence().state is State.OFFLINE


def test_a_visit_does_not_move_the_end_of_the_time_that_he_named(center: Center) -> None:
    center.do(store.set_presence, "ana", "ready", reason=None, until=after(1200), now=NOON)
    center.do(store.protect, "ana", after(60), after(900))
    center.do(store.due_visits, after(60), 20)
    center.do(store.due_presences, after(900), 20)
    assert (center.presence().state, center.presence().free_until) == (State.READY, after(1200))
    assert kinds(center.do(store.due_presences, after(1180), 20)) == [("duty", "ana")]
    assert center.presence().state is State.OFFLINE


def test_free_later_gives_back_what_rings(center: Center) -> None:
    made = center.offers()
    assert made is not None
    center.do(store.set_presence, "ana", "ready", reason=None, until=after(1200), now=after(5), begins=after(600))
    assert center.presence().state is State.AWAY
    assert center.offer(made).state == "declined"


def test_a_visit_ends_after_it_starts(center: Center) -> None:
    with pytest.raises(ValueError, match="ends after"):
        center.do(store.protect, "ana", after(60), after(60))


def test_who_took_as_many_calls_as_an_hour_may_bring_rests(center: Center) -> None:
    made = center.talks()
    center.do(store.finish_talk, made.id, now=after(60), wrap_up_seconds=0)
    center.joins("call-2", at=after(60))
    named = {"wait_id": "wait-call-2", "clinician_id": "ana", "room": "r2", "why": lambda _wait: {}, "ring_seconds": 20}
    assert center.do(store.make_offer, **named, now=after(61), calls_per_hour=1) is None
    rests = center.presence()
    assert (rests.state, rests.reason, rests.until) == (State.AWAY, "hour_full", after(3600))
    center.do(store.due_presences, after(3600), 20)
    assert center.do(store.make_offer, **named, now=after(3601), calls_per_hour=1) is not None


def test_the_least_occupied_may_be_chosen_instead_of_the_longest_idle(center: Center) -> None:
    made = center.talks()
    center.do(store.finish_talk, made.id, now=after(60), wrap_up_seconds=0)
    assert center.do(store.duty_entry, "ana", ANA, None, NOON).idle_since_ms == 60_000
    assert center.do(store.duty_entry, "ana", ANA).idle_since_ms == epoch_ms(after(60))


# --- offers ---


def test_an_offer_holds_both_and_says_what_follows(center: Center) -> None:
    made = center.offers()
    assert made is not None
    assert (made.state, made.expires_at, made.room) == (offers.State.OFFERED, after(20), "room-call-1-ana")
    assert center.wait().state is WaitState.OFFERED
    assert (center.presence().state, center.presence().offer_id) == (State.OFFERED, made.id)
    follows, _ = center.do(store.follows_of_new, made)
    assert kinds(follows) == [("ring", str(made.id)), ("line", "wait-call-1"), ("duty", "ana")]


def test_no_offer_is_made_to_who_is_not_ready_or_for_who_does_not_wait(center: Center) -> None:
    center.joins("call-2")
    center.ready("ben")
    assert center.offers("call-2", "nobody") is None
    assert center.offers("unknown", "ana") is None
    center.sets("ben", "away")
    assert center.offers("call-2", "ben") is None
    assert center.offers() is not None
    assert center.offers("call-2", "ana") is None
    assert center.offers("call-1", "ana") is None


def test_an_offer_is_accepted_once(center: Center) -> None:
    made = center.rings()
    assert center.do(store.accept, made.id, now=after(3))
    assert not center.do(store.accept, made.id, now=after(4))
    assert center.offer(made).accepted_at == after(3)
    assert (center.wait().state, center.presence().state) == (WaitState.CONNECTED, State.TALKING)


@pytest.mark.parametrize("cause", sorted(offers.GIVEN_BACK))
def test_an_offer_given_back_frees_both_and_keeps_the_place(center: Center, cause: offers.State) -> None:
    made = center.rings()
    follows = center.do(store.give_back, made.id, cause.value, now=after(8))
    hangs_up = [("hang_up", "CA-ana")] if cause in offers.LEG_MAY_LIVE else []
    assert kinds(follows) == [("line", "wait-call-1"), ("duty", "ana"), *hangs_up]
    wait = center.wait()
    assert (wait.state, wait.place_ms, wait.version) == (WaitState.WAITING, epoch_ms(NOON), 3)
    assert (center.presence().state, center.presence().offer_id) == (State.AWAY, None)
    assert (center.offer(made).state, center.offer(made).ended_at) == (cause, after(8))
    assert center.do(store.give_back, made.id, cause.value, now=after(9)) == []
    assert not center.do(store.accept, made.id, now=after(9))


@pytest.mark.parametrize("cause", ["finished", "rescinded", "accepted", "nonsense"])
def test_an_offer_is_not_given_back_as_anything_else(center: Center, cause: str) -> None:
    made = center.rings()
    with pytest.raises(ValueError, match="not given back"):
        center.do(store.give_back, made.id, cause, now=NOON)


def test_an_unknown_fence_changes_nothing(center: Center) -> None:
    assert center.do(store.give_back, 99, "declined", now=NOON) == []
    assert center.do(store.finish_talk, 99, now=NOON, wrap_up_seconds=1) == []
    assert not center.do(store.accept, 99, now=NOON)
    assert not center.do(store.start_dialling, 99, NOON)


def test_a_late_no_answer_does_not_end_an_accepted_offer(center: Center) -> None:
    made = center.rings()
    center.do(store.accept, made.id, now=after(3))
    assert center.do(store.give_back, made.id, "no_answer", now=after(4)) == []


def test_a_clinician_lost_after_the_key_sends_the_patient_back_to_his_place(center: Center) -> None:
    made = center.rings()
    center.do(store.accept, made.id, now=after(3))
    follows = center.do(store.give_back, made.id, "lost", now=after(4))
    assert kinds(follows)[2:] == [("hang_up", "CA-ana"), ("move_back", str(made.id))]
    assert center.wait().state is WaitState.WAITING


def test_a_clinician_lost_in_the_talk_sends_the_patient_back_too(center: Center) -> None:
    made = center.talks()
    assert center.do(store.give_back, made.id, "hung_up", now=after(60)) == []
    assert ("move_back", str(made.id)) in kinds(center.do(store.give_back, made.id, "lost", now=after(60)))


def test_a_promised_patient_who_may_be_on_his_way_into_the_room_is_moved_back(center: Center) -> None:
    center.joins("call-2", kind="callback", sid=None, callback_id="promise")
    center.ready("ben")
    made = center.rings("call-2", "ben")
    center.do(store.accept, made.id, now=after(3))
    follows = center.do(store.give_back, made.id, "lost", now=after(4))
    assert ("move_back", str(made.id)) in kinds(follows), "which finds nobody as long as his phone only rings"


def test_a_caller_who_hangs_up_rescinds_what_rings(center: Center) -> None:
    made = center.rings(at=after(5))
    follows = center.do(store.leave, call_id="call-1", why="hung_up", now=after(9))
    assert kinds(follows) == [("line", "wait-call-1"), ("duty", "ana"), ("hang_up", "CA-ana")]
    assert center.offer(made).state is offers.State.RESCINDED
    assert (center.presence().state, center.presence().idle_since_ms) == (State.READY, epoch_ms(NOON))
    assert center.wait().ended_why == "hung_up"


def test_a_caller_who_hangs_up_before_the_talk_frees_who_accepted(center: Center) -> None:
    made = center.rings()
    center.do(store.accept, made.id, now=after(3))
    follows = center.do(store.leave, call_id="call-1", why="hung_up", now=after(4))
    assert kinds(follows) == [("line", "wait-call-1"), ("duty", "ana"), ("hang_up", "CA-ana")]
    assert center.offer(made).state is offers.State.RESCINDED
    assert center.presence().state is State.READY


def test_leaving_in_the_talk_is_left_to_its_end(center: Center) -> None:
    made = center.talks()
    assert center.do(store.leave, call_id="call-1", why="hung_up", now=after(60)) == []
    assert center.wait().state is WaitState.CONNECTED
    follows = center.do(store.finish_talk, made.id, now=after(61), wrap_up_seconds=45)
    assert kinds(follows) == [("line", "wait-call-1"), ("duty", "ana")]
    assert (center.wait().state, center.wait().ended_why) == (WaitState.LEFT, "talked")
    assert (center.presence().state, center.presence().until) == (State.WRAPPING_UP, after(106))
    assert center.offer(made).state is offers.State.FINISHED
    assert center.do(store.finish_talk, made.id, now=after(62), wrap_up_seconds=45) == []


def test_an_offer_nobody_speaks_of_expires(center: Center) -> None:
    made = center.offers()
    assert made is not None
    assert center.do(store.start_dialling, made.id, after(0))
    assert center.do(store.due_offers, after(19)) == []
    assert center.do(store.due_offers, after(20)) == [made.id]
    follows = center.do(store.give_back, made.id, "expired", now=after(20))
    assert kinds(follows) == [("line", "wait-call-1"), ("duty", "ana")]
    assert center.do(store.due_offers, after(99)) == []


def test_an_offer_that_the_pace_holds_back_expires_only_after_two_minutes(center: Center) -> None:
    made = center.offers()
    assert made is not None
    assert center.do(store.due_offers, after(119)) == []
    assert center.do(store.due_offers, after(120)) == [made.id]


def test_a_clinician_held_by_another_offer_is_not_freed_by_this_one(center: Center) -> None:
    made = center.rings()
    with center.database.transaction() as tx:
        tx.execute(rows.PRESENCES.update().values(offer_id=made.id + 1))
    assert not center.do(store.accept, made.id, now=after(1))
    assert center.do(store.give_back, made.id, "declined", now=after(1))
    assert (center.presence().state, center.presence().offer_id) == (State.OFFERED, made.id + 1)


# --- dialling ---


def test_only_one_job_dials_and_the_ring_time_counts_from_then(center: Center) -> None:
    made = center.offers()
    assert made is not None
    assert center.do(store.start_dialling, made.id, after(15))
    assert not center.do(store.start_dialling, made.id, after(15))
    assert center.offer(made).expires_at == after(35)


def test_nobody_dials_for_an_offer_that_ended(center: Center) -> None:
    made = center.offers()
    assert made is not None
    center.do(store.leave, call_id="call-1", why="hung_up", now=after(1))
    assert not center.do(store.start_dialling, made.id, after(2))


@pytest.mark.parametrize("outcome", ["placed", "unknown", "not_placed"])
def test_what_came_of_dialling_is_noted_once(center: Center, outcome: str) -> None:
    made = center.offers()
    assert made is not None
    center.do(store.start_dialling, made.id, NOON)
    assert center.do(store.note_dialled, made.id, outcome, None)
    assert not center.do(store.note_dialled, made.id, "placed", None)
    assert center.offer(made).dialling == outcome


def test_a_leg_whose_creation_failed_introduces_itself(center: Center) -> None:
    made = center.offers()
    assert made is not None
    assert not center.do(store.adopt_leg, made.id, "CA-strange")
    center.do(store.start_dialling, made.id, NOON)
    center.do(store.note_dialled, made.id, "unknown", None)
    assert center.do(store.adopt_leg, made.id, "CA-1")
    assert center.do(store.adopt_leg, made.id, "CA-1")
    assert not center.do(store.adopt_leg, made.id, "CA-2")
    assert (center.offer(made).sid, center.offer(made).dialling) == ("CA-1", "placed")


def test_a_leg_may_speak_before_its_creation_is_answered(center: Center) -> None:
    made = center.offers()
    assert made is not None
    center.do(store.start_dialling, made.id, NOON)
    assert center.do(store.adopt_leg, made.id, "CA-1")
    assert not center.do(store.note_dialled, made.id, "unknown", None)
    assert (center.offer(made).sid, center.offer(made).dialling) == ("CA-1", "placed")


def test_ring_time_counts_from_ringing(center: Center) -> None:
    made = center.offers()
    assert made is not None
    center.do(store.start_dialling, made.id, NOON)
    assert center.do(store.note_ringing, made.id, "CA-1", after(30))
    assert not center.do(store.note_ringing, made.id, "CA-2", after(50))
    seen = center.offer(made)
    assert (seen.expires_at, seen.sid, seen.dialling) == (after(30), "CA-1", "placed")
    center.do(store.accept, made.id, now=after(5))
    assert not center.do(store.note_ringing, made.id, "CA-1", after(60))


# --- the room ---


@pytest.mark.parametrize("order", [("clinician", "patient"), ("patient", "clinician")])
def test_the_talk_starts_once_when_both_are_in(center: Center, order: tuple[str, str]) -> None:
    made = center.rings()
    assert not center.do(store.entered_room, made.room, order[0], NOON)  # not before the key
    center.do(store.accept, made.id, now=NOON)
    assert not center.do(store.entered_room, made.room, order[0], after(1))
    assert not center.do(store.entered_room, made.room, order[0], after(2))
    assert center.do(store.entered_room, made.room, order[1], after(3))
    assert not center.do(store.entered_room, made.room, order[1], after(4))
    seen = center.offer(made)
    assert seen.talk_started_at == after(3)
    assert {seen.patient_in_at, seen.clinician_in_at} == {after(1), after(3)}  # the first entry of each counts


@pytest.mark.parametrize(
    ("kind", "role", "told"),
    [
        ("call", "patient", True),
        ("call", "clinician", True),
        ("callback", "patient", True),
        ("callback", "clinician", False),
    ],
)
def test_who_is_alone_in_a_room_is_found(center: Center, kind: str, role: str, told: bool) -> None:
    center.joins("call-2", kind=kind)
    center.ready("ben")
    made = center.rings("call-2", "ben")
    center.do(store.accept, made.id, now=NOON)
    assert center.do(store.alone, after(60)) == []
    center.do(store.entered_room, made.room, role, after(1))
    assert center.do(store.alone, after(0)) == []
    assert center.do(store.alone, after(1)) == ([made.id] if told else [])
    center.do(store.entered_room, made.room, "patient" if role == "clinician" else "clinician", after(2))
    assert center.do(store.alone, after(60)) == []


def test_a_room_nobody_knows_starts_nothing(center: Center) -> None:
    assert not center.do(store.entered_room, "elsewhere", "patient", NOON)


# --- reading ---


def test_what_is_asked_by_name_is_found_or_none(center: Center) -> None:
    made = center.offers()
    assert made is not None
    assert center.do(store.wait, "wait-call-1") == center.wait()
    assert center.do(store.wait, "nobody") is None
    assert center.do(store.offer_of_room, made.room) == made
    assert center.do(store.offers_of_call, "call-1") == [made]
    assert center.do(store.offers_of_call, "call-2") == []
    assert center.do(store.presence_of, "ana") == center.presence()
    assert center.do(store.presence_of, "nobody") is None


def test_a_call_keeps_the_place_it_had(center: Center) -> None:
    assert center.do(store.last_place, "call-2") is None
    assert center.do(store.last_place, "call-1") == epoch_ms(NOON)
    center.do(store.leave, call_id="call-1", why="callback", now=after(5))
    assert center.do(store.last_place, "call-1") == epoch_ms(NOON)


# --- presence ---


def test_on_the_first_day_presence_begins_offline(center: Center) -> None:
    assert kinds(center.sets("new", "offline")) == [("duty", "new")]
    assert center.presence("new").state is State.OFFLINE


def test_ready_twice_keeps_the_turn(center: Center) -> None:
    before = center.presence()
    assert center.ready(at=after(60)) == [Follow("duty", "ana", before.version)]
    assert center.presence() == before


def test_going_away_gives_back_what_rings_and_ends_the_ringing(center: Center) -> None:
    made = center.rings()
    follows = center.sets("ana", "away", after(5), reason="lunch", until=after(1800))
    assert [kind for kind, _ in kinds(follows)] == ["line", "duty", "hang_up", "duty"]
    assert center.offer(made).state is offers.State.DECLINED
    person = center.presence()
    assert (person.state, person.reason, person.until) == (State.AWAY, "lunch", after(1800))
    assert center.wait().state is WaitState.WAITING


def test_ready_while_it_rings_changes_nothing(center: Center) -> None:
    made = center.rings()
    center.ready(at=after(5))
    assert center.offer(made).state is offers.State.OFFERED
    assert center.presence().offer_id == made.id


def test_going_away_while_talking_waits_for_the_end(center: Center) -> None:
    made = center.talks()
    center.sets("ana", "in_visit", after(5), until=after(1800))
    assert center.presence().state is State.TALKING
    center.do(store.finish_talk, made.id, now=after(60), wrap_up_seconds=45)
    assert (center.presence().state, center.presence().until) == (State.IN_VISIT, after(1800))


def test_timers_make_everybody_ready_once(center: Center) -> None:
    center.sets("ben", "in_visit", until=after(600))
    center.sets("cy", "away", reason="lunch")
    assert center.do(store.due_presences, after(599), 20) == []
    assert kinds(center.do(store.due_presences, after(600), 20)) == [("duty", "ben")]
    assert center.do(store.due_presences, after(600), 20) == []
    assert (center.presence("ben").state, center.presence("cy").state) == (State.READY, State.AWAY)
    assert center.presence("ben").idle_since_ms == epoch_ms(after(600))


# --- what Redis should hold ---


def test_a_waiting_caller_stands_in_his_lines_with_the_bonus_at_his_own(center: Center) -> None:
    place = epoch_ms(NOON)
    stands = (Stand("clinician:ana", 0, place - 30_000), Stand("clinician:ben", 1, place))
    assert center.do(store.line_entry, "wait-call-1") == WaitEntry("wait-call-1", 1, stands)


def test_a_caller_who_is_offered_stands_nowhere(center: Center) -> None:
    center.offers()
    assert center.do(store.line_entry, "wait-call-1") == WaitEntry("wait-call-1", 2)


def test_only_the_ready_have_lines(center: Center) -> None:
    ready = center.do(store.duty_entry, "ana", ANA)
    assert (ready.version, ready.idle_since_ms) == (2, epoch_ms(NOON))
    assert {"clinician:ana", "pt+en", "pt+es@north"} <= set(ready.lines)
    for state in ("away", "in_visit", "offline"):
        center.sets("ana", state)
        assert center.do(store.duty_entry, "ana", ANA).lines == ()


def test_who_is_unknown_loses_to_any_version(center: Center) -> None:
    assert center.do(store.line_entry, "nobody") == WaitEntry("nobody", 0)
    assert center.do(store.duty_entry, "nobody", ANA) == DutyEntry("nobody", 0)


def test_a_ladder_that_names_nobody_leaves_the_caller_in_no_line(center: Center) -> None:
    ladder = Ladder(rungs=(Rung(serve=("own",), seconds=10),))
    center.joins("call-2", need=Need("pt"), ladder=ladder)
    assert center.do(store.line_entry, "wait-call-2").stands == ()
    assert center.wait("call-2").rung_until is None
