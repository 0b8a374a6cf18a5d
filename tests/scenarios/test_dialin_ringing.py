"""A clinician who hears a message by phone has the patient rung from there: on the very call she is in."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from unittest.mock import patch

import pytest
from sqlalchemy import text

import clock
from tests.phone import Phone
from tests.scenarios.test_calling_out import joes_message, moment
from tests.scenarios.test_dialin import dials_in, done, later, nobody_on_duty
from tests.scenarios.test_joe_callbacks import joe_wants_ana_to_call, promised
from tests.scenarios.test_messages import owed
from tests.scenarios.world import ANA, CENTER, JOE, World

pytestmark = pytest.mark.scenario
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # where both databases do the same
BACK = "call the patient back, press 3"


def hears_joes_message(world: World) -> Phone:
    """Ana is off duty, calls in, and hears it."""
    nobody_on_duty(world)
    return dials_in(world).hears("1 message").presses("3").hears("A message about").hears("/media/message/").hears(BACK)


def no_tick() -> AbstractContextManager[object]:
    """Her promise is put in line by the next tick, whose call may come before she has heard that it is set up."""
    return patch.object(clock, "PARTS", ())


def test_ana_hears_joes_message_and_he_is_rung_on_the_call_she_is_in(world: World) -> None:
    joes_message(world)
    ana, joe = hears_joes_message(world), world.phone(JOE)
    with no_tick():
        ana.presses("3").hears("You are ready. I am setting up the call to the patient")
    assert world.presence_of("ana") in ("ready", "offered")
    assert owed(world)[0].claimed_by == "ana"
    ana.hears("The access center has a call for you").never_heard("callback for")
    assert not joe.is_ringing, "not before her key"
    ana.presses("1").hears("stay on the line while I call")
    (leg,) = [leg for leg in joe.rings().legs if leg["ringing"]]
    assert leg["peer"] == CENTER, "her own number is hers"
    joe.answers().hears("press 1").never_heard("Ana").never_heard("message").presses("1")
    joe.talks_with(ana)
    assert len(ana.legs) == 1, "nothing else rang her"
    (item,) = owed(world)
    assert (item.state, item.outcome, item.done_by) == ("done", "reached", "ana")
    assert (promised(world)["asked_by"], world.promises()) == ("clinician", ["reached"])
    joe.hangs_up()
    ana.is_over()
    assert world.presence_of("ana") == "wrapping_up"
    trail = done(world)
    for action in ("heard_message", "set_presence", "claim_work", "call_out"):
        assert ("user:ana", action) in trail


@ON_SQLITE
def test_she_hangs_up_while_it_is_set_up_and_her_phone_rings_for_it(world: World) -> None:
    joes_message(world)
    ana, joe = hears_joes_message(world), world.phone(JOE)
    world.presence("ana", "ready")
    ana.presses("3").hears("has a call for you").hangs_up()
    assert owed(world)[0].claimed_by == "ana"
    assert world.promises() == ["waiting"], "the promise stands, and is hers"
    assert promised(world)["own_id"] == "ana"
    world.passes(12)
    ana.rings().answers().hears("press 1").presses("1")
    joe.rings().answers().hears("press 1").presses("1")
    joe.talks_with(ana)


@ON_SQLITE
def test_whom_she_does_not_reach_from_there_she_has_on_her_list_still(world: World) -> None:
    joes_message(world)
    ana, joe = hears_joes_message(world), world.phone(JOE)
    ana.presses("3").hears("has a call for you").presses("1").hears("stay on the line while I call")
    joe.rings().declines()
    ana.hears("could not reach").is_over()
    (item,) = owed(world)
    assert (item.state, item.claimed_by) == ("claimed", "ana")
    world.presence("ana", "ready")
    dials_in(world).hears("1 message").presses("3").hears("A message about").presses("1").hears("no more messages")


@dataclass(frozen=True)
class Against:
    """Something that stands against it: what is changed in the rows, the minutes that pass, and what she hears."""

    says: str
    sql: str = ""
    minutes: float = 0
    closed: bool = False


@ON_SQLITE
@pytest.mark.parametrize(
    "why",
    [
        Against("center is closed", closed=True),
        Against("too late to call where the patient is", minutes=12 * 60),
        Against("no number", sql="UPDATE work_items SET number_sealed = NULL, patient_id = NULL"),
        Against("no longer offer", sql="UPDATE work_items SET service = 'acupuncture'"),
        Against("Someone else is taking care", sql="UPDATE work_items SET state = 'claimed', claimed_by = 'luis'"),
    ],
    ids=lambda why: why.says,
)
def test_what_stands_against_it_she_hears_in_words_and_is_back_at_the_message(world: World, why: Against) -> None:
    item = joes_message(world)
    if why.minutes:
        later(world, why.minutes * 60)
        world.act.set_hours("open", None, "test")
    ana = hears_joes_message(world)
    if why.closed:
        world.act.set_hours("closed", None, "test")
    if why.sql:
        with world.tools.database.transaction() as tx:
            tx.execute(text(why.sql))
    ana.presses("3").hears(why.says)
    assert world.presence_of("ana") == "offline", "a refusal changes nothing"
    assert world.promises() == []
    assert owed(world)[0].claimed_by in (None, "luis")
    ana.presses("1").hears("no more messages")
    assert [(each.id, each.state) for each in owed(world)] == [(item, "done")]


@ON_SQLITE
def test_in_spanish(world: World) -> None:
    joes_message(world)
    nobody_on_duty(world)
    ana = dials_in(world).hears("oprima el 8").presses("8").hears("1 mensaje").presses("3")
    ana.hears("Para llamar al paciente, oprima el 3")
    world.act.set_hours("closed", None, "test")
    ana.presses("3").hears("El centro está cerrado")
    world.act.set_hours("open", None, "test")
    with no_tick():
        ana.presses("3").hears("Su línea está disponible. Estoy preparando la llamada al paciente")


@ON_SQLITE
def test_a_promise_of_hers_whose_time_comes_while_she_is_on_the_line_comes_to_it_too(world: World) -> None:
    world.nobody_free()
    joe_wants_ana_to_call(world).is_over(within=60)
    world.only_on_duty("nobody")
    world.goes_to(moment(promised(world)["promised_from"]))
    ana, joe = dials_in(world).hears("Hello"), world.phone(JOE)
    ana.presses("1").hears("has a call for you").presses("1").hears("Joe S.")
    joe.rings().answers().hears("press 1").presses("1")
    joe.talks_with(ana)
    assert not world.phone(ANA).is_ringing
