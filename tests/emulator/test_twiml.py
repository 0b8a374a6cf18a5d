"""Reading TwiML: what is accepted, what is skipped with a warning, what is refused."""

from __future__ import annotations

import pytest

from emulator.twiml import Notice, TwimlFault, parse
from emulator.verbs import read_dial, read_gather
from tests.resources import SHARED

# What this carrier does not execute; each is skipped with warning 12200 (see emulator/README.md).
NOT_EXECUTED = {"Connect", "Start", "Stop", "Pay", "Prompt", "Refer", "Sms", "Echo", "Queue", "Client", "Sip", "Sim",
                "Application", "WhatsApp", "Message", "Parameter", "Identity", "VirtualAgent", "Config", "Room",
                "Task", "Siprec", "Stream", "Conversation", "Autopilot"}


@pytest.mark.shared
def test_every_published_document_is_read_and_only_known_gaps_are_skipped():
    """Each of Twilio's published TwiML documents is accepted, or refused with the documented code."""
    documents = sorted((SHARED / "data" / "twilio" / "twiml").glob("*.twiml"))
    assert len(documents) == 73
    for document in documents:
        _, notices = parse(document.read_bytes())
        for notice in notices:
            assert notice.code == 12200
            assert any(f"<{name}>" in notice.message for name in NOT_EXECUTED) or "Attribute" in notice.message, (
                document.name, notice)


def test_names_are_case_sensitive():
    """Element and attribute names are case-sensitive; comments ignored."""
    verbs, notices = parse("<Response><!-- hi --><say>no</say><Say Voice='x'>yes</Say></Response>")
    assert [verb.text for verb in verbs] == ["yes"]
    assert [notice.code for notice in notices] == [12200, 12200]


@pytest.mark.parametrize(("text", "code"), [("<Response>", 12100), ("<a/>", 12102), (" ", 11770)])
def test_what_cannot_be_read_is_refused(text: str, code: int):
    """12100 parse failure, 12102 root, 11770 empty."""
    with pytest.raises(TwimlFault) as fault:
        parse(text)
    assert fault.value.code == code


def test_defaults_and_bad_values():
    """Defaults of 3.1; a bad value is noted and replaced by the default."""
    notices: list[Notice] = []
    gather = read_gather(parse("<Response><Gather timeout='soon' numDigits='4'/></Response>")[0][0], notices.append)
    assert (gather.timeout, gather.num_digits, gather.finish_on_key, gather.method, gather.keys, gather.speech) == (
        5, 4, "#", "POST", True, False)
    assert len(notices) == 1
    dial = read_dial(parse("<Response><Dial>+13125550161</Dial></Response>")[0][0], notices.append)
    assert (dial.timeout, dial.time_limit, dial.text, dial.action) == (30, 14400, "+13125550161", None)


def test_the_words_of_ssml_are_spoken_together():
    """Say with SSML children."""
    (say,), _ = parse("<Response><Say>One <emphasis>two</emphasis>\n three</Say></Response>")
    assert say.text == "One two three"
