"""The observer: exact timelines, who hears whom when, dead air, apologies, calls out, and the story."""

from __future__ import annotations

from typing import Any

from tests.emulator.box import ANA, CENTER, JOE, START_MS, Box, play

LUIS = "+13125550162"


async def seen(box: Box, query: str = "") -> Any:
    return await box.control("GET", f"/observer{query}", status=200)


def states(line: Any, *more: str) -> list[tuple[Any, ...]]:
    """The stretches as (state, from, until) in seconds after the start."""
    return [(one["state"], *(one.get(key) for key in more), (one["from_ms"] - START_MS) / 1000,
             (one["until_ms"] - START_MS) / 1000) for one in line["stretches"]]


def test_a_timeline_covers_the_whole_call_without_gap_or_overlap():
    """Hearing, silent (a pause), asked (a Gather that listens), each to the millisecond."""

    async def story(box: Box) -> None:
        box.says("/voice", "<Say>one two three four five six seven eight nine</Say><Pause length='4'/>"
                           "<Gather timeout='5' numDigits='1' action='/keyed'/>")
        box.says("/keyed", "<Hangup/>")
        sid = await box.dials_in({"keys": [{"after_s": 9, "digits": "7"}]})
        await box.advance(30)
        line = await box.control("GET", f"/observer/legs/{sid}")
        assert states(line) == [("hearing", 0, 3.333), ("silent", 3.333, 7.333), ("asked", 7.333, 9.0)]
        assert line["totals_ms"] == {"hearing": 3333, "silent": 4000, "asked": 1667}
        (key,) = line["entered"]
        assert (key["text"], key["listened"], key["at_ms"] - START_MS) == ("7", True, 9000)
        assert line["stretches"][0]["from_ms"] == line["created_ms"]
        assert line["stretches"][-1]["until_ms"] == line["ended_ms"]

    play(story)


def test_dead_air_is_silence_over_the_threshold_and_neither_a_question_nor_music():
    """3 s by default; `dead_air_s` asks for another threshold."""

    async def story(box: Box) -> None:
        box.says("/voice", "<Pause length='3'/><Say>Still here</Say><Pause length='4'/><Gather timeout='9'/>"
                           "<Enqueue>line</Enqueue>")
        sid = await box.dials_in()
        await box.advance(60)
        told = await seen(box)
        assert [(one["sid"], one["seconds"]) for one in told["dead_air"]] == [(sid, 4.0)]
        assert [one["seconds"] for one in (await seen(box, "?dead_air_s=2"))["dead_air"]] == [3.0, 4.0]
        assert told["legs"][0]["stretches"][-1]["kind"] == "hold"
        await box.control("GET", "/observer?dead_air_s=soon", status=400)

    play(story)


def test_a_slow_application_and_an_ended_wait_document_are_dead_air():
    """Silence is what the person hears, whatever its cause."""

    async def story(box: Box) -> None:
        box.says("/voice", "<Dial><Conference waitUrl='/wait'>room</Conference></Dial>")
        box.says("/wait", "<Say>Please wait</Say>")
        await box.dials_in()
        await box.advance(20)
        (silence,) = (await seen(box))["dead_air"]
        assert (silence["from_ms"] - START_MS, silence["until_ms"] - START_MS) == (741, 20_000)

    play(story)


def test_dialled_parties_hear_each_other_from_the_bridge_on_and_ringing_before():
    """The caller hears the ringing tone, the callee the whisper; then both talk until one goes."""

    async def story(box: Box) -> None:
        box.says("/voice", f"<Dial callerId='{CENTER}'><Number url='/whisper'>{ANA}</Number></Dial>")
        box.says("/whisper", "<Say>one two three</Say>")
        await box.control("POST", "/people", {"number": ANA, "script": {"answer_after_s": 2, "hang_up_after_s": 10}})
        joe = await box.dials_in()
        await box.advance(30)
        told = await seen(box)
        ana = next(one for one in told["legs"] if one["number"] == ANA)
        assert states(told["legs"][0], "kind") == [("hearing", "ring", 0, 3.611), ("talking", None, 3.611, 12.5)]
        assert states(ana) == [("queued", 0, 0.5), ("ringing", 0.5, 2.5), ("hearing", 2.5, 3.611),
                               ("talking", 3.611, 12.5)]
        assert told["talks"] == [{"sids": sorted([joe, ana["sid"]]), "numbers": told["talks"][0]["numbers"],
                                  "from_ms": START_MS + 3611, "until_ms": START_MS + 12_500, "seconds": 8.889}]
        assert {(one["listener"], one["speaker"]) for one in told["heard"]} == {(joe, ana["sid"]), (ana["sid"], joe)}

    play(story)


