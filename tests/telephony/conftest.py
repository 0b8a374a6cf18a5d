"""A carrier's REST API on this machine, and our carrier in front of it."""

from collections.abc import Iterator

import pytest

from telephony.twilio_carrier import TwilioCarrier
from tests.telephony.carrier_requests import at
from tests.telephony.rest_stub import Stub, rest_stub


@pytest.fixture
def stub() -> Iterator[Stub]:
    with rest_stub() as served:
        yield served


@pytest.fixture
def carrier(stub: Stub) -> TwilioCarrier:
    return at(stub.base)
