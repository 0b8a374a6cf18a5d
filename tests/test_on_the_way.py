"""Legs that are just being moved, or moved too late: where they arrive they are spoken to, and never left alone."""

import re

import pytest

import calls.store
import switchboard
from telephony import inbound
from tests.fakes import Changed, HungUp, Moved, busy_carrier
from tests.scenarios.orders import Center, change, told
from tests.scenarios.test_callback_order import both_sent_to_the_room, in_room, progress


def ana_stands_by(center: Center) -> str:
    """Ana calls the line for clinicians, and stays on it for her next call; her leg."""
    sid = center.carrier.ring(
        to="+13125550161", url="http://127.0.0.1:1", status_url="http://127.0.0.1:1", fallback_url=None, seconds=1
    )
    center.carrier.answers(sid)
    center.asks(inbound.dialled_in({"CallSid": sid, "From": "+13125550161"}))
    for keys in ("1001", "274916"):
        center.presses(sid, keys)
    return sid


def stage(center: Center, sid: str) -> str:
    with center.database.reading() as tx:
        leg = calls.store.leg(tx, sid)
    assert leg is not None
    return leg.stage


def test_a_caller_gives_up_while_ana_who_called_us_is_brought_to_him_and_her_call_is_not_cut_off(
    center: Center,
) -> None:
    ana = ana_stands_by(center)
    joe = center.joe_waits(for_whom="ana")
    (offer, _, rung) = center.rung("ana")
    assert rung == ana and center.carrier.asked[-1] == Moved(ana, center.tools.urls.offer(offer))
    center.carrier.ends(joe)
    center.hears(progress(joe, "completed", 1))
    assert told(center, "SELECT state FROM offers") == [("rescinded",)]
    assert HungUp(ana) not in center.carrier.asked, "she would hear nothing at all"
    words = switchboard.take_turn(inbound.offer_answered({"CallSid": ana}, offer), center.tools)
    assert "<Say" in words and "<Hangup" in words


def test_a_carrier_that_is_too_busy_to_bring_her_to_her_caller_is_asked_again(center: Center) -> None:
    ana = ana_stands_by(center)
    center.carrier.fails(busy_carrier(), on=Moved)
    center.joe_waits(for_whom="ana")
    assert told(center, "SELECT state, dialling FROM offers") == [("offered", "due")]
    center.clock.sleep(5)
    (entry,) = told(center, "SELECT id, tries FROM outbox WHERE kind = 'ring' AND done_at IS NULL")
    center.nudged.append((int(str(entry[0])), int(str(entry[1]))))
    center.works()
    (offer, _, rung) = center.rung("ana")
    assert rung == ana and center.carrier.asked[-1] == Moved(ana, center.tools.urls.offer(offer))


def test_who_comes_into_the_room_of_an_offer_that_came_to_nothing_is_brought_back(center: Center) -> None:
    offer, room, joe, _ = both_sent_to_the_room(center)
    change(center, "UPDATE offers SET state = 'lost'")
    center.hears(in_room(room, "participant-join", 1, joe))
    assert center.carrier.asked[-1] == Moved(joe, center.tools.urls.move(offer, "back"))


def test_who_comes_into_the_room_by_himself_while_the_carrier_is_asked_about_him_is_not_moved_out_of_it(
    center: Center, monkeypatch: pytest.MonkeyPatch
) -> None:
    joe = center.joe_waits(for_whom="ana")
    offer, _room, ana = center.rung()

    def slow(sid: str) -> bool:
        assert sid == joe
        center.asks(inbound.moved({"CallSid": joe}, offer, "in"))
        return False

    monkeypatch.setattr(center.carrier, "has_company", slow)
    center.takes(offer, ana)
    assert stage(center, joe) == "talking"
    assert not [deed for deed in center.carrier.asked if isinstance(deed, Moved)]


def test_a_round_of_music_that_is_asked_for_too_late_takes_no_number_from_the_room(center: Center) -> None:
    joe = center.joe_waits(for_whom="ana")
    offer, room, ana = center.rung()
    center.takes(offer, ana)
    words = switchboard.take_turn(inbound.moved({"CallSid": joe}, offer, "in"), center.tools)
    number = re.search(r"/voice/turn/(\d+)/talk", words)
    assert number is not None
    center.asks(inbound.next_turn({"CallSid": joe}, int(number[1]) - 2, "tick", waiting=True))
    center.hears(in_room(room, "participant-join", 1, ana))
    center.hears(in_room(room, "participant-join", 2, joe))
    left = {"CallSid": joe, "DialCallStatus": "completed"}
    words = switchboard.take_turn(inbound.next_turn(left, int(number[1]), "talk", waiting=False), center.tools)
    assert stage(center, joe) == "after_talk"
    assert "<Conference" not in words, "nobody is in that room any more"


@pytest.mark.parametrize("alone", [True, False])
def test_a_guest_who_comes_when_everybody_has_left_is_let_out(center: Center, alone: bool) -> None:
    offer, room, joe, ana = both_sent_to_the_room(center)
    for number, sid in enumerate((ana, joe)):
        center.hears(in_room(room, "participant-join", number, sid))
    change(center, f"INSERT INTO guests (id, offer_id, call_id, kind, part, language, asked_by, state, sid, was, asked_at, deadline, outcome) SELECT 7, {offer}, call_id, 'interpreter', 'talk', 'es', '', 'placed', 'CA-guest', '', created_at, '2032-01-01', '' FROM offers")  # noqa: E501
    center.asks(inbound.guest_answered({"CallSid": "CA-guest"}, 7))
    center.presses("CA-guest", "1")
    if alone:
        change(center, f"UPDATE legs SET stage = 'ended', ended_at = started_at WHERE sid IN ('{joe}', '{ana}')")
    center.carrier.asked.clear()
    center.hears(in_room(room, "participant-join", 5, "CA-guest"))
    assert (Changed(room) in center.carrier.asked) is alone
    assert told(center, "SELECT count(*) FROM journal WHERE fact = 'in_room'") == [(2,)], "a guest is not the patient"
