"""Queues against the reference, 1.2, 3.1 (Enqueue, Leave, Dial Queue), 3.2, 4.2 and 5.4: who waits, what is told."""

from typing import Any

import pytest

from tests.emulator_outside.box import ABSENT, ANA, JOE, LUIS, SOME, Box, Leg, agrees

ENQUEUE = '<Enqueue action="/left" waitUrl="/wait">support</Enqueue><Say>After the queue</Say>'
WAIT = '<Say>Please wait</Say><Pause length="8"/>'


@pytest.fixture
def waiting(box: Box) -> Box:
    """An application whose callers wait in a queue; whoever leaves it is told so."""
    box.app.says("/voice", ENQUEUE)
    box.app.says("/wait", WAIT)
    box.app.says("/left", "<Say>You left the queue</Say>")
    return box


def agent_dials(
    box: Box,
    inner: str = '<Queue url="/whisper">support</Queue>',
    phone: str = ANA,
    attributes: str = 'action="/dialed"',
) -> Leg:
    """An agent's phone is called, answers, and dials the queue."""
    box.app.says("/whisper", "<Say>Your agent comes</Say>")
    box.app.says("/dialed", "<Say>Next caller please</Say>")
    box.app.says("/answered", f"<Dial {attributes}>{inner}</Dial><Say>After the dial</Say>")
    box.calls(phone)
    box.waits(1)
    return box.at(phone).answers()


def queue(box: Box) -> Any:
    return next(one for one in box.client.queues.list() if one.friendly_name == "support")


def test_a_waiting_caller_is_whispered_to_and_then_bridged(waiting):
    joe = waiting.dials()
    agrees(
        waiting.app.visits(),
        [
            ("/voice", {"QueueSid": ABSENT}),
            (
                "/wait",
                {"QueuePosition": 1, "QueueSid": queue(waiting).sid, "QueueTime": 0, "AvgQueueTime": 0,
                 "CurrentQueueSize": 1, "MaxQueueSize": 1000, "CallStatus": "in-progress"},
            ),
        ],
    )  # fmt: skip
    waiting.waits(6)
    ana = agent_dials(waiting)
    whisper = waiting.app.only("/whisper")
    agrees(
        [whisper],
        [("/whisper", {"CallSid": joe.sid, "QueueSid": SOME, "QueueTime": {"6", "7"},
                       "DequeingCallSid": ana.sid, "DequeueingCallSid": ana.sid})],
    )  # fmt: skip
    assert not waiting.hear_each_other(JOE, ANA)
    waiting.waits(3)
    assert joe.heard[-1] == "Your agent comes"
    assert "Your agent comes" not in ana.heard
    assert waiting.hear_each_other(JOE, ANA)
    assert waiting.app.visits("/left", "/dialed") == []
    waiting.waits(20)
    joe.hangs_up()
    waiting.waits(5)
    agrees(waiting.app.visits("/left"), [("/left", {"QueueResult": "bridged", "QueueSid": SOME, "QueueTime": SOME})])
    agrees(
        waiting.app.visits("/dialed"),
        [("/dialed", {"DialCallStatus": "completed", "DialCallSid": joe.sid, "DialCallDuration": SOME,
                      "DialBridged": "true", "QueueSid": SOME, "QueueTime": SOME, "CallSid": ana.sid})],
    )  # fmt: skip
    assert ana.heard[-1] == "Next caller please"


def test_a_bridged_caller_goes_on_with_the_action_when_the_agent_hangs_up(waiting):
    joe = waiting.dials()
    ana = agent_dials(waiting, "<Queue>support</Queue>", attributes="")
    waiting.waits(5)
    assert waiting.hear_each_other(JOE, ANA)
    ana.hangs_up()
    waiting.waits(5)
    agrees(waiting.app.visits("/left"), [("/left", {"QueueResult": "bridged", "CallStatus": "in-progress"})])
    assert joe.heard[-1] == "You left the queue"
    assert "After the queue" not in joe.heard


def test_leave_ends_the_waiting_at_once_and_asks_the_action(waiting):
    waiting.app.says("/wait", '<Gather numDigits="1" action="/key"><Say>Press 1 to leave</Say></Gather>')
    waiting.app.says("/key", "<Leave/><Say>Not reached</Say>")
    joe = waiting.dials()
    waiting.waits(3)
    joe.presses("1")
    assert waiting.app.only("/left")["QueueResult"] == "leave"
    assert waiting.app.only("/left")["QueueTime"] == "3"
    waiting.waits(4)
    assert joe.heard == ["Press 1 to leave", "You left the queue"]
    assert queue(waiting).current_size == 0


