"""What rings is answered from the page, in the rows: given back once, by whom it rings at, and never too late."""


import pytest

import directory.store
import routing.store
from actions import NO_SHIFT_PHONE, Actions
from answering import GONE, NOT_YOURS, WHY_NOT, Answering
from routing.offers import State
from tests.scenarios.orders import Center, change, told

ANA = "user:ana"


@pytest.fixture
def answers(center: Center) -> Answering:
    return Answering(center.tools)


def everything(center: Center) -> object:
    tables = ("offers", "waits", "presences", "journal", "outbox", "audit")
    return {table: told(center, f"SELECT * FROM {table}") for table in tables}


def rings(center: Center) -> tuple[int, str]:
    """Joe's call rings at Ana: the offer, and the leg of her phone."""
    center.joe_waits(for_whom="ana")
    offer, _, sid = center.rung("ana")
    return offer, sid


def test_a_declined_caller_waits_at_his_place_and_the_phone_is_still(center: Center, answers: Answering) -> None:
    offer, sid = rings(center)
    place = told(center, "SELECT place_ms FROM waits")
    assert answers.decline("ana", offer, "phone_trouble", ANA) == ""
    assert told(center, "SELECT state FROM offers") == [("declined",)]
    assert told(center, "SELECT state FROM waits") == [("waiting",)]
    assert told(center, "SELECT place_ms FROM waits") == place
    assert told(center, "SELECT state, reason FROM presences WHERE clinician_id = 'ana'") == [("away", "cool_down")]
    assert (sid,) in told(center, "SELECT subject FROM outbox WHERE kind = 'hang_up'")
    assert told(center, "SELECT actor, action FROM audit WHERE action LIKE 'offer%'") == [(ANA, "offer_given_back")]
    ((details,),) = told(center, "SELECT details FROM journal WHERE fact = 'offer_given_back'")
    assert "phone_trouble" in str(details)


def test_after_the_visit_she_is_in_it_until_then_and_the_caller_waits(center: Center, answers: Answering) -> None:
    offer, sid = rings(center)
    assert answers.after_visit("ana", offer, 25, ANA) == ""
    assert told(center, "SELECT state FROM offers") == [("declined",)]
    assert told(center, "SELECT state FROM waits") == [("waiting",)]
    with center.database.reading() as tx:
        ana = routing.store.presence_of(tx, "ana")
    assert ana is not None and ana.until is not None
    assert (ana.state, ana.reason) == ("in_visit", "after_visit")
    assert (ana.until - center.clock.at).total_seconds() == 25 * 60
    assert (sid,) in told(center, "SELECT subject FROM outbox WHERE kind = 'hang_up'")
    assert told(center, "SELECT actor, action FROM audit WHERE action LIKE 'offer%'") == [(ANA, "offer_passed_until")]


@pytest.mark.parametrize("state", ["accepted", "expired", "rescinded", "declined", "no_answer", "lost"])
def test_an_answer_that_comes_too_late_says_so_and_changes_nothing(
    center: Center, answers: Answering, state: str
) -> None:
    offer, _ = rings(center)
    change(center, f"UPDATE offers SET state = '{state}'")
    before, words = everything(center), WHY_NOT.get(State(state), GONE)
    assert answers.decline("ana", offer, "other", ANA) == words
    assert answers.after_visit("ana", offer, 25, ANA) == words
    assert everything(center) == before


def test_an_answer_counts_once(center: Center, answers: Answering) -> None:
    offer, _ = rings(center)
    assert answers.decline("ana", offer, "other", ANA) == ""
    before = everything(center)
    assert answers.after_visit("ana", offer, 25, ANA) == WHY_NOT[State.DECLINED]
    assert everything(center) == before


def test_nobody_answers_for_another_or_for_what_never_rang(center: Center, answers: Answering) -> None:
    offer, _ = rings(center)
    before = everything(center)
    assert answers.decline("luis", offer, "other", "user:luis") == GONE
    assert answers.decline("ana", offer + 1, "other", ANA) == GONE
    with pytest.raises(ValueError, match="phone_trouble"):
        answers.decline("ana", offer, "no wish", ANA)
    assert everything(center) == before


@pytest.mark.parametrize("what", ["kind = 'callback'", "need = json_set(need, '$.own', 'luis')"])
def test_only_an_own_patient_on_the_line_hears_of_a_call_later(center: Center, answers: Answering, what: str) -> None:
    offer, _ = rings(center)
    change(center, f"UPDATE waits SET {what}")
    before = everything(center)
    assert answers.after_visit("ana", offer, 25, ANA) == NOT_YOURS
    assert everything(center) == before


def test_a_phone_that_is_being_dialled_is_still_once_it_rings(center: Center, answers: Answering) -> None:
    offer, sid = rings(center)
    change(center, "UPDATE offers SET sid = NULL, dialling = 'dialling'")
    assert answers.decline("ana", offer, "other", ANA) == ""
    assert told(center, f"SELECT 1 FROM outbox WHERE kind = 'hang_up' AND subject = '{sid}'") == []


def test_the_phone_of_a_shift_is_one_that_may_ring_her(center: Center) -> None:
    act = Actions(center.tools)

    def rung() -> str | None:
        with center.database.reading() as tx:
            return directory.store.clinician_phone(tx, center.tools.vault, "ana", center.clock.at)

    usual = rung()
    assert act.set_shift_phone("ana", "312 555 0177", ANA) == ""
    assert rung() == "+13125550177"
    for entry in ("911", "312 555 0100", "312 555 0162", "nonsense"):  # the center's own; Luis's
        assert act.set_shift_phone("ana", entry, ANA) == NO_SHIFT_PHONE
    assert rung() == "+13125550177"
    assert act.set_shift_phone("ana", "", ANA) == ""
    assert rung() == usual
    assert told(center, "SELECT actor, subject FROM audit WHERE action = 'shift_phone_set'") == [(ANA, "ana")] * 2
