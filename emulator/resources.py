"""What an account owns beside its calls: numbers, applications, texts, keys, and the entries of its debugger."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field


@dataclass
class Handling:
    """What the application wants done when it is called or texted; numbers and applications share it."""

    friendly_name: str = ""
    voice_url: str | None = None
    voice_method: str = "POST"
    voice_fallback_url: str | None = None
    voice_fallback_method: str = "POST"
    voice_caller_id_lookup: bool = False
    status_callback: str | None = None
    status_callback_method: str = "POST"
    sms_url: str | None = None
    sms_method: str = "POST"
    sms_fallback_url: str | None = None
    sms_fallback_method: str = "POST"


@dataclass
class PhoneNumber(Handling):
    """A number of the account. An application named on it beats the addresses of its own."""

    sid: str = ""
    number: str = ""
    created_ms: int = 0
    updated_ms: int = 0
    voice_application_sid: str | None = None
    sms_application_sid: str | None = None
    voice_receive_mode: str = "voice"


@dataclass
class Application(Handling):
    """A set of addresses under one name, for clients, numbers and created calls."""

    sid: str = ""
    created_ms: int = 0
    updated_ms: int = 0
    sms_status_callback: str | None = None
    message_status_callback: str | None = None


@dataclass
class Message:
    """A text message."""

    sid: str
    to: str
    from_: str
    body: str
    created_ms: int
    updated_ms: int
    status: str = "queued"
    direction: str = "outbound-api"
    sent_ms: int | None = None
    callback: str | None = None
    service_sid: str | None = None
    error_code: int | None = None
    media: list[str] = field(default_factory=list)
    retained: bool = True
    send_at_ms: int | None = None
    deleted: bool = False


@dataclass
class Notification:
    """An entry of the debugger: `log` 0 is an error, 1 a warning. `call_sid` None belongs to no call."""

    sid: str
    call_sid: str | None
    code: int
    message: str
    url: str
    method: str
    log: int
    at_ms: int


@dataclass
class ApiKey:
    """A second pair of credentials; `secret` is shown once."""

    sid: str
    secret: str
    created_ms: int
    friendly_name: str = ""


@dataclass
class CallerId:
    """A number that is not the account's but may be shown by it."""

    sid: str
    number: str
    friendly_name: str
    created_ms: int


@dataclass
class Account:
    """Who uses the exchange. `calls_per_second` 0 is without limit."""

    sid: str
    token: str
    numbers: tuple[str, ...] = ()
    calls_per_second: float = 1.0
    max_concurrent: int = 100
    friendly_name: str = "A carrier in a box"
    keys: dict[str, ApiKey] = field(default_factory=dict)

    def knows(self, user: str, secret: str) -> bool:
        """Whether these are the account's credentials, or those of one of its keys."""
        key = self.keys.get(user)
        wanted = self.token if user == self.sid else key.secret if key else ""
        return bool(wanted) and hmac.compare_digest(secret.encode(), wanted.encode())


