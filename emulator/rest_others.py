"""REST: IncomingPhoneNumbers, Messages and Recordings."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from emulator import rest, shapes
from emulator.exchange import Exchange, Message, PhoneNumber
from emulator.numbering import normal
from emulator.params import API_VERSION
from emulator.recordings import Recording, wav_bytes
from emulator.rest import ApiError, exchange_of
from emulator.rest_calls import in_time

BODY_LIMIT = 1600
SENT_MS, DELIVERED_MS = 500, 1500
ADDRESSES = {"VoiceUrl": "voice_url", "VoiceFallbackUrl": "voice_fallback_url", "StatusCallback": "status_callback",
             "SmsUrl": "sms_url", "SmsFallbackUrl": "sms_fallback_url"}
METHODS = {"VoiceMethod": "voice_method", "VoiceFallbackMethod": "voice_fallback_method",
           "StatusCallbackMethod": "status_callback_method", "SmsMethod": "sms_method",
           "SmsFallbackMethod": "sms_fallback_method"}


def routes() -> list[web.RouteDef]:
    """The addresses of this part."""
    numbers, messages, sounds = (f"{rest.ACCOUNT}/{name}" for name in
                                 ("IncomingPhoneNumbers", "Messages", "Recordings"))
    return [web.get(numbers + ".json", list_numbers), web.get(numbers + "/{sid}.json", fetch_number),
            web.post(numbers + "/{sid}.json", update_number), web.post(messages + ".json", create_message),
            web.get(messages + ".json", list_messages), web.get(messages + "/{sid}.json", fetch_message),
            web.get(sounds + ".json", list_recordings), web.get(sounds + "/{sid}.json", fetch_recording),
            web.delete(sounds + "/{sid}.json", delete_recording),
            web.get(sounds + "/{sid:RE[0-9a-f]+}", media), web.get(sounds + "/{sid:RE[0-9a-f]+}.{kind:wav|mp3}", media)]


async def list_numbers(request: web.Request) -> web.Response:
    """The account's numbers; `PhoneNumber` matches a part or a pattern with `*`."""
    exchange, wanted = exchange_of(request), request.query.get("PhoneNumber", "")
    name = request.query.get("FriendlyName")
    found = [one for one in exchange.numbers
             if wanted.strip("*+ ") in one.number and name in (None, "", one.friendly_name)]
    return rest.page(request, "incoming_phone_numbers", (shapes.number_row(exchange, one) for one in found))


def _number(request: web.Request) -> PhoneNumber:
    for one in exchange_of(request).numbers:
        if one.sid == request.match_info["sid"]:
            return one
    raise rest.not_found(request)


async def fetch_number(request: web.Request) -> web.Response:
    """One number."""
    return rest.fetched(shapes.number_row(exchange_of(request), _number(request)))


async def update_number(request: web.Request) -> web.Response:
    """Says what to do when the number is called."""
    one, form, exchange = _number(request), await rest.form_of(request), exchange_of(request)
    urls = {field: rest.check_url(form[key], 21402, key) for key, field in ADDRESSES.items() if key in form}
    methods = {field: rest.check_method(form[key]) for key, field in METHODS.items() if key in form}
    for field, value in {**urls, **methods}.items():
        setattr(one, field, value)
    one.friendly_name = form.get("FriendlyName", one.friendly_name)
    one.voice_caller_id_lookup = rest.check_flag(form, "VoiceCallerIdLookup", one.voice_caller_id_lookup)
    one.updated_ms = exchange.clock.now_ms()
    return rest.fetched(shapes.number_row(exchange, one))


async def create_message(request: web.Request) -> web.Response:
    """Sends a text."""
    form, exchange = await rest.form_of(request), exchange_of(request)
    message = _message(form, exchange)
    exchange.messages[message.sid] = message
    row = shapes.message_row(exchange, message)
    exchange.clock.call_in(SENT_MS, lambda: _progress(exchange, message, "sent"))
    exchange.clock.call_in(DELIVERED_MS, lambda: _progress(exchange, message, "delivered"))
    return rest.created(row)


