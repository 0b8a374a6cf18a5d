"""Gather collects keys, words, or both, and hands them to its action.

`input` is `dtmf`, or `speech`, or both; `action` the current document; `method` POST; `timeout` 5 s, counted from the
end of the prompts or from the last key; `finishOnKey` `#`, one key or none; `numDigits` without limit; `speechTimeout`
as `timeout`, or `auto`; `maxSpeechTime` 60 s at most; `hints` up to 500 of 100 characters; `language` en-US;
`profanityFilter` and `bargeIn` true; `actionOnEmptyResult` false; `partialResultCallback` with its Method. Children are
Say, Play and Pause. Nothing entered, or only the finish key, goes on with the next verb. With both inputs the first
kind decides. Bad values are warnings 13310 to 13343.
"""

from __future__ import annotations

import pytest

from emulator.verbs import read_gather
from tests.emulator.box import Box, play
from tests.emulator.verbs.reading import read, values


def test_defaults():
    gather, codes = read(read_gather, "<Gather/>")
    names = "keys speech action method timeout finish_on_key num_digits speech_timeout max_speech barge_in"
    assert values(gather, names) == [True, False, None, "POST", 5, "#", None, 5.0, 60, True]
    assert values(gather, "action_on_empty partial_callback partial_method prompts") == [False, None, "POST", ()]
    assert codes == []


@pytest.mark.parametrize(("attributes", "field", "value"), [
    ("input='speech'", "speech", True), ("input='dtmf speech'", "keys", True), ("action='/x'", "action", "/x"),
    ("method='GET'", "method", "GET"), ("timeout='0'", "timeout", 0), ("finishOnKey=''", "finish_on_key", ""),
    ("finishOnKey='*'", "finish_on_key", "*"), ("numDigits='4'", "num_digits", 4),
    ("timeout='9'", "speech_timeout", 9.0), ("speechTimeout='3'", "speech_timeout", 3.0),
    ("speechTimeout='auto'", "speech_timeout", 0.5), ("maxSpeechTime='7'", "max_speech", 7),
    ("bargeIn='false'", "barge_in", False), ("actionOnEmptyResult='true'", "action_on_empty", True),
    ("partialResultCallback='/p'", "partial_callback", "/p"), ("partialResultCallbackMethod='GET'", "partial_method",
                                                               "GET"),
    ("hints='a, b' language='es-MX' speechModel='phone_call' enhanced='true' debug='true' profanityFilter='false'",
     "keys", True)])
def test_accepted_values(attributes: str, field: str, value: object):
    gather, codes = read(read_gather, f"<Gather {attributes}/>")
    assert (getattr(gather, field), codes) == (value, [])


@pytest.mark.parametrize(("attributes", "code", "field", "value"), [
    ("finishOnKey='12'", 13310, "finish_on_key", "#"), ("method='PUT'", 13312, "method", "POST"),
    ("timeout='soon'", 13313, "timeout", 5), ("numDigits='0'", 13314, "num_digits", None),
    ("input='eyes'", 13326, "keys", True), ("speechTimeout='x'", 13327, "speech_timeout", 5.0),
    ("maxSpeechTime='61'", 13328, "max_speech", 60),
    ("partialResultCallbackMethod='PUT'", 13329, "partial_method", "POST"),
    (f"hints='{'x' * 101}'", 13330, "keys", True), (f"hints='{','.join('x' * 501)}'", 13330, "keys", True),
    ("language='English please'", 13331, "keys", True), ("bargeIn='maybe'", 13332, "barge_in", True),
    ("profanityFilter='maybe'", 13333, "keys", True), ("speechModel='best'", 13334, "keys", True),
    ("input='speech' speechTimeout='auto'", 13335, "speech_timeout", 0.5),
    ("actionOnEmptyResult='maybe'", 13338, "action_on_empty", False), ("volume='9'", 12200, "keys", True)])
def test_values_that_are_not_accepted(attributes: str, code: int, field: str, value: object):
    gather, codes = read(read_gather, f"<Gather {attributes}/>")
    assert (codes, getattr(gather, field)) == ([code], value)


def test_a_child_that_may_not_stand_there_is_13320_and_a_bad_prompt_has_its_own_codes():
    """13320 nested verb; 13321 and 13322 for the voice and the loop of a nested Say."""

    async def story(box: Box) -> None:
        box.says("/voice", "<Gather timeout='1'><Dial>1</Dial><Say voice='robot' loop='x'>Press</Say></Gather>")
        joe = await box.dials_in()
        assert await box.codes(joe) == ["13320", "13321", "13322"]
        assert await box.captions(joe) == ["Press"]

    play(story)


