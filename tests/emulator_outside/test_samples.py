"""Applications as people write them, from end to end: nothing in them knows that this is no carrier."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import requests
from flask import Flask
from werkzeug.serving import make_server

from tests.emulator_outside.box import ANA, CENTER, DANA, JOE, LUIS, OTHER, TOKEN, Box
from tests.emulator_outside.samples import (
    call_forwarding,
    click_to_call,
    moderated_conference,
    phone_tree,
    queue_with_agent,
    reminders,
    survey,
    voicemail,
    warm_transfer,
)

Serve = Callable[[Flask], str]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Serves a Flask application until the test ends; its origin."""
    servers = []

    def start(app: Flask) -> str:
        server = make_server("127.0.0.1", 0, app, threaded=True)
        servers.append(server)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()


@contextmanager
def unheard_of_errors(box: Box) -> Iterator[None]:
    """What runs inside leaves no error notification on any call."""
    yield
    codes = [note.error_code for call in box.client.calls.list() for note in call.notifications.list()]
    assert codes == []


def point(box: Box, url: str, number: str = CENTER) -> None:
    """Give a number its voice URL."""
    (found,) = box.client.incoming_phone_numbers.list(phone_number=number)
    found.update(voice_url=url, voice_method="POST")


def test_a_phone_tree_leads_down_back_and_to_a_person(box, serve):
    point(box, serve(phone_tree.create(TOKEN)) + "/ivr/welcome")
    with unheard_of_errors(box):
        joe = box.dials()
        joe.presses("7")  # no such choice: back to the welcome, over an HTTP redirect
        joe.presses("2")
        box.waits(2)
        joe.presses("*")
        box.waits(1)
        joe.presses("2").presses("3")
        box.waits(2)
        box.at(LUIS).answers()
        box.waits(1)
        assert box.hear_each_other(JOE, LUIS)
        box.at(LUIS).hangs_up()
        box.waits(1)
        assert joe.status == "completed"
        other = box.dials(DANA).presses("1")
        box.waits(5)
        assert other.heard[-1] == "Bring it to the landing site."


def test_call_forwarding_goes_through_all_offices(box, serve):
    point(box, serve(call_forwarding.create(TOKEN)) + "/callcongress/welcome")
    with unheard_of_errors(box):
        joe = box.dials().presses("2").presses("99999").presses("60607")
        box.waits(5)
        box.at(ANA).answers()
        box.waits(5)
        assert box.hear_each_other(JOE, ANA)
        box.at(ANA).hangs_up()
        box.waits(5)
        assert box.rings(LUIS)
        box.waits(25)  # nobody is there
        assert joe.heard[-1] == "Your voice makes a difference. Goodbye."
        assert joe.status == "completed"


def test_callers_meet_when_the_moderator_comes_and_part_when_she_leaves(box, serve):
    app, story = moderated_conference.create(TOKEN)
    point(box, serve(app) + "/voice")
    joe, luis = box.dials(JOE), box.dials(LUIS)
    box.waits(20)
    assert not box.hear_each_other(JOE, LUIS)
    assert joe.heard.count("The moderator will join soon.") >= 2
    moderator = box.dials(ANA)
    box.waits(3)
    assert box.hear_each_other(JOE, LUIS)
    assert box.hear_each_other(JOE, ANA)
    moderator.hangs_up()
    box.waits(5)
    assert [leg.heard[-1] for leg in (joe, luis)] == ["Thank you for joining."] * 2
    by_number = sorted(story, key=lambda one: int(one["SequenceNumber"]))
    assert [one["StatusCallbackEvent"] for one in by_number].count("participant-join") == 3
    assert "conference-end" in [one["StatusCallbackEvent"] for one in by_number]


def test_agents_work_off_a_queue(box, serve):
    app, results = queue_with_agent.create(TOKEN)
    origin = serve(app)
    point(box, origin + "/caller")
    point(box, origin + "/agent", OTHER)
    with unheard_of_errors(box):
        joe = box.dials(JOE)
        box.waits(3)
        luis = box.dials(LUIS)
        box.waits(3)
        dana = box.dials(DANA)
        box.waits(6)
        assert luis.heard[1] == "You are number 2 of 2."
        dana.presses("*")
        box.waits(3)
        assert dana.heard[-1] == "Leave a message after the beep."
        agent = box.dials(ANA, OTHER)
        box.waits(6)
        assert joe.heard[-1].startswith("You waited 13 seconds")
        assert box.hear_each_other(ANA, JOE)
        joe.hangs_up()
        box.waits(8)
        assert box.hear_each_other(ANA, LUIS)
        luis.hangs_up()
        box.waits(30)
        assert agent.heard == ["Nobody waits. Goodbye."]
        assert results == ["leave", "bridged", "bridged"]