def _message(form: Any, exchange: Exchange) -> Message:
    to = _receiver(form)
    service = form.get("MessagingServiceSid")
    from_ = "" if service and not form.get("From") else _sender(form, exchange)
    body, media = form.get("Body", ""), list(form.getall("MediaUrl", []))
    if not body and not media:
        raise ApiError(400, 21602, "Message body is required")
    if len(body) > BODY_LIMIT:
        raise ApiError(400, 21617, f"The message body is longer than {BODY_LIMIT} characters")
    callback = rest.check_url(form.get("StatusCallback"), 21609, "StatusCallback")
    now = exchange.clock.now_ms()
    status = "accepted" if service else "queued"
    return Message(exchange.mint.mint("MM" if media else "SM"), to, from_, body, now, now, status,
                   callback=callback, service_sid=service, media=media)


def _receiver(form: Any) -> str:
    if not form.get("To"):
        raise ApiError(400, 21604, "A 'To' phone number is required")
    return rest.check_to(form)


def _sender(form: Any, exchange: Exchange) -> str:
    if not form.get("From"):
        raise ApiError(400, 21603, "A 'From' phone number is required")
    number = normal(form["From"])
    if not exchange.own_number(number):
        raise ApiError(400, 21606, f"The 'From' phone number {number} cannot send messages for this account")
    return number


def _progress(exchange: Exchange, message: Message, status: str) -> None:
    message.status, message.updated_ms = status, exchange.clock.now_ms()
    message.sent_ms = message.sent_ms or message.updated_ms
    if message.callback:
        params = (("MessageSid", message.sid), ("SmsSid", message.sid), ("MessageStatus", status),
                  ("SmsStatus", status), ("To", message.to), ("From", message.from_),
                  ("AccountSid", exchange.account_sid), ("ApiVersion", API_VERSION))
        exchange.callbacks.send(message.callback, "POST", params, None)


async def list_messages(request: web.Request) -> web.Response:
    """The texts that pass the filters, newest first."""
    exchange, query = exchange_of(request), request.query
    found = [one for one in exchange.messages.values()
             if query.get("To", one.to) == one.to and query.get("From", one.from_) == one.from_
             and in_time(query, "DateSent", one.sent_ms)]
    return rest.page(request, "messages", (shapes.message_row(exchange, one) for one in reversed(found)))


async def fetch_message(request: web.Request) -> web.Response:
    """One text."""
    exchange = exchange_of(request)
    found = exchange.messages.get(request.match_info["sid"])
    if found is None:
        raise rest.not_found(request)
    return rest.fetched(shapes.message_row(exchange, found))


def _recording(request: web.Request) -> Recording:
    found = exchange_of(request).recordings.all.get(request.match_info["sid"])
    if found is None or found.deleted:
        raise rest.not_found(request)
    return found


async def list_recordings(request: web.Request) -> web.Response:
    """The recordings that pass the filters, newest first."""
    exchange, query = exchange_of(request), request.query
    found = [one for one in exchange.recordings.all.values()
             if not one.deleted and query.get("CallSid", one.call_sid) == one.call_sid
             and query.get("ConferenceSid", one.conference_sid) == one.conference_sid
             and in_time(query, "DateCreated", one.started_ms)]
    return rest.page(request, "recordings", (shapes.recording_row(exchange, one) for one in reversed(found)))


async def fetch_recording(request: web.Request) -> web.Response:
    """One recording."""
    return rest.fetched(shapes.recording_row(exchange_of(request), _recording(request)))


async def delete_recording(request: web.Request) -> web.Response:
    """Deletes a recording and its sound."""
    _recording(request).deleted = True
    return rest.deleted()


async def media(request: web.Request) -> web.Response:
    """The sound, once the recording is complete."""
    one = _recording(request)
    if one.status != "completed":
        raise rest.not_found(request)
    if request.match_info.get("kind") == "mp3":
        raise ApiError(404, 20404, "This carrier keeps WAV files only")
    return web.Response(body=wav_bytes(one), content_type="audio/x-wav")
