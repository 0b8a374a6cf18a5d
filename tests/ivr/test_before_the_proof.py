"""Before the proof nothing depends on a record: known and unknown callers are asked the same, hear the same, go the
same ways, and cost the same look-ups. And whoever calls for somebody else learns what is his to know, or nothing.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ivr import flow
from ivr.effects import BookCallback, CancelCallback, CountFailure, JoinLine, MoveCallback, Verified
from ivr.knowledge import (
    CallerFacts,
    CheckIdentity,
    ClinicNow,
    FindWindows,
    IdentityFacts,
    LookForPromise,
    PromiseFacts,
)
from ivr.replies import ConnectOperator
from ivr.session import Session, Stage
from ivr.signals import CallArrived, DigitsPressed, Ending, NothingEntered, Party, Signal, SpeechHeard, TalkLeft
from tests.ivr.conversation import JOE, PROVED, WINDOW, WRONG, Leg, World, at, shipped

WAYS: tuple[Signal, ...] = (
    *(DigitsPressed(keys) for keys in ("1", "2", "3", "4", "7", "8", "0", "*", "#", "03141957", "04092018", "99")),
    *(SpeechHeard(said, 0.9) for said in ("therapy", "español", "yes", "no", "March 14 1957", "call me back", "Joe")),
    SpeechHeard("nurse", 0.4),
    NothingEntered(),
)
PROMISE = PromiseFacts("p1", "window", WINDOW.starts, WINDOW.ends, WINDOW.zone, JOE, "ana")
KNOWN = World(identity=replace(PROVED, promise=PROMISE), caller=CallerFacts(level=0, hint=True), promise=PROMISE)
UNKNOWN = World(identity=WRONG, caller=CallerFacts(level=0, hint=False))


def begun(world: World) -> Leg:
    """A call that arrives from Joe's number, whom the world knows or does not."""
    arrived = CallArrived(JOE, "+13125550100")
    return Leg(flow.first_session(arrived, Party.PATIENT), world).hears(arrived)


def told(leg: Leg) -> tuple[object, ...]:
    """What the carrier, and so the caller, gets."""
    return leg.reply, leg.effects, leg.session


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(["1", "2"]), st.lists(st.sampled_from(WAYS), max_size=25))
def test_until_the_proof_known_and_unknown_callers_hear_the_same_words_on_the_same_ways(language, ways):
    known, unknown = begun(KNOWN), begun(UNKNOWN)
    assert told(known) == told(unknown)
    for signal in (DigitsPressed(language), *ways):
        asked = flow.questions(known.session, signal)
        assert asked == flow.questions(unknown.session, signal)
        if any(isinstance(each, CheckIdentity) for each in asked):
            return  # both entries are in: from here on the record decides
        assert told(known.hears(signal)) == told(unknown.hears(signal)), signal


def test_the_record_is_asked_about_by_the_entry_of_a_second_proof_alone():
    """No look-up that a record answers is made at any other question, so none can be timed."""
    for stage in Stage:
        for signal in (*WAYS, DigitsPressed("4821"), DigitsPressed("730518")):
            session = Session(Party.PATIENT, stage, caller=JOE, service="therapy", birth_date="1957-03-14")
            asks = any(isinstance(each, CheckIdentity) for each in flow.questions(session, signal))
            entry = isinstance(signal, DigitsPressed) and signal.digits in ("4821", "730518")
            assert asks == (stage is Stage.SECOND_PROOF and entry), (stage, signal)


# --- the callback that was promised -----------------------------------------------------------------------------------


def asks_for_his_callback(world: World) -> Leg:
    """Key 4 for a callback, and 4 again for the one that was promised."""
    leg = begun(world)
    for keys in ("1", "4", "4"):
        leg.hears(DigitsPressed(keys))
    return leg


def test_a_promise_that_stands_changes_no_word_and_no_look_up_before_the_proof():
    for stage in Stage:
        for signal in WAYS:
            session = Session(Party.PATIENT, stage, caller=JOE, service="therapy", promise="p1", wants="callback")
            asked = flow.questions(session, signal)
            assert not any(isinstance(each, LookForPromise) for each in asked), (stage, signal)
    known, unknown = asks_for_his_callback(KNOWN), asks_for_his_callback(UNKNOWN)
    assert known.session.stage is Stage.BIRTH_DATE
    assert told(known) == told(unknown)


