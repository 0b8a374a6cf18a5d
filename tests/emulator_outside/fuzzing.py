"""Generated requests against Calls, Queues, Conferences, Participants, Recordings and Messages: nothing undescribed.

    python -m tests.emulator_outside.fuzzing --examples 300

Each operation meets a small populated world: calls in every state, a queue with members, a conference with
participants, a recording, a message. Generated path parameters are mostly replaced by identifiers of that world.
Addresses are generated from the application's own only, so that nothing outside this machine is ever asked.
"""

import argparse
import copy
import re
import sys
from collections.abc import Callable, Iterator
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.emulator_outside.box import ACCOUNT, ANA, CENTER, DANA, JOE, LUIS, TOKEN, Box, running
from tests.emulator_outside.description import described

ACCOUNT_PATH = "/2010-04-01/Accounts/{AccountSid}"
FAMILIES = re.compile(
    ACCOUNT_PATH.replace("{", r"\{")
    + r"/(Calls(/\{\w+\}(/(Notifications|Recordings)(/\{Sid\})?)?)?|Queues(/\{\w+\}(/Members(/\{CallSid\})?)?)?"
    r"|Conferences(/\{\w+\}(/(Participants|Recordings)(/\{\w+\})?)?)?|Recordings(/\{Sid\})?|Messages(/\{Sid\})?)\.json"
)
CHECKS = (not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance)
ADDRESSES = st.sampled_from(["/answered", "/wait", "/nowhere", "/told"])


def families() -> dict[str, Any]:
    """The description with its overlay, of the six families only."""
    whole = copy.copy(described())
    whole["paths"] = {path: operations for path, operations in whole["paths"].items() if FAMILIES.fullmatch(path)}
    return whole


def operations(base: str) -> Iterator[Any]:
    """Every operation of the families; addresses in requests are the application's."""
    schemathesis.openapi.format("uri", ADDRESSES.map(lambda path: base + path))
    schema = schemathesis.openapi.from_dict(families())
    for result in schema.get_all_operations():
        yield result.ok()  # type: ignore[union-attr]


def name(method: str, path: str) -> str:
    """A short name of an operation, such as `POST Calls/{Sid}`."""
    return f"{method.upper()} {path.removeprefix(ACCOUNT_PATH + '/').removesuffix('.json')}"


def populate(box: Box) -> dict[str, list[str]]:
    """A world with something of everything; its identifiers by the kind of path parameter."""
    box.afresh()
    box.app.says("/answered", '<Pause length="600"/>')
    box.app.says("/wait", '<Pause length="600"/>')
    voice = ('<Enqueue waitUrl="/wait">support</Enqueue>',) * 2
    room = ('<Dial><Conference waitUrl="/wait">Room</Conference></Dial>',) * 2
    box.app.says("/voice", *voice, *room, '<Record maxLength="3" timeout="0" action="/answered"/>')
    queued = [box.dials(caller).sid for caller in (JOE, LUIS)]
    joined = [box.dials(caller).sid for caller in (ANA, DANA)]
    talker = box.dials("+13125550188")
    box.waits(1.5)
    talker.says("a message")
    ringing = box.calls("+13125550189").sid
    over = box.dials("+13125550190").hangs_up().sid
    box.waits(5)
    text = box.client.messages.create(to=JOE, from_=CENTER, body="Hi").sid
    return {
        "Queues": [one.sid for one in box.client.queues.list()],
        "Conferences": [one.sid for one in box.client.conferences.list()],
        "Recordings": [one.sid for one in box.client.recordings.list()],
        "Messages": [text],
        "Calls": [talker.sid, ringing, over, *queued, *joined],
        "Members": [*queued, "Front"],
        "Participants": joined,
    }


def lead(case: Any, world: dict[str, list[str]], pick: int) -> None:
    """Replace path parameters by identifiers of the world, those of one kind by turns."""
    case.path_parameters["AccountSid"] = ACCOUNT
    for kind, parameter in re.findall(r"/(\w+)/\{(\w+)\}", case.operation.path):
        if world.get(kind):
            case.path_parameters[parameter] = world[kind][pick % len(world[kind])]


def prober(operation: Any, box: Box, world: dict[str, list[str]], examples: int) -> Callable[[], None]:
    """A property: whatever is asked of this operation, the answer is one that is described."""

    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=examples < 50,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(), pick=st.integers(0, 9))
    def answers_as_described(case: Any, pick: int) -> None:
        if pick < 8:
            lead(case, world, pick)
        else:
            case.path_parameters["AccountSid"] = ACCOUNT
        response = case.call(base_url=box.base, auth=(ACCOUNT, TOKEN))
        case.validate_response(response, checks=list(CHECKS))

    return answers_as_described


def failures(box: Box, examples: int) -> dict[str, str]:
    """What each operation answered outside of its description, by its name; empty if nothing."""
    found = {}
    for operation in operations(box.app.base):
        world = populate(box)
        try:
            prober(operation, box, world, examples)()
        except (Exception, BaseExceptionGroup) as error:  # whatever it is, the others are tried too
            found[name(operation.method, operation.path)] = _words(error)
    return found


def _words(error: BaseException) -> str:
    inner = getattr(error, "exceptions", ())
    return "\n".join(map(_words, inner)) if inner else f"{type(error).__name__}: {error}"


def main() -> None:
    """The long form."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--examples", type=int, default=300, help="requests of each operation")
    examples = parser.parse_args().examples
    with running() as box:
        found = failures(box, examples)
    for operation, words in found.items():
        sys.stdout.write(f"{operation}\n{words}\n\n")
    sys.exit(f"{len(found)} operations answered outside of their description" if found else None)


if __name__ == "__main__":
    main()
