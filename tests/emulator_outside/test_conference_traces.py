"""Conferences against the reference, 1.4, 3.1 (Conference), 4.3 and 5.6: start, end, who hears whom, what is told.

Longer than 300 lines because the rules of one room are read together.
"""

from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException

from tests.emulator_outside.application import Asked
from tests.emulator_outside.box import ABSENT, ANA, JOE, LUIS, SOME, Box, agrees

EVENTS = 'statusCallback="/told" statusCallbackEvent="start end join leave mute hold modify announcement"'


@pytest.fixture
def room(box: Box) -> Box:
    """An application: every caller enters the same conference, and hears where he is afterwards."""
    enters(box)
    box.app.says("/music", "<Say>Music</Say>")
    box.app.says("/after", "<Say>After the conference</Say>")
    return box


def enters(box: Box, attributes: str = "", tell: str = EVENTS, dial: str = 'action="/after"') -> None:
    """From now on, callers enter with these attributes."""
    noun = f'<Conference waitUrl="/music" {tell} {attributes}>Room</Conference>'
    box.app.says("/voice", f"<Dial {dial}>{noun}</Dial><Say>Next</Say>")


def events(box: Box) -> list[Asked]:
    """All that the conference told, in the order of its numbers."""
    return sorted(box.app.visits("/told"), key=lambda one: int(one["SequenceNumber"]))


def names(box: Box) -> list[str]:
    return [one["StatusCallbackEvent"] for one in events(box)]


def conference(box: Box) -> Any:
    return box.client.conferences.list(friendly_name="Room")[0]


def test_two_make_a_conference_and_the_last_who_leaves_ends_it(room):
    joe = room.dials()
    room.waits(5)
    assert joe.heard == ["Music"]
    assert names(room) == ["participant-join"]
    ana = room.dials(ANA)
    room.waits(2)
    assert room.hear_each_other(JOE, ANA)
    assert conference(room).status == "in-progress"
    joe.hangs_up()
    room.waits(4)
    ana.hangs_up()
    room.waits(3)
    assert conference(room).status == "completed"
    told = events(room)
    assert sorted(one["StatusCallbackEvent"] for one in told) == [
        "conference-end", "conference-start", "participant-join", "participant-join",
        "participant-leave", "participant-leave",
    ]  # fmt: skip
    common = {"ConferenceSid": conference(room).sid, "FriendlyName": "Room", "AccountSid": SOME, "Timestamp": SOME}
    agrees(told, [("/told", common)] * 6)
    assert len({one["SequenceNumber"] for one in told}) == 6
    end = told[-1]
    agrees(
        [end],
        [("/told", {"StatusCallbackEvent": "conference-end", "ReasonConferenceEnded": "last-participant-left",
                    "CallSidEndingConference": ana.sid})],
    )  # fmt: skip
    leaves = [one for one in told if one["StatusCallbackEvent"] == "participant-leave"]
    for one, leg in zip(leaves, (joe, ana), strict=True):
        agrees(
            [one],
            [("/told", {"CallSid": leg.sid, "ReasonParticipantLeft": "participant_hung_up", "Muted": "false",
                        "Hold": "false", "Coaching": "false", "EndConferenceOnExit": "false",
                        "StartConferenceOnEnter": "true", "ParticipantCallStatus": "completed"})],
        )  # fmt: skip


def test_the_dials_action_hears_answered_after_a_conference_and_no_child_leg(room):
    joe = room.dials()
    ana = room.dials(ANA)
    room.waits(2)
    room.client.conferences(conference(room).sid).participants(joe.sid).delete()
    room.settles()
    room.waits(3)
    agrees(
        room.app.visits("/after"),
        [("/after", {"CallSid": joe.sid, "DialCallStatus": "answered", "DialCallSid": ABSENT,
                     "DialCallDuration": ABSENT})],
    )  # fmt: skip
    assert joe.heard[-1] == "After the conference"
    leave = next(one for one in events(room) if one["StatusCallbackEvent"] == "participant-leave")
    assert leave["ReasonParticipantLeft"] == "participant_updated_via_api"
    ana.hangs_up()


def test_the_moderators_leaving_ends_it_for_all(room):
    enters(room, 'endConferenceOnExit="true"')
    moderator = room.dials(ANA)
    enters(room)
    joe = room.dials()
    room.waits(3)
    moderator.hangs_up()
    room.waits(4)
    assert joe.heard[-1] == "After the conference"
    end = next(one for one in events(room) if one["StatusCallbackEvent"] == "conference-end")
    agrees(
        [end],
        [("/told", {"ReasonConferenceEnded": "participant-with-end-conference-on-exit-left",
                    "CallSidEndingConference": moderator.sid})],
    )  # fmt: skip
    left = {one["CallSid"]: one for one in events(room) if one["StatusCallbackEvent"] == "participant-leave"}
    assert left[joe.sid]["ReasonParticipantLeft"] == "moderator_ended_conference"
    assert left[moderator.sid]["EndConferenceOnExit"] == "true"
    ended = conference(room)
    assert (ended.reason_conference_ended, ended.call_sid_ending_conference) == (
        "participant-with-end-conference-on-exit-left", moderator.sid,
    )  # fmt: skip


