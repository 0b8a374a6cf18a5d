"""The REST API as XML: what the carrier answers at addresses without `.json`, as older code and shell scripts ask.

Made out of the JSON answers: the same resources and errors, names in camel case, addresses without `.json`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from aiohttp import web

ENVELOPE = ("page", "page_size", "start", "end", "uri", "first_page_uri", "next_page_uri", "previous_page_uri")


def with_other_suffixes(routes: Iterable[web.RouteDef]) -> list[web.RouteDef]:
    """The twins of the routes that end in `.json`; they match only what none of those matched."""
    stems = [(one, one.path.removesuffix(".json")) for one in routes if one.path.endswith(".json")]
    return [web.RouteDef(one.method, stem + suffix, one.handler, one.kwargs)
            for suffix in (".xml", "") for one, stem in stems]


def as_asked(request: web.Request, response: web.StreamResponse) -> web.StreamResponse:
    """The answer itself, or as XML if the address asks for it."""
    if request.path.endswith(".json") or not isinstance(response, web.Response) \
            or response.content_type != "application/json" or not response.text:
        return response
    response.text = xml_of(json.loads(response.text), request.path)
    response.content_type = "application/xml"
    return response


def xml_of(body: dict[str, Any], path: str) -> str:
    """A resource, a list or an error; what a resource is called follows from its address."""
    root = Element("TwilioResponse")
    if {"code", "message", "status"} == body.keys() - {"more_info"}:
        _fill(SubElement(root, "RestException"), body)
        return _written(root)
    for name, value in body.items():
        if isinstance(value, list) and "page_size" in body:
            _fill_list(SubElement(root, _camel(name), _attributes(body)), value)
            return _written(root)
    _fill(SubElement(root, _resource(path)), body)
    return _written(root)


def _written(root: Element) -> str:
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode")


def _camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


def _resource(path: str) -> str:
    """Collections and names alternate in an address: `Calls`, `CA...`, `Recordings`, `RE...`."""
    collection = path.removesuffix(".xml").split("/")[2:][::2][-1]
    return {"Members": "QueueMember"}.get(collection, collection.removesuffix("s"))


def _attributes(body: dict[str, Any]) -> dict[str, str]:
    return {name.replace("_", ""): "" if body[name] is None else str(body[name]) for name in ENVELOPE if name in body}


def _fill_list(parent: Element, rows: list[Any]) -> None:
    for row in rows:
        _fill(SubElement(parent, parent.tag.removesuffix("s")), row)


def _fill(parent: Element, value: Any) -> None:
    if isinstance(value, dict):
        for name, inner in value.items():
            _fill(SubElement(parent, _camel(name)), inner)
    elif isinstance(value, list):
        _fill_list(parent, value)
    elif value is not None:
        parent.text = _words(value)


def _words(value: Any) -> str:
    """A value as XML can carry it: without control characters, booleans in small letters."""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    text = "".join(letter for letter in text if letter >= " " or letter in "\t\n\r")
    return text.removesuffix(".json") if text.startswith("/2010-04-01/") else text
