"""The care-team conference: colleagues and an interpreter join Joe's talk and leave it, and Ana may hand over and go.

Who could hear whom is asked of the carrier's observer, not of our own record.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from calls import alarms_store
from calls.alarms import Kind
from gatherings import NO_TALK, Gatherings
from routing import guests_store, rows
from routing.presence import Presence, State
from tests.phone import Phone
from tests.scenarios.test_joe_routing import joe_asks_for_therapy
from tests.scenarios.world import ANA, DANA, LUIS, World

pytestmark = pytest.mark.scenario
MIA = "+13125550164"
INTERPRETER = "+13125550188"


def talking(world: World) -> tuple[Phone, Phone]:
    """Joe and Ana talk."""
    ana, joe = world.phone(ANA), joe_asks_for_therapy(world)
    ana.rings().answers().hears("press 1").presses("1")
    joe.talks_with(ana)
    return joe, ana


def joins(world: World, number: str, greeting: str = "is asking you to join") -> Phone:
    """Somebody who is asked in answers and presses the key."""
    guest = world.phone(number).rings().answers().hears(greeting)
    guest.presses("1")
    world.passes(8)  # he hears whom he joins, and who hears him
    return guest


def heard_now(world: World) -> set[tuple[str, str]]:
    """Who hears whom at this moment, by the observer: (speaker, listener)."""
    rows = world.emulator.get("/control/observer")["heard"]
    return {(row["speaker"], row["listener"]) for row in rows if row["open"]}


def hear_each_other(world: World, *phones: Phone) -> bool:
    """Whether everybody of these can be heard by all the others now."""
    pairs = heard_now(world)
    return all((one.sid, other.sid) in pairs for one in phones for other in phones if one is not other)


def test_four_join_and_leave_one_conference(world: World) -> None:
    gather = Gatherings(world.tools)
    joe, ana = talking(world)
    world.presence("luis", "ready", None, 60)
    free_until = _presence(world).free_until
    assert gather.ask_colleague("ana", "luis") == ""
    assert gather.ask_colleague("ana", "dana") == ""
    luis = joins(world, LUIS)
    dana = joins(world, DANA)
    assert hear_each_other(world, joe, ana, luis, dana)
    assert world.presence_of("luis") == "away"
    assert world.presence_reason("luis") == "conference"
    luis.hangs_up()
    world.passes(2)
    assert hear_each_other(world, joe, ana, dana)
    assert world.presence_of("luis") == "ready", "he does again what he did before"
    assert _presence(world).free_until == free_until, "for as long as he said"
    joe.hangs_up()
    world.passes(2)
    assert hear_each_other(world, ana, dana)
    assert world.presence_of("ana") == "talking", "the colleagues talk on without the patient"
    dana.hangs_up()
    ana.is_over()
    assert world.presence_of("ana") == "wrapping_up"


def test_a_colleague_goes_on_with_his_visit_and_from_his_wrap_up_is_ready_again(world: World) -> None:
    gather = Gatherings(world.tools)
    talking(world)
    world.presence("luis", "in_visit", None, 30)
    visiting = _presence(world)
    assert gather.ask_colleague("ana", "luis") == ""
    joins(world, LUIS).hangs_up()
    world.passes(2)
    assert _presence(world) == visiting, "his visit ends when it was to end"
    until = world.tools.now() + timedelta(minutes=30)
    wraps_up = replace(visiting, state=State.WRAPPING_UP, until=until, version=visiting.version + 1)
    with world.tools.database.transaction() as tx:
        rows.put_presence(tx, visiting, wraps_up)
    assert gather.ask_colleague("ana", "luis") == ""
    luis = joins(world, LUIS)
    assert world.presence_of("luis") == "away"
    luis.hangs_up()
    world.passes(2)
    assert world.presence_of("luis") == "ready"


def _presence(world: World) -> Presence:
    with world.tools.database.reading() as tx:
        found = rows.presence_of(tx, "luis")
    assert found is not None
    return found


def test_ana_hands_over_and_joe_goes_on_with_luis(world: World) -> None:
    gather = Gatherings(world.tools)
    joe, ana = talking(world)
    assert gather.hold("ana", held=True) == ""
    world.passes(1)
    assert gather.ask_colleague("ana", "luis") == ""
    luis = joins(world, LUIS)
    assert hear_each_other(world, ana, luis)
    assert not hear_each_other(world, joe, ana), "Joe hears music while they confer"
    assert gather.hand_over("ana") == ""
    world.passes(3)
    ana.is_over()
    assert hear_each_other(world, joe, luis)
    assert world.presence_of("ana") == "wrapping_up"
    luis.hangs_up()
    joe.hears("has ended")


def test_whom_joe_is_handed_to_does_not_come_and_joe_is_in_line_again_at_the_front(world: World) -> None:
    gather = Gatherings(world.tools)
    joe, ana = talking(world)
    world.script(LUIS, no_answer=True)
    assert gather.ask_colleague("ana", "luis") == ""
    world.passes(1)
    assert gather.hand_over("ana") == ""
    world.passes(2)
    ana.is_over()
    world.script(LUIS)
    elena = world.phone("+15745550168")
    world.presence("luis", "offline")
    elena.rings(within=180).answers().hears("press 1").presses("1")
    joe.talks_with(elena)


def test_an_interpreter_is_rung_with_his_keys_and_joins(world: World) -> None:
    gather = Gatherings(world.tools)
    joe, ana = talking(world)
    assert gather.ask_interpreter("ana", "xx") == "There is an interpreter for: es."
    assert gather.ask_interpreter("ana", "es") == ""
    interpreter = joins(world, INTERPRETER, "interpreter")
    assert hear_each_other(world, joe, ana, interpreter)
    assert gather.ask_interpreter("ana", "es") == "An interpreter is in the room or on his way."
    interpreter.hangs_up()
    world.passes(2)
    assert hear_each_other(world, joe, ana)


def test_a_voicemail_never_joins_and_one_who_is_not_needed_is_told(world: World) -> None:
    gather = Gatherings(world.tools)
    joe, ana = talking(world)
    assert gather.hand_over("ana") == "Ask a colleague in first: the patient must not be left alone."
    assert gather.ask_colleague("ana", "luis") == ""
    luis = world.phone(LUIS).rings().answers().hears("is asking you to join")
    assert "Joe" not in world.heard_on(LUIS)
    world.passes(30)
    luis.is_over()
    assert "Joe" not in world.heard_on(LUIS)
    assert gather.ask_colleague("ana", "luis") == ""
    guest: Any = _last_guest(world)
    world.phone(LUIS).rings()
    assert gather.send_out("ana", guest) == ""
    world.passes(1)
    assert not world.phone(LUIS).is_ringing
    assert hear_each_other(world, joe, ana)


def _last_guest(world: World) -> int:
    with world.tools.database.reading() as tx:
        talk = guests_store.talk_of(tx, "ana")
        assert talk is not None
        return guests_store.open_of(tx, talk.id)[-1].id


@pytest.mark.parametrize(
    ("part", "heard_by_joe", "heard_by_ana"), [("listen", False, False), ("coach", False, True), ("talk", True, True)]
)
def test_a_supervisor_listens_coaches_or_joins(world: World, part: str, heard_by_joe: bool, heard_by_ana: bool) -> None:
    gather = Gatherings(world.tools)
    joe, ana = talking(world)
    with world.tools.database.reading() as tx:
        talk = guests_store.talk_of(tx, "ana")
    assert talk is not None
    assert gather.sit_in(talk.id, part, MIA, "sam") == ""
    sam = joins(world, MIA)
    pairs = heard_now(world)
    assert (joe.sid, sam.sid) in pairs, "he hears the patient"
    assert ((sam.sid, joe.sid) in pairs, (sam.sid, ana.sid) in pairs) == (heard_by_joe, heard_by_ana)
    joe.hangs_up()
    world.passes(2)


def test_ana_is_muted_and_nobody_hears_her_while_she_hears_all(world: World) -> None:
    gather = Gatherings(world.tools)
    joe, ana = talking(world)
    world.passes(2)
    assert hear_each_other(world, joe, ana)
    assert gather.mute("ana", muted=True) == ""
    world.passes(2)
    assert heard_now(world) == {(joe.sid, ana.sid)}
    assert gather.mute("ana", muted=False) == ""
    world.passes(2)
    assert hear_each_other(world, joe, ana)
    assert [fact for fact in world.facts() if fact in ("muted", "heard_again")] == ["muted", "heard_again"]


def test_ana_asks_for_help_until_none_is_needed_or_the_talk_is_over(world: World) -> None:
    gather = Gatherings(world.tools)
    assert gather.ask_help("ana", wanted=True) == NO_TALK
    joe, ana = talking(world)
    assert gather.ask_help("ana", wanted=True) == gather.ask_help("ana", wanted=True) == ""
    assert asked_for_help(world) == 1
    world.passes(15)
    assert asked_for_help(world) == 1, "it stands as long as she talks"
    assert gather.ask_help("ana", wanted=False) == ""
    assert asked_for_help(world) == 0
    gather.ask_help("ana", wanted=True)
    joe.hangs_up()
    ana.is_over()
    world.passes(3)
    assert asked_for_help(world) == 0
    told = [fact for fact in world.facts() if fact.startswith("help")]
    assert told == ["help_asked", "help_not_needed", "help_asked"]


def asked_for_help(world: World) -> int:
    """How many talks supervisors are called to now."""
    with world.tools.database.reading() as tx:
        return len([alarm for alarm in alarms_store.open_alarms(tx) if alarm.kind is Kind.HELP])
