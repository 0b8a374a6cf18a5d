"""REST: Messages and their media."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from emulator import rest, shapes
from emulator.exchange import Exchange
from emulator.numbering import normal
from emulator.resources import Message
from emulator.rest import ApiError, exchange_of
from emulator.rest_forms import in_time, moment_of

BODY_LIMIT = 1600
LONGEST_VALID_S = 36_000
SETTLED = frozenset({"delivered", "undelivered", "failed", "received", "canceled"})


def routes() -> list[web.RouteDef]:
    """The addresses of this part."""
    base = rest.ACCOUNT + "/Messages"
    one = base + "/{sid}"
    return [web.post(base + ".json", create), web.get(base + ".json", list_messages), web.get(one + ".json", fetch),
            web.post(one + ".json", update), web.delete(one + ".json", delete), web.get(one + "/Media.json", media)]


async def create(request: web.Request) -> web.Response:
    """Sends a text."""
    form, exchange = await rest.form_of(request), exchange_of(request)
    message = _message(form, exchange)
    row = shapes.message_row(exchange, message)
    exchange.texts.send(message)
    return rest.created(row)


def _message(form: Any, exchange: Exchange) -> Message:
    to = _receiver(form)
    service = form.get("MessagingServiceSid")
    from_ = "" if service and not form.get("From") else _sender(form, exchange)
    if exchange.texts.refused(from_, to):
        raise ApiError(400, 21610, "Attempt to send to unsubscribed recipient")
    body, media = form.get("Body", ""), list(form.getall("MediaUrl", []))
    _check_content(body, media)
    callback = rest.check_url(form.get("StatusCallback"), 21609, "StatusCallback")
    rest.check_whole(form, "ValidityPeriod", LONGEST_VALID_S, 1, LONGEST_VALID_S, 21624)
    retention = rest.check_choice(form, "ContentRetention", ("retain", "discard"), "retain")
    rest.check_choice(form, "AddressRetention", ("retain", "obfuscate"), "retain")
    send_at = _send_at(form, service)
    status = "scheduled" if send_at else "accepted" if service else "queued"
    message = exchange.texts.new(to, from_, body, media, "outbound-api", status)
    message.callback, message.service_sid, message.send_at_ms = callback, service, send_at
    message.retained = retention == "retain"
    return message


def _check_content(body: str, media: list[str]) -> None:
    if not body and not media:
        raise ApiError(400, 21602, "Message body is required")
    if len(body) > BODY_LIMIT:
        raise ApiError(400, 21617, f"The message body is longer than {BODY_LIMIT} characters")
    for url in media:
        rest.check_url(url, 21620, "MediaUrl")


def _send_at(form: Any, service: str | None) -> int | None:
    """When a scheduled text goes out; only a messaging service can schedule."""
    kind, at = form.get("ScheduleType"), form.get("SendAt")
    if not kind and not at:
        return None
    if kind != "fixed" or not at or not service:
        raise ApiError(400, 20001, "ScheduleType=fixed needs SendAt and MessagingServiceSid")
    return moment_of(at)


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


async def list_messages(request: web.Request) -> web.Response:
    """The texts that pass the filters, newest first."""
    exchange, query = exchange_of(request), request.query
    to, from_ = normal(query.get("To", "")), normal(query.get("From", ""))
    found = [one for one in exchange.messages.values()
             if not one.deleted and to in ("", one.to) and from_ in ("", one.from_)
             and in_time(query, "DateSent", one.sent_ms)]
    return rest.page(request, "messages", (shapes.message_row(exchange, one) for one in reversed(found)))


def _found(request: web.Request) -> Message:
    found = exchange_of(request).messages.get(request.match_info["sid"])
    if found is None or found.deleted:
        raise rest.not_found(request)
    return found


async def fetch(request: web.Request) -> web.Response:
    """One text."""
    return rest.fetched(shapes.message_row(exchange_of(request), _found(request)))


async def update(request: web.Request) -> web.Response:
    """Takes the words out of a text (an empty Body), or calls off one that is scheduled (Status=canceled)."""
    message, form, exchange = _found(request), await rest.form_of(request), exchange_of(request)
    if form.get("Status"):
        rest.check_choice(form, "Status", ("canceled",), "")
        if message.status != "scheduled":
            raise ApiError(400, 20001, f"A message that is {message.status} cannot be canceled")
        message.status = "canceled"
    if "Body" in form:
        if form["Body"]:
            raise ApiError(400, 20001, "Body can only be made empty")
        message.body = ""
    message.updated_ms = exchange.clock.now_ms()
    return rest.fetched(shapes.message_row(exchange, message))


async def delete(request: web.Request) -> web.Response:
    """Forgets a text that has been sent or received."""
    message = _found(request)
    if message.status not in SETTLED:
        raise ApiError(400, 20009, "Cannot delete a message before it is complete")
    message.deleted = True
    return rest.deleted()


async def media(request: web.Request) -> web.Response:
    """What is attached to a text."""
    exchange, message = exchange_of(request), _found(request)
    rows = [shapes.media_row(exchange, message, place) for place, _ in enumerate(message.media)]
    return rest.page(request, "media_list", rows)