def test_keys_stop_the_prompt_and_the_finish_key_is_not_told():
    """The first key stops the prompt; Digits come without the finish key, which is told as FinishedOnKey."""

    async def story(box: Box) -> None:
        box.says("/voice", "<Gather action='/got'><Say>A long prompt nobody wants to hear to its end</Say></Gather>")
        box.says("/got", "<Pause length='9'/>")
        joe = await box.dials_in()
        await box.do(joe, "digits", {"digits": "12#"})
        told = box.asked("/got")[0]
        assert (told["Digits"], told["FinishedOnKey"], told["msg"]) == ("12", "#", "Gather End")
        assert "SpeechResult" not in told

    play(story)


def test_the_same_timeout_runs_between_keys_and_nothing_but_the_finish_key_falls_through():
    """Five seconds after the last key the action is told; the finish key alone is nothing."""

    async def story(box: Box) -> None:
        box.says("/voice", "<Gather action='/got'/><Say>Nothing</Say><Gather action='/got'/>")
        box.says("/got", "")
        joe = await box.dials_in()
        await box.do(joe, "digits", {"digits": "#"})
        assert await box.captions(joe) == ["Nothing"]
        await box.advance(1)
        await box.do(joe, "digits", {"digits": "1"})
        await box.advance(4.9)
        assert box.asked("/got") == []
        await box.advance(0.2)
        assert box.asked("/got")[0]["Digits"] == "1"

    play(story)


def test_nothing_entered_is_told_if_asked_for():
    """actionOnEmptyResult: the action hears empty Digits, or an empty SpeechResult when only speech was asked for."""

    async def story(box: Box) -> None:
        box.says("/voice", "<Gather timeout='1' actionOnEmptyResult='true' action='/first'/>")
        box.says("/first", "<Gather timeout='1' input='speech' actionOnEmptyResult='true' action='/second'/>")
        box.says("/second", "")
        await box.dials_in()
        await box.advance(3)
        assert box.asked("/first")[0]["Digits"] == ""
        assert box.asked("/second")[0]["SpeechResult"] == ""

    play(story)


def test_the_first_kind_of_input_decides_and_words_switch_the_finish_key_off():
    """Mixed input: once words were heard, keys count for nothing; a listening longer than maxSpeechTime is cut."""

    async def story(box: Box) -> None:
        box.says("/voice", "<Gather input='dtmf speech' speechTimeout='4' maxSpeechTime='6' action='/got'/>")
        box.says("/got", "")
        joe = await box.dials_in()
        for words in ("one", "two", "three"):
            await box.do(joe, "speech", {"text": words, "confidence": 0.75})
            await box.do(joe, "digits", {"digits": "#"})
            await box.advance(2)
        told = box.asked("/got")[0]
        assert (told["SpeechResult"], told["Confidence"], "Digits" in told) == ("one two three", "0.75", False)

    play(story)


def test_partial_results_are_told_beside_the_call():
    """UnstableSpeechResult to the partialResultCallback, numbered; its answer is ignored."""

    async def story(box: Box) -> None:
        box.says("/voice", "<Gather input='speech' partialResultCallback='/part' action='/got'/>")
        box.says("/part", "<Hangup/>")
        box.says("/got", "<Pause length='9'/>")
        joe = await box.dials_in()
        for words in ("my", "knee"):
            await box.do(joe, "speech", {"text": words})
        await box.advance(6)
        assert [(one["UnstableSpeechResult"], one["SequenceNumber"]) for one in box.asked("/part")] == [
            ("my", "0"), ("my knee", "1")]
        assert (await box.leg(joe))["status"] == "in-progress"

    play(story)


def test_without_an_action_the_document_itself_is_asked_and_a_3xx_answer_loses_the_digits():
    """action defaults to the current document; an HTTP redirect keeps the standard parameters only."""

    async def story(box: Box) -> None:
        from aiohttp import web

        box.says("/voice", "<Gather numDigits='1'/>", lambda _: web.Response(status=302, headers={"Location": "/next"}))
        box.says("/next", "<Pause length='9'/>")
        joe = await box.dials_in()
        await box.do(joe, "digits", {"digits": "1"})
        assert box.asked("/voice")[1]["Digits"] == "1"
        assert (box.heard[-1].path, box.heard[-1].method, "Digits" in box.heard[-1].params) == ("/next", "GET", False)

    play(story)


@pytest.mark.parametrize("action", ["action='/got'", ""])
def test_an_inline_document_needs_an_absolute_action(action: str):
    """15004; where no action is given, only when there is something to tell."""

    async def story(box: Box) -> None:
        box.says("/voice", "<Pause length='60'/>")
        joe = await box.dials_in()
        words = f"<Response><Gather numDigits='1' {action}><Say>Press</Say></Gather></Response>"
        await box.rest("POST", f"/Calls/{joe}.json", status=200, Twiml=words)
        await box.advance(1)
        if not action:
            await box.do(joe, "digits", {"digits": "1"})
        assert await box.codes(joe) == ["15004"]

    play(story)
