"""Every kind of 2xx answer against Twilio's own description of its API."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

import pytest

from tests.emulator.box import ANA, CENTER, JOE, SID, Box, play
from tests.resources import SHARED

pytestmark = pytest.mark.shared
# Known false positives, by property: the description calls these absolute addresses, Twilio itself sends
# relative ones (its own examples fail in the same way).
RELATIVE = frozenset({"uri", "first_page_uri", "next_page_uri", "previous_page_uri"})


@cache
def description() -> Any:
    return json.loads((SHARED / "data" / "twilio" / "twilio_api_v2010.json").read_text())


def problems(method: str, path: str, status: int, body: Any) -> list[str]:
    """What an answer has that the description does not allow; relative list addresses are filtered."""
    from openapi_schema_validator import OAS30Validator, oas30_format_checker

    schema = schema_of(method, path, status)
    if schema is None:
        return [] if body is None else ["a body where none is described"]
    whole = {**schema, "components": description()["components"]}
    checker = OAS30Validator(whole, format_checker=oas30_format_checker)
    found = [error for error in checker.iter_errors(body) if not is_false_positive(error)]
    return [f"{'.'.join(map(str, error.path))}: {error.message}" for error in found] + unknown(schema, body)


def is_false_positive(error: Any) -> bool:
    if error.path and error.path[-1] == "reason_conference_ended" and error.instance is None:
        return True  # described in words as null while the conference runs, and null in Twilio's own examples
    return error.validator == "format" and error.validator_value == "uri" and error.path[-1] in RELATIVE


def unknown(schema: Any, body: Any) -> list[str]:
    """Properties the description does not know, and described ones that are missing."""
    schema = resolved(schema)
    wanted, given = set(schema.get("properties", {})), set(body)
    lists = [(name, rows) for name, rows in body.items() if isinstance(rows, list)]
    inner = [problem for name, rows in lists for row in rows
             for problem in unknown(schema["properties"][name]["items"], row)]
    return [f"unknown {name}" for name in given - wanted] + [f"missing {name}" for name in wanted - given] + inner


def resolved(schema: Any) -> Any:
    return description()["components"]["schemas"][schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema


def schema_of(method: str, path: str, status: int) -> Any:
    """The described schema of an answer; None where the description has no body. Fails for unknown addresses."""
    for template, operations in described_paths():
        if re.fullmatch(template, path) and method.lower() in operations:
            answer = operations[method.lower()]["responses"][str(status)]
            return answer.get("content", {}).get("application/json", {}).get("schema")
    raise AssertionError(f"{method} {path} is not described")


@cache
def described_paths() -> list[tuple[str, Any]]:
    paths = sorted(description()["paths"].items(), key=lambda one: one[0].count("{"))
    return [(re.sub(r"\{\w+\}", "[^/]+", path).replace(".json", r"\.json"), operations) for path, operations in paths]


async def checked(box: Box, method: str, path: str, status: int, **form: Any) -> Any:
    body = await box.rest(method, path, status=status, **form)
    full = f"/2010-04-01/Accounts/{SID}{path}"
    assert problems(method, full, status, body) == []
    return body


def test_calls_and_their_parts_are_written_as_described():
    """2xx answers validate against Twilio's description: Calls, Notifications, Recordings."""

    async def story(box: Box) -> None:
        box.says("/voice", "<Sing/><Record playBeep='false' timeout='3' action='/recorded'/>")
        box.says("/recorded", "<Pause length='60'/>")
        sid = await box.dials_in(plan={"speech": [{"after_s": 1, "text": "Hello there"}]})
        await checked(box, "GET", f"/Calls/{sid}.json", 200)
        await box.advance(10)
        await checked(box, "POST", "/Calls.json", 201, To=ANA, From=CENTER, Url=box.app_url + "/x")
        listed = await checked(box, "GET", "/Calls.json", 200, PageSize="1")
        assert listed["next_page_uri"]
        notice = (await checked(box, "GET", f"/Calls/{sid}/Notifications.json", 200))["notifications"][0]
        await checked(box, "GET", f"/Calls/{sid}/Notifications/{notice['sid']}.json", 200)
        recording = (await checked(box, "GET", f"/Calls/{sid}/Recordings.json", 200))["recordings"][0]
        await checked(box, "GET", "/Recordings.json", 200)
        await checked(box, "GET", f"/Recordings/{recording['sid']}.json", 200)
        await checked(box, "DELETE", f"/Recordings/{recording['sid']}.json", 204)
        await checked(box, "POST", f"/Calls/{sid}.json", 200, Status="completed")
        await checked(box, "DELETE", f"/Calls/{sid}.json", 204)

    play(story)


