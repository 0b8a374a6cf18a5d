"""Conferences: start, end, hold, mute, participants, and what a REST update does to a leg inside them."""

from __future__ import annotations

from tests.emulator.box import ANA, CENTER, JOE, Box, play

ROOM = ("<Dial action='/dialed'><Conference statusCallback='/room' statusCallbackEvent='start end join leave hold mute'"
        " {more}>room</Conference></Dial>")


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


def test_a_failing_conference_wait_document_keeps_the_caller_out():
    """A failing conference `waitUrl`: execution continues with Dial's action or next verb."""

    async def story(box: Box) -> None:
        box.says("/voice", "<Dial><Conference waitUrl='/nothing'>room</Conference></Dial><Say>On we go</Say>")
        sid = await box.dials_in()
        assert await box.captions(sid) == ["On we go"]

    play(story)


def test_a_phone_that_rings_for_a_conference_is_let_go_when_the_conference_ends():
    """Only live participants are listed; a conference ended over the API takes its ringing phones along."""

    async def story(box: Box) -> None:
        made = await box.rest("POST", "/Conferences/ward/Participants.json", status=201, To=ANA, From=CENTER)
        await box.advance(2)
        await box.rest("POST", f"/Conferences/{made['conference_sid']}.json", status=200, Status="completed")
        assert (await box.leg(made["call_sid"]))["status"] == "canceled"
        listed = await box.rest("GET", f"/Conferences/{made['conference_sid']}/Participants.json", status=200)
        assert listed["participants"] == []

    play(story)


def test_a_caller_who_is_muted_is_not_heard_but_hears():
    """Participants update: Muted."""

    async def story(box: Box) -> None:
        joe, ana = await two_in_a_room(box, joe="muted='true'")
        assert not await hear_each_other(box)
        await box.do(ana, "speech", {"text": "Hello Joe"})
        await box.do(joe, "speech", {"text": "Hello Ana"})
        assert await box.captions(joe, "voice") == ["Hello Joe"]
        assert await box.captions(ana, "note") == []

    play(story)
