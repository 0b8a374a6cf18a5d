"""REST: Calls with their notifications and events."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from emulator import rest, shapes
from emulator.leg import Leg, Redirected, Source
from emulator.numbering import normal
from emulator.reader import CALL_EVENTS
from emulator.rest import ApiError, exchange_of
from emulator.rest_forms import callable_address, callback_of, in_time, shown_address, source_of, wish_of

STATUSES = ("canceled", "completed")


def routes() -> list[web.RouteDef]:
    """The addresses of this part."""
    base = rest.ACCOUNT + "/Calls"
    one = base + "/{sid}"
    return [web.post(base + ".json", create), web.get(base + ".json", list_calls),
            web.get(one + ".json", fetch), web.post(one + ".json", update), web.delete(one + ".json", delete),
            web.get(one + "/Notifications.json", notifications), web.get(one + "/Events.json", events),
            web.get(one + "/Notifications/{notification}.json", notification)]


def leg_of(request: web.Request) -> Leg:
    """The call named in the address. Raises 404."""
    leg = exchange_of(request).legs.get(request.match_info["sid"])
    if leg is None or leg.deleted:
        raise rest.not_found(request)
    return leg


async def create(request: web.Request) -> web.Response:
    """Has a phone rung."""
    form, exchange = await rest.form_of(request), exchange_of(request)
    to, from_ = callable_address(form), shown_address(form, exchange)
    wish = wish_of(form, exchange)
    return rest.created(shapes.call_row(exchange.placing.call(from_, to, wish.settings, wish.source)))


async def list_calls(request: web.Request) -> web.Response:
    """The calls that pass the filters, newest first."""
    legs = [leg for leg in exchange_of(request).legs.values() if not leg.deleted and _passes(leg, request.query)]
    return rest.page(request, "calls", (shapes.call_row(leg) for leg in reversed(legs)))


def _passes(leg: Leg, query: Any) -> bool:
    same = (("To", leg.to), ("From", leg.from_))
    if any(query.get(key) and normal(query[key]) != value for key, value in same):
        return False
    if (query.get("Status") or leg.status) != leg.status:
        return False
    if query.get("ParentCallSid") and (leg.parent is None or leg.parent.sid != query["ParentCallSid"]):
        return False
    return in_time(query, "StartTime", leg.answered_ms) and in_time(query, "EndTime", leg.ended_ms)


async def fetch(request: web.Request) -> web.Response:
    """One call."""
    return rest.fetched(shapes.call_row(leg_of(request)))


async def update(request: web.Request) -> web.Response:
    """Moves a live call to another document, ends it, or changes its callbacks."""
    leg, form = leg_of(request), await rest.form_of(request)
    source, status = source_of(form), form.get("Status")
    if status and status not in STATUSES:
        raise ApiError(400, 20001, f"Invalid Status: {status}; {' or '.join(STATUSES)} is accepted")
    if source or status:
        _check_state(leg, source, status)
    _change_settings(leg, form)
    if status:
        leg.end("completed" if leg.answered else "canceled", "application", 200 if leg.answered else 487)
    elif source:
        leg.touch()
        leg.interrupt(Redirected(source))
    return rest.fetched(shapes.call_row(leg))


def _check_state(leg: Leg, source: Source | None, status: str | None) -> None:
    if not leg.live:
        raise ApiError(400, 21220, "Call is not in-progress. Cannot redirect.")
    if status == "canceled" and leg.answered:
        raise ApiError(400, 21220, "Call is in-progress. Cannot cancel.")
    if source and not status and not leg.answered:
        raise ApiError(400, 21220, "Call is not in-progress. Cannot redirect.")


def _change_settings(leg: Leg, form: Any) -> None:
    settings = leg.settings
    if form.get("FallbackUrl"):
        settings.fallback_url = rest.check_url(form["FallbackUrl"], 21205, "FallbackUrl")
        settings.fallback_method = rest.check_method(form.get("FallbackMethod"))
    if form.get("StatusCallback"):
        settings.callback = callback_of(form, "StatusCallback", CALL_EVENTS, "completed")
    if form.get("TimeLimit"):
        leg.limit_to(rest.check_whole(form, "TimeLimit", 14400, 1, 86400))


async def delete(request: web.Request) -> web.Response:
    """Forgets an ended call."""
    leg = leg_of(request)
    if leg.live:
        raise ApiError(400, 21220, "Call is in progress. Cannot delete.")
    leg.deleted = True
    return rest.deleted()


async def notifications(request: web.Request) -> web.Response:
    """What went wrong in a call."""
    exchange, leg = exchange_of(request), leg_of(request)
    wanted = request.query.get("Log")
    found = [one for one in exchange.notifications
             if one.call_sid == leg.sid and wanted in (None, "", str(one.log))]
    return rest.page(request, "notifications", (shapes.notification_row(exchange, one) for one in reversed(found)))


async def notification(request: web.Request) -> web.Response:
    """One entry of the debugger."""
    exchange, leg = exchange_of(request), leg_of(request)
    for one in exchange.notifications:
        if one.sid == request.match_info["notification"] and one.call_sid == leg.sid:
            return rest.fetched(shapes.full_notification_row(exchange, one))
    raise rest.not_found(request)


async def events(request: web.Request) -> web.Response:
    """The requests made on behalf of a call, with what came back."""
    exchange, leg = exchange_of(request), leg_of(request)
    found = [one for one in exchange.journal.of_call(leg.sid) if one["kind"] == "webhook"]
    rows = ({"request": {"method": one["method"], "url": one["url"], "parameters": one["params"]},
             "response": {"response_code": one.get("status"), "request_duration": one.get("ms")}} for one in found)
    return rest.page(request, "events", rows)
