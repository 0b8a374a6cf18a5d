"""Webhook forms as the carrier sends them."""

SID = "CA" + "1" * 32
JOE, CENTER = "+13125550142", "+13125550100"
RECORDING = "RE" + "2" * 32
RECORDING_URL = f"https://api.twilio.com/2010-04-01/Accounts/AC{'0' * 32}/Recordings/{RECORDING}"

STANDARD = {
    "CallSid": SID,
    "AccountSid": "AC" + "0" * 32,
    "From": JOE,
    "To": CENTER,
    "CallStatus": "in-progress",
    "ApiVersion": "2010-04-01",
    "Direction": "inbound",
    "FromCity": "",
    "SomethingNew": "the carrier adds fields without notice",
}


def form(**fields: str) -> dict[str, str]:
    """What every request carries, and these fields."""
    return {**STANDARD, **fields}
