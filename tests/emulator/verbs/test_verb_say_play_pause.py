"""Say, Play and Pause.

Say speaks its text. `voice` is `man` (or the account's), or `woman`, `Polly.*`, `Google.*`; `language` is `en-US`;
`loop` is 1, and 0 goes on until the hang-up or a thousand times. A basic voice speaks 4096 characters, Polly 3000
without tags, Google 5000; more is warning 13521. Play plays media, or `digits` out of 0-9A-D#* with `w` for half a
second and `W` for one; `loop` as with Say; its media is fetched without any parameter. Pause is silence of `length`
seconds, 1 if nothing is said. A bad value is a warning (13410, 13430, 13510, 13511, 13910) and the default is used.
"""

from __future__ import annotations

import pytest
from aiohttp import web

from emulator.sound import wav_bytes
from emulator.verbs import read_pause, read_play, read_say
from tests.emulator.box import Box, play
from tests.emulator.verbs.reading import read, values


def test_defaults():
    say, codes = read(read_say, "<Say>Hello</Say>")
    assert values(say, "text voice language loop") == ["Hello", "man", "en-US", 1]
    media, more = read(read_play, "<Play>x.wav</Play>")
    assert values(media, "address keys loop") == ["x.wav", "", 1]
    length, last = read(read_pause, "<Pause/>")
    assert (length, codes, more, last) == (1, [], [], [])


@pytest.mark.parametrize("voice", ["man", "woman", "alice", "Polly.Joanna", "Polly.Joanna-Neural", "Google.en-US-A"])
def test_accepted_voices(voice: str):
    say, codes = read(read_say, f"<Say voice='{voice}' language='es-MX' loop='3'>Hola</Say>")
    assert (values(say, "voice language loop"), codes) == ([voice, "es-MX", 3], [])


@pytest.mark.parametrize(("element", "code", "field", "value"), [
    ("<Say voice='robot'>x</Say>", 13511, "voice", "man"), ("<Say loop='often'>x</Say>", 13510, "loop", 1),
    ("<Say loop='-1'>x</Say>", 13510, "loop", 1), ("<Say/>", 13520, "text", ""),
    ("<Say language='in English'>x</Say>", 12200, "language", "en-US"),
    ("<Say speed='2'>x</Say>", 12200, "text", "x")])
def test_a_say_that_is_not_accepted(element: str, code: int, field: str, value: object):
    say, codes = read(read_say, element)
    assert (codes, getattr(say, field)) == ([code], value)


@pytest.mark.parametrize(("voice", "limit"), [("woman", 4096), ("Polly.Joanna", 3000), ("Google.en-US-A", 5000)])
def test_each_kind_of_voice_has_its_longest_text(voice: str, limit: int):
    assert read(read_say, f"<Say voice='{voice}'>{'x' * limit}</Say>")[1] == []
    say, codes = read(read_say, f"<Say voice='{voice}'>{'x' * (limit + 1)}</Say>")
    assert (codes, len(say.text)) == ([13521], limit)


def test_ssml_is_not_for_basic_voices_and_its_tags_do_not_count():
    assert read(read_say, "<Say voice='woman'>a<break/>b</Say>")[1] == [12200]
    tagged = "<emphasis>" + "x" * 3000 + "</emphasis>"
    assert read(read_say, f"<Say voice='Polly.Joanna'>{tagged}</Say>")[1] == []


@pytest.mark.parametrize(("element", "code", "field", "value"), [
    ("<Play loop='x'>a.wav</Play>", 13410, "loop", 1), ("<Play digits='12E'/>", 13430, "keys", ""),
    ("<Play volume='9'>a.wav</Play>", 12200, "address", "a.wav")])
def test_a_play_that_is_not_accepted(element: str, code: int, field: str, value: object):
    media, codes = read(read_play, element)
    assert (codes, getattr(media, field)) == ([code], value)


@pytest.mark.parametrize("length", ["x", "-1", "1.5"])
def test_a_pause_that_is_not_accepted(length: str):
    assert read(read_pause, f"<Pause length='{length}'/>") == (1, [13910])


def test_how_long_each_lasts_and_that_a_loop_without_end_goes_on():
    """Half a second for `w`, one for `W`; loop 0 repeats."""

    async def story(box: Box) -> None:
        box.says("/voice", "<Play digits='wW'/><Pause/><Pause length='3'/><Say loop='0'>On and on</Say>")
        joe = await box.dials_in()
        await box.advance(5.4)
        assert await box.captions(joe) == []
        await box.advance(0.2)
        assert await box.captions(joe) == ["On and on"]
        await box.advance(60)
        assert len(await box.captions(joe)) > 40

    play(story)


def test_a_wrong_content_type_is_error_13420_and_a_missing_file_11200():
    """Play accepts sounds; what is none is not played, and the next verb follows."""

    async def story(box: Box) -> None:
        box.says("/page", lambda _: web.Response(text="<html/>", content_type="text/html"))
        box.says("/voice", "<Play>page</Play><Play>gone.wav</Play><Play></Play><Say>Done</Say><Pause length='9'/>")
        joe = await box.dials_in()
        assert await box.captions(joe) == ["Done"]
        assert await box.codes(joe) == ["13420", "11200", "11100"]
        rows = (await box.rest("GET", f"/Calls/{joe}/Notifications.json"))["notifications"]
        assert {row["log"] for row in rows} == {"0"}

    play(story)


def test_media_with_a_version_is_asked_for_again_but_not_sent_again():
    """GET answers are cached by ETag."""
    asked: list[str | None] = []

    def sound(request: web.Request) -> web.Response:
        asked.append(request.headers.get("If-None-Match"))
        if asked[-1] == '"one"':
            return web.Response(status=304)
        return web.Response(body=wav_bytes(2, ()), content_type="audio/wav", headers={"ETag": '"one"'})

    async def story(box: Box) -> None:
        box.says("/tone.wav", sound)
        box.says("/voice", "<Play>tone.wav</Play><Play>tone.wav</Play><Say>Done</Say>")
        joe = await box.dials_in()
        await box.advance(3.9)
        assert await box.captions(joe) == []
        await box.advance(0.2)
        assert (await box.captions(joe), asked) == (["Done"], [None, '"one"'])

    play(story)