def test_nobody_starts_it_without_a_participant_who_may(room):
    enters(room, 'startConferenceOnEnter="false"')
    room.dials()
    room.dials(LUIS)
    room.waits(5)
    assert conference(room).status == "init"
    assert not room.hear_each_other(JOE, LUIS)
    assert "conference-start" not in names(room)
    enters(room)
    room.dials(ANA)
    room.waits(2)
    assert conference(room).status == "in-progress"
    assert room.hear_each_other(JOE, LUIS)
    assert room.hear_each_other(JOE, ANA)


def test_an_end_over_rest_is_told_as_such_and_the_legs_go_on(room):
    joe, ana = room.dials(), room.dials(ANA)
    room.waits(2)
    room.client.conferences(conference(room).sid).update(status="completed")
    room.settles()
    room.waits(3)
    end = next(one for one in events(room) if one["StatusCallbackEvent"] == "conference-end")
    assert end["ReasonConferenceEnded"] == "conference-ended-via-api"
    left = [one for one in events(room) if one["StatusCallbackEvent"] == "participant-leave"]
    assert {one["ReasonParticipantLeft"] for one in left} == {"conference_ended_via_api"}
    assert [leg.heard[-1] for leg in (joe, ana)] == ["After the conference"] * 2


def test_the_last_who_is_kicked_ends_it_as_kicked(room):
    joe, ana = room.dials(), room.dials(ANA)
    room.waits(2)
    sid = conference(room).sid
    joe.hangs_up()
    room.client.conferences(sid).participants(ana.sid).delete()
    room.settles()
    room.waits(3)
    assert conference(room).reason_conference_ended == "last-participant-kicked"


def test_a_kicked_moderator_ends_it_as_kicked(room):
    enters(room, 'endConferenceOnExit="true"')
    moderator = room.dials(ANA)
    room.dials()
    room.waits(2)
    room.client.conferences(conference(room).sid).participants(moderator.sid).delete()
    room.settles()
    room.waits(3)
    assert conference(room).reason_conference_ended == "participant-with-end-conference-on-exit-kicked"


def test_hold_takes_out_of_the_mix_and_plays_the_hold_document(room):
    room.dials()
    ana = room.dials(ANA)
    room.waits(2)
    hold = room.app.says("/hold", '<Say>You are on hold</Say><Pause length="60"/>')
    party = room.client.conferences(conference(room).sid).participants(ana.sid)
    assert party.update(hold=True, hold_url=hold).hold is True
    room.settles()
    room.waits(2)
    assert room.app.only("/hold").method == "GET"  # the default of HoldMethod
    assert ana.heard[-1] == "You are on hold"
    assert not room.hear_each_other(JOE, ANA)
    party.update(hold=False)
    room.settles()
    assert room.hear_each_other(JOE, ANA)
    told = [one for one in events(room) if "hold" in one["StatusCallbackEvent"]]
    agrees(
        told,
        [
            ("/told", {"StatusCallbackEvent": "participant-hold", "CallSid": ana.sid, "Hold": "true"}),
            ("/told", {"StatusCallbackEvent": "participant-unhold", "CallSid": ana.sid, "Hold": "false"}),
        ],
    )


def test_mute_silences_one_and_is_told(room):
    joe, ana = room.dials(), room.dials(ANA)
    room.waits(2)
    party = room.client.conferences(conference(room).sid).participants(ana.sid)
    assert party.update(muted=True).muted is True
    room.settles()
    assert not room.hear_each_other(JOE, ANA)
    party.update(muted=False)
    room.settles()
    assert room.hear_each_other(JOE, ANA)
    told = [(one["StatusCallbackEvent"], one.get("CallSid")) for one in events(room)]
    assert [one for one in told if "mute" in one[0]] == [("participant-mute", ana.sid), ("participant-unmute", ana.sid)]
    assert joe.status == "in-progress"


