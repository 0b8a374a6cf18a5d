"""The breadth of the reference: every attribute accepted, contents cut short, cookies, credentials, media, tokens.

Longer than 300 lines because the breadth of the reference is read together.
"""

import socket
import threading
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.rest import Client

from tests.emulator_outside.application import Answer
from tests.emulator_outside.box import ABSENT, ACCOUNT, ANA, CENTER, DANA, JOE, LUIS, SOME, TOKEN, Box, agrees

# --- every attribute of section 3.1 is known: a document that uses it leaves no warning

KNOWN = {
    "Say": '<Say voice="Polly.Joanna-Neural" language="en-US" loop="1">Hi <break time="1s"/>'
    "<emphasis>you</emphasis></Say>",
    "Say SSML": '<Say voice="Google.en-US-Standard-B"><p><s>One <lang xml:lang="es-ES">dos</lang></s></p>'
    '<phoneme alphabet="ipa" ph="x">x</phoneme><prosody rate="slow">slow</prosody>'
    '<say-as interpret-as="digits">12</say-as><sub alias="as">s</sub><w role="amazon:VB">read</w></Say>',
    "Play": '<Play loop="1" digits="1w2W#*A"/>',
    "Pause": '<Pause length="2"/>',
    "Gather": '<Gather input="dtmf speech" action="/x" method="POST" timeout="1" finishOnKey="#" numDigits="3" '
    'speechTimeout="2" maxSpeechTime="30" hints="hip, knee" language="es-US" speechModel="phone_call" '
    'profanityFilter="false" partialResultCallback="/told" partialResultCallbackMethod="POST" bargeIn="true" '
    'actionOnEmptyResult="false" enhanced="true" debug="false"><Say>Hi</Say><Pause/></Gather>',
    "Record": '<Record action="/x" method="POST" timeout="1" finishOnKey="1#" maxLength="3" playBeep="true" '
    'trim="do-not-trim" recordingStatusCallback="/told" recordingStatusCallbackMethod="POST" '
    'recordingStatusCallbackEvent="completed" transcribe="false" transcribeCallback="/told"/>',
    "Dial": f'<Dial action="/x" method="POST" timeout="5" timeLimit="60" hangupOnStar="true" callerId="{CENTER}" '
    'record="record-from-ringing-dual" trim="do-not-trim" recordingTrack="both" recordingStatusCallback="/told" '
    'recordingStatusCallbackMethod="POST" recordingStatusCallbackEvent="completed absent" answerOnBridge="false" '
    'ringTone="us" sequential="false" referUrl="/x" referMethod="POST" callReason="Your appointment">'
    '<Number sendDigits="1" url="/x" method="POST" statusCallback="/told" statusCallbackMethod="POST" '
    'statusCallbackEvent="initiated ringing answered completed" machineDetection="Enable" '
    'machineDetectionTimeout="20" machineDetectionSpeechThreshold="2000" machineDetectionSpeechEndThreshold="1000" '
    f'machineDetectionSilenceTimeout="4000" amdStatusCallback="/told" '
    f'amdStatusCallbackMethod="POST">{ANA}</Number></Dial>',
    "Client": '<Dial timeout="5"><Client url="/x" method="POST" statusCallback="/told" statusCallbackMethod="POST" '
    'statusCallbackEvent="completed"><Identity>ana</Identity><Parameter name="case" value="7"/></Client></Dial>',
    "Sip": '<Dial timeout="5"><Sip username="u" password="p" url="/x" method="POST" statusCallback="/told" '
    'statusCallbackMethod="POST" statusCallbackEvent="completed" machineDetection="Enable">'
    "sip:a@example.com</Sip></Dial>",
    "Conference": '<Dial><Conference muted="false" beep="onEnter" startConferenceOnEnter="true" '
    'endConferenceOnExit="true" participantLabel="me" jitterBufferSize="small" waitUrl="" waitMethod="POST" '
    'maxParticipants="10" record="do-not-record" region="us1" trim="do-not-trim" statusCallback="/told" '
    'statusCallbackMethod="POST" statusCallbackEvent="start end join leave mute hold modify speaker announcement" '
    'recordingStatusCallback="/told" recordingStatusCallbackMethod="POST" '
    'recordingStatusCallbackEvent="in-progress completed">Room</Conference></Dial>',
    "Enqueue": '<Enqueue action="/x" method="POST" waitUrl="/wait" waitUrlMethod="POST" maxQueueSize="5">'
    "line</Enqueue>",
    "Queue": '<Dial timeout="5"><Queue url="/x" method="POST">line</Queue></Dial>',
    "Redirect": '<Redirect method="GET">/x</Redirect>',
    "Reject": '<Reject reason="busy"/>',
    "Hangup": "<Hangup/>",
}


