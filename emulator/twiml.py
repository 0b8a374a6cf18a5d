"""Reads a TwiML document into verbs, and says by the carrier's error codes what is wrong with it."""

from __future__ import annotations

import xml.etree.ElementTree as ET  # expat >= 2.4 bounds entity expansion; documents are <= 64 kB
from dataclasses import dataclass, field

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
}
NOUNS: dict[str, frozenset[str]] = {
    "Number": frozenset({
        "sendDigits", "url", "method", "statusCallback", "statusCallbackMethod", "statusCallbackEvent", "byoc",
        "machineDetection", "machineDetectionTimeout", "machineDetectionSpeechThreshold",
        "machineDetectionSpeechEndThreshold", "machineDetectionSilenceTimeout", "amdStatusCallback",
        "amdStatusCallbackMethod"}),
    "Queue": frozenset({"url", "method", "reservationSid", "postWorkActivitySid"}),
    "Conference": frozenset({
        "muted", "beep", "startConferenceOnEnter", "endConferenceOnExit", "participantLabel",
        "jitterBufferSize", "waitUrl", "waitMethod", "maxParticipants", "record", "region", "trim", "coach",
        "statusCallback", "statusCallbackMethod", "statusCallbackEvent", "recordingStatusCallback",
        "recordingStatusCallbackMethod", "recordingStatusCallbackEvent", "eventCallbackUrl"}),
}
CHILDREN: dict[str, frozenset[str]] = {
    "Gather": frozenset({"Say", "Play", "Pause"}),
    "Dial": frozenset(NOUNS),
    "Reject": frozenset({"Parameter"}),
    "Hangup": frozenset({"Parameter"}),
    "Enqueue": frozenset({"Task"}),
    "Say": frozenset({"break", "emphasis", "lang", "p", "phoneme", "prosody", "s", "say-as", "sub", "w"}),
}


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
    """The verbs to execute and the notices on what is skipped. Raises TwimlFault 12100, 12102 or 11770."""
    if not text.strip():
        raise TwimlFault(11770, "Empty response body")
    root = _root(text)
    notices: list[Notice] = []
    if root.text and root.text.strip():
        notices.append(Notice(12200, "Text outside of verbs is ignored"))
    return _known(root, frozenset(VERBS), notices), tuple(notices)


def _root(text: str | bytes) -> ET.Element:
    try:
        root = ET.fromstring(text.strip())  # noqa: S314 - see the import
    except (ET.ParseError, ValueError, LookupError) as broken:
        raise TwimlFault(12100, f"Document parse failure: {broken}") from broken
    if root.tag != "Response":
        raise TwimlFault(12102, f"The root element is {root.tag}, not Response")
    return root


def _known(parent: ET.Element, allowed: frozenset[str], notices: list[Notice]) -> tuple[Verb, ...]:
    kept = []
    for element in parent:
        if element.tag in allowed:
            kept.append(_verb(element, notices))
        else:
            notices.append(Notice(12200, f"<{element.tag}> is not understood inside <{parent.tag}>: skipped"))
    return tuple(kept)


def _verb(element: ET.Element, notices: list[Notice]) -> Verb:
    name = element.tag
    known = VERBS.get(name) if name != "Queue" else NOUNS["Queue"]
    known = NOUNS.get(name) if known is None else known
    if known is not None:
        notices.extend(Notice(12200, f"Attribute {key} is not allowed in <{name}>")
                       for key in element.attrib if key not in known)
    return Verb(name, dict(element.attrib), _text(element), _children(element, notices))


def _children(element: ET.Element, notices: list[Notice]) -> tuple[Verb, ...]:
    if element.tag == "Say":
        return ()
    return _known(element, CHILDREN.get(element.tag, frozenset()), notices)


def _text(element: ET.Element) -> str:
    """What is said; of other verbs, the text before the first child."""
    if element.tag == "Say":
        return " ".join("".join(element.itertext()).split())
    return (element.text or "").strip()
