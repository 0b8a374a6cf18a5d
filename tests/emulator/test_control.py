"""The clock, the people and the phones."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from tests.emulator.box import ANA, CENTER, JOE, START_MS, Box, play


def test_a_clock_moved_by_hand_stands_still_and_jumps_to_the_next_event():
    """Manual: `advance_s` runs everything due until then; `next` jumps to the next due event."""

    async def story(box: Box) -> None:
        assert await box.control("GET", "/clock") == {"now_ms": START_MS, "rate": 0, "mode": "manual"}
        await box.control("POST", "/people", {"number": ANA, "script": {"answer_after_s": 7}})
        await box.rest("POST", "/Calls.json", To=ANA, From=CENTER, Url=box.says("/x", "<Pause/>"))
        assert (await box.control("POST", "/clock", {"next": True}))["now_ms"] == START_MS + 500
        assert (await box.control("POST", "/clock", {"next": True}))["now_ms"] == START_MS + 7500
        settled = await box.control("GET", "/settled")
        assert (settled["settled"], settled["next_event_ms"]) == (True, START_MS + 8500)

    play(story)


def test_events_happen_in_the_order_of_time_each_with_its_consequences():
    """Manual mode processes events strictly in time order and waits for all webhooks at each instant."""

    async def story(box: Box) -> None:
        box.says("/voice", "<Pause length='1'/><Redirect>/voice</Redirect>")
        await box.dials_in()
        await box.advance(0.5)
        await box.dials_in()
        await box.advance(10)
        moments = [one.at_ms - START_MS for one in box.heard]
        assert moments == sorted(moments)
        assert moments == sorted([n * 1000 for n in range(11)] + [500 + n * 1000 for n in range(11)])

    play(story)


def test_a_clock_that_runs_by_itself_is_not_moved_by_hand():
    """4xx that say what was found and what is accepted."""

    async def story(box: Box) -> None:
        assert (await box.control("POST", "/clock", {"rate": 20}, status=200))["mode"] == "fast"
        assert "by itself" in (await box.control("POST", "/clock", {"advance_s": 1}, status=409))["error"]
        assert (await box.control("POST", "/clock", {"mode": "manual"}, status=200))["mode"] == "manual"
        for bad in ({"advance_s": "soon"}, {"advance_s": -1}, {"mode": "slow"}, {}):
            assert (await box.control("POST", "/clock", bad, status=400))["error"]

    play(story)


def test_a_fast_clock_carries_a_call_through_by_itself():
    """Sped up by a rate."""

    async def story(box: Box) -> None:
        box.says("/voice", "<Pause length='60'/><Say>A minute later</Say>")
        told = await box.control("POST", "/calls", {"from": JOE, "to": CENTER})
        while (await box.leg(told["sid"]))["status"] != "completed":
            await asyncio.sleep(0.02)
        leg = await box.leg(told["sid"])
        assert 60_000 <= leg["ended_ms"] - leg["answered_ms"] < 90_000

    play(story, manual=False, rate=500)


def test_equal_seeds_give_equal_names():
    """Deterministic SIDs by seed."""
    seen = []

    async def story(box: Box) -> None:
        box.says("/voice", "<Hangup/>")
        seen.append(await box.dials_in())

    play(story, seed=3)
    play(story, seed=3)
    play(story, seed=4)
    assert seen[0] == seen[1] != seen[2]


def test_a_phone_without_a_script_is_answered_and_declined_by_hand():
    """POST /control/legs/{sid}/answer | decline; 409 with a reason when the state does not allow it."""

    async def story(box: Box) -> None:
        form = {"To": ANA, "From": CENTER, "Url": box.says("/x", "<Pause length='5'/>")}
        sid = (await box.rest("POST", "/Calls.json", **form))["sid"]
        assert "queued" in (await box.control("POST", f"/legs/{sid}/answer", status=409))["error"]
        await box.advance(1)
        assert (await box.control("GET", f"/phones/{ANA}"))["legs"][0]["ringing"] is True
        await box.do(sid, "digits", {"digits": "1"}, status=409)
        await box.do(sid, "answer")
        assert (await box.leg(sid))["status"] == "in-progress"
        other = (await box.rest("POST", "/Calls.json", **form))["sid"]
        await box.advance(1)
        await box.do(other, "decline")
        assert (await box.leg(other))["status"] == "busy"

    play(story)


def test_events_begin_with_a_snapshot_and_tell_what_is_heard():
    """Server-sent events: the first is a snapshot; then ring, answered, caption, doing, hangup."""

    async def story(box: Box) -> None:
        box.says("/voice", "<Say>Hello Joe</Say>")
        async with box.session.get(f"{box.url}/control/phones/{JOE}/events") as stream:
            first = json.loads((await stream.content.readuntil(b"\n\n")).removeprefix(b"data: "))
            assert (first["type"], first["legs"]) == ("snapshot", [])
            await box.dials_in()
            await box.advance(2)
            seen: list[dict[str, Any]] = []
            while not seen or seen[-1]["type"] != "hangup":
                seen.append(json.loads((await stream.content.readuntil(b"\n\n")).removeprefix(b"data: ")))
        assert [one["type"] for one in seen if one["type"] != "doing"] == [
            "ring", "caption", "answered", "caption", "hangup"]
        assert next(one for one in seen if one.get("kind") == "say")["text"] == "Hello Joe"

    play(story)


def test_a_script_that_is_not_understood_is_refused_in_words():
    """Errors say what was found and what is accepted."""

    async def story(box: Box) -> None:
        for script in ({"mood": "good"}, {"keys": [{"digits": "1"}]}, "asleep"):
            told = await box.control("POST", "/people", {"number": ANA, "script": script}, status=400)
            assert "found" in told["error"]
        assert CENTER in (await box.control("POST", "/calls", {"from": JOE, "to": ANA}, status=404))["error"]

    play(story)


def test_reset_forgets_calls_and_people_but_not_numbers():
    """POST /control/reset clears calls, queues, conferences, people, log (not numbers or bins)."""

    async def story(box: Box) -> None:
        box.says("/voice", "<Enqueue>line</Enqueue>")
        await box.dials_in()
        await box.control("POST", "/reset", status=200)
        assert (await box.rest("GET", "/Calls.json"))["calls"] == []
        assert (await box.rest("GET", "/Queues.json"))["queues"] == []
        assert len((await box.rest("GET", "/IncomingPhoneNumbers.json"))["incoming_phone_numbers"]) == 1
        await box.dials_in()
        assert len((await box.rest("GET", "/Calls.json"))["calls"]) == 1

    play(story)


def test_reset_can_go_back_to_an_instant_if_the_clock_is_moved_by_hand():
    """POST /control/reset {"now_ms"} makes it that instant; refused while the clock runs by itself."""

    async def story(box: Box) -> None:
        await box.advance(3600)
        await box.control("POST", "/reset", {"now_ms": START_MS}, status=200)
        assert (await box.control("GET", "/clock"))["now_ms"] == START_MS
        assert "now_ms" in (await box.control("POST", "/reset", {"now_ms": "noon"}, status=400))["error"]
        await box.dials_in()
        assert box.heard[-1].at_ms == START_MS
        await box.control("POST", "/clock", {"mode": "real"}, status=200)
        assert "now_ms" in (await box.control("POST", "/reset", {"now_ms": START_MS}, status=409))["error"]
        assert len((await box.rest("GET", "/Calls.json"))["calls"]) == 1, "what is refused forgets nothing"

    play(story)


def test_a_moved_clock_tells_whether_all_is_at_rest():
    """POST /control/clock answers with the words of GET /control/settled too."""

    async def story(box: Box) -> None:
        await box.dials_in()
        told = await box.control("POST", "/clock", {"advance_s": 1}, status=200)
        assert told == {**(await box.control("GET", "/settled")), **(await box.control("GET", "/clock"))}
        assert (told["settled"], told["now_ms"], told["exchanges"] > 0) == (True, START_MS + 1000, True)

    play(story)


def test_the_phone_page_comes_with_a_strict_policy():
    """`GET /` serves the page, with `default-src 'self'`."""

    async def story(box: Box) -> None:
        async with box.session.get(box.url + "/") as page:
            assert page.status == 200
            assert page.headers["Content-Security-Policy"].startswith("default-src 'self';")
        async with box.session.get(box.url + "/static/phone.js") as script:
            assert script.status == 200
            assert "Content-Security-Policy" in script.headers

    play(story)


def test_the_log_holds_webhooks_and_rest_requests_in_order():
    """GET /control/log?since=N."""

    async def story(box: Box) -> None:
        box.says("/voice", "<Hangup/>")
        await box.dials_in()
        await box.rest("GET", "/Calls.json")
        told = await box.control("GET", "/log")
        assert [one["kind"] for one in told["entries"]] == ["webhook", "rest"]
        assert told["entries"][0]["status"] == 200
        assert (await box.control("GET", f"/log?since={told['next']}"))["entries"] == []

    play(story)
