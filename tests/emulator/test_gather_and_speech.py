"""Say, Play, Pause and Gather, by the clock."""

from __future__ import annotations

from tests.emulator.box import CENTER, JOE, Box, play


def test_the_first_fetch_is_signed_ringing_and_carries_the_standard_parameters():
    """First inbound fetch carries `CallStatus=ringing`; the parameters of 1.1 come with every TwiML fetch."""

    async def story(box: Box) -> None:
        box.says("/voice", "<Say>Hello</Say>")
        sid = await box.dials_in(stir_verstat="TN-Validation-Passed-A")
        first = box.heard[0]
        assert first.signed
        assert first.method == "POST"
        wanted = {"CallSid": sid, "From": JOE, "To": CENTER, "Caller": JOE, "Called": CENTER, "CallStatus": "ringing",
                  "Direction": "inbound", "ApiVersion": "2010-04-01", "StirVerstat": "TN-Validation-Passed-A",
                  "FromCity": "CHICAGO", "CalledCountry": "US"}
        assert {key: first.params[key] for key in wanted} == wanted
        assert (await box.leg(sid))["status"] == "in-progress"
        await box.advance(1)
        assert (await box.leg(sid))["status"] == "completed"

    play(story)


def test_the_timeout_of_a_gather_starts_after_its_prompt():
    """Timer starts after nested prompts end or at the first key press."""

    async def story(box: Box) -> None:
        words = " ".join(["word"] * 27)
        box.says("/voice", f"<Gather timeout='5'><Say>{words}</Say></Gather><Say>Nothing came</Say>")
        sid = await box.dials_in()
        await box.advance(14.9)
        assert await box.captions(sid) == [words]
        await box.advance(0.2)
        assert await box.captions(sid) == [words, "Nothing came"]

    play(story)


def test_the_first_key_stops_the_prompt_and_the_finish_key_is_not_among_the_digits():
    """First key stops the prompt; `Digits` comes without the finish key."""

    async def story(box: Box) -> None:
        words = " ".join(["word"] * 27)
        box.says("/voice", f"<Gather action='/keys' timeout='4'><Say>{words}</Say></Gather>")
        box.says("/keys", "<Say>Thank you</Say>")
        sid = await box.dials_in()
        await box.advance(1)
        await box.do(sid, "digits", {"digits": "48"})
        await box.advance(3)
        await box.do(sid, "digits", {"digits": "21"})
        await box.advance(3.9)
        assert box.asked("/keys") == []
        await box.do(sid, "digits", {"digits": "#"})
        told = [(one["Digits"], one["FinishedOnKey"], one["msg"]) for one in box.asked("/keys")]
        assert told == [("4821", "#", "Gather End")]
        assert await box.captions(sid) == [words, "Thank you"]

    play(story)


def test_a_key_during_the_prompt_starts_the_timer_at_once():
    """The same `timeout` is the inter-digit gap, and runs from the first key press."""

    async def story(box: Box) -> None:
        words = " ".join(["word"] * 27)
        box.says("/voice", f"<Gather action='/keys' timeout='2'><Say>{words}</Say></Gather>")
        box.says("/keys", "<Pause/>")
        sid = await box.dials_in()
        await box.advance(1)
        await box.do(sid, "digits", {"digits": "7"})
        await box.advance(2)
        assert box.asked("/keys")[0]["Digits"] == "7"

    play(story)


def test_num_digits_ends_a_gather_and_an_empty_finish_key_lets_the_hash_through():
    """finishOnKey=`#` (single key or empty string); numDigits."""

    async def story(box: Box) -> None:
        box.says("/voice", "<Gather action='/keys' numDigits='3' finishOnKey=''/>")
        box.says("/keys", "<Pause/>")
        sid = await box.dials_in()
        await box.do(sid, "digits", {"digits": "1#2"})
        assert box.asked("/keys")[0]["Digits"] == "1#2"

    play(story)