def test_after_the_proof_he_hears_of_his_promise_moves_it_and_cancels_it():
    leg = asks_for_his_callback(KNOWN).hears(DigitsPressed("03141957")).hears(DigitsPressed("4821"))
    assert leg.keys == ["my-callback-window", "my-callback-keys", "my-callback-another"]
    assert leg.effects == (Verified("joe", 2, None, "patient"),)
    moved = Leg(leg.session, leg.world).hears(DigitsPressed("3")).hears(DigitsPressed("1"))
    assert moved.effects == (MoveCallback("p1", WINDOW.starts.isoformat(), WINDOW.ends.isoformat()),)
    assert leg.hears(DigitsPressed("2")).effects == (CancelCallback("p1"),)


def test_whoever_moves_his_promise_is_not_offered_the_time_that_he_has():
    later = replace(WINDOW, starts=WINDOW.starts + timedelta(hours=4), ends=WINDOW.ends + timedelta(hours=4))
    leg = asks_for_his_callback(KNOWN).hears(DigitsPressed("03141957")).hears(DigitsPressed("4821"))
    leg.hears(DigitsPressed("3"), windows=(WINDOW, later))
    assert leg.session.offered == ((later.starts.isoformat(), later.ends.isoformat()),)


def test_who_is_proved_and_has_no_promise_hears_so_and_chooses_anew():
    nothing = replace(KNOWN, identity=PROVED, promise=None)
    leg = asks_for_his_callback(nothing).hears(DigitsPressed("03141957")).hears(DigitsPressed("4821"))
    assert leg.keys[:2] == ["my-callback-none", "menu-option"]
    assert (leg.session.stage, leg.session.wants) == (Stage.MENU, "")


def test_who_does_not_prove_himself_hears_the_words_of_every_other_question():
    leg = asks_for_his_callback(UNKNOWN).hears(DigitsPressed("03141957")).hears(DigitsPressed("4821"))
    assert leg.keys == ["did-not-match", "birth-date"]
    assert leg.hears(DigitsPressed("#")).keys[0] == "callback-about"


@pytest.mark.parametrize("kind", ["window", "deadline"])
def test_of_a_promise_whose_time_is_over_no_time_that_was_is_told(kind):
    day = timedelta(days=1)
    late = replace(PROMISE, kind=kind, starts=WINDOW.starts - day, ends=WINDOW.ends - day)
    leg = asks_for_his_callback(replace(KNOWN, identity=replace(PROVED, promise=late), promise=late))
    assert leg.hears(DigitsPressed("03141957")).hears(DigitsPressed("4821")).keys[0] == "my-callback-soon"


def test_who_was_proved_before_is_told_at_once():
    leg = begun(KNOWN)
    for keys in ("1", "1", "03141957", "4821"):
        leg.hears(DigitsPressed(keys))
    leg.session = replace(leg.session, stage=Stage.MENU, in_line=False, in_queue=False)
    assert leg.hears(DigitsPressed("4")).keys[0] == "my-callback-window"


def test_a_proxy_is_asked_for_what_is_within_his_scope():
    session = Session(Party.PATIENT, Stage.MENU, caller=JOE, patient="joe", proxy="maria", scope=("therapy",), level=2)
    (asked,) = [each for each in flow.questions(session, DigitsPressed("4")) if isinstance(each, LookForPromise)]
    assert (asked.patient, asked.proxy, asked.scope) == ("joe", "maria", ("therapy",))
    beside = flow.questions(replace(session, stage=Stage.MY_CALLBACK), DigitsPressed("3"))
    assert [type(each) for each in beside] == [LookForPromise, FindWindows]


# --- who calls for somebody else --------------------------------------------------------------------------------------

MARIA = replace(PROVED, proxy="maria", scope=("therapy",), language="es")


def second_proof(service: str = "therapy", born: str = "1957-03-14", **more: Any) -> Session:
    return Session(Party.PATIENT, Stage.SECOND_PROOF, caller=JOE, service=service, birth_date=born, **more)


def test_a_proxy_is_connected_with_the_patients_own_clinician():
    leg = at(second_proof(), identity=MARIA).hears(DigitsPressed("730518"))
    assert leg.effects[0] == Verified("joe", 2, "maria", "proxy")
    assert isinstance(leg.effects[1], JoinLine)
    assert (leg.session.patient, leg.session.proxy, leg.session.scope) == ("joe", "maria", ("therapy",))


