"""Names the carrier's code for every attribute that can be wrong, and says which codes are warnings.

Source: reference 2.5 and the carrier's public list of error codes. Whatever has no code of its own is 12200.
"""

from __future__ import annotations

SCHEMA = 12200
ATTRIBUTES: dict[str, dict[str, int]] = {
    "Say": {"loop": 13510, "voice": 13511},
    "Play": {"loop": 13410, "digits": 13430},
    "Pause": {"length": 13910},
    "Gather": {
        "finishOnKey": 13310, "method": 13312, "timeout": 13313, "numDigits": 13314, "input": 13326,
        "speechTimeout": 13327, "maxSpeechTime": 13328, "partialResultCallbackMethod": 13329, "hints": 13330,
        "language": 13331, "bargeIn": 13332, "profanityFilter": 13333, "speechModel": 13334,
        "actionOnEmptyResult": 13338},
    "Record": {
        "method": 13610, "timeout": 13611, "maxLength": 13612, "finishOnKey": 13613, "transcribe": 13614,
        "playBeep": 13616, "trim": 13699, "recordingStatusCallback": 13256, "recordingStatusCallbackEvent": 13621,
        "transcribeCallback": 13257},
    "Dial": {
        "method": 13210, "timeout": 13212, "hangupOnStar": 13213, "callerId": 13214, "timeLimit": 13216,
        "record": 13217, "sequential": 13218, "answerOnBridge": 13219, "ringTone": 13220, "recordingTrack": 13622,
        "recordingStatusCallback": 13256, "recordingStatusCallbackEvent": 13621},
    "Number": {"method": 13221, "sendDigits": 13222},
    "Client": {"method": 13221},
    "Sip": {"method": 13241, "username": 13249, "password": 13249},
    "Conference": {
        "muted": 13230, "endConferenceOnExit": 13231, "startConferenceOnEnter": 13232, "waitUrl": 13233,
        "waitMethod": 13234, "beep": 13235, "trim": 13239, "coach": 13240, "participantLabel": 16023,
        "recordingStatusCallback": 13256, "recordingStatusCallbackEvent": 13621},
    "Queue": {"method": 14210, "url": 14211, "reservationSid": 14215},
    "Enqueue": {"method": 14201, "waitUrl": 14202, "action": 14203, "waitUrlMethod": 14206, "workflowSid": 14220},
    "Redirect": {"method": 13710},
    "Reject": {"reason": 13810},
    "Sms": {"to": 14101, "from": 14102, "method": 14104, "statusCallback": 14105},
}
DETECTION = 21263  # any attribute whose name begins with machineDetection
NESTED = {"Gather": 13320, "Dial": 13215}  # an element that may not stand there
IN_GATHER = {"voice": 13321, "loop": 13322}
# Codes that stop the document: its verb cannot be executed as it stands.
FATAL = frozenset({13201, 14201, 14202, 14203, 14204, 14205, 14206, 14210, 14211, 14212, 14213, 14215, 14220})
_WARNINGS = frozenset([
    12200, 13000, *range(13210, 13224), 13226, 13230, *range(13232, 13238), *range(13241, 13247),
    *range(13248, 13257), *range(13310, 13325), *range(13326, 13336), 13410, 13430, *range(13510, 13522),
    *range(13610, 13621), 13622, 13699, 13710, 13805, 13810, 13910, *range(14101, 14107), *range(14108, 14112),
    14207, 15003, 16101, 16102, 20001, 21262, 21263])


def code_of(verb: str, attribute: str) -> int:
    """What a bad value of this attribute is called."""
    if attribute.startswith("machineDetection"):
        return DETECTION
    return ATTRIBUTES.get(verb, {}).get(attribute, SCHEMA)


def is_warning(code: int) -> bool:
    """Whether the debugger shows this as a warning; everything else is an error."""
    return code in _WARNINGS
