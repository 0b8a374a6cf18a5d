"""Documents and addresses as applications write them, 2.4 and 3.3: encodings, relative addresses, hostile XML."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import pytest

from tests.emulator_outside.application import Answer
from tests.emulator_outside.box import ANA, CENTER, JOE, agrees

WORDS = "¿Qué tal, Señor Müller?"
SAY = f"<Response><Say>{WORDS}</Say></Response>"
FORMS = {
    "with a declaration": f'<?xml version="1.0" encoding="UTF-8"?>\n{SAY}'.encode(),
    "with a byte order mark": b"\xef\xbb\xbf" + SAY.encode(),
    "in Latin 1": f'<?xml version="1.0" encoding="ISO-8859-1"?>{SAY}'.encode("latin-1"),
    "in UTF-16": f'<?xml version="1.0" encoding="UTF-16"?>{SAY}'.encode("utf-16"),
    "as CDATA": f"<Response><Say><![CDATA[{WORDS}]]></Say></Response>".encode(),
    "with references": "<Response><Say>&#xBF;Qu&#233; tal, Se&#241;or M&#252;ller?</Say></Response>".encode("ascii"),
    "with space around": f"<Response>\n  <Say>\n    {WORDS}\n  </Say>\n</Response>\n".encode(),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_document_is_read_in_every_form_of_xml(box, form):
    box.app.serve("/voice", Answer(FORMS[form], 200, "text/xml"))
    joe = box.dials()
    box.waits(4)
    assert [words.strip() for words in joe.heard] == [WORDS]
    assert joe.errors == []


BOMB = (
    '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {new} "{f"&{old};" * 10}">' for old, new in zip("abcdefgh", "bcdefghi", strict=True))
    + "]><Response><Say>&i;</Say></Response>"
)
FILE = '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/hostname">]><Response><Say>name &x;</Say></Response>'


@pytest.mark.parametrize("document", [BOMB, FILE, '<?xml version="9.9"?><Response/>', "<Response>\x01</Response>"])
def test_hostile_and_broken_xml_goes_to_the_fallback(box, document):
    box.points(voice_fallback_url=box.app.says("/fallback", "<Say>Rescued</Say>"))
    box.app.serve("/voice", document)
    joe = box.dials()
    box.waits(2)
    assert box.app.only("/fallback")["ErrorCode"] in ("12100", "12101")
    assert joe.heard == ["Rescued"]


@pytest.mark.parametrize(
    ("action", "path", "query"),
    [
        ("", "/app/voice", "line=1"),
        ("?step=2", "/app/voice", "step=2"),
        ("next", "/app/next", ""),
        ("./next?x=1", "/app/next", "x=1"),
        ("../next", "/next", ""),
        ("/next", "/next", ""),
        ("{base}/next", "/next", ""),
        ("//{host}/next", "/next", ""),
    ],
)
def test_an_action_resolves_against_its_document(box, action, path, query):
    host = box.app.base.removeprefix("http://")
    action = action.format(base=box.app.base, host=host)
    box.points(voice_url=box.app.base + "/app/voice?line=1")
    box.app.says("/app/voice", f'<Gather numDigits="1" action="{action}"/>', "<Say>Arrived</Say>")
    box.app.says("/app/next", "<Say>Arrived</Say>")
    box.app.says("/next", "<Say>Arrived</Say>")
    joe = box.dials().presses("1")
    box.waits(2)
    last = box.app.visits()[-1]
    assert (last.path, last.query, last["Digits"]) == (path, query, "1")
    assert joe.heard == ["Arrived"]


def test_an_address_after_an_http_redirect_resolves_against_where_it_led(box):
    box.points(voice_url=box.app.base + "/old/voice")
    box.app.serve("/old/voice", Answer("", 302, None, (("Location", "/new/voice"),)))
    box.app.says("/new/voice", '<Gather numDigits="1" action="keys"/>')
    box.app.says("/new/keys", "")
    box.dials().presses("1")
    assert box.app.visits()[-1].path == "/new/keys"


def test_all_dates_are_rfc_2822_in_utc_and_of_the_emulators_clock(box):
    box.app.says(
        "/voice", '<Record maxLength="3" timeout="0" recordingStatusCallback="/told/recording" action="/done"/>'
    )
    box.app.says("/done", "")
    box.points(status_callback=box.app.base + "/told/end")
    joe = box.dials()
    box.waits(1.5)
    joe.says("a message")
    box.waits(10)
    now = box.control.get("/control/clock")["now_ms"] / 1000
    sent = [box.app.only("/told/end")["Timestamp"], box.app.only("/told/recording")["RecordingStartTime"]]
    for text in sent:
        assert text.endswith(" +0000")
        assert abs(parsedate_to_datetime(text).timestamp() - now) < 20
    call, (recording,) = joe.rest, box.client.recordings.list()
    dates = [call.start_time, call.end_time, call.date_created, call.date_updated, recording.start_time]
    assert all(isinstance(one, datetime) and abs(one.timestamp() - now) < 20 for one in dates), dates
    assert all(one.tzinfo == UTC or one.utcoffset().total_seconds() == 0 for one in dates)


def test_every_callback_of_a_talk_has_its_own_idempotency_token(box):
    box.app.says("/voice", f'<Dial><Number statusCallback="/told" statusCallbackEvent="initiated ringing answered '
                 f'completed">{ANA}</Number></Dial>')  # fmt: skip
    box.dials()
    box.waits(2)
    box.at(ANA).answers().hangs_up()
    box.waits(1)
    tokens = [one.headers["i-twilio-idempotency-token"] for one in box.app.asked]
    assert len(tokens) == len(set(tokens)) == 5


def test_empty_parameters_and_queries_are_kept_as_they_are(box):
    box.points(voice_url=box.app.base + "/voice?a=&b&c=1%2B1&a=2", status_callback=box.app.base + "/told?x=%20y")
    box.app.says("/voice", "")
    joe = box.dials(JOE, CENTER)
    box.waits(1)
    assert [one.query for one in box.app.visits("/voice", "/told")] == ["a=&b&c=1%2B1&a=2", "x=%20y"]
    agrees(box.app.visits("/told"), [("/told", {"CallSid": joe.sid, "CallStatus": "completed"})])
