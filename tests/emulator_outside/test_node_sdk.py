"""The official Node client and an Express application drive the emulator; each exchange is judged besides."""

import re

import pytest

from tests.emulator_outside.box import ACCOUNT, TOKEN, running
from tests.emulator_outside.description import Exchange, undescribed
from tests.emulator_outside.node_side import FOLDER, run

pytestmark = [pytest.mark.node, pytest.mark.shared]
NAMES = re.findall(r"(?m)^  async (\w+)\(", (FOLDER / "suite.js").read_text("utf-8"))


@pytest.fixture(scope="module")
def suite():
    """What became of each test of the suite, and all REST exchanges."""
    with running() as box:
        return run("suite.js", BASE=box.base, ACCOUNT=ACCOUNT, TOKEN=TOKEN)


@pytest.mark.parametrize("name", NAMES)
def test_the_node_client(suite, name):
    assert suite["results"][name] is None, suite["results"][name]


def test_every_exchange_is_as_described(suite):
    assert undescribed(Exchange(**exchange) for exchange in suite["exchanges"]) == []
    assert len(suite["exchanges"]) > 50
