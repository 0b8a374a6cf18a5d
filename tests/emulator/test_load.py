"""Scripted people and load: plans, patience, talk times, arrivals from a rate or a trace, and time that flies."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.trace import BadLoad, Demand, from_csv, poisson
from tests.emulator.box import ANA, CENTER, JOE, START_MS, Box, play

LUIS = "+13125550162"
TRACE = """arrival_s,need,patience_s,talk_s,number
5,exercises,60,100,+13125550150
0,billing,30,100,+13125550151
6,exercises,60,20,+13125550152
"""
ONE_NURSE = "<Enqueue waitUrl=''>line</Enqueue>"


def load(**more: Any) -> dict[str, Any]:
    script = {"keys": [{"after_s": 1, "digits": "1"}]}
    return {"needs": {"exercises": {"weight": 3, "script": script}, "billing": {"weight": 1}}, **more}


async def stands(box: Box) -> Any:
    return (await box.control("GET", "/load", status=200))["loads"][-1]


def test_a_trace_brings_its_callers_with_their_needs_patience_and_talk_times():
    """The application takes one caller after the other out of the queue: two are reached, one loses patience."""

    async def story(box: Box) -> None:
        box.says("/voice", ONE_NURSE)
        box.says("/agent", "<Dial timeout='30'><Queue>line</Queue></Dial><Redirect>/agent</Redirect>")
        await box.control("POST", "/load", load(trace=TRACE, clinicians={
            "numbers": [ANA], "script": {"answer_after_s": 39.5}}), status=201)
        await box.rest("POST", "/Calls.json", status=201, To=ANA, From=CENTER, Url=box.app_url + "/agent")
        await box.advance(0.1)
        assert (await stands(box))["arrived"] == 1
        await box.advance(200)
        told = await stands(box)
        seen = await box.control("GET", "/observer")
        assert {key: told[key] for key in ("arrived", "live", "reached", "abandoned", "arrivals_over")} == {
            "arrived": 3, "live": 0, "reached": 1, "abandoned": 2, "arrivals_over": True}
        assert [one["seconds"] for one in seen["talks"]] == [100]
        legs = {one["number"]: one for one in seen["legs"]}
        assert legs["+13125550151"]["ended_ms"] - legs["+13125550151"]["answered_ms"] == 30_000
        assert legs["+13125550150"]["entered"][0]["text"] == "1"

    play(story)


def test_a_rate_brings_the_same_callers_for_the_same_seed():
    seen: list[list[Any]] = []

    async def story(box: Box) -> None:
        box.says("/voice", "<Pause length='20'/>")
        await box.control("POST", "/load", load(per_hour=[[0, 240], [1800, 60]], for_s=3600, seed=3,
                                                patience_s={"exponential": 10}), status=201)
        await box.advance(3700)
        legs = (await box.control("GET", "/observer"))["legs"]
        seen.append([(one["sid"], one["number"], one["created_ms"] - START_MS, one["ended_ms"]) for one in legs])
        assert 90 < (await stands(box))["arrived"] < 220

    play(story)
    play(story)
    assert seen[0] == seen[1]
    first_half = sum(at_ms < 1_800_000 for _, _, at_ms, _ in seen[0])
    assert first_half > 2 * (len(seen[0]) - first_half)


def test_a_day_of_calls_passes_under_a_clock_moved_by_hand():
    """24 hours: every caller is told goodbye, nobody is left over."""

    async def story(box: Box) -> None:
        box.says("/voice", "<Say>Goodbye</Say>")
        await box.control("POST", "/load", {"per_hour": 6, "for_s": 86_400, "seed": 1}, status=201)
        await box.advance(86_400)
        await box.advance(60)
        told = await stands(box)
        assert (told["live"], told["ended_by_application"], told["arrivals_over"]) == (0, told["arrived"], True)
        assert 100 < told["arrived"] < 190

    play(story)


def test_a_load_can_be_stopped_and_is_forgotten_by_a_reset():
    async def story(box: Box) -> None:
        box.says("/voice", "<Hangup/>")
        await box.control("POST", "/load", {"per_hour": 3600, "for_s": 600}, status=201)
        await box.advance(20)
        await box.control("DELETE", "/load", status=200)
        before = (await stands(box))["arrived"]
        await box.advance(60)
        assert (await stands(box))["arrived"] == before
        await box.control("POST", "/reset")
        assert (await box.control("GET", "/load"))["loads"] == []

    play(story)


def test_hundreds_of_callers_wait_at_once():
    """300 legs in one queue at the same moment, each with its own phone; `bench.emulator` has a thousand and more."""

    async def story(box: Box) -> None:
        box.says("/voice", ONE_NURSE)
        rows = "\n".join(["arrival_s", *["0"] * 300])
        await box.control("POST", "/load", {"trace": rows}, status=201)
        await box.advance(1)
        queue = (await box.rest("GET", "/Queues.json"))["queues"][0]
        assert queue["current_size"] == 300
        told = await stands(box)
        assert (told["live"], told["legs_at_once"]) == (300, 300)
        assert len({leg.phone for leg in box.exchange.legs.values()}) == 300

    play(story)


@pytest.mark.parametrize("body", [
    {}, {"per_hour": 1, "trace": "arrival_s\n0"}, {"per_hour": "many"}, {"per_hour": [[5, 1], [0, 1]]},
    {"trace": "when\n0"}, {"trace": "arrival_s,need\n0,dance"}, {"trace": "arrival_s\nsoon"},
    {"per_hour": 1, "colour": "red"}, {"per_hour": 1, "talk_s": "long"}, {"per_hour": 1, "needs": {"x": 3}},
    {"per_hour": 1, "clinicians": [ANA]}, {"per_hour": 1, "for_s": -1}])
def test_a_load_that_is_not_understood_is_refused_in_words(body):
    async def story(box: Box) -> None:
        assert (await box.control("POST", "/load", body, status=400))["error"]

    play(story)


def test_a_trace_names_the_line_it_does_not_understand():
    with pytest.raises(BadLoad, match="line 3"):
        from_csv(Demand({"a": 1}), "arrival_s,need\n0,a\n1,b", 0)


def test_arrivals_have_the_rate_they_promise_and_needs_their_weights():
    found = list(poisson(Demand({"often": 3, "seldom": 1}), [(0, 3600)], 4000, 9))
    assert 3800 < len(found) < 4200
    assert 0.72 < sum(one.need == "often" for one in found) / len(found) < 0.78
    assert [one.at_s for one in found] == sorted(one.at_s for one in found)


def test_people_lose_patience_only_while_nobody_was_reached():
    """`patience_s`, `talk_s` and `hang_up_when_heard`."""

    async def story(box: Box) -> None:
        box.says("/voice", f"<Dial callerId='{CENTER}' action='/after'>{ANA}</Dial>")
        box.says("/after", "<Say>That was all for today</Say><Pause length='60'/>")
        await box.control("POST", "/people", {"number": ANA, "script": {"answer_after_s": 2, "talk_s": 30}})
        joe = await box.dials_in({"patience_s": 5, "hang_up_when_heard": "for today"})
        await box.advance(60)
        seen = await box.control("GET", "/observer")
        assert [one["seconds"] for one in seen["talks"]] == [30]
        leg = await box.leg(joe)
        assert (leg["ended_by"], await box.captions(joe)) == ("person", ["That was all for today"])
        await box.control("POST", "/people", {"number": ANA, "script": {"no_answer": True}})
        joe = await box.dials_in({"patience_s": 5})
        await box.advance(60)
        leg = await box.leg(joe)
        assert leg["ended_ms"] - leg["answered_ms"] == 5000

    play(story)


@pytest.mark.parametrize("script", [
    {"talk_s": "long"}, {"patience_s": {"gamma": 3}}, {"keys": [{"after_s": 1}]}, {"voicemail": {"mood": "good"}}])
def test_scripts_are_checked_to_the_last_word(script):
    async def story(box: Box) -> None:
        told = await box.control("POST", "/people", {"number": JOE, "script": script}, status=400)
        assert "found" in told["error"] or "accepted" in told["error"]

    play(story)


def test_a_distribution_is_drawn_anew_for_every_call():
    async def story(box: Box) -> None:
        url = box.says("/x", "<Pause length='600'/>")
        await box.control("POST", "/people", {"number": LUIS, "script": {
            "answer_after_s": {"uniform": [1, 50]}, "hang_up_after_s": {"lognormal": [60, 1]}}})
        for _ in range(4):
            await box.rest("POST", "/Calls.json", status=201, To=LUIS, From=CENTER, Url=url, Timeout=60)
        await box.advance(600)
        legs = (await box.control("GET", "/observer"))["legs"]
        assert len({one["answered_ms"] - one["ringing_ms"] for one in legs}) == 4
        assert len({one["ended_ms"] - one["answered_ms"] for one in legs}) == 4

    play(story)
