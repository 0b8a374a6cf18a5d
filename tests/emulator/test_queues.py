"""Enqueue, Leave, Dial to a queue, and what a REST update does to a leg inside them."""

from __future__ import annotations

from tests.emulator.box import ANA, CENTER, JOE, Box, play

WAIT = "<Enqueue action='/after' waitUrl='/wait'>line</Enqueue><Say>Next verb</Say>"


async def in_queue(box: Box) -> str:
    box.says("/voice", WAIT)
    box.says("/wait", "<Say>Please wait a moment</Say><Pause length='8'/>")
    box.says("/after", "<Say>After the queue</Say>")
    box.says("/moved", "<Say>Moved</Say><Pause length='60'/>")
    return await box.dials_in()


def test_the_wait_document_is_asked_for_again_with_fresh_numbers_when_it_runs_out():
    """When the document runs out, the waitUrl is requested again, forever, with fresh queue parameters."""

    async def story(box: Box) -> None:
        await in_queue(box)
        await box.advance(20)
        told = box.asked("/wait")
        assert [one["QueueTime"] for one in told] == ["0", "9", "18"]
        assert {one["QueuePosition"] for one in told} == {"1"}
        assert told[0]["MaxQueueSize"] == "1000"
        assert told[0]["CurrentQueueSize"] == "1"

    play(story)


def test_a_redirect_in_the_wait_document_stays_in_the_queue_and_leave_ends_it():
    """Leave: leaves the queue, the action of Enqueue runs, with QueueResult=leave."""

    async def story(box: Box) -> None:
        await in_queue(box)
        box.says("/wait", "<Pause length='2'/><Redirect>/wait2</Redirect>")
        box.says("/wait2", "<Leave/>")
        await box.advance(12)
        assert box.asked("/wait2")[0]["QueueTime"] == "11"
        assert box.asked("/after")[0]["QueueResult"] == "leave"

    play(story)


def test_hanging_up_in_the_queue_is_told_to_the_action_whose_answer_is_ignored():
    """Waiting hang-up: action with `hangup`, response ignored."""

    async def story(box: Box) -> None:
        sid = await in_queue(box)
        await box.advance(4)
        await box.do(sid, "hangup")
        told = box.asked("/after")[0]
        assert (told["QueueResult"], told["QueueTime"], told["CallStatus"]) == ("hangup", "4", "completed")
        assert "After the queue" not in await box.captions(sid)

    play(story)


def test_a_call_moved_out_of_the_queue_tells_redirected_and_then_fetches_the_new_document():
    """REST Call update on a queued caller: action `redirected` (response ignored), then the new URL."""

    async def story(box: Box) -> None:
        sid = await in_queue(box)
        await box.advance(4)
        answer = await box.rest("POST", f"/Calls/{sid}.json", status=200, Url=box.app_url + "/moved")
        assert answer["status"] == "in-progress"
        assert [one.path for one in box.heard][-2:] == ["/after", "/moved"]
        assert box.asked("/after")[0]["QueueResult"] == "redirected"
        assert (await box.captions(sid))[-1] == "Moved"
        queue = (await box.rest("GET", "/Queues.json", status=200))["queues"][0]
        assert queue["current_size"] == 0

    play(story)


def test_the_front_member_can_be_moved_by_the_word_front():
    """Members: update by CallSid or the literal `Front`; requires `Url`."""

    async def story(box: Box) -> None:
        sid = await in_queue(box)
        queue = (await box.rest("GET", "/Queues.json"))["queues"][0]["sid"]
        members = (await box.rest("GET", f"/Queues/{queue}/Members.json", status=200))["queue_members"]
        assert (members[0]["call_sid"], members[0]["position"]) == (sid, 1)
        await box.rest("POST", f"/Queues/{queue}/Members/Front.json", status=200, Url=box.app_url + "/moved")
        assert (await box.captions(sid))[-1] == "Moved"
        await box.rest("GET", f"/Queues/{queue}/Members/Front.json", status=404)

    play(story)


def test_a_full_queue_answers_at_once():
    """Queue-full: action/next verb immediately with `queue-full` (14207)."""

    async def story(box: Box) -> None:
        await in_queue(box)
        box.says("/voice", "<Enqueue action='/after' maxQueueSize='1'>line</Enqueue>")
        second = await box.dials_in()
        told = box.asked("/after")[0]
        assert told["QueueResult"] == "queue-full"
        assert "QueueSid" not in told
        assert await box.codes(second) == ["14207"]

    play(story)


async def ana_takes_joe(box: Box) -> str:
    joe = await in_queue(box)
    box.says("/agent", "<Dial action='/dialed'><Queue url='/whisper'>line</Queue></Dial>")
    box.says("/whisper", "<Say>You will now be connected</Say>")
    box.says("/dialed", "<Hangup/>")
    await box.control("POST", "/people", {"number": ANA, "script": {"answer_after_s": 1}})
    await box.rest("POST", "/Calls.json", status=201, To=ANA, From=CENTER, Url=box.app_url + "/agent")
    await box.advance(2)
    return joe


def test_a_dialer_meets_the_front_member_after_its_whisper_and_the_action_comes_once_at_the_end():
    """Dial Queue connects to the front member after its whisper; bridged: one action at the end."""

    async def story(box: Box) -> None:
        joe = await ana_takes_joe(box)
        assert box.asked("/whisper")[0]["CallSid"] == joe
        assert box.asked("/whisper")[0]["DequeingCallSid"] == await box.child_of(ANA)
        await box.advance(4)
        hears = await box.control("GET", f"/hears?a={JOE.replace('+', '%2B')}&b={ANA.replace('+', '%2B')}")
        assert hears["hear_each_other"]
        assert box.asked("/after") == []
        await box.do(await box.child_of(ANA), "hangup")
        assert box.asked("/after")[0]["QueueResult"] == "bridged"
        assert box.asked("/dialed")[0]["DialCallStatus"] == "completed"

    play(story)


def test_a_member_who_hangs_up_or_is_moved_while_bridged_is_told_so():
    """QueueResult values: `bridged`, `redirected-from-bridged`."""

    async def story(box: Box) -> None:
        joe = await ana_takes_joe(box)
        await box.advance(4)
        await box.do(joe, "hangup")
        assert [one["QueueResult"] for one in box.asked("/after")] == ["bridged"]
        second = await ana_takes_joe(box)
        await box.advance(4)
        await box.rest("POST", f"/Calls/{second}.json", status=200, Url=box.app_url + "/moved")
        assert [one["QueueResult"] for one in box.asked("/after")][1:] == ["redirected-from-bridged"]
        assert (await box.captions(second))[-1] == "Moved"

    play(story)


def test_a_failing_wait_document_leads_out_of_the_queue_to_the_fallback():
    """On failure to retrieve TwiML Twilio requests the fallback URL; its TwiML continues the call."""

    async def story(box: Box) -> None:
        box.exchange.numbers[0].voice_fallback_url = box.says("/fallback", "<Say>Please hold on</Say>")
        box.says("/voice", "<Enqueue action='/after' waitUrl='/nothing'>line</Enqueue>")
        box.says("/after", "<Say>Never</Say>")
        sid = await box.dials_in()
        assert box.asked("/after")[0]["QueueResult"] == "system-error"
        assert box.asked("/fallback")[0]["ErrorCode"] == "11200"
        assert await box.captions(sid) == ["Please hold on"]

    play(story)
