"""How the REST API writes each kind of resource."""

from __future__ import annotations

from typing import Any

from emulator.clock import rfc2822, rfc2822_or_none
from emulator.conferences import Conference, Participant
from emulator.exchange import Exchange, Message, Notification, PhoneNumber
from emulator.leg import Leg
from emulator.numbering import is_e164
from emulator.params import API_VERSION
from emulator.queues import Entry, Queue
from emulator.recordings import Recording

Row = dict[str, Any]
CALL_PARTS = {"notifications": "Notifications", "recordings": "Recordings", "payments": "Payments",
              "events": "Events", "siprec": "Siprec", "streams": "Streams",
              "transcriptions": "Transcriptions", "user_defined_messages": "UserDefinedMessages",
              "user_defined_message_subscriptions": "UserDefinedMessageSubscriptions"}


def base_uri(exchange: Exchange) -> str:
    """The account's folder."""
    return f"/{API_VERSION}/Accounts/{exchange.account_sid}"


def formatted(number: str) -> str:
    """A North American number as people write it; anything else unchanged."""
    if is_e164(number) and number.startswith("+1") and len(number) == 12:
        return f"({number[2:5]}) {number[5:8]}-{number[8:]}"
    return number


def call_row(leg: Leg) -> Row:
    """A Call."""
    uri = f"{base_uri(leg.exchange)}/Calls/{leg.sid}"
    ended = leg.ended_ms is not None
    return {
        "sid": leg.sid, "account_sid": leg.exchange.account_sid, "api_version": API_VERSION,
        "parent_call_sid": leg.parent.sid if leg.parent else None, "phone_number_sid": leg.number_sid,
        "to": leg.to, "to_formatted": formatted(leg.to), "from": leg.from_, "from_formatted": formatted(leg.from_),
        "status": leg.status, "direction": leg.direction, "answered_by": leg.answered_by,
        "start_time": rfc2822_or_none(leg.answered_ms or (leg.ended_ms if ended else None)),
        "end_time": rfc2822_or_none(leg.ended_ms), "duration": str(leg.duration_s()) if ended else None,
        "price": None, "price_unit": "USD", "forwarded_from": None, "group_sid": None, "caller_name": None,
        "queue_time": str(leg.queue_ms), "trunk_sid": None,
        "date_created": rfc2822(leg.created_ms), "date_updated": rfc2822(leg.updated_ms), "uri": f"{uri}.json",
        "subresource_uris": {key: f"{uri}/{part}.json" for key, part in CALL_PARTS.items()}}


def queue_row(exchange: Exchange, queue: Queue) -> Row:
    """A Queue."""
    return {"sid": queue.sid, "account_sid": exchange.account_sid, "friendly_name": queue.friendly_name,
            "current_size": len(queue.entries), "max_size": queue.max_size,
            "average_wait_time": queue.average_s(), "date_created": rfc2822(queue.created_ms),
            "date_updated": rfc2822(queue.updated_ms), "uri": f"{base_uri(exchange)}/Queues/{queue.sid}.json"}


def member_row(exchange: Exchange, entry: Entry) -> Row:
    """A member of a queue."""
    queue, sid = entry.queue, entry.leg.sid
    position = queue.entries.index(entry) + 1 if entry in queue.entries else 0
    return {"call_sid": sid, "queue_sid": queue.sid, "date_enqueued": rfc2822(entry.since_ms),
            "position": position, "wait_time": entry.seconds(),
            "uri": f"{base_uri(exchange)}/Queues/{queue.sid}/Members/{sid}.json"}


def conference_row(conference: Conference) -> Row:
    """A Conference."""
    uri = f"{base_uri(conference.exchange)}/Conferences/{conference.sid}"
    return {"sid": conference.sid, "account_sid": conference.exchange.account_sid, "api_version": API_VERSION,
            "friendly_name": conference.friendly_name, "status": conference.status, "region": "us1",
            "reason_conference_ended": conference.reason, "call_sid_ending_conference": conference.ending_sid,
            "date_created": rfc2822(conference.created_ms), "date_updated": rfc2822(conference.updated_ms),
            "uri": f"{uri}.json", "subresource_uris": {"participants": f"{uri}/Participants.json",
                                                       "recordings": f"{uri}/Recordings.json"}}


def participant_row(one: Participant) -> Row:
    """A Participant."""
    conference = one.conference
    uri = f"{base_uri(conference.exchange)}/Conferences/{conference.sid}/Participants/{one.leg.sid}.json"
    return {"account_sid": conference.exchange.account_sid, "call_sid": one.leg.sid, "label": one.label,
            "conference_sid": conference.sid, "muted": one.muted, "hold": one.hold, "coaching": one.coaching,
            "call_sid_to_coach": one.coached_sid, "end_conference_on_exit": one.end_on_exit,
            "start_conference_on_enter": one.start_on_enter, "status": _participant_status(one),
            "queue_time": str(one.leg.queue_ms), "date_created": rfc2822(one.created_ms),
            "date_updated": rfc2822(one.updated_ms), "uri": uri}


