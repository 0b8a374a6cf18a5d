"""Enqueue, Leave, Dial to a queue, conferences, and what a REST update does to a leg inside them."""

from __future__ import annotations

from tests.emulator.box import ANA, CENTER, JOE, Box, play

WAIT = "<Enqueue action='/after' waitUrl='/wait'>line</Enqueue><Say>Next verb</Say>"
ROOM = ("<Dial action='/dialed'><Conference statusCallback='/room' statusCallbackEvent='start end join leave hold mute'"
        " {more}>room</Conference></Dial>")


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


def test_a_dialer_meets_the_front_member_after_its_whisper_and_the_action_comes_once_at_the_end():
    """Dial Queue connects to the front member after its whisper; bridged: one action at the end."""

    async def story(box: Box) -> None:
        joe = await in_queue(box)
        box.says("/agent", "<Dial action='/dialed'><Queue url='/whisper'>line</Queue></Dial>")
        box.says("/whisper", "<Say>You will now be connected</Say>")
        box.says("/dialed", "<Hangup/>")
        await box.control("POST", "/people", {"number": ANA, "script": {"answer_after_s": 1}})
        await box.rest("POST", "/Calls.json", status=201, To=ANA, From=CENTER, Url=box.app_url + "/agent")
        await box.advance(2)
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


async def two_in_a_room(box: Box, joe: str = "", ana: str = "") -> tuple[str, str]:
    box.says("/voice", ROOM.format(more=joe))
    box.says("/agent", ROOM.format(more=ana))
    box.says("/dialed", "<Say>The talk is over</Say>")
    box.says("/room", "")
    box.says("/moved", "<Say>Moved</Say><Pause length='60'/>")
    await box.control("POST", "/people", {"number": ANA, "script": {"answer_after_s": 1}})
    first = await box.dials_in()
    await box.rest("POST", "/Calls.json", status=201, To=ANA, From=CENTER, Url=box.app_url + "/agent")
    await box.advance(2)
    return first, await box.child_of(ANA)


async def hear_each_other(box: Box) -> bool:
    told = await box.control("GET", f"/hears?a={JOE.replace('+', '%2B')}&b={ANA.replace('+', '%2B')}")
    return bool(told["hear_each_other"])


def test_a_conference_starts_with_two_and_tells_its_events_in_order():
    """`conference-start` needs at least two participants, one with startConferenceOnEnter."""

    async def story(box: Box) -> None:
        joe, ana = await two_in_a_room(box, "startConferenceOnEnter='false'")
        assert await hear_each_other(box)
        told = box.asked("/room")
        assert [one["StatusCallbackEvent"] for one in told] == [
            "participant-join", "participant-join", "conference-start"]
        assert [one["SequenceNumber"] for one in told] == ["1", "2", "3"]
        assert [one.get("CallSid") for one in told] == [joe, ana, None]

    play(story)


def test_a_conference_of_one_has_not_started():
    """Two participants needed to start; wait music only before the start."""

    async def story(box: Box) -> None:
        box.says("/voice", ROOM.format(more="waitUrl='/music'"))
        box.says("/music", "<Say>You are alone</Say>")
        sid = await box.dials_in()
        await box.advance(30)
        assert await box.captions(sid) == ["You are alone"]
        assert len(box.asked("/music")) == 1
        assert (await box.rest("GET", "/Conferences.json", status=200))["conferences"][0]["status"] == "init"

    play(story)


def test_who_ends_the_conference_on_exit_takes_everybody_along():
    """endConferenceOnExit; reasons of end and leave as in 1.4."""

    async def story(box: Box) -> None:
        joe, ana = await two_in_a_room(box, ana="endConferenceOnExit='true'")
        await box.do(ana, "hangup")
        end = box.asked("/room")[-1]
        assert (end["StatusCallbackEvent"], end["ReasonConferenceEnded"], end["CallSidEndingConference"]) == (
            "conference-end", "participant-with-end-conference-on-exit-left", ana)
        left = [one["ReasonParticipantLeft"] for one in box.asked("/room") if "ReasonParticipantLeft" in one]
        assert left == ["participant_hung_up", "moderator_ended_conference"]
        assert await box.captions(joe) == ["The talk is over"]

    play(story)


def test_holding_a_participant_takes_him_out_of_the_mix():
    """Hold excludes from the mix; HoldUrl by GET."""

    async def story(box: Box) -> None:
        joe, _ = await two_in_a_room(box)
        box.says("/hold", "<Say>Please hold the line</Say>")
        room = (await box.rest("GET", "/Conferences.json"))["conferences"][0]["sid"]
        person = f"/Conferences/{room}/Participants/{joe}.json"
        told = await box.rest("POST", person, status=200, Hold="true", HoldUrl=box.app_url + "/hold")
        assert told["hold"] is True
        await box.advance(3)
        assert not await hear_each_other(box)
        assert next(one.method for one in box.heard if one.path == "/hold") == "GET"
        assert "Please hold the line" in await box.captions(joe)
        await box.rest("POST", person, status=200, Hold="false")
        assert await hear_each_other(box)
        assert [one["StatusCallbackEvent"] for one in box.asked("/room")][-2:] == [
            "participant-hold", "participant-unhold"]

    play(story)


def test_a_leg_moved_out_of_a_conference_makes_two_fetches_and_the_first_is_ignored():
    """Redirecting a live call inside Dial makes Twilio fetch two documents: Dial's action and the target."""

    async def story(box: Box) -> None:
        joe, _ = await two_in_a_room(box)
        await box.rest("POST", f"/Calls/{joe}.json", status=200, Url=box.app_url + "/moved")
        paths = [one.path for one in box.heard if one.path in ("/dialed", "/moved")]
        assert paths == ["/dialed", "/moved"]
        told = box.asked("/dialed")[0]
        assert told["DialCallStatus"] == "answered"
        assert "DialCallSid" not in told
        assert await box.captions(joe) == ["Moved"]

    play(story)


def test_a_participant_can_be_called_into_a_named_room_and_put_out():
    """Participants create: friendly names work; DELETE kicks (204)."""

    async def story(box: Box) -> None:
        await box.control("POST", "/people", {"number": ANA, "script": {"answer_after_s": 1}})
        made = await box.rest("POST", "/Conferences/ward/Participants.json", status=201, To=ANA, From=CENTER,
                              Label="ana", EndConferenceOnExit="true")
        assert made["status"] == "queued"
        await box.advance(2)
        room = made["conference_sid"]
        found = await box.rest("GET", f"/Conferences/{room}/Participants/ana.json", status=200)
        assert found["status"] == "connected"
        await box.rest("DELETE", f"/Conferences/{room}/Participants/ana.json", status=204)
        ended = await box.rest("GET", f"/Conferences/{room}.json", status=200)
        assert (ended["status"], ended["reason_conference_ended"]) == (
            "completed", "participant-with-end-conference-on-exit-kicked")
        assert (await box.rest("GET", f"/Calls/{made['call_sid']}.json"))["status"] == "completed"

    play(story)


def test_a_label_is_unique_in_its_conference():
    """Label uniqueness: 16025, and the call continues with the next verb."""

    async def story(box: Box) -> None:
        box.says("/voice", "<Dial><Conference participantLabel='x'>room</Conference></Dial><Say>On we go</Say>")
        await box.dials_in()
        second = await box.dials_in()
        assert await box.captions(second) == ["On we go"]
        assert await box.codes(second) == ["16025"]

    play(story)
