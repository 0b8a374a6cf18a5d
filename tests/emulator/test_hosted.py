"""What the carrier hosts itself: demo documents, hold music and twimlets, so that sample applications run offline."""

from __future__ import annotations

import pytest

from emulator.hosted import hosted_document, is_hosted_sound
from tests.emulator.box import ANA, CENTER, Box, play


@pytest.mark.parametrize(("url", "part"), [
    ("http://demo.twilio.com/docs/voice.xml", "<Say>This is"),
    ("https://twimlets.com/holdmusic?Bucket=x", "<Redirect/>"),
    ("http://twimlets.com/message?Message%5B0%5D=Hi+%26+bye", "<Say>Hi &amp; bye</Say>"),
    ("http://twimlets.com/echo?Twiml=%3CResponse%2F%3E", "<Response/>"),
    ("http://twimlets.com/forward?PhoneNumber=%2B13125550161", "<Dial>+13125550161</Dial>"),
    ("http://com.twilio.music.classical.s3.amazonaws.com/", "<Play>")])
def test_known_addresses_are_answered_here(url: str, part: str):
    assert part in str(hosted_document(url))


@pytest.mark.parametrize("url", [
    "https://api.twilio.com/cowbell.mp3", "http://howtodocs.s3.amazonaws.com/et-phone.mp3",
    "https://com-twilio-sounds-music.s3.amazonaws.com/MARKOVICHAMP-Borghestral.mp3"])
def test_sounds_of_tutorials_are_hosted_here(url: str):
    assert is_hosted_sound(url)


@pytest.mark.parametrize("url", ["http://example.org/voice.xml", "http://twimlets.com/menu", "http://demo.twilio.com.evil/"])
def test_nobody_elses_address_is(url: str):
    assert hosted_document(url) is None
    assert not is_hosted_sound(url + "a.mp3")


def test_a_quick_start_and_hold_music_play_without_a_network():
    """A call to the demo document; a conference that waits with the twimlet's music; a sound of the carrier."""

    async def story(box: Box) -> None:
        await box.control("POST", "/people", {"number": ANA, "script": {"answer_after_s": 1}})
        made = await box.rest("POST", "/Calls.json", status=201, To=ANA, From=CENTER,
                              Url="http://demo.twilio.com/docs/voice.xml")
        await box.advance(9)
        assert (await box.leg(made["sid"]))["status"] == "completed"
        music = "http://twimlets.com/holdmusic?Bucket=com.twilio.music.classical"
        box.says("/voice", "<Play>https://api.twilio.com/cowbell.mp3</Play>"
                           f"<Dial><Conference waitUrl='{music}'>room</Conference></Dial>")
        joe = await box.dials_in()
        await box.advance(20)
        assert (len(await box.captions(joe, "play")) > 3, await box.codes(joe)) == (True, [])

    play(story)