def _participant_status(one: Participant) -> str:
    if one.joined:
        return "connected" if one.leg.live else "complete"
    return {"queued": "queued", "ringing": "ringing", "in-progress": "connecting"}.get(one.leg.status, "failed")


def message_row(exchange: Exchange, message: Message) -> Row:
    """A Message."""
    uri = f"{base_uri(exchange)}/Messages/{message.sid}"
    segments = -(-len(message.body) // 153) if len(message.body) > 160 else 1
    return {"sid": message.sid, "account_sid": exchange.account_sid, "api_version": API_VERSION,
            "body": message.body, "num_segments": str(segments), "num_media": str(len(message.media)),
            "direction": message.direction, "from": message.from_ or None, "to": message.to,
            "status": message.status, "messaging_service_sid": message.service_sid, "error_code": None,
            "error_message": None, "price": None, "price_unit": "USD",
            "date_created": rfc2822(message.created_ms), "date_updated": rfc2822(message.updated_ms),
            "date_sent": rfc2822_or_none(message.sent_ms), "uri": f"{uri}.json",
            "subresource_uris": {"media": f"{uri}/Media.json"}}


def number_row(exchange: Exchange, one: PhoneNumber) -> Row:
    """An IncomingPhoneNumber."""
    absent = ("address_sid", "identity_sid", "sms_application_sid", "trunk_sid", "voice_application_sid",
              "emergency_address_sid", "bundle_sid")
    return {"sid": one.sid, "account_sid": exchange.account_sid, "api_version": API_VERSION,
            "phone_number": one.number, "friendly_name": one.friendly_name, "beta": False,
            "capabilities": {"voice": True, "sms": True, "mms": False, "fax": False},
            "address_requirements": "none", "origin": "twilio", "status": "in-use", "type": "local",
            "voice_receive_mode": "voice", "emergency_status": "Inactive",
            "emergency_address_status": "unregistered", "voice_caller_id_lookup": one.voice_caller_id_lookup,
            "voice_url": one.voice_url, "voice_method": one.voice_method,
            "voice_fallback_url": one.voice_fallback_url, "voice_fallback_method": one.voice_fallback_method,
            "status_callback": one.status_callback, "status_callback_method": one.status_callback_method,
            "sms_url": one.sms_url, "sms_method": one.sms_method, "sms_fallback_url": one.sms_fallback_url,
            "sms_fallback_method": one.sms_fallback_method, "date_created": rfc2822(one.created_ms),
            "date_updated": rfc2822(one.updated_ms),
            "uri": f"{base_uri(exchange)}/IncomingPhoneNumbers/{one.sid}.json", **dict.fromkeys(absent)}


def recording_row(exchange: Exchange, one: Recording) -> Row:
    """A Recording."""
    uri = f"{base_uri(exchange)}/Recordings/{one.sid}"
    return {"sid": one.sid, "account_sid": exchange.account_sid, "api_version": API_VERSION,
            "call_sid": one.call_sid, "conference_sid": one.conference_sid, "status": one.status,
            "channels": one.channels, "source": one.source, "duration": str(one.duration_s),
            "error_code": None, "price": None, "price_unit": "USD", "encryption_details": None,
            "start_time": rfc2822(one.started_ms), "date_created": rfc2822(one.started_ms),
            "date_updated": rfc2822(one.updated_ms), "media_url": exchange.recordings.url(one),
            "uri": f"{uri}.json",
            "subresource_uris": {"add_on_results": f"{uri}/AddOnResults.json",
                                 "transcriptions": f"{uri}/Transcriptions.json"}}


def call_recording_row(exchange: Exchange, one: Recording) -> Row:
    """A Recording as its call lists it."""
    row = recording_row(exchange, one)
    for key in ("media_url", "subresource_uris"):
        del row[key]
    uri = f"{base_uri(exchange)}/Calls/{one.call_sid}/Recordings/{one.sid}.json"
    return {**row, "track": one.track, "uri": uri}


def notification_row(exchange: Exchange, one: Notification) -> Row:
    """A Notification of a call."""
    at = rfc2822(one.at_ms)
    return {"sid": one.sid, "account_sid": exchange.account_sid, "api_version": API_VERSION,
            "call_sid": one.call_sid, "error_code": str(one.code), "log": str(one.log),
            "message_text": one.message, "message_date": at, "date_created": at, "date_updated": at,
            "more_info": f"https://www.twilio.com/docs/errors/{one.code}", "request_method": one.method,
            "request_url": one.url,
            "uri": f"{base_uri(exchange)}/Calls/{one.call_sid}/Notifications/{one.sid}.json"}