def test_beyond_his_scope_a_proxy_learns_nothing_now_or_later_in_the_call():
    leg = at(second_proof("nurse"), identity=MARIA).hears(DigitsPressed("730518"))
    assert isinstance(leg.reply, ConnectOperator)
    assert (leg.effects, leg.session.patient, leg.session.proxy, leg.session.level) == ((), None, None, 0)
    later = at(second_proof(), identity=MARIA).hears(DigitsPressed("730518")).session
    leg = at(replace(later, stage=Stage.MENU, in_line=False, in_queue=False)).hears(DigitsPressed("2"))
    assert isinstance(leg.reply, ConnectOperator)
    assert (leg.session.patient, leg.session.own, leg.session.own_given, leg.session.level) == (None, None, "", 0)


def test_beyond_his_scope_a_proxy_neither_hears_of_the_patients_number_nor_moves_his_callback():
    """The person who should help him does not answer: he is offered a callback as anybody is."""
    on_file = replace(MARIA, preferred="+13125550177")
    leg = at(second_proof("nurse"), identity=on_file).hears(DigitsPressed("730518"))
    leg.hears(TalkLeft(Ending.NO_ANSWER, bridged=False)).hears(DigitsPressed("1"))
    assert leg.keys[0] == "callback-caller"
    known = replace(second_proof(), stage=Stage.MENU, level=2, patient="joe", proxy="maria", scope=("therapy",))
    leg = at(replace(known, promise="p1", callback_number="+13125550177", wants_own=True, wants="callback"))
    leg.hears(DigitsPressed("2")).hears(TalkLeft(Ending.NO_ANSWER, bridged=False)).hears(DigitsPressed("1"))
    assert leg.keys[0] == "callback-caller"
    leg.hears(DigitsPressed("4")).hears(DigitsPressed("1"))
    (booked,) = [each for each in leg.effects if isinstance(each, BookCallback | MoveCallback)]
    assert isinstance(booked, BookCallback) and not booked.owned


def test_an_empty_scope_is_everything():
    leg = at(second_proof("nurse"), identity=replace(MARIA, scope=())).hears(DigitsPressed("730518"))
    assert leg.session.level == 2


@pytest.mark.parametrize(
    ("born", "proxy", "known"),
    [
        ("2012-05-05", "mother", False),  # 13: may have care that his mother is not told of
        ("2018-04-09", "mother", True),
        ("1957-03-14", "wife", True),
        ("1957-03-14", None, True),
    ],
)
def test_a_teens_confidential_service_is_not_spoken_of_to_a_proxy(born, proxy, known, monkeypatch):
    therapy = shipped().services["therapy"].model_copy(update={"teen_confidential": True})
    content = shipped().model_copy(update={"services": {**shipped().services, "therapy": therapy}})
    facts = replace(PROVED, proxy=proxy)

    def told_of(self: World, questions: Any) -> ClinicNow:
        return replace(usual(self, questions), content=content)

    usual = World.now
    monkeypatch.setattr(World, "now", told_of)
    leg = at(second_proof(born=born), identity=facts).hears(DigitsPressed("730518"))
    assert (leg.session.level == 2) is known
    assert isinstance(leg.reply, ConnectOperator) is not known


def test_a_childs_birth_date_leads_to_a_person_at_once_and_the_failure_counts():
    wrong = IdentityFacts(patient=None, named="lily", locked=False)
    leg = at(second_proof(born="2018-04-09"), identity=wrong).hears(DigitsPressed("3382"))
    assert isinstance(leg.reply, ConnectOperator)
    assert leg.effects == (CountFailure("lily"),)
    assert "did-not-match" not in leg.keys


def test_entries_of_four_and_six_digits_are_looked_at_and_a_zip_code_is_none():
    for keys in ("4821", "730518"):
        assert any(isinstance(each, CheckIdentity) for each in flow.questions(second_proof(), DigitsPressed(keys)))
    for keys in ("482", "60607", "7305188"):
        assert flow.questions(second_proof(), DigitsPressed(keys)) == ()
    leg = at(second_proof()).hears(DigitsPressed("60607"))
    assert (leg.keys, leg.effects, leg.session.failed_proofs) == (["second-proof-again"], (), 0)
