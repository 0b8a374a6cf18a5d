"""Reads a TwiML document into verbs, and says by the carrier's error codes what is wrong with it."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET  # expat >= 2.4 bounds entity expansion; documents are <= 64 kB
from dataclasses import dataclass, field

from emulator.codes import NESTED, SCHEMA

VERBS: dict[str, frozenset[str]] = {
    "Say": frozenset({"voice", "language", "loop"}),
    "Play": frozenset({"loop", "digits"}),
    "Pause": frozenset({"length"}),
    "Gather": frozenset({
        "input", "action", "method", "timeout", "finishOnKey", "numDigits", "speechTimeout", "maxSpeechTime",
        "hints", "language", "speechModel", "profanityFilter", "partialResultCallback",
        "partialResultCallbackMethod", "bargeIn", "actionOnEmptyResult", "enhanced", "debug"}),
    "Record": frozenset({
        "action", "method", "timeout", "finishOnKey", "maxLength", "playBeep", "trim",
        "recordingStatusCallback", "recordingStatusCallbackMethod", "recordingStatusCallbackEvent",
        "transcribe", "transcribeCallback", "recordingConfigurationId"}),
    "Dial": frozenset({
        "action", "method", "timeout", "timeLimit", "hangupOnStar", "callerId", "record", "trim",
        "recordingTrack", "recordingStatusCallback", "recordingStatusCallbackMethod",
        "recordingStatusCallbackEvent", "answerOnBridge", "ringTone", "sequential", "referUrl", "referMethod",
        "callReason", "events", "recordingConfigurationId"}),
    "Enqueue": frozenset({"action", "method", "waitUrl", "waitUrlMethod", "workflowSid", "maxQueueSize"}),
    "Leave": frozenset(),
    "Redirect": frozenset({"method"}),
    "Hangup": frozenset(),
    "Reject": frozenset({"reason"}),
    "Sms": frozenset({"to", "from", "action", "method", "statusCallback"}),
    "Refer": frozenset({"action", "method"}),
}
DETECTION = frozenset({
    "machineDetection", "machineDetectionTimeout", "machineDetectionSpeechThreshold",
    "machineDetectionSpeechEndThreshold", "machineDetectionSilenceTimeout", "amdStatusCallback",
    "amdStatusCallbackMethod"})
CALLED = frozenset({"url", "method", "statusCallback", "statusCallbackMethod", "statusCallbackEvent"})
NOUNS: dict[str, frozenset[str]] = {
    "Number": CALLED | DETECTION | {"sendDigits", "byoc", "phoneNumberSid"},
    "Client": CALLED,
    "Sip": CALLED | DETECTION | {"username", "password", "sendDigits"},
    "Queue": frozenset({"url", "method", "reservationSid", "postWorkActivitySid"}),
    "Conference": frozenset({
        "muted", "beep", "startConferenceOnEnter", "endConferenceOnExit", "participantLabel",
        "jitterBufferSize", "waitUrl", "waitMethod", "maxParticipants", "record", "region", "trim", "coach",
        "statusCallback", "statusCallbackMethod", "statusCallbackEvent", "recordingStatusCallback",
        "recordingStatusCallbackMethod", "recordingStatusCallbackEvent", "eventCallbackUrl"}),
    "Parameter": frozenset({"name", "value"}),
    "Task": frozenset({"priority", "timeout"}),
}
CHILDREN: dict[str, frozenset[str]] = {
    "Gather": frozenset({"Say", "Play", "Pause"}),
    "Dial": frozenset({"Number", "Client", "Sip", "Queue", "Conference"}),
    "Client": frozenset({"Identity", "Parameter"}),
    "Reject": frozenset({"Parameter"}),
    "Hangup": frozenset({"Parameter"}),
    "Enqueue": frozenset({"Task"}),
    "Refer": frozenset({"Sip", "ReferSip"}),
}
SSML = frozenset({"break", "emphasis", "lang", "p", "phoneme", "prosody", "s", "say-as", "sub", "w"})
_VERSION = re.compile(r"""^\s*<\?xml[^>]*?version\s*=\s*["']([^"']*)["']""")


class TwimlFault(Exception):
    """A document that cannot be executed; `code` is the carrier's error code."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


