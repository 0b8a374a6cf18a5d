"""Addresses without `.json` answer in XML, as older client libraries and shell scripts expect."""

from __future__ import annotations

import base64
from typing import Any
from xml.etree.ElementTree import Element, fromstring

import pytest

from tests.emulator.box import ANA, CENTER, REST, SID, TOKEN, Box, play

AUTH = {"Authorization": "Basic " + base64.b64encode(f"{SID}:{TOKEN}".encode()).decode()}


async def asked(box: Box, method: str, path: str, status: int, **form: Any) -> Element:
    """The resource, list or error inside the answer."""
    async with box.session.request(method, f"{box.url}{REST}{path}", data=form or None, headers=AUTH) as response:
        assert (response.status, response.content_type) == (status, "application/xml")
        root = fromstring(await response.text())
    assert root.tag == "TwilioResponse"
    return root[0]


@pytest.mark.parametrize("suffix", ["", ".xml"])
def test_a_call_is_made_fetched_and_listed_in_xml(suffix: str):
    """Names in camel case, nothing as an empty element, addresses that lead back to XML."""

    async def story(box: Box) -> None:
        made = await asked(box, "POST", "/Calls" + suffix, 201, To=ANA, From=CENTER, Url=box.says("/x", "<Pause/>"))
        assert (made.tag, made.findtext("To"), made.findtext("Price")) == ("Call", ANA, "")
        sid = made.findtext("Sid")
        assert made.findtext("Uri") == f"{REST}/Calls/{sid}"
        assert made.findtext("SubresourceUris/Recordings") == f"{REST}/Calls/{sid}/Recordings"
        fetched = await asked(box, "GET", f"/Calls/{sid}{suffix}", 200)
        assert (fetched.tag, fetched.findtext("Sid")) == ("Call", sid)
        listed = await asked(box, "GET", f"/Calls{suffix}?PageSize=1", 200)
        assert (listed.tag, listed.get("pagesize"), listed.get("nextpageuri")) == ("Calls", "1", "")
        assert [one.findtext("Sid") for one in listed.findall("Call")] == [sid]
        ended = await asked(box, "POST", f"/Calls/{sid}{suffix}", 200, Status="completed")
        assert ended.findtext("Status") == "canceled"

    play(story)


def test_errors_are_exceptions_in_xml():
    """RestException, for what nobody has and for what is wrong."""

    async def story(box: Box) -> None:
        missing = await asked(box, "GET", "/Calls/CA0", 404)
        assert (missing.tag, missing.findtext("Code"), missing.findtext("Status")) == ("RestException", "20404", "404")
        assert (await asked(box, "POST", "/Queues", 400, FriendlyName="q" * 65)).findtext("Code") == "20001"
        assert (await asked(box, "GET", "/Nonsense", 404)).findtext("Code") == "20404"

    play(story)


def test_letters_that_xml_cannot_carry_are_left_out():
    """A queue's name may hold anything."""

    async def story(box: Box) -> None:
        made = await asked(box, "POST", "/Queues", 201, FriendlyName="a\x00<é>")
        assert (made.tag, made.findtext("FriendlyName")) == ("Queue", "a<é>")
        assert (await asked(box, "GET", f"/Queues/{made.findtext('Sid')}/Members", 200)).tag == "QueueMembers"

    play(story)


def test_only_sounds_are_public():
    """A recording's media needs no credentials; its description and its transcriptions do, in any form."""

    async def story(box: Box) -> None:
        for path, status in (("RE0", 404), ("RE0.mp3", 404), ("RE0.json", 401), ("RE0.xml", 401),
                             ("RE0/Transcriptions", 401)):
            async with box.session.get(f"{box.url}{REST}/Recordings/{path}") as response:
                assert response.status == status, path

    play(story)