@pytest.mark.parametrize("verb", KNOWN)
def test_every_attribute_of_a_verb_is_known(box, verb):
    box.client.queues.create(friendly_name="line")
    box.app.says("/voice", KNOWN[verb])
    box.app.says("/x", "")
    box.app.says("/wait", '<Pause length="60"/>')
    joe = box.dials()
    box.waits(3)
    assert joe.errors == []


# --- answers that are cut short or are none


@contextmanager
def rude(reply: bytes) -> Iterator[tuple[str, list[bytes]]]:
    """A server that answers everybody with these bytes and closes; its origin, and what it was asked."""
    asked: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    line, _ = server.accept()
                except OSError:
                    return
                with line:
                    asked.append(line.recv(65536))
                    line.sendall(reply)

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}", asked


@pytest.mark.parametrize(
    ("reply", "codes"),
    [
        (b"this is no HTTP\r\n\r\n", {"11206", "11200"}),
        (b"", {"11206", "11200", "11205"}),
        (b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 500\r\n\r\n<Response>", {"11200", "11206"}),
    ],
    ids=["no HTTP", "nothing", "cut short"],
)
def test_a_rude_server_is_an_error_with_a_fallback(box, reply, codes):
    with rude(reply) as (origin, _):
        box.points(voice_url=origin + "/voice", voice_fallback_url=box.app.says("/fallback", "<Say>Rescued</Say>"))
        joe = box.dials()
        box.waits(2)
        assert box.app.only("/fallback")["ErrorCode"] in codes
        assert joe.heard == ["Rescued"]


def test_a_partial_response_is_not_asked_again(box):
    cut = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 500\r\n\r\n<Response>"
    with rude(cut) as (origin, asked):
        box.points(voice_url=origin + "/voice#rc=3&rp=all")
        box.dials()
        box.waits(2)
        assert len(asked) == 1


# --- cookies


def test_cookies_obey_their_path_and_their_end(box):
    keep, narrow, gone = "keep=1; Path=/", "narrow=2; Path=/menu", "keep=; Path=/; Max-Age=0"
    to = '<Response><Redirect method="GET">{}</Redirect></Response>'
    box.app.serve("/voice", Answer(to.format("/menu/a"), headers=(("Set-Cookie", keep), ("Set-Cookie", narrow))))
    box.app.serve("/menu/a", to.format("/other"))
    box.app.serve("/other", Answer(to.format("/last"), headers=(("Set-Cookie", gone),)))
    box.app.says("/last", "")
    box.dials()
    cookies = {one.path: one.headers.get("cookie", "") for one in box.app.visits()}
    assert ("keep=1" in cookies["/menu/a"], "narrow=2" in cookies["/menu/a"]) == (True, True)
    assert ("keep=1" in cookies["/other"], "narrow=2" in cookies["/other"]) == (True, False)
    assert cookies["/last"] == ""


# --- words and music


def test_say_with_loop_zero_goes_on_until_the_hangup(box):
    box.app.says("/voice", '<Say loop="0">Still closed</Say><Say>Not reached</Say>')
    joe = box.dials()
    box.waits(60)
    assert joe.heard.count("Still closed") > 10
    assert "Not reached" not in joe.heard
    joe.hangs_up()


def test_wait_music_is_for_those_who_come_before_the_start(box):
    box.app.says("/voice", '<Dial><Conference waitUrl="/music">A</Conference></Dial>')
    box.app.says("/music", "<Say>Music</Say>")
    legs = [box.dials(number) for number in (JOE, ANA, LUIS)]
    box.waits(3)
    assert [leg.heard for leg in legs] == [["Music"], [], []]
    assert len(box.app.visits("/music")) == 1


def test_hold_without_a_url_is_music_that_nobody_is_asked_for(box):
    box.app.says("/voice", '<Dial><Conference waitUrl="">A</Conference></Dial>')
    box.dials(JOE)
    ana = box.dials(ANA)
    box.waits(1)
    (room,) = box.client.conferences.list()
    box.client.conferences(room.sid).participants(ana.sid).update(hold=True)
    box.settles()
    box.waits(20)
    assert box.app.paths() == ["/voice", "/voice"]
    assert not box.hear_each_other(JOE, ANA)


def test_a_document_that_redirects_to_itself_does_not_stop_the_clock(box):
    box.app.says("/voice", "<Redirect>/voice</Redirect>")
    joe = box.dials()
    box.waits(3)
    assert joe.status in ("in-progress", "completed")
    assert len(box.app.visits("/voice")) > 3


# --- queues


def test_a_waiting_caller_who_is_completed_over_rest_hung_up(box):
    box.app.says("/voice", '<Enqueue action="/left" waitUrl="">support</Enqueue>')
    joe = box.dials()
    box.client.calls(joe.sid).update(status="completed")
    box.settles()
    box.waits(1)
    assert box.app.only("/left")["QueueResult"] == "hangup"
    assert joe.status == "completed"


def test_a_whisper_to_a_queued_caller_may_redirect(box):
    box.app.says("/voice", '<Enqueue waitUrl="">support</Enqueue>')
    box.app.says("/answered", '<Dial><Queue url="/whisper">support</Queue></Dial>')
    box.app.says("/whisper", "<Say>First</Say><Redirect>/whisper2</Redirect>")
    box.app.says("/whisper2", "<Say>Second</Say>")
    joe = box.dials()
    box.calls(ANA)
    box.waits(1)
    box.at(ANA).answers()
    box.waits(4)
    assert joe.heard == ["First", "Second"]
    assert box.hear_each_other(JOE, ANA)


def test_a_caller_who_hangs_up_in_the_whisper_frees_the_agent_for_the_next(box):
    box.app.says("/voice", '<Enqueue action="/left" waitUrl="">support</Enqueue>')
    box.app.says("/left", "")
    box.app.says("/answered", '<Dial action="/dialed"><Queue url="/whisper">support</Queue></Dial>')
    box.app.says("/whisper", "<Say>Your agent comes in a moment, please stay with us a little while</Say>")
    box.app.says("/dialed", '<Say>Next</Say><Pause length="30"/>')
    joe = box.dials()
    box.calls(ANA)
    box.waits(1)
    ana = box.at(ANA).answers()
    box.waits(1)
    joe.hangs_up()
    box.waits(3)
    assert len(box.app.visits("/left")) == 1
    assert ana.status == "in-progress"


def test_max_queue_size_of_the_verb_makes_the_queue(box):
    box.app.says("/voice", '<Enqueue action="/left" waitUrl="" maxQueueSize="1">small</Enqueue>')
    box.app.says("/left", "")
    box.dials(JOE)
    box.dials(LUIS)
    assert box.app.only("/left")["QueueResult"] == "queue-full"


# --- credentials


def raw(box: Box, path: str, credentials: str | None, method: str = "GET") -> tuple[int, bytes]:
    """Status and body of a bare request."""
    request = urllib.request.Request(box.base + path, method=method)
    if credentials:
        request.add_header("Authorization", "Basic " + b64encode(credentials.encode()).decode())
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


@pytest.mark.parametrize(
    "credentials", [None, f"{ACCOUNT}:", f"{ACCOUNT}:{TOKEN}x", f"AC{'0' * 32}:{TOKEN}", "nonsense"]
)
def test_whoever_is_not_known_gets_401_20003(box, credentials):
    status, body = raw(box, f"/2010-04-01/Accounts/{ACCOUNT}/Calls.json", credentials)
    assert status == 401
    assert b"20003" in body


def test_an_address_that_does_not_exist_is_404_20404(box):
    status, body = raw(box, f"/2010-04-01/Accounts/{ACCOUNT}/Elephants.json", f"{ACCOUNT}:{TOKEN}")
    assert status == 404
    assert b"20404" in body


def test_a_key_and_its_secret_are_as_good_as_the_token(box):
    key = box.client.new_keys.create(friendly_name="worker")
    box.client.queues.create(friendly_name="support")
    keyed: Client = box.other_client(key.sid, key.secret)
    assert [one.friendly_name for one in keyed.api.v2010.accounts(ACCOUNT).queues.list()] == ["support"]
    with pytest.raises(TwilioException):
        box.other_client(key.sid, "wrong").api.v2010.accounts(ACCOUNT).queues.list()


# --- media


def test_a_recording_is_fetched_as_wav_and_as_mp3(box):
    box.app.says("/voice", '<Record maxLength="4" timeout="0" action="/done"/>')
    box.app.says("/done", "")
    joe = box.dials()
    box.waits(1.5)
    joe.says("a message")
    box.waits(8)
    path = box.app.only("/done")["RecordingUrl"].removeprefix(box.base)
    for suffix, magic in (("", b"RIFF"), (".wav", b"RIFF")):
        status, content = raw(box, path + suffix, f"{ACCOUNT}:{TOKEN}")
        assert (status, content[:4]) == (200, magic)
    status, content = raw(box, path + ".mp3", f"{ACCOUNT}:{TOKEN}")
    assert status == 200
    assert content[:3] == b"ID3" or content[0] == 0xFF


def test_a_deleted_recording_is_listed_only_to_those_who_ask_for_it(box):
    box.app.says("/voice", '<Record maxLength="4" timeout="0" action="/done"/>')
    box.app.says("/done", "")
    joe = box.dials()
    box.waits(1.5)
    joe.says("a message")
    box.waits(8)
    (one,) = box.client.recordings.list()
    box.client.recordings(one.sid).delete()
    assert box.client.recordings.list() == []
    assert [kept.sid for kept in box.client.recordings.list(include_soft_deleted=True)] == [one.sid]


def test_a_recording_from_ringing_is_longer_than_the_talk(box):
    box.app.says("/voice", f'<Dial record="record-from-ringing" recordingStatusCallback="/told">{ANA}</Dial>')
    box.dials()
    box.waits(8)
    box.at(ANA).answers()
    box.waits(10)
    box.at(ANA).hangs_up()
    box.waits(5)
    assert int(box.app.only("/told")["RecordingDuration"]) >= 15


def test_a_conferences_recordings_are_listed_with_it(box):
    box.app.says("/voice", '<Dial><Conference waitUrl="" record="record-from-start">A</Conference></Dial>')
    legs = [box.dials(JOE), box.dials(ANA)]
    box.waits(10)
    (room,) = box.client.conferences.list()
    for leg in legs:
        leg.hangs_up()
    box.waits(5)
    (recording,) = box.client.conferences(room.sid).recordings.list()
    assert (recording.conference_sid, recording.source, recording.channels) == (room.sid, "Conference", 1)
    assert box.client.conferences(room.sid).recordings(recording.sid).delete() is True


# --- calls


def test_a_forwarded_call_shows_the_callers_number_with_his_token(box):
    box.app.says("/voice", '<Pause length="60"/>')
    box.dials(JOE)
    token = box.app.only("/voice")["CallToken"]
    made = box.client.calls.create(to=ANA, from_=JOE, call_token=token, twiml="<Response/>")
    assert box.client.calls(made.sid).fetch()._from == JOE


def test_an_application_answers_a_created_call(box):
    made = box.client.applications.create(
        friendly_name="Mine", voice_url=box.app.says("/mine", "<Say>Mine</Say>"), voice_method="GET",
        status_callback=box.app.base + "/told",
    )  # fmt: skip
    box.client.calls.create(to=ANA, from_=CENTER, application_sid=made.sid)
    box.settles()
    box.waits(2)
    ana = box.at(ANA).answers()
    box.waits(2)
    assert (ana.heard, box.app.only("/mine").method) == (["Mine"], "GET")
    assert box.client.applications(made.sid).update(friendly_name="Yours").friendly_name == "Yours"
    assert [one.sid for one in box.client.applications.list(friendly_name="Yours")] == [made.sid]
    assert box.client.applications(made.sid).delete() is True
    assert box.client.applications.list(friendly_name="Yours") == []
    with pytest.raises(TwilioRestException) as refused:
        box.client.calls.create(to=ANA, from_=CENTER, application_sid="AP" + "0" * 32)
    assert (refused.value.status, refused.value.code) == (400, 21218)


@pytest.mark.parametrize(
    "settings",
    [{"send_digits": "1" * 33}, {"machine_detection": "Enable", "machine_detection_timeout": 99}],
    ids=["digits", "machine"],
)
def test_a_call_with_settings_out_of_range_is_refused(box, settings):
    with pytest.raises(TwilioRestException) as refused:
        box.client.calls.create(to=ANA, from_=CENTER, twiml="<Response/>", **settings)
    assert refused.value.status == 400


def test_an_asynchronous_verdict_without_a_listener_is_21262(box):
    box.acts(ANA, answer_after_s=1)
    leg = box.calls(twiml='<Response><Pause length="20"/></Response>', machine_detection="Enable", async_amd="true")
    box.waits(10)
    assert "21262" in leg.errors


def test_all_dialed_numbers_failing_tells_the_last_reason(box):
    box.acts(ANA, busy=True)
    box.acts(DANA, no_answer=True)
    nouns = f"<Number>{ANA}</Number><Number>{DANA}</Number>"
    box.app.says("/voice", f'<Dial timeout="5" action="/dialed">{nouns}</Dial>')
    box.app.says("/dialed", "")
    box.dials()
    box.waits(15)
    agrees(box.app.visits("/dialed"), [("/dialed", {"DialCallStatus": {"busy", "no-answer"}, "DialBridged": "false"})])


def test_a_text_without_its_own_callback_tells_nobody(box):
    box.client.messages.create(to=JOE, from_=CENTER, body="Hi")
    box.settles()
    box.waits(5)
    assert box.app.asked == []


def test_a_participants_own_call_is_told_at_its_end_by_default(box):
    box.client.conferences("A").participants.create(from_=CENTER, to=ANA, status_callback=box.app.base + "/told")
    box.settles()
    box.waits(2)
    box.at(ANA).answers().hangs_up()
    box.waits(1)
    agrees(box.app.visits("/told"), [("/told", {"CallStatus": "completed", "CallSid": SOME, "ParentCallSid": ABSENT})])
