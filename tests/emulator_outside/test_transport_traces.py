"""Requests against the reference, 1.1, 2.2 to 2.5 and 3.1: retries, redirects, cookies, fallback, contents, errors.

Longer than 300 lines because all that can go wrong with a request are read together.
"""

import time

import pytest

from tests.emulator_outside.application import Answer, Asked
from tests.emulator_outside.box import ABSENT, ANA, SOME, Box, agrees

SORRY = "an application error has occurred"
MALFORMED = "<Response><Say>Oops</Response>"


def moved(to: str, status: int = 302) -> Answer:
    return Answer("", status, None, (("Location", to),))


@pytest.fixture
def failing(box: Box) -> Box:
    """A number with a fallback."""
    box.points(voice_fallback_url=box.app.says("/fallback", "<Say>The fallback speaks</Say>"))
    return box


FAILURES = {
    "status 500": (Answer("", 500), "11200"),
    "status 404": (Answer("gone", 404, "text/plain"), "11200"),
    "malformed": (MALFORMED, "12100"),
    "root": ("<Answer><Say>Hi</Say></Answer>", "12102"),
    "content type": (Answer('{"say": "hi"}', 200, "application/json"), "12300"),
    "empty body": (Answer("", 200), "11770"),
    "over 64 kB": (f"<Response><Say>{'x' * 66_000}</Say></Response>", "11750"),
}


@pytest.mark.parametrize("case", FAILURES)
def test_a_failing_document_goes_to_the_fallback_with_its_error(failing, case):
    page, code = FAILURES[case]
    failing.app.serve("/voice", page)
    joe = failing.dials()
    failing.waits(4)
    agrees(
        failing.app.visits("/fallback"),
        [("/fallback", {"ErrorCode": code, "ErrorUrl": failing.app.base + "/voice", "CallSid": joe.sid,
                        "CallStatus": SOME, "From": SOME})],
    )  # fmt: skip
    assert joe.heard == ["The fallback speaks"]
    assert joe.errors == [code]


@pytest.mark.parametrize("case", FAILURES)
def test_without_a_fallback_the_caller_hears_an_apology_and_the_call_ends(box, case):
    page, code = FAILURES[case]
    box.app.serve("/voice", page)
    joe = box.dials()
    box.waits(10)
    assert SORRY in " ".join(joe.heard).lower()
    assert joe.status in ("completed", "failed")
    assert joe.errors == [code]


def test_an_action_that_fails_goes_to_the_fallback_too(failing):
    failing.app.says("/voice", '<Gather numDigits="1" action="/keys"/>')
    failing.app.serve("/keys", Answer("", 503))
    joe = failing.dials().presses("1")
    failing.waits(3)
    wrong = {"ErrorCode": "11200", "ErrorUrl": failing.app.base + "/keys"}
    agrees(failing.app.visits("/fallback"), [("/fallback", wrong)])
    assert joe.heard == ["The fallback speaks"]


def test_a_fallback_that_fails_too_ends_in_the_apology(box):
    box.points(voice_fallback_url=box.app.serve("/fallback", Answer("", 500)))
    box.app.serve("/voice", Answer("", 500))
    joe = box.dials()
    box.waits(10)
    assert SORRY in " ".join(joe.heard).lower()
    assert box.app.paths() == ["/voice", "/fallback"]


def test_the_fallback_method_is_honoured(box):
    box.points(voice_fallback_url=box.app.says("/fallback", "<Hangup/>"), voice_fallback_method="GET")
    box.dials()
    asked = box.app.only("/fallback")
    assert (asked.method, asked["ErrorCode"]) == ("GET", "11200")


def test_a_created_call_has_its_own_fallback(box):
    box.app.serve("/answered", MALFORMED)
    box.calls(fallback_url=box.app.says("/fallback", "<Say>Sorry, later</Say>"))
    box.waits(2)
    ana = box.at(ANA).answers()
    box.waits(3)
    agrees(box.app.visits("/fallback"), [("/fallback", {"ErrorCode": "12100", "Direction": "outbound-api"})])
    assert ana.heard == ["Sorry, later"]


def test_an_application_that_is_down_is_11205(box):
    box.points(
        voice_url="http://127.0.0.1:9/voice", voice_fallback_url=box.app.says("/fallback", "<Say>Fallback</Say>")
    )
    box.dials()
    box.waits(2)
    agrees(box.app.visits("/fallback"), [("/fallback", {"ErrorCode": "11205", "ErrorUrl": "http://127.0.0.1:9/voice"})])


# --- retries


def test_an_error_is_not_asked_again_by_default(failing):
    failing.app.serve("/voice", Answer("", 500), "<Response><Say>Second try</Say></Response>")
    joe = failing.dials()
    failing.waits(3)
    assert len(failing.app.visits("/voice")) == 1
    assert joe.heard == ["The fallback speaks"]


