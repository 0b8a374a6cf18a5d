"""Redirect, Hangup, Reject, Sms, Refer, and the verbs that this carrier leaves out.

Redirect: `method` POST, an address relative to the document, what follows is unreachable (13710). Hangup ends the call.
Reject: `reason` rejected or busy (13810); as the first verb it does not answer. Sms sends a text in passing (14101 to
14111). Refer is for SIP legs only (13801). Connect, Start, Stop and Pay are skipped with warning 12200.
"""

from __future__ import annotations

import pytest

from tests.emulator.box import CENTER, JOE, Box, play


def test_a_redirect_is_relative_to_its_document_and_nothing_follows_it():
    """method GET goes into the query; a bad method is 13710 and POST."""

    async def story(box: Box) -> None:
        first = "<Redirect method='GET'>second?x=1</Redirect><Say>No</Say>"
        box.exchange.numbers[0].voice_url = box.says("/a/first", first)
        box.says("/a/second", "<Redirect method='PUT'>../third</Redirect>")
        box.says("/third", "<Say>There</Say><Hangup/><Say>No</Say>")
        joe = await box.dials_in()
        await box.advance(2)
        assert [(one.path, one.method) for one in box.heard] == [("/a/first", "POST"), ("/a/second", "GET"),
                                                                 ("/third", "POST")]
        assert (box.heard[1].params["x"], await box.captions(joe), await box.codes(joe)) == ("1", ["There"], ["13710"])
        assert (await box.leg(joe))["status"] == "completed"

    play(story)


@pytest.mark.parametrize(("document", "status", "answered", "codes"), [
    ("<Reject/>", "no-answer", False, []), ("<Reject reason='busy'/>", "busy", False, []),
    ("<Reject reason='tired'/>", "no-answer", False, ["13810"]),
    ("<Say>Hello</Say><Reject reason='busy'/>", "completed", True, []),
    ("<Reject><Parameter name='why' value='late'/></Reject>", "no-answer", False, [])])
def test_reject_as_first_verb_does_not_answer(document: str, status: str, answered: bool, codes: list[str]):
    """Only as the first verb does it avoid answering."""

    async def story(box: Box) -> None:
        box.says("/voice", document)
        joe = await box.dials_in()
        await box.advance(1)
        leg = await box.leg(joe)
        assert (leg["status"], leg["answered_ms"] is not None, await box.codes(joe)) == (status, answered, codes)

    play(story)


def test_a_text_is_sent_in_passing():
    """Sms: to the caller from the number he called; the action is told, the statusCallback hears of its delivery."""

    async def story(box: Box) -> None:
        box.says("/voice", "<Sms statusCallback='/told' action='/next'>See you soon</Sms>")
        box.says("/next", "<Sms to='nobody'>x</Sms><Sms from='+13125550199'>x</Sms><Sms></Sms><Pause length='9'/>")
        box.says("/told", "")
        joe = await box.dials_in()
        await box.advance(3)
        sent = (await box.rest("GET", "/Messages.json"))["messages"]
        assert [(one["to"], one["from"], one["body"]) for one in sent] == [(JOE, CENTER, "See you soon")]
        assert box.asked("/next")[0]["SmsSid"] == sent[0]["sid"]
        assert [one["MessageStatus"] for one in box.asked("/told")] == ["sent", "delivered"]
        assert await box.codes(joe) == ["14101", "14108", "14103"]

    play(story)


@pytest.mark.parametrize(("verb", "code", "log"), [
    ("<Connect><Stream url='wss://x/'/></Connect>", "12200", "1"), ("<Pay/>", "12200", "1"),
    ("<Start><Stream url='wss://x/'/></Start>", "12200", "1"), ("<Stop/>", "12200", "1"),
    ("<Refer><Sip>sip:a@b.c</Sip></Refer>", "13801", "0")])
def test_what_is_left_out_is_refused_and_the_next_verb_follows(verb: str, code: str, log: str):
    """12200 is a warning, 13801 an error."""

    async def story(box: Box) -> None:
        box.says("/voice", f"{verb}<Say>Next</Say><Pause length='9'/>")
        joe = await box.dials_in()
        row = (await box.rest("GET", f"/Calls/{joe}/Notifications.json"))["notifications"][0]
        assert (row["error_code"], row["log"], await box.captions(joe)) == (code, log, ["Next"])

    play(story)
