"""Whatever a name holds, a document has exactly the verbs that were meant, and the carrier can read it."""

import re
from itertools import pairwise
from urllib.parse import urlsplit

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from emulator import nouns as emulator_nouns
from emulator import twiml as emulator_twiml
from emulator import verbs as emulator_verbs
from telephony import twiml
from tests.telephony.documents import (
    IN_QUEUE,
    OPERATOR,
    ORIGIN,
    SILENT,
    URLS,
    page,
    replies,
    root,
    spoken,
    verbs,
    words,
)

LONGEST_DOCUMENT = 64 * 1024  # bytes; beyond it the carrier answers 11750
ALLOWED_IN_QUEUE = {"Play", "Say", "Pause", "Hangup", "Redirect", "Leave", "Gather"}
ALLOWED_ALONE_IN_ROOM = {"Play", "Say", "Pause", "Redirect"}
HOSTILE = [
    "</Say><Dial>+19005550100</Dial><Say>",
    '"/><Redirect>http://example.org</Redirect>',
    "]]><Hangup/><![CDATA[",
    "<!DOCTYPE x [<!ENTITY a 'b'>]>&a;",
    "&lt;Dial&gt; & Söhne <Juan>",
    "<?xml version='1.0'?>",
    "<!-- ",
    "-->",
    "a\x00b\x0b\x1b[31m\x85\ufffe\uffff",
    "\ud800 lone",
    "\r\n\t",
]

anything = st.one_of(st.sampled_from(HOSTILE), st.text(st.characters(exclude_categories=[]), max_size=40))
names = st.lists(anything, min_size=1, max_size=3).map("".join)
kinds = sorted(replies(()))

MEANT = {
    "ask": ["Gather", "Gather/Say", "Redirect"],
    "ask for a number": ["Gather", "Gather/Say", "Redirect"],
    "ask for words": ["Gather", "Gather/Say", "Redirect"],
    "enter the queue": ["Say", "Enqueue"],
    "hold": ["Gather", "Gather/Say", "Gather/Play", "Redirect"],
    "connect": ["Say", "Dial", "Dial/Conference"],
    "connect operator": ["Say", "Dial", "Dial/Number"],
    "leave queue": ["Say", "Leave"],
    "take message": ["Say", "Record", "Redirect"],
    "hang up": ["Say", "Hangup"],
}


def every_document() -> dict[str, str]:
    """One document of every kind there is, by name."""
    phrases = (spoken("Hello."),)
    made = {name: twiml.render(reply, page()) for name, reply in {**replies(phrases), **SILENT}.items()}
    for name in IN_QUEUE:
        made[f"{name}, waiting"] = twiml.render(replies(phrases)[name], page(waiting=True))
    for waiting, clinician in ((False, False), (True, False), (False, True)):
        made[f"rescue, {waiting=}, {clinician=}"] = twiml.rescue(
            waiting=waiting, retry_url=URLS.turn(0, "again", waiting=waiting), clinician=clinician,
            operator=OPERATOR, recording_url=URLS.recording(),
        )  # fmt: skip
    made["room music"] = twiml.room_music(URLS)
    made["fallback, patient"] = twiml.fallback(operator=OPERATOR, clinician=False, urls=URLS)
    made["fallback, clinician"] = twiml.fallback(operator=OPERATOR, clinician=True, urls=URLS)
    return made


DOCUMENTS = every_document()


@settings(deadline=None)
@given(kind=st.sampled_from(kinds), name=names, waiting=st.booleans())
@example(kind="connect", name="".join(HOSTILE), waiting=False)
def test_a_name_adds_no_verb_and_takes_none(kind: str, name: str, waiting: bool) -> None:
    document = twiml.render(replies((spoken(f"Call of {name}."),))[kind], page(waiting=waiting))
    assert verbs(document) == MEANT[kind]
    parsed, notices = emulator_twiml.parse(document)
    assert [verb.name for verb in parsed] == [verb for verb in MEANT[kind] if "/" not in verb]
    assert notices == ()


@settings(deadline=None)
@given(name=names)
def test_a_name_is_said_as_it_is_written_but_for_what_no_document_can_hold(name: str) -> None:
    document = twiml.render(replies((spoken(f"Call of {name}."),))["hang up"], page())
    speakable = re.sub(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", " ", name)
    assert words(document)[0].split() == f"Call of {speakable}.".split()


@settings(deadline=None, max_examples=20)
@given(
    language=st.sampled_from(["en", "es"]),
    name=st.text(st.characters(exclude_categories=[]), min_size=900, max_size=1000),
)
@example(language="es", name="\U0010ffff" * 10000)
@example(language="en", name="&" * 10000)
def test_no_document_is_longer_than_the_carrier_reads(language: str, name: str) -> None:
    long = (spoken(name * 4), spoken(name * 4, language), spoken(name * 4), spoken(name * 4, language))
    for kind, reply in replies(long).items():
        document = twiml.render(reply, page())
        assert len(document.encode()) < LONGEST_DOCUMENT, kind
        assert set(verbs(document)) == set(MEANT[kind])
        assert sum(map(len, words(document))) <= twiml.LONGEST_SPEECH


@pytest.mark.parametrize("name", IN_QUEUE)
def test_only_what_the_queue_allows_is_said_in_it(name: str) -> None:
    document = DOCUMENTS[f"{name}, waiting"]
    assert {verb.split("/")[-1] for verb in verbs(document)} <= ALLOWED_IN_QUEUE


def test_a_rescue_in_the_queue_keeps_to_what_the_queue_allows() -> None:
    assert set(verbs(DOCUMENTS["rescue, waiting=True, clinician=False"])) <= ALLOWED_IN_QUEUE


def test_music_in_a_room_keeps_to_what_a_room_allows() -> None:
    assert set(verbs(DOCUMENTS["room music"])) <= ALLOWED_ALONE_IN_ROOM


@pytest.mark.parametrize("name", DOCUMENTS)
def test_silence_after_a_question_leads_on(name: str) -> None:
    """A document that ends after its Gather hangs up on whoever says nothing."""
    top = [element.tag for element in root(DOCUMENTS[name])]
    followers = [after for verb, after in pairwise([*top, "nothing"]) if verb == "Gather"]
    assert set(followers) <= {"Redirect"}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_emulator_reads_every_document_without_a_remark(name: str) -> None:
    parsed, notices = emulator_twiml.parse(DOCUMENTS[name])
    remarks = list(notices)
    readers = {
        "Gather": emulator_verbs.read_gather, "Record": emulator_verbs.read_record, "Dial": emulator_nouns.read_dial,
        "Enqueue": emulator_verbs.read_enqueue, "Number": emulator_nouns.read_number,
        "Conference": emulator_nouns.read_conference,
    }  # fmt: skip
    for verb in parsed:
        for element in (verb, *verb.children):
            if element.name in readers:
                readers[element.name](element, remarks.append)
    assert remarks == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_address_in_a_document_is_ours_and_absolute(name: str) -> None:
    """A leg that we moved has no document of its own against which a relative address could be read."""
    elements = list(root(DOCUMENTS[name]).iter())
    addresses = [value for element in elements for key, value in element.attrib.items() if key.lower().endswith(
        ("action", "url", "callback")
    )] + [element.text or "" for element in elements if element.tag in ("Redirect", "Play")]  # fmt: skip
    for address in addresses:
        parts = urlsplit(address)
        assert f"{parts.scheme}://{parts.netloc}" == ORIGIN
        assert parts.query == ""


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_document_is_shorter_than_the_carrier_reads(name: str) -> None:
    assert len(DOCUMENTS[name].encode()) < LONGEST_DOCUMENT
