"""What nobody should send: broken forms, addresses, bodies and scripts are refused in words, never with a crash."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from aiohttp import web
from yarl import URL

from tests.emulator.box import ANA, CENTER, JOE, REST, SID, TOKEN, Box, play

AUTH = {"Authorization": "Basic " + base64.b64encode(f"{SID}:{TOKEN}".encode()).decode()}
FORM = "application/x-www-form-urlencoded"
FILE = b'--b\r\nContent-Disposition: form-data; name="To"; filename="x"\r\n\r\nhello\r\n--b--\r\n'
BODIES = [
    (b"To=\xff\xfe&From=x", FORM, 400, 21211), (b"To=", FORM + "; charset=unheard-of", 400, 21201),
    (FILE, "multipart/form-data; boundary=b", 400, 21201),
    (b"--b\r\nTo", "multipart/form-data; boundary=b", 400, 21201),
    (b"--b\r\nTo", "multipart/form-data", 400, 21201), (b'{"To": "x"}', "application/json", 400, 21201),
    (b"To=" + b"1" * 2_000_000, FORM, 413, 20413)]


@pytest.mark.parametrize(("body", "kind", "status", "code"), BODIES)
def test_a_body_that_is_no_form_is_an_error_of_the_carrier(body: bytes, kind: str, status: int, code: int):
    """An error body in JSON, whatever the bytes are."""

    async def story(box: Box) -> None:
        async with box.session.post(f"{box.url}{REST}/Calls.json", data=body,
                                    headers={**AUTH, "Content-Type": kind}) as response:
            assert (response.status, (await response.json())["code"]) == (status, code)

    play(story)


def test_a_form_in_parts_counts_like_any_other():
    """`curl -F` sends multipart/form-data."""

    async def story(box: Box) -> None:
        parts = {"To": ANA, "From": CENTER, "Twiml": "<Response/>"}
        body = "".join(f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
                       for name, value in parts.items()) + "--b--\r\n"
        async with box.session.post(f"{box.url}{REST}/Calls.json", data=body.encode(), headers={
                **AUTH, "Content-Type": "multipart/form-data; boundary=b"}) as response:
            assert (response.status, (await response.json())["to"]) == (201, ANA)

    play(story)


@pytest.mark.parametrize("url", ["http://[::1/x", "http://host:99999/x", "http:///x", "http://host:port/"])
def test_an_address_nobody_could_ask_is_refused(url: str):
    """21205, before anything rings."""

    async def story(box: Box) -> None:
        assert (await box.rest("POST", "/Calls.json", status=400, To=ANA, From=CENTER, Url=url))["code"] == 21205

    play(story)


def test_who_asks_without_credentials_is_told_how_to_give_them():
    """Clients that send a password only when they are asked need the challenge."""

    async def story(box: Box) -> None:
        async with box.session.get(f"{box.url}{REST}/Calls.json") as response:
            assert (response.status, response.headers["WWW-Authenticate"]) == (401, 'Basic realm="Twilio API"')

    play(story)


PLACES = ["clock", "people", "calls", "messages", "faults", "load", "clients/x/calls"]
RUBBISH: list[bytes] = [b"\xff\xfe", b"[" * 100_000, b"[]", b"nope", b'{"number": {}, "from": {}, "to": [], "plan": 3}']


@pytest.mark.parametrize("place", PLACES)
def test_the_control_api_answers_rubbish_in_words(place: str):
    """Not a crash: 4xx and a sentence."""

    async def story(box: Box) -> None:
        for body in RUBBISH:
            async with box.session.post(f"{box.url}/control/{place}", data=body) as response:
                told = json.loads(await response.text())
                assert (400 <= response.status < 500, bool(told["error"])) == (True, True), (body[:20], told)

    play(story)


SCRIPTS: list[dict[str, Any]] = [
    {"keys": 5}, {"speech": {"text": "x"}}, {"keys": [{"digits": 5, "after_s": 1}]},
    {"keys": [{"digits": "x", "after_s": 1}]}, {"keys": [{"digits": "", "after_s": 1}]},
    {"keys": [{"digits": "1", "after_s": "soon"}]}, {"keys": [{"digits": "1", "after_s": -1}]},
    {"keys": [{"digits": "1", "when_heard": 5}]}, {"speech": [{"text": 5, "after_s": 1}]},
    {"speech": [{"text": "x", "after_s": 1, "confidence": "high"}]}, {"hang_up_when_heard": 5},
    {"voicemail": {"answer_after_s": "soon"}}, {"voicemail": {"greeting_s": -1}}, {"voicemail": 5},
    {"answered_by": ["human"]}]


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_that_could_not_be_played_is_refused_at_once(script: dict[str, Any]):
    """Not when the phone rings, where nobody would see why nothing happens."""

    async def story(box: Box) -> None:
        await box.control("POST", "/people", {"number": ANA, "script": script}, status=400)
        await box.control("POST", "/calls", {"from": JOE, "to": CENTER, "plan": script}, status=400)

    play(story)


BROKEN = "http://[::1/x"
BROKEN_DOCUMENTS = [
    (f"<Redirect>{BROKEN}</Redirect>", ["11100"], True), ("<Redirect>http://h:99999/</Redirect>", ["11100"], True),
    (f"<Play>{BROKEN}</Play><Say>After</Say>", ["11100"], False),
    (f"<Gather action='{BROKEN}' actionOnEmptyResult='true' timeout='1'/>", ["11100"], True),
    (f"<Dial action='{BROKEN}'>{ANA}</Dial>", ["11100"], True),
    (f"<Dial><Number url='{BROKEN}' statusCallback='{BROKEN}'>{ANA}</Number></Dial>", ["11100", "15003"], False),
    (f"<Dial timeLimit='5'><Conference waitUrl='{BROKEN}' statusCallback='{BROKEN}' statusCallbackEvent='join'>r"
     "</Conference></Dial>", ["11100", "16011"], False),
    (f"<Enqueue waitUrl='{BROKEN}' action='{BROKEN}'>q</Enqueue>", ["11100"], True),
    (f"<Record action='{BROKEN}' recordingStatusCallback='{BROKEN}'/>", ["11100", "15003"], True)]


@pytest.mark.parametrize(("inside", "codes", "apologises"), BROKEN_DOCUMENTS)
def test_a_broken_address_in_a_document_leaves_nobody_on_a_dead_line(inside: str, codes: list[str], apologises: bool):
    """Where the address is needed the application has failed; anywhere else it is a note in the debugger."""

    async def story(box: Box) -> None:
        box.says("/voice", inside)
        await box.control("POST", "/people", {"number": ANA, "script": {"answer_after_s": 1, "hang_up_after_s": 2}})
        joe = await box.dials_in({"speech": [{"text": "Hello", "after_s": 2}]})
        await box.advance(90)
        assert (await box.leg(joe))["status"] == "completed"
        assert any("application error" in words for words in await box.captions(joe)) is apologises
        assert set(await box.codes(joe)) <= set(codes)

    play(story)


def test_a_redirect_over_http_to_a_broken_address_is_an_application_error():
    """The Location of an answer is as little to be trusted as a document."""

    async def story(box: Box) -> None:
        box.says("/voice", lambda _request: web.Response(status=302, headers={"Location": BROKEN}))
        joe = await box.dials_in()
        await box.advance(10)
        assert (await box.codes(joe), (await box.leg(joe))["status"]) == (["11100"], "completed")

    play(story)


MISUSE = [
    ("GET", "log?since=%C2%B2", None), ("GET", "observer?since_ms=%C2%B2", None),
    ("POST", "faults", {"kind": "press_together", "numbers": 5}), ("POST", "load", {"per_hour": 1e12}),
    ("POST", "load", {"per_hour": 1, "seed": "x"}), ("POST", "load", {"per_hour": 1, "callers": 5}),
    ("POST", "load", {"per_hour": 1, "clinicians": {"numbers": 5}})]


@pytest.mark.parametrize(("method", "place", "body"), MISUSE)
def test_the_control_api_refuses_what_would_stop_it(method: str, place: str, body: Any):
    """Numbers that are none, lists that are none, and more calls an hour than there is time for."""

    async def story(box: Box) -> None:
        async with box.session.request(method, URL(f"{box.url}/control/{place}", encoded=True), json=body) as response:
            assert (response.status, bool((await response.json())["error"])) == (400, True)

    play(story)


def test_an_area_code_is_three_digits():
    """No number is made up of letters."""

    async def story(box: Box) -> None:
        await box.rest("GET", "/AvailablePhoneNumbers/US/Local.json", status=400, AreaCode="zz")

    play(story)
