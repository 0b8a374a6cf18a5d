"""REST: Queues and their members."""

from __future__ import annotations

from aiohttp import web

from emulator import queues, rest, shapes
from emulator.leg import Redirected, Source
from emulator.queues import Entry, Queue
from emulator.rest import ApiError, exchange_of


def routes() -> list[web.RouteDef]:
    """The addresses of this part."""
    base = rest.ACCOUNT + "/Queues"
    one = base + "/{sid}"
    return [web.post(base + ".json", create), web.get(base + ".json", list_queues),
            web.get(one + ".json", fetch), web.post(one + ".json", update), web.delete(one + ".json", delete),
            web.get(one + "/Members.json", members), web.get(one + "/Members/{member}.json", fetch_member),
            web.post(one + "/Members/{member}.json", move_member)]


def _queue(request: web.Request) -> Queue:
    queue = exchange_of(request).queues.get(request.match_info["sid"])
    if queue is None:
        raise rest.not_found(request)
    return queue


def _name(raw: str | None) -> str:
    if not raw or len(raw) > queues.NAME_LIMIT:
        raise ApiError(400, 20001, "FriendlyName must have 1 to 64 characters")
    return raw


async def create(request: web.Request) -> web.Response:
    """A new queue."""
    form, exchange = await rest.form_of(request), exchange_of(request)
    name = _name(form.get("FriendlyName"))
    size = rest.check_whole(form, "MaxSize", queues.DEFAULT_SIZE, 1, 5000)
    if queues.queue_named(exchange, name):
        raise ApiError(400, 22003, "A queue with this FriendlyName exists already")
    return rest.created(shapes.queue_row(exchange, queues.make_queue(exchange, name, size)))


async def list_queues(request: web.Request) -> web.Response:
    """Every queue."""
    exchange = exchange_of(request)
    return rest.page(request, "queues", (shapes.queue_row(exchange, one) for one in exchange.queues.values()))


async def fetch(request: web.Request) -> web.Response:
    """One queue."""
    return rest.fetched(shapes.queue_row(exchange_of(request), _queue(request)))


async def update(request: web.Request) -> web.Response:
    """Renames or resizes a queue."""
    queue, form, exchange = _queue(request), await rest.form_of(request), exchange_of(request)
    if "FriendlyName" in form:
        queue.friendly_name = _name(form["FriendlyName"])
    queue.max_size = rest.check_whole(form, "MaxSize", queue.max_size, 1, 5000)
    queue.updated_ms = exchange.clock.now_ms()
    return rest.fetched(shapes.queue_row(exchange, queue))


async def delete(request: web.Request) -> web.Response:
    """Removes an empty queue."""
    queue = _queue(request)
    if queue.entries:
        raise ApiError(400, 22002, "The queue is not empty")
    del exchange_of(request).queues[queue.sid]
    return rest.deleted()


async def members(request: web.Request) -> web.Response:
    """Who waits, in order."""
    exchange, queue = exchange_of(request), _queue(request)
    return rest.page(request, "queue_members", (shapes.member_row(exchange, one) for one in queue.entries))


def _member(request: web.Request) -> Entry:
    queue, key = _queue(request), request.match_info["member"]
    if key == "Front" and queue.entries:
        return queue.entries[0]
    for entry in queue.entries:
        if entry.leg.sid == key:
            return entry
    raise rest.not_found(request)


async def fetch_member(request: web.Request) -> web.Response:
    """One who waits."""
    return rest.fetched(shapes.member_row(exchange_of(request), _member(request)))


async def move_member(request: web.Request) -> web.Response:
    """Takes a member out of the queue to another document."""
    entry, form = _member(request), await rest.form_of(request)
    url = rest.check_url(form.get("Url"), 21205, "Url")
    if not url:
        raise ApiError(400, 21205, "Url parameter is required")
    row = shapes.member_row(exchange_of(request), entry)
    source = Source(url, rest.check_method(form.get("Method")))
    entry.queue.leave(entry)
    entry.leg.interrupt(Redirected(source))
    return rest.fetched(row)
