"""How webhooks travel: signatures, retries, redirects, cookies, content types, fallbacks."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import web
from aiohttp.test_utils import unused_port

from emulator.overrides import BadOverride, split_overrides
from emulator.signature import sign
from tests.emulator.box import Box, play

APOLOGY = "We are sorry, an application error has occurred. Goodbye."


def test_the_published_vector_is_signed_as_published():
    """The vector of 2.1."""
    fields = [("CallSid", "CA1234567890ABCDE"), ("Caller", "+14158675310"), ("Digits", "1234"),
              ("From", "+14158675310"), ("To", "+18005551212")]
    fields.reverse()  # the signer sorts them
    assert sign("12345", "https://example.com/myapp.php?foo=1&bar=2", fields) == "L/OH5YylLD5NRKLltdqwSvS0BnU="


def test_a_signature_leaves_out_fragment_and_credentials_and_the_port_of_https():
    """Fragment never included; user:password removed; voice over HTTPS drops the port, over HTTP keeps it."""
    assert sign("t", "https://a:b@x.org:8443/p?q=1#rc=2") == sign("t", "https://x.org/p?q=1")
    assert sign("t", "http://x.org:8000/p") != sign("t", "http://x.org/p")


def test_overrides_are_read_from_the_fragment_and_bad_ones_refused():
    """Keys, ranges and defaults of 2.2."""
    bare, limits = split_overrides("http://x/p?a=1#rc=3&rp=5xx,rt&tt=900&future=1")
    assert (bare, limits.rc, limits.tt, limits.ct) == ("http://x/p?a=1", 3, 900, 5000)
    assert limits.retries_on("5xx")
    assert not limits.retries_on("ct")
    for bad in ("rc=6", "ct=50", "rp=sometimes", "rt=soon"):
        with pytest.raises(BadOverride):
            split_overrides(f"http://x/#{bad}")


def failing(status: int = 500):
    return lambda _request: web.Response(status=status)


def test_a_failing_document_leads_to_the_fallback_with_error_code_and_url():
    """Fallback URL with `ErrorCode` and `ErrorUrl`; its TwiML continues the call."""

    async def story(box: Box) -> None:
        url = box.says("/voice", failing())
        box.says("/fallback", "<Say>Please hold on</Say>")
        box.exchange.numbers[0].voice_fallback_url = box.app_url + "/fallback"
        sid = await box.dials_in()
        told = box.asked("/fallback")[0]
        assert (told["ErrorCode"], told["ErrorUrl"]) == ("11200", url)
        assert await box.captions(sid) == ["Please hold on"]

    play(story)


def test_without_a_fallback_the_caller_hears_the_apology_and_the_debugger_says_why():
    """Without one, a recorded apology is played and the call is hung up; Notification record."""

    async def story(box: Box) -> None:
        box.says("/voice", failing(404))
        sid = await box.dials_in()
        assert await box.captions(sid) == [APOLOGY]
        await box.advance(5)
        assert (await box.leg(sid))["status"] == "completed"
        assert await box.codes(sid) == ["11200"]

    play(story)


def test_a_bin_serves_a_fallback_document():
    """Fallback documents live at `/bins/{name}`, stored by `PUT /control/bins/{name}`."""

    async def story(box: Box) -> None:
        box.says("/voice", failing())
        document = "<Response><Say>Bin</Say></Response>"
        async with box.session.put(box.url + "/control/bins/patient", data=document) as put:
            url = (await put.json())["url"]
        box.exchange.numbers[0].voice_fallback_url = url
        assert await box.captions(await box.dials_in()) == ["Bin"]

    play(story)


@pytest.mark.parametrize(("content", "kind", "code"), [
    ("<Response><Say>x</Response>", "text/xml", "12100"), ("<Reply/>", "text/xml", "12102"),
    ("", "text/xml", "11770"), ("{}", "application/json", "12300"),
    ("<Response>" + "<!-- -->" * 9000 + "</Response>", "text/xml", "11750")])
def test_what_is_no_twiml_is_named_by_its_error_code(content: str, kind: str, code: str):
    """Response interpretation of 2.4."""

    async def story(box: Box) -> None:
        box.says("/voice", lambda _: web.Response(text=content, content_type=kind))
        assert await box.codes(await box.dials_in()) == [code]

    play(story)


def test_plain_text_is_spoken_and_unknown_verbs_are_skipped_with_a_warning():
    """`text/plain` is TwiML if it parses as such, otherwise spoken; 12200 is a warning."""

    async def story(box: Box) -> None:
        box.says("/voice", lambda _: web.Response(text="just words", content_type="text/plain"))
        assert await box.captions(await box.dials_in()) == ["just words"]
        box.says("/voice", "<Sing>la</Sing><Say>Spoken</Say>")
        sid = await box.dials_in()
        assert await box.captions(sid) == ["Spoken"]
        assert await box.codes(sid) == ["12200"]

    play(story)


def test_retries_share_one_idempotency_token():
    """Every request carries `I-Twilio-Idempotency-Token`; retries of one request share it."""

    async def story(box: Box) -> None:
        box.says("/voice", failing(), failing(), "<Say>Third time</Say>")
        box.exchange.numbers[0].voice_url = box.app_url + "/voice#rc=2&rp=5xx"
        sid = await box.dials_in()
        assert len({one.headers["I-Twilio-Idempotency-Token"] for one in box.heard}) == 1
        assert (len(box.heard), await box.captions(sid)) == (3, ["Third time"])
        assert all(one.signed for one in box.heard)

    play(story)


def test_server_errors_are_not_retried_unless_asked_for():
    """rp defaults to `ct`."""

    async def story(box: Box) -> None:
        box.says("/voice", failing())
        await box.dials_in()
        assert len(box.heard) == 1

    play(story)


def test_a_refused_connection_is_tried_twice_and_a_reset_one_once():
    """Default: two connect attempts; a reset before any response byte counts as `rt`."""

    async def story(box: Box) -> None:
        attempts = []

        async def slam(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            attempts.append(1)
            writer.transport.abort()

        port = unused_port()
        box.exchange.numbers[0].voice_url = f"http://127.0.0.1:{port}/"
        sid = await box.dials_in()
        sent = [one for one in box.exchange.journal.since(0)["entries"] if one["kind"] == "webhook"]
        assert ([one["attempt"] for one in sent], await box.codes(sid)) == ([0, 1], ["11205"])
        server = await asyncio.start_server(slam, "127.0.0.1", port)
        await box.dials_in()
        assert len(attempts) == 1
        box.exchange.numbers[0].voice_url += "#rc=2&rp=rt"
        await box.dials_in()
        assert len(attempts) == 4
        server.close()

    play(story)


def test_a_slow_application_meets_the_time_limit_of_its_override():
    """Time limits of webhooks are real, whatever the clock does."""

    async def story(box: Box) -> None:
        async def slow(_request: web.Request) -> web.Response:
            await asyncio.sleep(30)
            return web.Response()

        box.says("/voice", slow)
        box.exchange.numbers[0].voice_url = box.app_url + "/voice#rt=150"
        assert await box.codes(await box.dials_in()) == ["11205"]

    play(story)


def test_redirects_are_followed_as_get_without_the_digits():
    """An HTTP 3xx answer to the action loses `Digits`; up to 10 redirects, then 11215."""

    async def story(box: Box) -> None:
        box.says("/voice", "<Gather numDigits='1' action='/keys'/>")
        box.says("/keys", lambda _: web.Response(status=302, headers={"Location": "/elsewhere"}))
        box.says("/elsewhere", "<Say>Here</Say>")
        sid = await box.dials_in()
        await box.do(sid, "digits", {"digits": "1"})
        landed = box.heard[-1]
        assert (landed.path, landed.method, landed.signed) == ("/elsewhere", "GET", True)
        assert landed.params["CallSid"] == sid
        assert "Digits" not in landed.params
        box.says("/voice", lambda _: web.Response(status=302, headers={"Location": "/voice"}))
        assert await box.codes(await box.dials_in()) == ["11215"]

    play(story)


def test_cookies_are_kept_for_one_call():
    """Twilio keeps cookies per call like a browser."""

    async def story(box: Box) -> None:
        def first(_request: web.Request) -> web.Response:
            return web.Response(text="<Response><Redirect>/next</Redirect></Response>", content_type="text/xml",
                                headers={"Set-Cookie": "session=42"})

        box.says("/voice", first)
        box.says("/next", "<Say>x</Say>")
        await box.dials_in()
        await box.dials_in()
        assert [one.headers.get("Cookie") for one in box.heard] == [None, "session=42"] * 2

    play(story)


def test_a_failing_status_callback_never_affects_the_call():
    """A failing status callback leaves a warning (15003) only; the number's comes once, after the end."""

    async def story(box: Box) -> None:
        box.says("/voice", "<Say>Hello</Say>")
        box.exchange.numbers[0].status_callback = box.says("/status", failing())
        sid = await box.dials_in()
        await box.advance(3)
        assert (await box.leg(sid))["status"] == "completed"
        assert [one["CallStatus"] for one in box.asked("/status")] == ["completed"]
        assert await box.codes(sid) == ["15003"]

    play(story)