@dataclass(frozen=True)
class Notice:
    """Something the carrier would put into the debugger without stopping the call."""

    code: int
    message: str


@dataclass(frozen=True)
class Verb:
    """One element: a verb of a document, or a noun or prompt inside one."""

    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    text: str = ""
    children: tuple[Verb, ...] = ()


def parse(text: str | bytes) -> tuple[tuple[Verb, ...], tuple[Notice, ...]]:
    """The verbs to execute and the notices on what is skipped. Raises TwimlFault 11770 or 12100 to 12102."""
    if not text.strip():
        raise TwimlFault(11770, "Empty response body")
    root = root_of(text)
    notices: list[Notice] = []
    if root.text and root.text.strip():
        notices.append(Notice(SCHEMA, "Text outside of verbs is ignored"))
    return _known(root, frozenset(VERBS), notices), tuple(notices)


def root_of(text: str | bytes) -> ET.Element:
    """The Response element of a document. Raises TwimlFault 12100 to 12102."""
    _check_version(text)
    try:
        root = ET.fromstring(text.strip())  # noqa: S314 - see the import
    except (ET.ParseError, ValueError, LookupError) as broken:
        raise TwimlFault(12100, f"Document parse failure: {broken}") from broken
    if root.tag != "Response":
        raise TwimlFault(12102, f"The root element is {root.tag}, not Response")
    return root


def _check_version(text: str | bytes) -> None:
    head = text[:200].decode("latin-1") if isinstance(text, bytes) else text[:200]
    declared = _VERSION.match(head)
    if declared and declared[1] != "1.0":
        raise TwimlFault(12101, f"XML version {declared[1]} is not understood")


def _known(parent: ET.Element, allowed: frozenset[str], notices: list[Notice]) -> tuple[Verb, ...]:
    kept = []
    for element in parent:
        if element.tag in allowed:
            kept.append(_verb(element, notices))
        else:
            code = NESTED.get(parent.tag, SCHEMA)
            notices.append(Notice(code, f"<{element.tag}> is not understood inside <{parent.tag}>: skipped"))
    return tuple(kept)


def _verb(element: ET.Element, notices: list[Notice]) -> Verb:
    name = element.tag
    known = VERBS.get(name, NOUNS.get(name))
    if known is not None:
        notices.extend(Notice(SCHEMA, f"Attribute {key} is not allowed in <{name}>")
                       for key in element.attrib if key not in known)
    return Verb(name, dict(element.attrib), _text(element), _children(element, notices))


def _children(element: ET.Element, notices: list[Notice]) -> tuple[Verb, ...]:
    if element.tag == "Say":
        return tuple(Verb(child.tag, dict(child.attrib)) for child in element.iter()
                     if child is not element and _is_ssml(child, notices))
    return _known(element, CHILDREN.get(element.tag, frozenset()), notices)


def _is_ssml(child: ET.Element, notices: list[Notice]) -> bool:
    if child.tag not in SSML:
        notices.append(Notice(SCHEMA, f"<{child.tag}> is not understood inside <Say>: its words are spoken"))
    return child.tag in SSML


def _text(element: ET.Element) -> str:
    """What is said; of other verbs, the text before the first child."""
    if element.tag == "Say":
        return " ".join("".join(_spoken(element)).split())
    return (element.text or "").strip()


def _spoken(element: ET.Element) -> list[str]:
    """The words of a Say in order; a `sub` is spoken as its alias."""
    inner = [element.attrib["alias"]] if element.tag == "sub" and "alias" in element.attrib else [
        element.text or "", *(piece for child in element for piece in _spoken(child))]
    return [*inner, *([] if element.tag == "Say" else [element.tail or ""])]