def test_leave_without_an_action_goes_on_with_the_next_verb(waiting):
    waiting.app.says("/voice", '<Enqueue waitUrl="/wait">support</Enqueue><Say>After the queue</Say>')
    waiting.app.says("/wait", "<Say>Full today</Say><Leave/>")
    joe = waiting.dials()
    waiting.waits(6)
    assert joe.heard == ["Full today", "After the queue"]
    assert joe.status == "completed"


def test_a_call_update_takes_a_waiting_caller_out_and_the_actions_answer_is_ignored(waiting):
    joe = waiting.dials()
    waiting.waits(2)
    waiting.client.calls(joe.sid).update(url=waiting.app.says("/moved", "<Say>You were moved</Say>"))
    waiting.settles()
    waiting.waits(4)
    assert waiting.app.only("/left")["QueueResult"] == "redirected"
    assert waiting.app.visits("/moved")
    assert joe.heard == ["Please wait", "You were moved"]


def test_a_member_update_moves_the_front_of_the_queue(waiting):
    joe, luis = waiting.dials(), waiting.dials(LUIS)
    moved = waiting.app.says("/moved", "<Say>You were moved</Say><Pause length='30'/>")
    member = waiting.client.queues(queue(waiting).sid).members("Front").update(url=moved)
    waiting.settles()
    waiting.waits(2)
    assert member.call_sid == joe.sid
    assert waiting.app.only("/left")["QueueResult"] == "redirected"
    assert waiting.app.only("/moved")["CallSid"] == joe.sid
    assert [one.call_sid for one in waiting.client.queues(queue(waiting).sid).members.list()] == [luis.sid]


def test_hanging_up_while_waiting_is_told_and_the_answer_ignored(waiting):
    joe = waiting.dials()
    waiting.waits(4)
    joe.hangs_up()
    waiting.waits(3)
    agrees(waiting.app.visits("/left"), [("/left", {"QueueResult": "hangup", "QueueTime": "4", "CallSid": joe.sid})])
    assert "You left the queue" not in joe.heard
    assert queue(waiting).current_size == 0


def test_a_full_queue_refuses_at_once(waiting):
    waiting.client.queues.create(friendly_name="support", max_size=1)
    waiting.dials()
    luis = waiting.dials(LUIS)
    agrees(
        [one for one in waiting.app.visits("/left", "/wait") if one["CallSid"] == luis.sid],
        [("/left", {"QueueResult": "queue-full", "QueueTime": ABSENT, "QueueSid": ABSENT})],
    )
    waiting.waits(3)
    assert luis.heard == ["You left the queue"]
    assert "14207" in luis.errors


def test_a_full_queue_without_an_action_goes_on_with_the_next_verb(waiting):
    waiting.client.queues.create(friendly_name="support", max_size=1)
    waiting.app.says("/voice", '<Enqueue waitUrl="/wait">support</Enqueue><Say>After the queue</Say>')
    waiting.dials()
    luis = waiting.dials(LUIS)
    waiting.waits(3)
    assert luis.heard == ["After the queue"]


def test_a_wait_document_that_ends_is_asked_again_with_fresh_numbers(waiting):
    waiting.app.says("/wait", '<Pause length="10"/>')
    joe = waiting.dials()
    waiting.waits(4)
    luis = waiting.dials(LUIS)
    waiting.waits(15.5)  # Joe asks at 0, 10 and 20 s; Luis at 4 and 14
    joe.hangs_up()
    waiting.waits(5)  # and Luis at 24, now alone
    of = {who.sid: [one for one in waiting.app.visits("/wait") if one["CallSid"] == who.sid] for who in (joe, luis)}
    assert [(one["QueueTime"], one["QueuePosition"], one["CurrentQueueSize"]) for one in of[joe.sid]] == [
        ("0", "1", "1"),
        ("10", "1", "2"),
    ]
    assert [(one["QueueTime"], one["QueuePosition"], one["CurrentQueueSize"]) for one in of[luis.sid]] == [
        ("0", "2", "2"),
        ("10", "2", "2"),
        ("20", "1", "1"),
    ]
    assert of[joe.sid][1]["AvgQueueTime"] == "8"  # (10 + 6) / 2: the mean of those waiting now
    assert of[luis.sid][2]["AvgQueueTime"] == "20"