def test_connection_overrides_ask_again_with_the_same_token_and_are_never_sent(box):
    box.points(voice_url=box.app.base + "/voice?x=1#rc=2&rp=5xx")
    box.app.serve("/voice", Answer("", 500), Answer("", 503), "<Response><Say>Third try</Say></Response>")
    joe = box.dials()
    box.waits(2)
    visits = box.app.visits("/voice")
    assert [one.query for one in visits] == ["x=1"] * 3
    assert len({one.headers["i-twilio-idempotency-token"] for one in visits}) == 1
    assert joe.heard == ["Third try"]


def test_the_retry_count_is_a_limit_and_the_policy_names_what_is_retried(failing):
    failing.points(voice_url=failing.app.base + "/voice#rc=1&rp=4xx", voice_fallback_url=failing.app.base + "/fallback")
    failing.app.serve("/voice", Answer("", 404), Answer("", 500), "<Response><Say>Third</Say></Response>")
    joe = failing.dials()
    failing.waits(2)
    assert len(failing.app.visits("/voice")) == 2
    assert joe.heard == ["The fallback speaks"]


def test_different_requests_have_different_tokens(box):
    box.app.says("/voice", "<Redirect>/next</Redirect>")
    box.app.says("/next", "")
    box.dials()
    assert len({one.headers["i-twilio-idempotency-token"] for one in box.app.visits()}) == 2


@pytest.mark.parametrize("override", ["rc=9", "rt=20000", "ct=5", "rp=sometimes"])
def test_an_impossible_override_is_an_error(failing, override):
    failing.points(voice_url=failing.app.base + "/voice#" + override, voice_fallback_url=failing.app.base + "/fallback")
    failing.app.says("/voice", "<Say>Hi</Say>")
    joe = failing.dials()
    failing.waits(2)
    assert {"11240", "11241", "11242", "11243"} & set(joe.errors)


def test_a_read_timeout_is_asked_again_when_the_policy_says_so(box):
    box.points(voice_url=box.app.base + "/voice#rt=150&rc=1&rp=rt")

    def slow(asked: Asked) -> str:
        time.sleep(0.4)  # real time: timeouts of requests are real
        return "<Response><Say>Too late</Say></Response>"

    box.app.serve("/voice", slow, "<Response><Say>In time</Say></Response>")
    joe = box.dials()
    box.waits(2)
    assert joe.heard == ["In time"]


# --- redirects and cookies


def test_ten_redirects_are_followed_and_eleven_are_11215(failing):
    for n in range(12):
        failing.app.serve(f"/r{n}", moved(f"/r{n + 1}"))
    failing.app.says("/r12", "<Say>There</Say>")
    failing.points(voice_url=failing.app.base + "/r2")  # ten hops: r2 .. r12
    joe = failing.dials()
    failing.waits(2)
    assert joe.heard == ["There"]
    failing.points(voice_url=failing.app.base + "/r1", voice_fallback_url=failing.app.base + "/fallback")
    failing.dials()
    failing.waits(2)
    assert failing.app.only("/fallback")["ErrorCode"] == "11215"


def test_cookies_are_kept_for_one_call_and_not_for_another(box):
    box.app.serve(
        "/voice",
        Answer("<Response><Redirect>/next</Redirect></Response>", headers=(("Set-Cookie", "visit=42; Path=/"),)),
    )
    box.app.says("/next", "")
    box.dials()
    assert "visit=42" in box.app.only("/next").headers.get("cookie", "")
    box.dials()
    assert [one.headers.get("cookie") for one in box.app.visits("/voice")] == [None, None]


# --- verbs that fetch


def test_redirect_resolves_against_the_document_and_ends_it(box):
    box.points(voice_url=box.app.base + "/menu/first?a=1")
    box.app.says("/menu/first", "<Redirect>second</Redirect><Say>Not reached</Say>")
    box.app.says("/menu/second", '<Redirect method="GET">../other?b=2</Redirect>')
    box.app.says("/other", "<Say>Arrived</Say>")
    joe = box.dials()
    box.waits(3)
    assert [(one.method, one.path) for one in box.app.visits()] == [
        ("POST", "/menu/first"), ("POST", "/menu/second"), ("GET", "/other"),
    ]  # fmt: skip
    assert box.app.only("/other")["b"] == "2"
    assert joe.heard == ["Arrived"]


def test_play_is_fetched_without_parameters_and_repeated(box):
    box.app.serve("/media/ring.wav", Answer(b"RIFF", 200, "audio/wav"))
    box.app.says("/voice", '<Play loop="2">/media/ring.wav</Play><Play digits="w1"/><Say loop="3">Hi</Say>')
    joe = box.dials()
    box.waits(60)
    assert joe.status == "completed"
    assert all(one.pairs == () and one.method == "GET" for one in box.app.visits("/media/ring.wav"))
    assert sum("ring.wav" in text for text in joe.heard) == 2
    assert joe.heard.count("Hi") == 3


