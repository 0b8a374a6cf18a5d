"""Gather against the reference, 3.1 and 1.2: what falls through, what is sent, and when the keys end."""

import pytest

from tests.emulator_outside.application import Answer
from tests.emulator_outside.box import ABSENT, SOME, agrees


def test_nothing_entered_falls_through_to_the_next_verb_without_a_request(box):
    box.app.says("/voice", '<Gather action="/keys"><Say>Menu</Say></Gather><Say>Goodbye</Say>')
    joe = box.dials()
    box.waits(4)  # the timer of 5 s starts after the prompt
    assert joe.heard == ["Menu"]
    box.waits(10)
    agrees(box.app.visits(), [("/voice", {"CallStatus": "ringing"})])
    assert joe.heard == ["Menu", "Goodbye"]
    assert joe.status == "completed"


def test_nothing_entered_goes_to_the_action_with_action_on_empty_result(box):
    box.app.says("/voice", '<Gather action="/keys" actionOnEmptyResult="true"/><Say>Not reached</Say>')
    box.app.says("/keys", "<Say>Empty</Say>")
    joe = box.dials()
    box.waits(20)
    assert box.app.paths() == ["/voice", "/keys"]
    assert not box.app.only("/keys").get("Digits")
    assert joe.heard == ["Empty"]


def test_the_finish_key_alone_is_nothing_entered(box):
    box.app.says("/voice", '<Gather action="/keys"/><Say>Fell through</Say>')
    joe = box.dials().presses("#")
    box.waits(2)
    assert (box.app.paths(), joe.heard) == (["/voice"], ["Fell through"])


def test_keys_are_sent_without_the_finish_key(box):
    box.app.says("/voice", '<Gather action="/keys" finishOnKey="*"><Say>A long prompt that is stopped</Say></Gather>')
    box.app.says("/keys", "<Hangup/>")
    box.dials().presses("12#*")
    agrees(
        box.app.visits(),
        [("/voice", {}), ("/keys", {"Digits": "12#", "CallStatus": "in-progress", "FinishedOnKey": "*"})],
    )


def test_an_empty_finish_key_leaves_the_pause_to_end_the_keys(box):
    box.app.says("/voice", '<Gather action="/keys" finishOnKey="" timeout="3"/>')
    box.app.says("/keys", "<Hangup/>")
    joe = box.dials()
    box.waits(2)
    joe.presses("1#")
    box.waits(2)
    joe.presses("2")  # within 3 s of the last key
    box.waits(2)
    assert box.app.paths() == ["/voice"]
    box.waits(2)
    agrees(box.app.visits("/keys"), [("/keys", {"Digits": "1#2"})])


def test_the_last_of_num_digits_ends_it_at_once_and_the_action_defaults_to_the_document(box):
    box.app.says("/voice", '<Gather numDigits="2"/><Say>No</Say>', "<Say>Thank you</Say>")
    joe = box.dials().presses("4")
    assert len(box.app.visits("/voice")) == 1
    joe.presses("2")
    box.waits(3)
    agrees(box.app.visits(), [("/voice", {"Digits": ABSENT}), ("/voice", {"Digits": "42"})])
    assert joe.heard == ["Thank you"]


def test_the_method_get_puts_digits_into_the_query(box):
    box.app.says("/voice", '<Gather numDigits="1" method="GET" action="/keys?from=menu"/>')
    box.app.says("/keys", "")
    box.dials().presses("7")
    asked = box.app.only("/keys")
    assert (asked.method, asked["Digits"], asked["from"]) == ("GET", "7", "menu")


def test_speech_is_sent_with_its_confidence(box):
    box.app.says("/voice", '<Gather input="speech" action="/words" speechTimeout="2"><Say>Why</Say></Gather>')
    box.app.says("/words", "")
    joe = box.dials()
    box.waits(3)
    joe.says("my exercises", 0.87)
    box.waits(6)
    agrees(box.app.visits("/words"), [("/words", {"SpeechResult": "my exercises", "Digits": ABSENT})])
    assert float(box.app.only("/words")["Confidence"]) == pytest.approx(0.87)


def test_speech_is_not_heard_by_a_gather_for_keys(box):
    box.app.says("/voice", '<Gather action="/keys"/><Say>Fell through</Say>')
    joe = box.dials().says("hello")
    box.waits(8)
    assert (box.app.paths(), joe.heard) == (["/voice"], ["Fell through"])


def test_keys_win_over_speech_when_they_come_first(box):
    box.app.says("/voice", '<Gather input="dtmf speech" action="/either" numDigits="2"/>')
    box.app.says("/either", "")
    box.dials().presses("1").says("one").presses("2")
    box.waits(6)
    agrees(box.app.visits("/either"), [("/either", {"Digits": "12", "SpeechResult": ABSENT})])


def test_speech_wins_over_keys_and_disables_the_finish_key(box):
    box.app.says("/voice", '<Gather input="dtmf speech" action="/either" speechTimeout="3"/>')
    box.app.says("/either", "")
    box.dials().says("my therapist").presses("#")
    box.waits(10)
    agrees(box.app.visits("/either"), [("/either", {"SpeechResult": "my therapist", "Digits": {None, ""}})])


def test_partial_results_are_told_beside_the_call(box):
    partial = box.app.serve("/told/partial", Answer("nonsense", 200, "text/plain"))
    box.app.says("/voice", f'<Gather input="speech" action="/words" partialResultCallback="{partial}"/>')
    box.app.says("/words", "<Say>Understood</Say>")
    joe = box.dials().says("a long sentence")
    box.waits(12)
    assert joe.heard == ["Understood"]
    told = box.app.visits("/told/partial")
    assert told, "no partial result"
    assert all(one.method == "POST" and one.get("UnstableSpeechResult") is not None for one in told)


def test_an_action_that_redirects_over_http_loses_the_digits(box):
    box.app.says("/voice", '<Gather numDigits="1" action="/moved"/>')
    box.app.serve("/moved", Answer("", 302, None, (("Location", "/there"),)))
    box.app.says("/there", "<Say>Here</Say>")
    joe = box.dials().presses("5")
    box.waits(2)
    agrees(
        box.app.visits(),
        [("/voice", {}), ("/moved", {"Digits": "5"}), ("/there", {"Digits": ABSENT, "CallSid": joe.sid})],
    )
    assert joe.heard == ["Here"]


def test_a_forbidden_child_is_told_as_13320_and_the_rest_is_done(box):
    box.app.says("/voice", '<Gather numDigits="1" action="/keys"><Dial>+13125550161</Dial><Say>Press</Say></Gather>')
    box.app.says("/keys", "<Say>Done</Say>")
    joe = box.dials()
    assert not box.rings("+13125550161")
    joe.presses("1")
    box.waits(3)
    assert joe.heard == ["Press", "Done"]
    assert "13320" in joe.errors


def test_the_first_key_stops_the_prompt_and_the_pause_counts_from_it(box):
    words = "one two three four five six seven eight nine ten " * 3
    box.app.says("/voice", f'<Gather action="/keys" timeout="4"><Say>{words}</Say></Gather>')
    box.app.says("/keys", "")
    joe = box.dials()
    box.waits(1)
    joe.presses("3")
    box.waits(5)
    agrees(box.app.visits("/keys"), [("/keys", {"Digits": "3", "CallSid": SOME})])