def test_an_announcement_to_one_is_heard_by_one_and_its_end_told(room):
    joe, ana = room.dials(), room.dials(ANA)
    room.waits(2)
    words = room.app.says("/announce", "<Say>Five minutes left</Say>")
    room.client.conferences(conference(room).sid).participants(joe.sid).update(announce_url=words)
    room.settles()
    room.waits(4)
    assert room.app.only("/announce").method == "POST"
    assert "Five minutes left" in joe.heard
    assert "Five minutes left" not in ana.heard
    ends = [one for one in events(room) if one["StatusCallbackEvent"] == "announcement-end"]
    agrees(ends, [("/told", {"CallSid": joe.sid, "AnnounceUrl": words})])
    assert room.hear_each_other(JOE, ANA)


def test_an_announcement_to_all_is_heard_by_all(room):
    joe, ana = room.dials(), room.dials(ANA)
    room.waits(2)
    words = room.app.says("/announce", "<Say>We close soon</Say>")
    room.client.conferences(conference(room).sid).update(announce_url=words)
    room.settles()
    room.waits(4)
    assert "We close soon" in joe.heard
    assert "We close soon" in ana.heard


def test_an_announcement_that_fails_is_told(room):
    joe, _ = room.dials(), room.dials(ANA)
    room.waits(2)
    room.client.conferences(conference(room).sid).participants(joe.sid).update(announce_url=room.app.base + "/nowhere")
    room.settles()
    room.waits(3)
    fails = [one for one in events(room) if one["StatusCallbackEvent"] == "announcement-fail"]
    agrees(fails, [("/told", {"CallSid": joe.sid, "AnnounceUrl": SOME, "ReasonAnnouncementFailed": SOME})])
    assert room.hear_each_other(JOE, ANA)


def test_a_coach_is_heard_by_one_only(room):
    joe, ana = room.dials(), room.dials(ANA)
    room.waits(1)
    enters(room, f'coach="{ana.sid}"')
    coach = room.dials(LUIS)
    room.waits(2)
    told = [one for one in events(room) if one.get("CallSid") == coach.sid]
    assert told[0]["Coaching"] == "true"
    party = conference(room).participants.list()
    assert {one.call_sid: one.coaching for one in party} == {joe.sid: False, ana.sid: False, coach.sid: True}
    assert next(one for one in party if one.coaching).call_sid_to_coach == ana.sid
    assert not room.hear_each_other(JOE, LUIS)
    room.client.conferences(conference(room).sid).participants(coach.sid).update(coaching=False)
    room.settles()
    assert room.hear_each_other(JOE, LUIS)
    assert "participant-modify" in names(room)


def test_a_participant_is_dialed_into_a_conference_by_its_name(room):
    joe = room.dials()
    made = room.client.conferences("Room").participants.create(
        from_="+13125550100", to=ANA, label="therapist", end_conference_on_exit=True,
        status_callback=room.app.base + "/told-call",
        status_callback_event=["initiated", "ringing", "answered", "completed"],
    )  # fmt: skip
    assert made.status in ("queued", "connecting", "ringing")
    room.settles()
    room.waits(2)
    ana = room.at(ANA).answers()
    room.waits(2)
    assert room.hear_each_other(JOE, ANA)
    party = room.client.conferences(conference(room).sid).participants("therapist").fetch()
    assert (party.call_sid, party.label, party.end_conference_on_exit, party.status) == (
        ana.sid, "therapist", True, "connected",
    )  # fmt: skip
    join = [one for one in events(room) if one["StatusCallbackEvent"] == "participant-join"]
    assert [one.get("ParticipantLabel") for one in join] == [None, "therapist"]
    ana.hangs_up()
    room.waits(3)
    assert joe.heard[-1] == "After the conference"
    end = next(one for one in events(room) if one["StatusCallbackEvent"] == "conference-end")
    assert end["ParticipantLabelEndingConference"] == "therapist"
    calls = sorted(room.app.visits("/told-call"), key=lambda one: int(one["SequenceNumber"]))
    assert [one["CallStatus"] for one in calls] == ["initiated", "ringing", "in-progress", "completed"]


@pytest.mark.parametrize(("script", "status"), [({"busy": True}, "busy"), ({"no_answer": True}, "no-answer")])
def test_a_participant_who_never_came_leaves_as_add_failed(room, script, status):
    room.acts(ANA, **script)
    room.dials()
    room.client.conferences("Room").participants.create(from_="+13125550100", to=ANA, timeout=10)
    room.settles()
    room.waits(20)
    left = [one for one in events(room) if one["StatusCallbackEvent"] == "participant-leave"]
    agrees(
        left,
        [("/told", {"ReasonParticipantLeft": "participant_add_failed", "ParticipantCallStatus": status})],
    )


