"""Transport rules in detail: overrides, answers that break off, certificates, remembered answers, addresses."""

from __future__ import annotations

import ssl
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from emulator.overrides import BadOverride, split_overrides
from emulator.signature import signed_address
from emulator.webhooks_out import classify, quoted
from tests.emulator.box import Box, play


@pytest.mark.parametrize(("fragment", "code"), [
    ("ct=99", 11243), ("ct=10001", 11243), ("rt=15001", 11243), ("tt=15001", 11243), ("rc=6", 11243),
    ("rp=soon", 11243), ("sni=maybe", 11243), ("e=mars", 11240), ("e=ashburn,mars", 11240), ("e=ashburn-ix", 11242)])
def test_a_bad_override_has_its_code(fragment: str, code: int):
    """11240 to 11243."""
    with pytest.raises(BadOverride) as bad:
        split_overrides(f"http://x/#{fragment}")
    assert bad.value.code == code


def test_good_overrides_and_their_defaults():
    """ct 5 s, rt and tt 15 s, one retry on ct, sni, edge ashburn; unknown keys mean nothing."""
    bare, plain = split_overrides("http://x/y?z=1")
    assert (plain.ct, plain.rt, plain.tt, plain.rc, plain.rp, plain.sni, plain.e) == (
        5000, 15000, 15000, 1, frozenset({"ct"}), True, ("ashburn",))
    _, given = split_overrides("http://x/#ct=100&rt=100&tt=100&rc=5&rp=4xx,rt&sni=n&e=dublin,tokyo&other=1")
    assert (given.ct, given.rt, given.tt, given.rc, given.rp, given.sni, given.e) == (
        100, 100, 100, 5, frozenset({"4xx", "rt"}), False, ("dublin", "tokyo"))
    assert bare == "http://x/y?z=1"


def test_a_bad_override_brings_the_fallback():
    """The call's notification names the code."""

    async def story(box: Box) -> None:
        box.exchange.numbers[0].voice_url = box.app_url + "/voice#rc=9"
        box.exchange.numbers[0].voice_fallback_url = box.says("/fallback", "<Pause length='9'/>")
        joe = await box.dials_in()
        assert (box.asked("/fallback")[0]["ErrorCode"], await box.codes(joe)) == ("11243", ["11243"])

    play(story)


def test_an_answer_that_breaks_off_is_not_asked_for_again():
    """Partial responses are not retried, whatever `rp` says."""
    asked = 0

    async def half(request: web.Request) -> web.StreamResponse:
        nonlocal asked
        asked += 1
        response = web.StreamResponse(headers={"Content-Length": "1000", "Content-Type": "text/xml"})
        await response.prepare(request)
        await response.write(b"<Response>")
        assert request.transport is not None
        request.transport.close()
        return response

    async def story(box: Box) -> None:
        box.says("/voice", half)
        box.exchange.numbers[0].voice_url = box.app_url + "/voice#rc=3&rp=all"
        joe = await box.dials_in()
        assert (await box.codes(joe), asked) == (["11206"], 1)

    play(story)


def test_a_document_with_a_version_is_remembered():
    """GET answers are cached by ETag or Last-Modified: 304 means the same document again."""
    conditions: list[str | None] = []

    def document(request: web.Request) -> web.Response:
        conditions.append(request.headers.get("If-Modified-Since"))
        if conditions[-1]:
            return web.Response(status=304)
        return web.Response(text="<Response><Pause/><Redirect method='GET'/></Response>", content_type="text/xml",
                            headers={"Last-Modified": "Mon, 23 Nov 2026 10:00:00 GMT"})

    async def story(box: Box) -> None:
        box.says("/voice", document)
        box.exchange.numbers[0].voice_method = "GET"
        joe = await box.dials_in()
        await box.advance(3.5)
        assert (len(conditions) >= 3, conditions[-1]) == (True, "Mon, 23 Nov 2026 10:00:00 GMT")
        assert await box.codes(joe) == []

    play(story)


@pytest.mark.parametrize(("number", "code"), [(10, 11236), (62, 11235), (18, 11237), (20, 11237)])
def test_certificates_that_are_not_accepted(number: int, code: int):
    """11235 another host, 11236 expired, 11237 self-signed or of an unknown issuer."""
    problem = ssl.SSLCertVerificationError()
    problem.verify_code = number
    key: Any = aiohttp.client_reqrep.ConnectionKey("x", 443, True, True, None, None, None)
    assert classify(aiohttp.ClientConnectorCertificateError(key, problem)).code == code


def test_addresses_are_written_in_ascii_and_signed_with_or_without_their_port():
    """Voice over HTTPS drops the port, texts keep it; letters that are not ASCII go in percents."""
    assert quoted("http://x/öde a?ü=ß&y=%20") == "http://x/%C3%B6de%20a?%C3%BC=%C3%9F&y=%20"
    assert signed_address("https://u:p@x:8443/y#rc=1") == "https://x/y"
    assert signed_address("https://x:8443/y", keeps_port=True) == "https://x:8443/y"
    assert signed_address("http://x:8080/y") == "http://x:8080/y"