def test_callbacks_can_be_duplicated_dropped_and_shuffled_on_demand():
    """Provide a shuffle/duplicate/drop switch so that the application's ordering logic gets tested."""

    async def story(box: Box) -> None:
        box.says("/voice", "<Hangup/>")
        box.exchange.numbers[0].status_callback = box.says("/status", "")
        await box.control("POST", "/faults", {"kind": "duplicate_callbacks", "n": 2}, status=200)
        await box.dials_in()
        assert len(box.asked("/status")) == 3
        await box.control("DELETE", "/faults")
        await box.control("POST", "/faults", {"kind": "drop_callbacks", "p": 1}, status=200)
        await box.dials_in()
        assert len(box.asked("/status")) == 3
        await box.control("DELETE", "/faults")
        await box.control("POST", "/faults", {"kind": "shuffle_callbacks", "window_s": 60}, status=200)
        await box.dials_in()
        assert len(box.asked("/status")) == 3
        await box.advance(60)
        assert len(box.asked("/status")) == 4
        refused = await box.control("POST", "/faults", {"kind": "earthquake"}, status=400)
        assert "earthquake" in refused["error"]

    play(story)


def test_an_inline_document_needs_absolute_actions():
    """If the call was created with inline `Twiml`, Gather actions must be absolute (15004)."""

    async def story(box: Box) -> None:
        box.says("/voice", "<Pause length='60'/>")
        sid = await box.dials_in()
        await box.rest("POST", f"/Calls/{sid}.json", status=200,
                       Twiml="<Response><Gather action='/keys'/></Response>")
        assert await box.codes(sid) == ["15004"]

    play(story)
