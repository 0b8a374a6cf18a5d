"""Reads the form in a request, whatever its bytes are: what is no form is an empty one.

The carrier accepts both kinds of forms that browsers and curl send; bytes that are not UTF-8 are replaced.
"""

from __future__ import annotations

from urllib.parse import parse_qsl

from aiohttp import web
from aiohttp.http import HttpProcessingError
from multidict import MultiDict, MultiDictProxy

PARTED = "multipart/form-data"
FORM = web.RequestKey("form", MultiDictProxy)
Fields = MultiDictProxy[str]


async def fields_of(request: web.Request) -> Fields:
    """The fields, each possibly repeated. Raises HTTPRequestEntityTooLarge."""
    if FORM not in request:
        pairs = await _parts(request) if request.content_type == PARTED else await _pairs(request)
        request[FORM] = MultiDictProxy(MultiDict(pairs))
    return request[FORM]


async def _pairs(request: web.Request) -> list[tuple[str, str]]:
    body = await request.read()
    if request.content_type != "application/x-www-form-urlencoded":
        return []
    return parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)


async def _parts(request: web.Request) -> list[tuple[str, str]]:
    """The fields of a form in parts; files do not count."""
    try:
        form = await request.post()
    except (ValueError, LookupError, AssertionError, RuntimeError, HttpProcessingError):
        return []
    return [(name, value) for name, value in form.items() if isinstance(value, str)]
