"""Enqueue, Leave, and Dial to a Queue.

Enqueue: `action` none, `method` POST, `waitUrl` the carrier's music (empty is silence), `waitUrlMethod` POST,
`workflowSid` (refused here), `maxQueueSize`; a name has 1 to 64 characters and its queue is made on demand. A wait
document may Say, Play, Pause, Hangup, Redirect, Leave and Gather. Bad values stop the document: 14201 to 14206; a full
queue is warning 14207. Leave goes on with the next verb after Enqueue, or its action. Queue in Dial: `url` and `method`
(heard by the queued caller), `reservationSid` (refused), 14210 to 14215.
"""

from __future__ import annotations

import pytest

from emulator.nouns import read_queue
from emulator.verbs import read_enqueue
from tests.emulator.box import ANA, CENTER, Box, play
from tests.emulator.verbs.reading import read, read_noun, values


def test_defaults():
    enqueue, codes = read(read_enqueue, "<Enqueue>line</Enqueue>")
    assert values(enqueue, "name action method wait_url wait_method max_size") == [
        "line", None, "POST", None, "POST", None]
    queue, more = read_noun(read_queue, "<Queue>line</Queue>")
    assert (values(queue, "name url method"), codes, more) == (["line", None, "POST"], [], [])


@pytest.mark.parametrize(("attributes", "field", "value"), [
    ("action='/x'", "action", "/x"), ("method='GET'", "method", "GET"), ("waitUrl=''", "wait_url", ""),
    ("waitUrl='/w'", "wait_url", "/w"), ("waitUrlMethod='GET'", "wait_method", "GET"),
    ("maxQueueSize='3'", "max_size", 3)])
def test_accepted_values(attributes: str, field: str, value: object):
    enqueue, codes = read(read_enqueue, f"<Enqueue {attributes}>line<Task>{{}}</Task></Enqueue>")
    assert (getattr(enqueue, field), codes) == (value, [])


@pytest.mark.parametrize(("element", "code"), [
    ("<Enqueue method='PUT'>line</Enqueue>", 14201), ("<Enqueue waitUrl='ftp://x'>line</Enqueue>", 14202),
    ("<Enqueue action='ftp://x'>line</Enqueue>", 14203), ("<Enqueue/>", 14204),
    (f"<Enqueue>{'x' * 65}</Enqueue>", 14205), ("<Enqueue waitUrlMethod='PUT'>line</Enqueue>", 14206),
    ("<Enqueue workflowSid='WW1'/>", 14220), ("<Dial><Queue method='PUT'>line</Queue></Dial>", 14210),
    ("<Dial><Queue url='ftp://x'>line</Queue></Dial>", 14211), ("<Dial><Queue/></Dial>", 14212),
    (f"<Dial><Queue>{'x' * 65}</Queue></Dial>", 14213),
    ("<Dial><Queue reservationSid='WR1'>line</Queue></Dial>", 14215)])
def test_values_that_stop_the_document_and_bring_the_fallback(element: str, code: int):
    """These are errors: the document cannot be executed, the fallback is asked with ErrorCode and ErrorUrl."""

    async def story(box: Box) -> None:
        box.exchange.numbers[0].voice_fallback_url = box.says("/fallback", "<Say>Sorry</Say><Pause length='9'/>")
        box.says("/voice", f"{element}<Say>Never</Say>")
        joe = await box.dials_in()
        told = box.asked("/fallback")[0]
        assert (told["ErrorCode"], told["ErrorUrl"]) == (str(code), box.app_url + "/voice")
        assert (await box.captions(joe), await box.codes(joe)) == (["Sorry"], [str(code)])

    play(story)


def test_a_maximum_of_the_verb_or_of_the_queue_sends_the_caller_on_at_once():
    """queue-full, warning 14207."""

    async def story(box: Box) -> None:
        box.says("/voice", "<Enqueue maxQueueSize='1' action='/after'>line</Enqueue>")
        box.says("/after", "<Pause length='9'/>")
        await box.dials_in()
        second = await box.dials_in()
        told = box.asked("/after")[0]
        assert (told["QueueResult"], "QueueSid" in told, await box.codes(second)) == ("queue-full", False, ["14207"])

    play(story)


def test_a_dial_to_a_queue_is_recorded_and_tells_of_the_queue():
    """record on a Dial to a queue; QueueSid and QueueTime with the action."""

    async def story(box: Box) -> None:
        box.says("/voice", "<Enqueue waitUrl=''>line</Enqueue>")
        await box.dials_in(plan={"hang_up_after_s": 20})
        box.says("/agent", "<Dial record='record-from-answer' action='/after'><Queue>line</Queue></Dial>")
        box.says("/after", "<Pause length='9'/>")
        await box.control("POST", "/people", {"number": ANA, "script": {"answer_after_s": 1}})
        await box.rest("POST", "/Calls.json", status=201, To=ANA, From=CENTER, Url=box.app_url + "/agent")
        await box.advance(25)
        told = box.asked("/after")[0]
        assert told["QueueSid"].startswith("QU")
        assert "/Recordings/RE" in told["RecordingUrl"]

    play(story)