def test_a_message_is_taken_when_nobody_proves_to_be_there(box, serve):
    app, messages = voicemail.create(TOKEN, box.client)
    origin = serve(app)
    point(box, origin + "/voice")
    box.acts(ANA, voicemail={"answer_after_s": 4, "greeting": "Ana is away", "greeting_s": 5})
    with unheard_of_errors(box):
        joe = box.dials()
        assert joe.rest.status == "ringing"
        box.waits_until(lambda: joe.seen["captions"][-1]["kind"] == "beep")
        assert "leave a message" in joe.heard[0]
        box.waits(1)
        joe.says("Please call me back about my exercises")
        box.waits(4)
        joe.presses("#")
        box.waits(6)
        assert joe.heard[-1] == "Thank you. Goodbye."
        assert [one["RecordingStatus"] for one in messages] == ["completed"]
        (listed,) = requests.get(origin + "/web/messages", timeout=10).json()
        assert listed["sid"] == messages[0]["RecordingSid"]


def test_whoever_presses_a_key_takes_the_call(box, serve):
    app, _ = voicemail.create(TOKEN, box.client)
    point(box, serve(app) + "/voice")
    with unheard_of_errors(box):
        joe = box.dials()
        box.waits(3)
        box.at(LUIS).answers().presses("5")
        box.waits(3)
        assert box.hear_each_other(JOE, LUIS)
        assert not box.rings(ANA)
        box.at(LUIS).hangs_up()
        box.waits(2)
        assert joe.status == "completed"


def test_a_click_makes_two_phones_ring_in_turn(box, serve):
    app, statuses = click_to_call.create(TOKEN, box.client, CENTER)
    origin = serve(app)
    with unheard_of_errors(box):
        made = requests.post(origin + "/web/call", {"agent": ANA, "visitor": JOE}, timeout=10).json()
        assert made["status"] == "queued"
        box.waits(2)
        ana = box.at(ANA).answers()
        box.waits(8)
        box.at(JOE).answers()
        box.waits(1)
        assert box.hear_each_other(ANA, JOE)
        box.at(JOE).hangs_up()
        box.waits(2)
        assert ana.status == "completed"
        assert sorted(statuses) == ["completed", "in-progress", "initiated", "ringing"]
    refused = requests.post(origin + "/web/call", {"agent": "nobody", "visitor": JOE}, timeout=10)
    assert (refused.status_code, refused.json()["error"] in (21211, 21217)) == (400, True)


def test_a_caller_is_handed_from_one_agent_to_another(box, serve):
    origin = serve(warm_transfer.create(TOKEN, box.client, CENTER, (ANA, LUIS)))
    point(box, origin + "/conference/connect/client")
    joe = box.dials()
    box.waits(3)
    ana = box.at(ANA).answers()
    box.waits(2)
    assert box.hear_each_other(JOE, ANA)
    requests.post(f"{origin}/web/{joe.sid}/second-agent", timeout=10)
    box.waits(3)
    box.at(LUIS).answers()
    box.waits(2)
    assert box.hear_each_other(ANA, LUIS)
    ana.hangs_up()
    box.waits(2)
    assert box.hear_each_other(JOE, LUIS)
    joe.hangs_up()
    box.waits(2)
    assert box.at(LUIS).status == "completed"


def test_a_survey_is_kept_together_by_cookies_over_redirects(box, serve):
    app, answers = survey.create(TOKEN)
    point(box, serve(app) + "/voice")
    with unheard_of_errors(box):
        joe = box.dials()
        box.waits(4)
        joe.presses("66#")
        box.waits(6)
        joe.presses("1")
        box.waits(4)
        joe.says("Because they call me back")
        box.waits(3)
        joe.presses("#")
        box.waits(3)
        assert joe.heard[-1] == "That was all. Goodbye."
        (kept,) = answers.values()
        assert kept[:2] == ["66", "1"]
        assert "/Recordings/RE" in kept[2]


def test_reminders_talk_with_people_and_machines_and_text_the_others(box, serve):
    app, replies = reminders.create(TOKEN, box.client, CENTER)
    origin = serve(app)
    box.acts(ANA, answer_after_s=2)
    box.acts(LUIS, voicemail={"answer_after_s": 3, "greeting": "Luis is away, leave a message", "greeting_s": 6})
    box.acts(DANA, no_answer=True)
    for phone in (ANA, LUIS, DANA):
        requests.post(f"{origin}/web/remind/{phone}", timeout=10)
    with unheard_of_errors(box):
        box.waits(12)
        box.at(ANA).says("yes")
        box.waits(40)
        assert box.at(ANA).heard[-1] == "You are confirmed."
        assert box.at(LUIS).heard[-1].startswith("This is a message about your appointment")
        assert replies == ["yes"]
        assert [one.to for one in box.client.messages.list()] == [DANA]