def test_only_live_participants_are_listed_and_one_who_left_is_not_found(room):
    joe, ana = room.dials(), room.dials(ANA)
    room.waits(2)
    sid = conference(room).sid
    joe.hangs_up()
    room.waits(1)
    assert [one.call_sid for one in room.client.conferences(sid).participants.list()] == [ana.sid]
    with pytest.raises(TwilioRestException) as refused:
        room.client.conferences(sid).participants(joe.sid).fetch()
    assert (refused.value.status, refused.value.code) == (404, 20404)


def test_the_callbacks_of_the_first_participant_win(room):
    room.dials()
    enters(room, tell='statusCallback="/told-other" statusCallbackEvent="join leave start end"')
    room.dials(ANA)
    room.waits(2)
    assert names(room).count("participant-join") == 2
    assert room.app.visits("/told-other") == []


def test_events_that_were_not_asked_for_are_not_told(room):
    enters(room, tell='statusCallback="/told" statusCallbackEvent="start end"')
    joe, ana = room.dials(), room.dials(ANA)
    room.waits(2)
    joe.hangs_up()
    ana.hangs_up()
    room.waits(1)
    assert names(room) == ["conference-start", "conference-end"]


def test_a_failing_wait_url_keeps_the_caller_out_and_the_dials_action_goes_on(room):
    room.app.pages.pop("/music")
    joe = room.dials()
    room.waits(3)
    assert room.client.conferences.list(status="in-progress") == []
    assert joe.heard == ["After the conference"]


def test_a_failing_wait_url_without_an_action_goes_on_with_the_next_verb(room):
    enters(room, dial="")
    room.app.pages.pop("/music")
    joe = room.dials()
    room.waits(3)
    assert joe.heard == ["Next"]


def test_the_wait_document_ends_in_silence_and_is_not_asked_again(room):
    joe = room.dials()
    room.waits(40)
    assert joe.heard == ["Music"]
    assert len(room.app.visits("/music")) == 1


def test_a_blank_redirect_loops_the_wait_document(room):
    room.app.says("/music", '<Say>Music</Say><Pause length="8"/><Redirect/>')
    joe = room.dials()
    room.waits(30)
    assert joe.heard.count("Music") >= 3


def test_a_forbidden_verb_in_the_wait_document_is_13238(room):
    room.app.says("/music", f"<Dial>{LUIS}</Dial>")
    joe = room.dials()
    room.waits(3)
    assert not room.rings(LUIS)
    assert "13238" in joe.errors


def test_a_full_conference_is_16020_and_the_call_goes_on(room):
    enters(room, 'maxParticipants="2"')
    room.dials()
    room.dials(ANA)
    luis = room.dials(LUIS)
    room.waits(4)
    assert not room.hear_each_other(JOE, LUIS)
    assert luis.heard in (["After the conference"], ["Next"])
    assert "16020" in luis.errors


def test_a_label_taken_is_16025_and_the_call_goes_on_with_the_next_verb(room):
    enters(room, 'participantLabel="patient"', dial="")
    room.dials()
    ana = room.dials(ANA)
    room.waits(3)
    assert ana.heard[-1] == "Next"
    assert "16025" in ana.errors


def test_a_muted_participant_listens_only(room):
    room.dials()
    enters(room, 'muted="true"')
    ana = room.dials(ANA)
    room.waits(2)
    assert not room.hear_each_other(JOE, ANA)
    assert room.client.conferences(conference(room).sid).participants(ana.sid).fetch().muted is True


def test_hangup_on_star_leaves_a_conference(room):
    enters(room, dial='action="/after" hangupOnStar="true"')
    joe, ana = room.dials(), room.dials(ANA)
    room.waits(2)
    joe.presses("*")
    room.waits(3)
    assert joe.heard[-1] == "After the conference"
    assert conference(room).status == "in-progress"
    ana.hangs_up()


def test_a_recorded_conference_tells_its_recording(room):
    enters(room, 'record="record-from-start" recordingStatusCallback="/told-recording"', tell="")
    joe, ana = room.dials(), room.dials(ANA)
    room.waits(20)
    joe.hangs_up()
    ana.hangs_up()
    room.waits(10)
    agrees(
        room.app.visits("/told-recording"),
        [("/told-recording", {"ConferenceSid": conference(room).sid, "RecordingSid": SOME, "RecordingUrl": SOME,
                              "RecordingStatus": "completed", "RecordingChannels": "1",
                              "RecordingSource": "Conference"})],
    )  # fmt: skip


def test_an_end_of_a_completed_conference_changes_nothing_more(room):
    joe, ana = room.dials(), room.dials(ANA)
    room.waits(1)
    joe.hangs_up()
    ana.hangs_up()
    room.waits(1)
    room.dials()
    room.waits(1)
    assert len(room.client.conferences.list(friendly_name="Room")) == 2
    assert [one.status for one in room.client.conferences.list(status="completed")] == ["completed"]
