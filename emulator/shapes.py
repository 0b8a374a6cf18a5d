"""How the REST API writes each kind of resource."""

from __future__ import annotations

from typing import Any

from emulator.clock import rfc2822, rfc2822_or_none
from emulator.conferences import Conference, Participant
from emulator.exchange import Exchange
from emulator.leg import Leg
from emulator.numbering import is_e164
from emulator.params import API_VERSION
from emulator.queues import Entry, Queue
from emulator.recordings import Recording, Transcription
from emulator.resources import Message, Notification
from emulator.texts import segments

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
        "price": None, "price_unit": "USD", "forwarded_from": dict(leg.extra).get("ForwardedFrom"),
        "group_sid": None, "caller_name": dict(leg.extra).get("CallerName"),
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
            "friendly_name": conference.friendly_name, "status": conference.status, "region": conference.region,
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
    return {"sid": message.sid, "account_sid": exchange.account_sid, "api_version": API_VERSION,
            "body": message.body if message.retained else "",
            "num_segments": str(segments(message.body)), "num_media": str(len(message.media)),
            "direction": message.direction, "from": message.from_ or None, "to": message.to,
            "status": message.status, "messaging_service_sid": message.service_sid, "error_code": message.error_code,
            "error_message": None, "price": None, "price_unit": "USD",
            "date_created": rfc2822(message.created_ms), "date_updated": rfc2822(message.updated_ms),
            "date_sent": rfc2822_or_none(message.sent_ms), "uri": f"{uri}.json",
            "subresource_uris": {"media": f"{uri}/Media.json"}}





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


def conference_recording_row(exchange: Exchange, one: Recording) -> Row:
    """A Recording as its conference lists it."""
    row = recording_row(exchange, one)
    for key in ("media_url", "subresource_uris"):
        del row[key]
    return {**row, "uri": f"{base_uri(exchange)}/Conferences/{one.conference_sid}/Recordings/{one.sid}.json"}


def transcription_row(exchange: Exchange, one: Transcription) -> Row:
    """A Transcription."""
    return {"sid": one.sid, "account_sid": exchange.account_sid, "api_version": API_VERSION,
            "recording_sid": one.recording.sid, "status": one.status, "transcription_text": one.text,
            "duration": str(one.recording.duration_s), "type": "fast", "price": None, "price_unit": "USD",
            "date_created": rfc2822(one.created_ms), "date_updated": rfc2822(one.updated_ms),
            "uri": f"{base_uri(exchange)}/Transcriptions/{one.sid}.json"}


def media_row(exchange: Exchange, message: Message, place: int) -> Row:
    """Something attached to a text; its SID follows from the message's."""
    sid = f"ME{message.sid[2:-2]}{place:02x}"
    at = rfc2822(message.created_ms)
    return {"sid": sid, "account_sid": exchange.account_sid, "parent_sid": message.sid, "content_type": "image/jpeg",
            "date_created": at, "date_updated": at,
            "uri": f"{base_uri(exchange)}/Messages/{message.sid}/Media/{sid}.json"}





def notification_row(exchange: Exchange, one: Notification) -> Row:
    """A Notification, of a call or of the account."""
    place = f"/Calls/{one.call_sid}" if one.call_sid else ""
    at = rfc2822(one.at_ms)
    return {"sid": one.sid, "account_sid": exchange.account_sid, "api_version": API_VERSION,
            "call_sid": one.call_sid, "error_code": str(one.code), "log": str(one.log),
            "message_text": one.message, "message_date": at, "date_created": at, "date_updated": at,
            "more_info": f"https://www.twilio.com/docs/errors/{one.code}", "request_method": one.method,
            "request_url": one.url,
            "uri": f"{base_uri(exchange)}{place}/Notifications/{one.sid}.json"}


def full_notification_row(exchange: Exchange, one: Notification) -> Row:
    """A Notification as it is shown alone."""
    return {**notification_row(exchange, one), "request_variables": "", "response_body": "", "response_headers": ""}
