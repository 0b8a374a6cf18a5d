"""Schemathesis over the six families of the REST API: no server error, and no answer outside of the description.

A short form for every run; `python -m tests.emulator_outside.fuzzing --examples 300` is the long one.
"""

import pytest

from tests.emulator_outside.box import Box, running
from tests.emulator_outside.fuzzing import families, name, operations, populate, prober
from tests.resources import missing

pytestmark = pytest.mark.shared
EXAMPLES = 4


@pytest.fixture(scope="module")
def fuzzed():
    """An emulator, and every operation by its name."""
    with running() as box:
        yield box, {name(one.method, one.path): one for one in operations(box.app.base)}


def names() -> list[str]:
    """Method and path of every operation."""
    if missing("shared"):
        return []
    paths = families()["paths"].items()
    return [name(verb, path) for path, known in paths for verb in known if verb in ("get", "post", "delete")]


@pytest.mark.parametrize("operation", names())
def test_an_operation_answers_as_described(fuzzed: tuple[Box, dict[str, object]], operation: str):
    box, found = fuzzed
    prober(found[operation], box, populate(box), EXAMPLES)()


def test_the_six_families_are_all_there():
    assert len(names()) >= 30