def test_muting_and_holding_stop_the_ear_they_concern_and_only_that():
    """A muted speaker is not heard but hears; on hold nobody hears the other."""

    async def story(box: Box) -> None:
        room = "<Dial><Conference>room</Conference></Dial>"
        box.says("/voice", room)
        box.says("/agent", room)
        await box.control("POST", "/people", {"number": ANA, "script": {"answer_after_s": 0}})
        joe = await box.dials_in()
        ana = (await box.rest("POST", "/Calls.json", To=ANA, From=CENTER, Url=box.app_url + "/agent"))["sid"]
        await box.advance(10)
        (conference,) = (await box.rest("GET", "/Conferences.json"))["conferences"]
        change = f"/Conferences/{conference['sid']}/Participants/{ana}.json"
        for form in ({"Muted": "true"}, {"Muted": "false"}, {"Hold": "true"}, {"Hold": "false"}):
            await box.rest("POST", change, status=200, **form)
            await box.advance(10)
        told = await seen(box)
        ears = {(one["listener"], (one["from_ms"] - START_MS) / 1000, (one["until_ms"] - START_MS) / 1000)
                for one in told["heard"]}
        assert ears == {(joe, 0.5, 10), (ana, 0.5, 30), (joe, 20, 30), (joe, 40, 50), (ana, 40, 50)}
        assert [talk["seconds"] for talk in told["talks"]] == [9.5, 10, 10]
        assert [(one["sid"], one["seconds"]) for one in told["dead_air"]] == [(joe, 10), (joe, 10)]

    play(story)


def test_an_apology_is_counted_when_it_is_heard():
    """The carrier's own apology, not words of the application."""

    async def story(box: Box) -> None:
        box.says("/voice", "<Say>We are sorry</Say><Redirect>/nowhere</Redirect>")
        sid = await box.dials_in()
        await box.advance(20)
        assert [one["sid"] for one in (await seen(box))["apologies"]] == [sid]

    play(story)


def test_calls_out_are_counted_by_number_with_the_most_at_once():
    """Never two live legs to one patient can be read off."""

    async def story(box: Box) -> None:
        url = box.says("/x", "<Pause length='20'/>")
        await box.control("POST", "/people", {"number": ANA, "script": {"answer_after_s": 1}})
        await box.control("POST", "/people", {"number": LUIS, "script": {"busy": True}})
        for number in (ANA, LUIS, ANA):
            await box.rest("POST", "/Calls.json", status=201, To=number, From=CENTER, Url=url)
        await box.advance(30)
        await box.rest("POST", "/Calls.json", status=201, To=ANA, From=CENTER, Url=url)
        await box.advance(5)
        out = (await seen(box))["outbound"]
        assert {key: out[ANA][key] for key in ("calls", "answered", "rang", "most_at_once")} == {
            "calls": 3, "answered": 3, "rang": 3, "most_at_once": 2}
        assert (out[LUIS]["answered"], out[LUIS]["statuses"]) == (0, ["busy"])

    play(story)


def test_words_between_people_reach_the_other_side_only():
    """What one person says is heard by whoever hears the leg."""

    async def story(box: Box) -> None:
        box.says("/voice", f"<Dial callerId='{CENTER}'>{ANA}</Dial>")
        await box.control("POST", "/people", {"number": ANA, "script": {"answer_after_s": 0}})
        joe = await box.dials_in()
        await box.advance(2)
        await box.do(joe, "speech", {"text": "Hello Ana"})
        legs = {one["number"]: one for one in (await seen(box))["legs"]}
        assert [(one["kind"], one["text"]) for one in legs[ANA]["entered"]] == [("voice", "Hello Ana")]
        assert [one["kind"] for one in legs[JOE]["entered"]] == ["speech"]

    play(story)


def test_the_story_reads_in_the_order_of_time_and_can_be_narrowed_to_one_number():
    """GET /control/observer/story, also with `number` and `since_ms`."""

    async def story(box: Box) -> None:
        box.says("/voice", "<Gather numDigits='1' action='/keyed'><Say>Press one now please</Say></Gather>")
        box.says("/keyed", "<Pause length='5'/>")
        await box.dials_in({"keys": [{"after_s": 1, "digits": "1"}]})
        await box.advance(20)
        async with box.session.get(f"{box.url}/control/observer/story?number=%2B13125550142") as response:
            told = await response.text()
        facts = [line[14:].partition("] ")[2] for line in told.splitlines() if line.startswith(("1", "0", "2"))]
        assert facts == [f"dials {CENTER}", "is connected", 'hears: "Press one now please" (1.0 s, cut short)',
                         "presses 1", "hears NOTHING for 5.0 s", "ends: completed, by application"]
        assert "legs 1, talks 0, dead air over 3 s: 1, apologies heard: 0" in told
        assert (await seen(box, f"?since_ms={START_MS + 60_000}"))["legs"] == []
        assert (await seen(box, "?number=%2B13125550199"))["legs"] == []

    play(story)