def test_only_the_finish_key_falls_through_unless_the_empty_result_is_wanted():
    """Nothing entered (or only the finish key) falls through to the next verb, unless actionOnEmptyResult."""

    async def story(box: Box) -> None:
        box.says("/voice", "<Gather action='/keys'/><Gather action='/keys' actionOnEmptyResult='true'/>")
        box.says("/keys", "<Pause/>")
        sid = await box.dials_in()
        await box.do(sid, "digits", {"digits": "#"})
        assert box.asked("/keys") == []
        await box.advance(5)
        assert box.asked("/keys")[0]["Digits"] == ""

    play(story)


def test_words_are_told_with_confidence_and_shut_out_keys():
    """With mixed input the first modality detected wins and speech disables finishOnKey."""

    async def story(box: Box) -> None:
        box.says("/voice", "<Gather input='dtmf speech' speechTimeout='2' action='/words'/>")
        box.says("/words", "<Pause/>")
        sid = await box.dials_in()
        await box.do(sid, "speech", {"text": "my exercises", "confidence": 0.92})
        await box.do(sid, "digits", {"digits": "#"})
        assert box.asked("/words") == []
        await box.advance(2)
        told = box.asked("/words")[0]
        assert (told["SpeechResult"], told["Confidence"]) == ("my exercises", "0.92")
        assert "Digits" not in told

    play(story)


def test_a_plan_presses_a_key_when_it_has_heard_the_words():
    """`keys` steps may wait for words: `when_heard`."""

    async def story(box: Box) -> None:
        box.says("/voice", "<Gather action='/keys' numDigits='1'><Say>For exercises press 1</Say></Gather>")
        box.says("/keys", "<Pause length='9'/>")
        await box.dials_in(plan={"keys": [{"when_heard": "press 1", "digits": "1"}], "hang_up_after_s": 6})
        await box.advance(5)
        assert box.asked("/keys")[0]["Digits"] == "1"
        await box.advance(1)
        legs = (await box.control("GET", f"/phones/{JOE}"))["legs"]
        assert legs[0]["ended_by"] == "person"

    play(story)


def test_a_document_redirects_relatively_and_its_end_hangs_up():
    """Relative URLs resolve against the current document; the rest after a Redirect is unreachable."""

    async def story(box: Box) -> None:
        box.says("/voice", "<Redirect method='GET'>menu/main?x=1</Redirect><Say>Never</Say>")
        box.says("/menu/main", "<Say>Main menu</Say>")
        sid = await box.dials_in()
        assert box.heard[1].method == "GET"
        assert box.heard[1].signed
        assert box.asked("/menu/main")[0]["x"] == "1"
        await box.advance(2)
        assert (await box.captions(sid), (await box.leg(sid))["status"]) == (["Main menu"], "completed")

    play(story)


def test_a_rejected_call_was_never_answered():
    """Reject: only as first verb avoids answering; ends as `no-answer`/`busy`."""

    async def story(box: Box) -> None:
        box.says("/voice", "<Reject reason='busy'/>")
        sid = await box.dials_in()
        call = await box.rest("GET", f"/Calls/{sid}.json", status=200)
        assert (call["status"], call["duration"]) == ("busy", "0")
        assert (await box.leg(sid))["answered_ms"] is None

    play(story)


def test_a_wav_lasts_as_long_as_its_header_says_and_is_fetched_unsigned():
    """`<Play>` fetch: no standard parameters at all."""

    async def story(box: Box) -> None:
        from aiohttp import web

        from emulator.sound import wav_bytes

        sound = wav_bytes(3, ())
        box.says("/tone.wav", lambda _: web.Response(body=sound, content_type="audio/x-wav"))
        box.says("/voice", "<Play>tone.wav</Play><Say>Done</Say>")
        sid = await box.dials_in()
        fetched = next(one for one in box.heard if one.path == "/tone.wav")
        assert (fetched.method, fetched.params, fetched.signed) == ("GET", {}, False)
        await box.advance(2.9)
        assert await box.captions(sid) == []
        await box.advance(0.1)
        assert await box.captions(sid) == ["Done"]

    play(story)