def test_queues_and_members_are_written_as_described():
    """2xx answers validate against Twilio's description: Queues and members."""

    async def story(box: Box) -> None:
        queue = (await checked(box, "POST", "/Queues.json", 201, FriendlyName="line"))["sid"]
        box.says("/voice", "<Enqueue>line</Enqueue>")
        await box.dials_in()
        await checked(box, "GET", "/Queues.json", 200)
        await checked(box, "GET", f"/Queues/{queue}.json", 200)
        await checked(box, "POST", f"/Queues/{queue}.json", 200, MaxSize="5")
        await checked(box, "GET", f"/Queues/{queue}/Members.json", 200)
        await checked(box, "GET", f"/Queues/{queue}/Members/Front.json", 200)
        refused = await box.rest("DELETE", f"/Queues/{queue}.json", status=400)
        assert refused["status"] == 400
        await checked(box, "POST", f"/Queues/{queue}/Members/Front.json", 200, Url=box.says("/out", "<Hangup/>"))
        await checked(box, "DELETE", f"/Queues/{queue}.json", 204)

    play(story)


def test_conferences_and_participants_are_written_as_described():
    """2xx answers validate against Twilio's description: Conferences and participants."""

    async def story(box: Box) -> None:
        box.says("/voice", "<Dial><Conference>ward</Conference></Dial>")
        joe = await box.dials_in()
        await box.control("POST", "/people", {"number": ANA, "script": {"answer_after_s": 1}})
        made = await checked(box, "POST", "/Conferences/ward/Participants.json", 201, To=ANA, From=CENTER)
        room = f"/Conferences/{made['conference_sid']}"
        await box.advance(2)
        await checked(box, "GET", "/Conferences.json", 200)
        await checked(box, "GET", f"{room}.json", 200)
        await checked(box, "GET", f"{room}/Participants.json", 200)
        await checked(box, "GET", f"{room}/Participants/{joe}.json", 200)
        await checked(box, "POST", f"{room}/Participants/{joe}.json", 200, Muted="true")
        await checked(box, "DELETE", f"{room}/Participants/{joe}.json", 204)
        ended = await checked(box, "POST", f"{room}.json", 200, Status="completed")
        assert ended["status"] == "completed"
        await checked(box, "GET", f"{room}.json", 200)

    play(story)


def test_numbers_and_messages_are_written_as_described():
    """2xx answers validate against Twilio's description: IncomingPhoneNumbers and Messages."""

    async def story(box: Box) -> None:
        found = await checked(box, "GET", "/IncomingPhoneNumbers.json", 200)
        number = f"/IncomingPhoneNumbers/{found['incoming_phone_numbers'][0]['sid']}.json"
        await checked(box, "GET", number, 200)
        await checked(box, "POST", number, 200, StatusCallback="http://127.0.0.1:9/x", FriendlyName="Center")
        sent = await checked(box, "POST", "/Messages.json", 201, To=JOE, From=CENTER, Body="Hello")
        await checked(box, "GET", f"/Messages/{sent['sid']}.json", 200)
        await box.advance(2)
        await checked(box, "GET", "/Messages.json", 200)

    play(story)


def test_the_check_itself_sees_what_is_wrong():
    """A validator that passes everything would prove nothing."""
    row = {"sid": "QU1", "current_size": "none", "surprise": 1}
    found = problems("GET", f"/2010-04-01/Accounts/{SID}/Queues/QU0.json", 200, row)
    assert any("sid" in one for one in found)
    assert any("current_size" in one for one in found)
    assert "unknown surprise" in found
    assert "missing uri" in found
