"""Notices in any order, some of them twice, leave one final state: every order of up to six notices is tried."""

import math
from collections.abc import Callable
from dataclasses import replace

import pytest

import clock as clock_door
from actions import Actions
from telephony import inbound
from telephony.inbound import Notice
from tests.scenarios.orders import Center

Case = Callable[[Center], list[Notice]]
ROOM, ELSEWHERE = "CF" + "1" * 32, "CF" + "2" * 32  # two conferences may have one name, one after the other


# --- what the carrier tells us ----------------------------------------------------------------------------------------


def progress(sid: str, status: str, number: int, **whose: int) -> Notice:
    return inbound.leg_progress({"CallSid": sid, "CallStatus": status, "SequenceNumber": str(number)}, **whose)


def in_room(room: str, event: str, number: int, sid: str, conference: str = ROOM) -> Notice:
    form = {"FriendlyName": room, "StatusCallbackEvent": event, "SequenceNumber": str(number), "CallSid": sid}
    return inbound.room_event({**form, "ConferenceSid": conference})


def over(room: str, number: int) -> Notice:
    form = {"FriendlyName": room, "StatusCallbackEvent": "conference-end", "SequenceNumber": str(number)}
    return inbound.room_event({**form, "ConferenceSid": ROOM})


# --- cases: the documents are fetched, and then the notices come -----------------------------------------------------


def both_sent_to_the_room(center: Center) -> tuple[int, str, str, str]:
    joe = center.joe_waits(for_whom="ana")
    offer, room, ana = center.rung()
    center.takes(offer, ana)
    center.asks(inbound.left_queue({"CallSid": joe, "QueueResult": "redirected"}, 5))
    center.asks(inbound.moved({"CallSid": joe}, offer, "in"))
    return offer, room, joe, ana


def a_talk_that_joe_ended(center: Center) -> list[Notice]:
    offer, room, joe, ana = both_sent_to_the_room(center)
    center.all_over(joe, ana)
    return [
        in_room(room, "participant-join", 1, ana),
        in_room(room, "participant-join", 2, joe),
        in_room(room, "participant-leave", 4, joe),
        over(room, 5),
        progress(joe, "completed", 0),
        progress(ana, "completed", 1, offer=offer),
    ]


def a_talk_that_ana_ended(center: Center) -> list[Notice]:
    """Joe is still on the line."""
    offer, room, joe, ana = both_sent_to_the_room(center)
    center.all_over(ana)
    return [
        progress(ana, "ringing", 0, offer=offer),
        in_room(room, "participant-join", 1, ana),
        in_room(room, "participant-join", 2, joe),
        in_room(room, "conference-start", 3, joe),
        in_room(room, "participant-leave", 4, ana),
        progress(ana, "completed", 1, offer=offer),
    ]


def ana_was_lost_before_joe_came(center: Center) -> list[Notice]:
    """The second of them opens a conference of the same name: they were never together."""
    offer, room, joe, ana = both_sent_to_the_room(center)
    center.all_over(ana)
    return [
        in_room(room, "participant-join", 1, ana),
        in_room(room, "participant-leave", 2, ana),
        over(room, 3),
        in_room(room, "participant-join", 1, joe, ELSEWHERE),
        progress(ana, "completed", 1, offer=offer),
    ]


def joe_hung_up_on_his_way_to_the_room(center: Center) -> list[Notice]:
    offer, room, joe, ana = both_sent_to_the_room(center)
    center.all_over(joe)
    return [
        progress(ana, "ringing", 0, offer=offer),
        in_room(room, "participant-join", 1, ana),
        progress(joe, "completed", 0),
    ]


def ana_never_answered(center: Center) -> list[Notice]:
    center.joe_waits(for_whom="ana")
    offer, _room, ana = center.rung()
    center.all_over(ana)
    return [
        progress(ana, "initiated", 0, offer=offer),
        progress(ana, "ringing", 1, offer=offer),
        progress(ana, "no-answer", 2, offer=offer),
    ]


def ana_declined(center: Center) -> list[Notice]:
    center.joe_waits(for_whom="ana")
    offer, _room, ana = center.rung()
    center.all_over(ana)
    return [
        progress(ana, "initiated", 0, offer=offer),
        progress(ana, "ringing", 1, offer=offer),
        progress(ana, "busy", 2, offer=offer),
    ]


def ana_hung_up_before_the_key(center: Center) -> list[Notice]:
    center.joe_waits(for_whom="ana")
    offer, _room, ana = center.rung()
    center.carrier.answers(ana)
    center.asks(inbound.offer_answered({"CallSid": ana}, offer))
    center.all_over(ana)
    return [
        progress(ana, "initiated", 0, offer=offer),
        progress(ana, "ringing", 1, offer=offer),
        progress(ana, "in-progress", 2, offer=offer),
        progress(ana, "completed", 3, offer=offer),
    ]


