"""What a value of one setting must look like, as types that check it. Pure."""

import re
from typing import Annotated
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

DATABASE_SCHEMES = {"postgres": "postgresql+psycopg", "postgresql": "postgresql+psycopg"}
SHORTEST_SECRET = 32
_CLIENT = re.compile(r"[a-z][a-z0-9\-]{0,39}")
_E164 = re.compile(r"\+[1-9]\d{6,14}")


def _origin(text: str) -> str:
    """An http(s) origin: no path, no question, no user; without trailing slash."""
    parts = urlsplit(text.rstrip("/"))
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path or parts.query or "@" in parts.netloc:
        raise ValueError("not an origin")
    if parts.port == 0:  # reading the port also proves that it is a number
        raise ValueError("not a port")
    return text.rstrip("/")


def _web_address(text: str) -> str:
    """An http(s) URL that may have a path; without trailing slash."""
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("not a web address")
    return text.rstrip("/")


def _clock(text: str) -> str:
    return text if text == "system" else _web_address(text)


def _number(text: str) -> str:
    if not _E164.fullmatch(text):
        raise ValueError("not E.164")
    return text


def _database(secret: SecretStr) -> SecretStr:
    """The URL as SQLAlchemy wants it, with the driver we have."""
    scheme, _, rest = secret.get_secret_value().partition("://")
    scheme = DATABASE_SCHEMES.get(scheme, scheme)
    if scheme not in ("sqlite", "postgresql+psycopg") or not rest:
        raise ValueError("not a database we know")
    return SecretStr(f"{scheme}://{rest}")


def _redis(secret: SecretStr) -> SecretStr:
    parts = urlsplit(secret.get_secret_value())
    if parts.scheme not in ("redis", "rediss", "unix") or not (parts.hostname or parts.path):
        raise ValueError("not a Redis URL")
    return secret


def _keys(text: object) -> object:
    return [key.strip() for key in text.split(",") if key.strip()] if isinstance(text, str) else text


def _fernet(keys: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
    for key in keys:
        Fernet(key.get_secret_value())
    return keys


def _pace(text: object) -> object:
    return 0 if text == "unlimited" else text


Origin = Annotated[str, AfterValidator(_origin)]
WebAddress = Annotated[str, AfterValidator(_web_address)]
Number = Annotated[str, AfterValidator(_number)]
Token = Annotated[SecretStr, Field(min_length=16)]
Port = Annotated[int, Field(ge=1, le=65535)]
DatabaseUrl = Annotated[SecretStr, AfterValidator(_database)]
RedisUrl = Annotated[SecretStr, AfterValidator(_redis)]
AccountSid = Annotated[str, Field(pattern=r"^AC[0-9a-fA-F]{32}$", repr=False)]
DataKeys = Annotated[tuple[SecretStr, ...], BeforeValidator(_keys), Field(min_length=1), AfterValidator(_fernet)]
def _clients(text: object) -> object:
    """ "name:secret" pairs, separated by commas."""
    if not isinstance(text, str):
        return text
    pairs = [pair.partition(":") for pair in text.split(",") if pair.strip()]
    return tuple((name.strip(), secret.strip()) for name, _, secret in pairs)


def _known_clients(clients: tuple[tuple[str, SecretStr], ...]) -> tuple[tuple[str, SecretStr], ...]:
    names = [name for name, _ in clients]
    if not all(_CLIENT.fullmatch(name) for name in names) or len(set(names)) != len(names):
        raise ValueError("not names, each once")
    if any(len(secret.get_secret_value()) < SHORTEST_SECRET for _, secret in clients):
        raise ValueError("a short secret")
    return clients


Pace = Annotated[float, BeforeValidator(_pace), Field(ge=0, le=1000)]
SecretKey = Annotated[SecretStr, Field(min_length=32)]
ClockName = Annotated[str, AfterValidator(_clock)]
ApiClients = Annotated[
    tuple[tuple[str, SecretStr], ...], BeforeValidator(_clients), AfterValidator(_known_clients), Field(repr=False)
]
