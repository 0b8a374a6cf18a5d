"""Reading TwiML: what is accepted, what is skipped with a warning, what is refused, and the published documents."""

from __future__ import annotations

from pathlib import Path

import pytest

from emulator.twiml import TwimlFault, parse
from tests.resources import SHARED

DOCUMENTS = SHARED / "data" / "twilio" / "twiml"
# Of the 73 published documents, by the beginning of their names: what is left out of each, with which code, and why.
# Every other document is accepted as it stands.
LEFT_OUT = {
    "application__dial-application-": (13215, "Application", "dialling another account's application"),
    "connect__": (12200, "Connect", "streams, rooms, virtual agents, conversations: media or other products"),
    "pay__": (12200, "Pay", "card payments"),
    "sim__sim-2": (13215, "Sim", "mobile SIM cards"),
    "stream__stream-1": (12200, "Start", "media streaming"),
    "transcription__transcription-stop": (12200, "Stop", "live transcription"),
    "transcription__": (12200, "Start", "live transcription"),
}


def published() -> list[Path]:
    return sorted(DOCUMENTS.glob("*.twiml"))


def expected(name: str) -> tuple[int, str] | None:
    """The longest beginning of a name decides."""
    rows = [(len(start), row) for start, row in LEFT_OUT.items() if name.startswith(start)]
    return max(rows)[1][:2] if rows else None


@pytest.mark.shared
def test_every_published_document_is_accepted_or_refused_with_the_documented_code():
    """Each of Twilio's published TwiML documents: the table above says which are not executed and why."""
    assert len(published()) == 73
    for document in published():
        _, notices = parse(document.read_bytes())
        told = [(notice.code, notice.message) for notice in notices]
        wanted = expected(document.name)
        if wanted is None:
            assert told == [], document.name
        else:
            code, verb = wanted
            assert {one for one, _ in told} == {code}, (document.name, told)
            assert all(f"<{verb}>" in message for _, message in told), (document.name, told)


@pytest.mark.shared
def test_the_table_names_no_document_that_does_not_exist():
    """A row that matches nothing would hide a document that is no longer refused."""
    names = [document.name for document in published()]
    assert [start for start in LEFT_OUT if not any(name.startswith(start) for name in names)] == []


def test_names_are_case_sensitive():
    """Element and attribute names are case-sensitive; comments ignored."""
    verbs, notices = parse("<Response><!-- hi --><say>no</say><Say Voice='x'>yes</Say></Response>")
    assert [verb.text for verb in verbs] == ["yes"]
    assert [notice.code for notice in notices] == [12200, 12200]


@pytest.mark.parametrize(("text", "code"), [
    ("<Response>", 12100), ("<a/>", 12102), (" ", 11770), ("<?xml version='2.0'?><Response/>", 12101),
    (b"\xff\xfe<", 12100), ("<Response/><Response/>", 12100)])
def test_what_cannot_be_read_is_refused(text: str | bytes, code: int):
    """12100 parse failure, 12101 version, 12102 root, 11770 empty."""
    with pytest.raises(TwimlFault) as fault:
        parse(text)
    assert fault.value.code == code


@pytest.mark.parametrize(("inside", "code"), [
    ("<Gather><Dial/></Gather>", 13320), ("<Dial><Say>x</Say></Dial>", 13215), ("<Sing/>", 12200),
    ("<Enqueue><Say/>x</Enqueue>", 12200), ("words", 12200), ("<Say><b>x</b></Say>", 12200)])
def test_what_may_not_stand_there_is_skipped_with_the_code_of_its_place(inside: str, code: int):
    """Nesting: 13320 in Gather, 13215 in Dial, elsewhere the schema warning 12200."""
    _, notices = parse(f"<Response>{inside}</Response>")
    assert [notice.code for notice in notices] == [code]


def test_the_words_of_ssml_are_spoken_together_and_a_substitute_as_its_alias():
    """Say with SSML children: break, emphasis, lang, p, phoneme, prosody, s, say-as, sub, w."""
    (say,), notices = parse("<Response><Say voice='Polly.Joanna'>One <emphasis>two</emphasis>\n "
                            "<sub alias='three'>3</sub> four</Say></Response>")
    assert (say.text, notices) == ("One two three four", ())