def joe_hung_up_while_anas_phone_rang(center: Center) -> list[Notice]:
    """Her phone was silenced by us, because of him."""
    joe = center.joe_waits(for_whom="ana")
    offer, _room, ana = center.rung()
    center.all_over(joe)
    center.carrier.ends(ana, "canceled")
    return [
        progress(ana, "initiated", 0, offer=offer),
        progress(ana, "ringing", 1, offer=offer),
        progress(joe, "completed", 0),
        progress(ana, "canceled", 2, offer=offer),
    ]


def the_call_that_was_promised(center: Center) -> tuple[int, str, str, str]:
    """Joe gave up waiting; Ana took his callback, and his phone was rung."""
    joe = center.joe_waits(for_whom=None)
    center.presses(joe, "2", waiting=True)
    center.presses(joe, "1", waiting=True)
    center.all_over(joe)
    center.hears(progress(joe, "completed", 0))
    center.lines.next_clinician = "ana"
    center.somebody_is_free()
    offer, room, ana = center.rung()
    center.takes(offer, ana)
    return offer, room, ana, center.carrier.calls_to("+13125550142")[0].sid


def a_callback_that_was_kept(center: Center) -> list[Notice]:
    offer, room, ana, back = the_call_that_was_promised(center)
    center.carrier.answers(back)
    center.asks(inbound.return_answered({"CallSid": back}, 1))
    center.presses(back, "1")
    center.all_over(ana, back)
    return [
        progress(back, "ringing", 0, attempt=1),
        in_room(room, "participant-join", 1, ana),
        in_room(room, "participant-join", 2, back),
        in_room(room, "participant-leave", 4, back),
        progress(back, "completed", 1, attempt=1),
        progress(ana, "completed", 1, offer=offer),
    ]


def a_callback_that_nobody_answered(center: Center) -> list[Notice]:
    offer, room, ana, back = the_call_that_was_promised(center)
    center.carrier.ends(back, "no-answer")
    center.all_over(ana)
    return [
        progress(ana, "ringing", 0, offer=offer),
        in_room(room, "participant-join", 1, ana),
        progress(back, "ringing", 0, attempt=1),
        progress(back, "no-answer", 1, attempt=1),
        in_room(room, "participant-leave", 2, ana),
        progress(ana, "completed", 1, offer=offer),
    ]


def a_message_ended_by_hanging_up(center: Center) -> list[Notice]:
    joe = center.joe_calls()
    for digits in ("1", "1", "0"):
        center.presses(joe, digits)
    form = {"CallSid": joe, "DialCallStatus": "no-answer", "DialBridged": "false"}
    center.asks(inbound.next_turn(form, 5, "talk", waiting=False))
    center.presses(joe, "2")
    center.all_over(joe)
    form = {"CallSid": joe, "RecordingSid": "RE" + "1" * 32, "RecordingDuration": "7"}
    return [
        inbound.recording_done({**form, "RecordingStatus": "in-progress", "RecordingDuration": ""}),
        inbound.recording_done({**form, "RecordingStatus": "completed"}),
        progress(joe, "completed", 0),
    ]


# What is true in the end: of the offer, of Ana, of the last wait, of the call, of the promise.
CASES = [
    (a_talk_that_joe_ended, "finished wrapping_up talked person -"),
    (a_talk_that_ana_ended, "finished wrapping_up talked person -"),
    (ana_was_lost_before_joe_came, "lost away waiting - -"),
    (joe_hung_up_on_his_way_to_the_room, "rescinded ready hung_up hung_up -"),
    (ana_never_answered, "no_answer away waiting - -"),
    (ana_declined, "busy away waiting - -"),
    (ana_hung_up_before_the_key, "hung_up away waiting - -"),
    (joe_hung_up_while_anas_phone_rang, "rescinded ready hung_up hung_up -"),
    (a_callback_that_was_kept, "finished wrapping_up talked person reached"),
    (a_callback_that_nobody_answered, "rescinded ready not_reached callback booked"),
    (a_message_ended_by_hanging_up, "- ready - voicemail -"),
]


@pytest.mark.parametrize(("case", "truth"), CASES, ids=[case.__name__ for case, _ in CASES])
def test_every_order_of_notices_ends_alike(center: Center, case: Case, truth: str) -> None:
    notices = case(center)
    reached = center.every_order(notices)
    assert sum(place.orders for place in reached) == math.factorial(len(notices))
    first = reached[0]
    expected = center.rests_in(first)
    assert center.told_in_short() == truth
    for place in reached:
        state = center.rests_in(place)
        assert state == expected, f"{place.order} ends otherwise than {first.order}: {sorted(state ^ expected)}"


def test_the_pages_are_told_of_a_talk_too_from_which_nothing_more_follows(center: Center) -> None:
    _, room, joe, ana = both_sent_to_the_room(center)
    center.hears(in_room(room, "participant-join", 1, ana))
    told: list[str] = []
    center.tools = replace(center.tools, hint=lambda: told.append("changed"))
    center.hears(in_room(room, "participant-join", 2, joe))
    assert told == ["changed"]


def test_an_idle_tick_of_a_closed_center_tells_the_pages_nothing(center: Center) -> None:
    Actions(center.tools).set_hours("closed", None, "test")
    told: list[str] = []
    clock_door.due_promises(replace(center.tools, hint=lambda: told.append("changed")))
    assert told == []
