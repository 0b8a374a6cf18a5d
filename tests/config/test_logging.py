"""Nothing personal and no secret reaches the log, whoever writes it, and one event stays one line."""

import io
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import structlog
from pydantic import BaseModel
from sqlalchemy import create_engine, text

from config.logging import configure
from config.privacy import MASK, masked_text, scrubbed
from config.settings import Settings, load_settings

CANARY = {"given": "Zebulon", "family": "Canary", "phone": "+13125550177", "birth_date": "1931-02-03", "pin": "7351"}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings({"LOG_FORMAT": "json"}, root=tmp_path)


@contextmanager
def restored() -> Iterator[None]:
    """Logging as it was, so that one test's set-up is not another's."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        yield
    finally:
        root.handlers, root.level = handlers, level
        logging.captureWarnings(capture=False)
        structlog.reset_defaults()
        structlog.contextvars.clear_contextvars()


@pytest.fixture
def log(settings: Settings) -> Iterator[io.StringIO]:
    stream = io.StringIO()
    with restored():
        configure(settings, stream)
        yield stream


def events(log: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


def test_an_event_has_a_time_in_utc_a_level_and_its_ids(log):
    structlog.get_logger("door").warning("refused", call="CA1", turn=3)
    (event,) = events(log)
    assert (event["event"], event["level"], event["logger"], event["call"], event["turn"]) == (
        "refused", "warning", "door", "CA1", 3,
    )  # fmt: skip
    assert event["timestamp"].endswith("Z")


def test_what_is_bound_to_the_context_is_in_every_event(log):
    structlog.contextvars.bind_contextvars(call="CA1", caller="+13125550177")
    structlog.get_logger().info("heard")
    assert events(log)[0]["call"] == "CA1"
    assert "caller" not in events(log)[0]


def test_personal_fields_are_dropped_by_key_at_any_depth(log):
    structlog.get_logger().info("patient", patient=7, **CANARY, nested={"rows": [{"zip": "60607", "id": 1}]})
    assert not any(value in log.getvalue() for value in CANARY.values())
    assert events(log)[0]["nested"] == {"rows": [{"id": 1}]}


WRITTEN = ("+13125550177", "%2B13125550177", "13125550177", "number:3125550177.", "(312) 555-0177", "312-555-0177")


@pytest.mark.parametrize("written", WRITTEN)
def test_a_number_is_masked_wherever_it_stands(log, written):
    structlog.get_logger().info(f"calling {written} now", detail=f"leg of {written}", also=[f"<{written}>"])
    assert "5550177" not in log.getvalue().replace("-", "")
    assert events(log)[0]["detail"].startswith("leg of ")


@pytest.mark.parametrize(
    "harmless",
    ["CA" + "1312555017" * 3 + "12", "1764000000123", "2026-11-23T13:00:00Z", "took 0.3125550177 s", "8000"],
)
def test_ids_and_times_are_left_alone(harmless):
    assert masked_text(harmless) == harmless


def test_a_number_given_as_an_integer_is_masked_too():
    assert scrubbed({"peer": 13125550177, "ms": 1764000000123}) == {"peer": MASK, "ms": 1764000000123}


def test_credentials_are_masked_by_shape_and_our_own_by_value(log, settings):
    token = settings.twilio_auth_token.get_secret_value()
    structlog.get_logger().info(
        "request", header="Basic QUMxOnRva2VuMTIzNDU2", twilio="RSOYDt4T1cUTdK1PDd93/VVr8B8=",
        url="redis://user:hunter2@cache:6379/0", oops=f"token is {token}",
    )  # fmt: skip
    for secret in ("QUMxOnRva2VuMTIzNDU2", "RSOYDt4T1cUTdK1PDd93", "hunter2", token):
        assert secret not in log.getvalue()


def test_a_library_that_logs_the_old_way_is_masked_as_well(log):
    logging.getLogger("some.library").warning("dialling %s", "+13125550177")
    (event,) = events(log)
    assert (event["event"], event["logger"]) == (f"dialling {MASK}", "some.library")


def test_the_carriers_client_does_not_tell_its_requests(log):
    logging.getLogger("twilio.http_client").info("To=+13125550177")
    assert log.getvalue() == ""


def fail_with_a_patient_in_hand() -> None:
    patient = dict(CANARY)
    raise RuntimeError(f"no line for {patient['phone']}")


def test_an_exception_shows_where_it_happened_but_no_variables(log):
    try:
        fail_with_a_patient_in_hand()
    except RuntimeError:
        structlog.get_logger().exception("turn_failed", call="CA1")
        logging.getLogger("other").exception("also_failed")
    assert "fail_with_a_patient_in_hand" in events(log)[0]["exception"]
    assert "fail_with_a_patient_in_hand" in events(log)[1]["exception"]
    assert not any(value in log.getvalue() for value in CANARY.values())


def test_a_failed_statement_does_not_show_its_row(log):
    try:
        with create_engine("sqlite://").begin() as connection:
            connection.execute(text("insert into nowhere values (:given, :birth_date)"), CANARY)
    except Exception:
        structlog.get_logger().exception("write_failed")
    assert "nowhere" in log.getvalue()
    assert not any(value in log.getvalue() for value in CANARY.values())


class Person(BaseModel):
    """Something that cannot be read from a canary."""

    given: int


def test_a_refused_input_is_not_shown(log):
    try:
        Person.model_validate(CANARY)
    except ValueError:
        structlog.get_logger().exception("import_failed")
    assert "Person" in log.getvalue()
    assert "Zebulon" not in log.getvalue()


@pytest.mark.parametrize("kind", ["json", "console"])
def test_one_event_is_one_line_whatever_it_holds(settings, kind):
    stream = io.StringIO()
    with restored():
        configure(settings.with_changes(log_format=kind), stream)
        structlog.get_logger().info("first\nsecond\x1b[31m\r", detail="a\nb\u2028c")
    assert len(stream.getvalue().splitlines()) == 1
    assert "\x1b[31m" not in stream.getvalue()


def test_without_a_terminal_the_log_is_json(settings):
    stream = io.StringIO()
    with restored():
        configure(settings.with_changes(log_format=None), stream)
        structlog.get_logger().info("started")
    assert events(stream)[0]["event"] == "started"
