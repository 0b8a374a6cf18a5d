"""REST: Calls with their notifications and recordings."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from emulator import rest, shapes
from emulator.exchange import Exchange
from emulator.leg import Leg, Redirected, Settings, Source
from emulator.numbering import normal
from emulator.rest import ApiError, exchange_of
from emulator.verbs import Callback

INLINE_LIMIT = 4000
# The carrier's magic numbers: 5005550001 and its kin cannot be called.
MAGIC = {"+15005550001": (21217, "is not a valid phone number"), "+15005550002": (21214, "cannot be reached"),
         "+15005550003": (21215, "lies in a region without permission"), "+15005550004": (21216, "is blocked")}
EVENTS = frozenset({"initiated", "ringing", "answered", "completed"})
STATUSES = ("canceled", "completed")


def routes() -> list[web.RouteDef]:
    """The addresses of this part."""
    base = rest.ACCOUNT + "/Calls"
    one = base + "/{sid}"
    return [web.post(base + ".json", create), web.get(base + ".json", list_calls),
            web.get(one + ".json", fetch), web.post(one + ".json", update), web.delete(one + ".json", delete),
            web.get(one + "/Notifications.json", notifications),
            web.get(one + "/Notifications/{notification}.json", notification),
            web.get(one + "/Recordings.json", recordings)]


def leg_of(request: web.Request) -> Leg:
    """The call named in the address. Raises 404."""
    leg = exchange_of(request).legs.get(request.match_info["sid"])
    if leg is None or leg.deleted:
        raise rest.not_found(request)
    return leg


async def create(request: web.Request) -> web.Response:
    """Has a phone rung."""
    form, exchange = await rest.form_of(request), exchange_of(request)
    to = callable_number(form)
    from_ = rest.check_from(form, exchange)
    source = source_of(form)
    if source is None:
        raise ApiError(400, 21205, "Url parameter is required")
    leg = exchange.placing.call(from_, to, call_settings(form), source)
    return rest.created(shapes.call_row(leg))


def callable_number(form: Any) -> str:
    """Whom to call. Raises ApiError for what is no number and for the carrier's magic numbers."""
    to = rest.check_to(form)
    if to in MAGIC:
        code, why = MAGIC[to]
        raise ApiError(400, code, f"The 'To' number {to} {why}")
    return to


def source_of(form: Any) -> Source | None:
    """The document a request names; an address beats inline words."""
    url = rest.check_url(form.get("Url"), 21205, "Url")
    if url:
        return Source(url, rest.check_method(form.get("Method")))
    words = form.get("Twiml")
    if words and len(words) > INLINE_LIMIT:
        raise ApiError(400, 32018, f"Twiml is longer than {INLINE_LIMIT} characters")
    return Source(twiml=words) if words else None


def call_settings(form: Any) -> Settings:
    """Everything else a new call is told."""
    if len(form.get("SendDigits", "")) > 32:
        raise ApiError(400, 21206, "SendDigits is longer than 32 characters")
    return Settings(
        fallback_url=rest.check_url(form.get("FallbackUrl"), 21205, "FallbackUrl"),
        fallback_method=rest.check_method(form.get("FallbackMethod")),
        callback=callback_of(form, "StatusCallback", EVENTS, "completed"),
        ring_timeout=rest.check_whole(form, "Timeout", 60, 1, 600),
        time_limit=rest.check_whole(form, "TimeLimit", 14400, 1, 86400),
        send_digits=form.get("SendDigits"), record=rest.check_flag(form, "Record", False),
        recording_callback=callback_of(form, "RecordingStatusCallback",
                                       frozenset({"in-progress", "completed", "absent"}), "completed"),
        machine_detection=_detection(form), async_amd=rest.check_flag(form, "AsyncAmd", False),
        amd_callback=callback_of(form, "AsyncAmdStatusCallback", frozenset(), ""))


