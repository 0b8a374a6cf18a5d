"""Rules that no single variable can break: parts that must differ, and what production refuses. All pure."""

from collections.abc import Callable, Iterator, Mapping
from ipaddress import ip_address
from urllib.parse import urlsplit

from config.problems import Problem

REQUIRED = ("SECRET_KEY", "DATA_KEYS", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "CENTER_NUMBER", "OPERATOR_NUMBER")
PORTS = {"PORT": "8000", "EMULATOR_PORT": "8001", "DESK_PORT": "8002"}
Values = Mapping[str, str]


def consistency_problems(values: Values) -> Iterator[Problem]:
    """Variables that contradict one another, in any environment."""
    taken: dict[str, str] = {}
    for name, default in PORTS.items():
        port = values.get(name, default)
        if port in taken:
            yield Problem(name, f"{port}, which is also {taken[port]}", "a port of its own")
        taken.setdefault(port, name)
    if "OPERATOR_NUMBER" in values and values["OPERATOR_NUMBER"] == values.get("CENTER_NUMBER"):
        yield Problem("OPERATOR_NUMBER", "the center's own number", "another number: a call must not come back to us")


def production_problems(given: Values, generated: Values, environ: Values) -> list[Problem]:
    """What production refuses in `given` (what was set); `generated` are development secrets of this machine."""
    rules: tuple[Callable[[], Iterator[Problem]], ...] = (
        lambda: _missing(given),
        lambda: _development_secrets(given, generated),
        lambda: _demo_numbers(given),
        lambda: _origin(given),
        lambda: _carrier(given),
        lambda: _open_redis(given),
        lambda: _clock(given),
        lambda: _moved_carrier(environ),
    )
    return [problem for rule in rules for problem in rule()]


def is_loopback(host: str | None) -> bool:
    """Whether a host name can only mean this machine."""
    if host is None or host == "localhost":
        return host is not None
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _missing(given: Values) -> Iterator[Problem]:
    for name in REQUIRED:
        if name not in given:
            yield Problem(name, "nothing", "in production a value of your own")


def _development_secrets(given: Values, generated: Values) -> Iterator[Problem]:
    for name, secret in generated.items():
        if secret in given.get(name, ""):
            yield Problem(name, "the secret made for development", "in production a value of your own")


def _demo_numbers(given: Values) -> Iterator[Problem]:
    for name in ("CENTER_NUMBER", "OPERATOR_NUMBER"):
        number = given.get(name, "")
        if number.startswith("+1") and number[5:10] == "55501":
            yield Problem(name, "a demo number", "in production a number that can be called")


def _origin(given: Values) -> Iterator[Problem]:
    parts = urlsplit(given.get("PUBLIC_BASE_URL", ""))
    if parts.scheme != "https" or is_loopback(parts.hostname):
        found = repr(given["PUBLIC_BASE_URL"]) if "PUBLIC_BASE_URL" in given and "@" not in parts.netloc else "nothing"
        yield Problem("PUBLIC_BASE_URL", found, "in production the https origin that the carrier calls")


def _carrier(given: Values) -> Iterator[Problem]:
    parts = urlsplit(given.get("TWILIO_API_BASE_URL", ""))
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        yield Problem("TWILIO_API_BASE_URL", "plain http to another machine", "https: the token travels there")


def _open_redis(given: Values) -> Iterator[Problem]:
    parts = urlsplit(given.get("REDIS_URL", ""))
    if parts.scheme in ("redis", "rediss") and not parts.password and not is_loopback(parts.hostname):
        yield Problem(
            "REDIS_URL", "a server on the network without a password", "a URL with a password, best rediss://"
        )


def _clock(given: Values) -> Iterator[Problem]:
    if given.get("CLOCK", "system") != "system":
        yield Problem("CLOCK", "another clock", "in production only system")


def _moved_carrier(environ: Values) -> Iterator[Problem]:
    for name in ("TWILIO_EDGE", "TWILIO_REGION"):
        if environ.get(name):
            accepted = "nothing: it would move our requests to another host unseen"
            yield Problem(name, "a value", accepted, "remove it from the environment")