def test_a_redirect_in_the_wait_document_stays_in_the_queue(waiting):
    waiting.app.says("/wait", "<Say>First</Say><Redirect>/wait2</Redirect>")
    waiting.app.says("/wait2", '<Say>Second</Say><Pause length="60"/>')
    joe = waiting.dials()
    waiting.waits(3)
    assert joe.heard == ["First", "Second"]
    assert waiting.app.only("/wait2").get("QueuePosition") == "1"
    assert queue(waiting).current_size == 1


def test_an_agent_who_dials_an_empty_queue_waits_for_the_next_joiner_and_is_no_member(waiting):
    waiting.client.queues.create(friendly_name="support")
    ana = agent_dials(waiting)
    assert queue(waiting).current_size == 0
    waiting.waits(10)
    joe = waiting.dials()
    waiting.waits(4)
    assert waiting.hear_each_other(JOE, ANA)
    ana.hangs_up()
    waiting.waits(4)
    assert waiting.app.only("/left")["QueueResult"] == "bridged"
    assert joe.heard[-1] == "You left the queue"


def test_a_joiner_meets_the_agent_who_waits_longest(waiting):
    waiting.client.queues.create(friendly_name="support")
    agent_dials(waiting, phone=ANA)
    waiting.waits(3)
    agent_dials(waiting, phone=LUIS)
    waiting.waits(3)
    waiting.dials()
    waiting.waits(4)
    assert waiting.hear_each_other(JOE, ANA)
    assert not waiting.hear_each_other(JOE, LUIS)


def test_the_caller_who_waits_longest_is_met_first(waiting):
    waiting.dials()
    waiting.waits(3)
    waiting.dials(LUIS)
    agent_dials(waiting)
    waiting.waits(4)
    assert waiting.hear_each_other(JOE, ANA)
    assert [one.position for one in waiting.client.queues(queue(waiting).sid).members.list()] == [1]


def test_dialing_an_empty_queue_ends_with_the_dials_timeout(waiting):
    waiting.client.queues.create(friendly_name="support")
    ana = agent_dials(waiting, attributes='action="/dialed" timeout="10"')
    waiting.waits(9)
    assert waiting.app.visits("/dialed") == []
    waiting.waits(8)
    assert waiting.app.only("/dialed")["DialCallStatus"] == "no-answer"  # undocumented: the policy of the reference
    assert ana.heard == ["Next caller please"]


def test_dialing_a_queue_that_does_not_exist_sends_an_error_status_to_the_action(box):
    agent_dials(box)
    box.waits(1)
    assert box.app.only("/dialed")["DialCallStatus"] == "failed"  # undocumented: the policy of the reference


def test_a_bridged_caller_who_is_redirected_was_redirected_from_bridged(waiting):
    joe = waiting.dials()
    ana = agent_dials(waiting)
    waiting.waits(5)
    waiting.client.calls(joe.sid).update(twiml="<Response><Say>Moved on</Say></Response>")
    waiting.settles()
    waiting.waits(4)
    assert waiting.app.only("/left")["QueueResult"] == "redirected-from-bridged"
    assert joe.heard[-1] == "Moved on"
    assert waiting.app.only("/dialed")["DialBridged"] == "true"
    assert ana.heard[-1] == "Next caller please"


def test_a_queue_is_first_come_first_served_also_over_rest(waiting):
    legs = [waiting.dials(caller) for caller in (JOE, LUIS, ANA)]
    waiting.waits(12)
    members = waiting.client.queues(queue(waiting).sid).members.list()
    assert [(one.call_sid, one.position) for one in members] == [(leg.sid, n) for n, leg in enumerate(legs, 1)]
    assert {one.wait_time for one in members} == {12}
    assert (queue(waiting).current_size, queue(waiting).average_wait_time) == (3, 12)


def test_a_hangup_in_the_wait_document_ends_the_call(waiting):
    waiting.app.says("/wait", "<Say>Closed</Say><Hangup/>")
    joe = waiting.dials()
    waiting.waits(4)
    assert joe.status == "completed"
    assert waiting.app.only("/left")["QueueResult"] == "hangup"


@pytest.mark.parametrize("name", ["x" * 65, ""])
def test_a_queue_name_must_have_a_length_from_1_to_64(box, name):
    box.app.says("/voice", f'<Enqueue waitUrl="/wait">{name}</Enqueue><Say>Next</Say>')
    joe = box.dials()
    box.waits(3)
    assert box.app.visits("/wait") == []
    assert {"14204", "14205"} & set(joe.errors)


def test_an_empty_wait_url_is_silence(box):
    box.app.says("/voice", '<Enqueue waitUrl="">support</Enqueue>')
    joe = box.dials()
    box.waits(60)
    assert (box.app.paths(), joe.heard, queue(box).current_size) == (["/voice"], [], 1)