def test_media_that_cannot_be_had_is_an_error_of_the_call(box):
    box.app.says("/voice", "<Play>/media/none.mp3</Play>")
    joe = box.dials()
    box.waits(10)
    assert joe.errors


# --- contents


def test_an_empty_document_hangs_up_without_an_error(box):
    box.app.serve("/voice", '<?xml version="1.0" encoding="UTF-8"?><Response/>')
    joe = box.dials()
    box.waits(1)
    assert (joe.heard, joe.status, joe.errors) == ([], "completed", [])


def test_comments_are_ignored_and_names_are_case_sensitive(box):
    box.app.says("/voice", "<!-- a note --><say>lower</say><Say>Proper</Say>")
    joe = box.dials()
    box.waits(3)
    assert joe.heard == ["Proper"]
    assert joe.errors == ["12200"]


def test_unknown_verbs_are_skipped_with_a_warning(box):
    box.app.says("/voice", "<Dance/><Say>Still here</Say>")
    joe = box.dials()
    box.waits(3)
    assert joe.heard == ["Still here"]
    note = box.client.calls(joe.sid).notifications.list()[0]
    assert (note.error_code, note.log, note.request_url) == ("12200", "1", box.app.base + "/voice")


@pytest.mark.parametrize("kind", ["text/xml", "application/xml", "text/html", "text/xml; charset=utf-8"])
def test_xml_types_are_twiml(box, kind):
    box.app.serve("/voice", Answer("<Response><Say>¿Qué tal?</Say></Response>", 200, kind))
    joe = box.dials()
    box.waits(3)
    assert joe.heard == ["¿Qué tal?"]


def test_plain_text_is_twiml_if_it_reads_as_such_and_else_spoken(box):
    box.app.serve(
        "/voice",
        Answer("<Response><Say>TwiML</Say></Response>", 200, "text/plain"),
        Answer("Just words", 200, "text/plain"),
    )
    first = box.dials()
    box.waits(3)
    second = box.dials()
    box.waits(3)
    assert (first.heard, second.heard, second.status) == (["TwiML"], ["Just words"], "completed")


def test_an_audio_answer_is_played_and_the_call_ends(box):
    box.app.serve("/voice", Answer(b"RIFF", 200, "audio/wav"))
    joe = box.dials()
    box.waits(30)
    assert len(joe.heard) == 1
    assert joe.status == "completed"
    assert len(box.app.asked) == 1, "the answer is the media: nothing is asked again"


def test_a_document_of_just_under_64_kb_is_taken(box):
    inside = "<!--" + "x" * (64_000 - 60) + "--><Say>Fits</Say>"
    box.app.says("/voice", inside)
    joe = box.dials()
    box.waits(3)
    assert joe.heard == ["Fits"]


# --- callbacks


def test_a_failing_status_callback_never_touches_the_call(box):
    box.app.serve("/bad", Answer("", 500))
    box.app.says("/answered", '<Say>Hello</Say><Pause length="5"/><Say>Still here</Say>')
    events = ["initiated", "ringing", "answered", "completed"]
    box.calls(status_callback=box.app.base + "/bad", status_callback_event=events)
    box.waits(2)
    ana = box.at(ANA).answers()
    box.waits(12)
    assert ana.heard == ["Hello", "Still here"]
    assert len(box.app.visits("/bad")) == 4
    assert "15003" in ana.errors


def test_the_numbers_status_callback_comes_once_after_the_call(box):
    box.points(status_callback=box.app.base + "/told", status_callback_method="GET")
    box.app.says("/voice", '<Pause length="30"/>')
    joe = box.dials()
    box.waits(12)
    assert box.app.visits("/told") == []
    joe.hangs_up()
    box.waits(1)
    agrees(
        box.app.visits("/told"),
        [("/told", {"CallSid": joe.sid, "CallStatus": "completed", "CallDuration": "12", "Duration": "1",
                    "Direction": "inbound", "Timestamp": SOME})],
    )  # fmt: skip
    assert box.app.only("/told").method == "GET"


def test_the_standard_parameters_come_with_every_document(box):
    box.app.says("/voice", "<Redirect>/next</Redirect>")
    box.app.says("/next", "")
    joe = box.dials()
    common = {"CallSid": joe.sid, "AccountSid": SOME, "From": "+13125550142", "To": "+13125550100",
              "Caller": "+13125550142", "Called": "+13125550100", "ApiVersion": "2010-04-01", "Direction": "inbound",
              "ParentCallSid": ABSENT, "CallerName": ABSENT, "FromCountry": "US", "ToCountry": "US"}  # fmt: skip
    agrees(
        box.app.visits(),
        [("/voice", {**common, "CallStatus": "ringing"}), ("/next", {**common, "CallStatus": "in-progress"})],
    )


def test_the_callers_name_comes_only_where_it_is_looked_up(box):
    box.points(voice_caller_id_lookup=True)
    box.app.says("/voice", "")
    box.dials()
    assert box.app.only("/voice").get("CallerName") is not None
    box.points(voice_caller_id_lookup=False)
