"""The door with nobody behind it who could do harm."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

import switchboard
from telephony import twiml
from telephony.inbound import Fetch, Notice
from tests.webhooks.door import Heard, web


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Heard:
    """A switchboard that answers everything and remembers it."""
    heard = Heard()

    def take_turn(fetch: Fetch, _: Any) -> str:
        heard.fetches.append(fetch)
        return twiml.EMPTY

    def hear(notice: Notice, _: Any) -> None:
        heard.notices.append(notice)

    monkeypatch.setattr(switchboard, "take_turn", take_turn)
    monkeypatch.setattr(switchboard, "hear", hear)
    return heard


@pytest.fixture
def client() -> Iterator[FlaskClient]:
    with web().test_client() as client:
        yield client