def _detection(form: Any) -> str | None:
    kind = form.get("MachineDetection")
    if kind not in (None, "", "Enable", "DetectMessageEnd"):
        raise ApiError(400, 21234, f"Invalid MachineDetection: {kind}")
    return None if form.get("SendDigits") else kind or None


def callback_of(form: Any, name: str, accepted: frozenset[str], default: str) -> Callback | None:
    """A callback address with its Method and (repeated) Event fields. Raises ApiError."""
    url = rest.check_url(form.get(name), 21609, name)
    if not url:
        return None
    events = frozenset(word for one in form.getall(f"{name}Event", []) for word in one.split())
    if not events <= accepted:
        raise ApiError(400, 21626, f"Invalid {name}Event; accepted are {', '.join(sorted(accepted))}")
    return Callback(url, rest.check_method(form.get(f"{name}Method")), events or frozenset(default.split()))


async def list_calls(request: web.Request) -> web.Response:
    """The calls that pass the filters, newest first."""
    legs = [leg for leg in exchange_of(request).legs.values() if not leg.deleted and _passes(leg, request.query)]
    return rest.page(request, "calls", (shapes.call_row(leg) for leg in reversed(legs)))


def _passes(leg: Leg, query: Any) -> bool:
    same = (("To", leg.to), ("From", leg.from_))
    if any(query.get(key) and normal(query[key]) != value for key, value in same):
        return False
    if query.get("Status", leg.status) != leg.status:
        return False
    if query.get("ParentCallSid") and (leg.parent is None or leg.parent.sid != query["ParentCallSid"]):
        return False
    return in_time(query, "StartTime", leg.answered_ms) and in_time(query, "EndTime", leg.ended_ms)


def in_time(query: Any, name: str, at_ms: int | None) -> bool:
    """Whether a moment passes the filters `name`, `name<` and `name>` (dates or ISO 8601 times, UTC)."""
    asked = [(sign, _moment(query[name + sign])) for sign in ("", "<", ">") if query.get(name + sign)]
    return not asked or (at_ms is not None and all(_compares(at_ms, sign, day) for sign, day in asked))


def _compares(at_ms: int, sign: str, day_ms: int) -> bool:
    if sign == "":
        return day_ms <= at_ms < day_ms + 86_400_000
    return at_ms <= day_ms if sign == "<" else at_ms >= day_ms


def _moment(text: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as bad:
        raise ApiError(400, 20001, f"Not a date: {text}") from bad
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)


async def fetch(request: web.Request) -> web.Response:
    """One call."""
    return rest.fetched(shapes.call_row(leg_of(request)))


async def update(request: web.Request) -> web.Response:
    """Moves a live call to another document, ends it, or changes its callbacks."""
    leg, form = leg_of(request), await rest.form_of(request)
    source, status = source_of(form), form.get("Status")
    if status and status not in STATUSES:
        raise ApiError(400, 21218 if not status else 20001, f"Invalid Status: {status}")
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
        settings.callback = callback_of(form, "StatusCallback", EVENTS, "completed")
    if form.get("TimeLimit"):
        leg.limit_to(rest.check_whole(form, "TimeLimit", 14400, 1, 86400))


async def delete(request: web.Request) -> web.Response:
    """Forgets an ended call."""
    leg = leg_of(request)
    if leg.live:
        raise ApiError(409, 20009, "Cannot delete a call that is still in progress")
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
            body = {**shapes.notification_row(exchange, one), "request_variables": "", "response_body": "",
                    "response_headers": ""}
            return rest.fetched(body)
    raise rest.not_found(request)


async def recordings(request: web.Request) -> web.Response:
    """The recordings of a call."""
    exchange, leg = exchange_of(request), leg_of(request)
    return rest.page(request, "recordings", (shapes.call_recording_row(exchange, one)
                                             for one in _recordings_of(exchange, leg)))


def _recordings_of(exchange: Exchange, leg: Leg) -> list[Any]:
    return [one for one in exchange.recordings.all.values() if one.call_sid == leg.sid and not one.deleted]
