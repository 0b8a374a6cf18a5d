"""Takes personal data and secrets out of what is about to be logged. Pure.

Keys that name something personal are dropped whole; inside any other text, whatever looks like a telephone number, a
credential or a row of a database is replaced. It is the second line of defence: the first is to log ids only.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

_PERSON = (
    "name", "first_name", "last_name", "full_name", "given", "family", "display_name", "patient_name",
    "clinician_name", "caller_name", "spoken_name",
)  # fmt: skip
_REACHED = (
    "number", "phone", "mobile", "telephone", "from", "from_", "to", "caller", "called", "zip", "postal_code",
    "address", "address_line", "city", "email",
)  # fmt: skip
_KNOWN = (
    "birth_date", "birthdate", "dob", "date_of_birth", "ssn", "mrn", "identifier", "insurance", "pin", "visit_code",
    "otp",
)  # fmt: skip
_SAID = (
    "digits", "speech", "transcript", "words", "said", "body", "text", "note", "notes", "message_text",
    "reason_text", "question",
)  # fmt: skip
_SECRET = (
    "token", "auth_token", "password", "passphrase", "secret", "secret_key", "data_keys", "signature",
    "authorization", "cookie", "session_id",
)  # fmt: skip
_WHOLE = ("params", "form", "payload", "parameters", "request_body", "response_body")
PERSONAL = frozenset((*_PERSON, *_REACHED, *_KNOWN, *_SAID, *_SECRET, *_WHOLE))
MASK = "[hidden]"
_PHONE = re.compile(
    r"""(?:\+|%2[Bb])[1-9]\d{6,14}                                   # E.164, also inside a URL
      | (?<![\w.+-])\(?[2-9]\d{2}\)?[ .-]\d{3}[ .-]\d{4}(?![\w-])    # as people write it
      | (?<![\w-])(?<!\d\.)1?[2-9]\d{2}[2-9]\d{6}(?![\w-]|\.\d)      # bare digits
    """,
    re.VERBOSE,
)
_CREDENTIAL = re.compile(
    r"""(?<![\w+/])[A-Za-z0-9+/]{27}=(?![\w=])                       # the carrier's signature: 20 bytes in base64
      | (?i:\b(?:basic|bearer)\s+)[A-Za-z0-9+/=._~-]{8,}             # an Authorization header
      | (?<=://)[^\s/@'"]+@                                          # user and password of a URL
    """,
    re.VERBOSE,
)
_ROWS = re.compile(
    r"""\[parameters:\ .*                                            # SQLAlchemy shows the row it could not write
      | ^DETAIL:.*                                                   # so does PostgreSQL
      | (?:input_value|input)=.*?(?=,\ input_type=|$)                # pydantic shows what it could not read
    """,
    re.VERBOSE | re.MULTILINE,
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f\x80-\x9f\u2028\u2029]")
_CONTROL_IN_TRACEBACK = re.compile(r"[\x00-\x09\x0b-\x1f\x7f\x80-\x9f\u2028\u2029]")
TRACEBACKS = ("exception", "stack")


def scrubbed(event: Mapping[str, Any], secrets: Iterable[str] = ()) -> dict[str, Any]:
    """The event without personal keys, and with every text in it masked; `secrets` are masked wherever they stand."""
    known = tuple(secret for secret in secrets if secret)
    return {key: _masked(value, known, lines=key in TRACEBACKS) for key, value in event.items() if not is_personal(key)}


def is_personal(key: object) -> bool:
    """Whether a key names something about a person, or a secret."""
    return str(key).strip().lower().replace("-", "_") in PERSONAL


def masked_text(text: str, secrets: Iterable[str] = (), *, lines: bool = False) -> str:
    """The text with numbers, credentials, rows and control characters masked; `lines` keeps line ends."""
    for secret in secrets:
        text = text.replace(secret, MASK)
    for pattern in (_ROWS, _CREDENTIAL, _PHONE):
        text = pattern.sub(MASK, text)
    control = _CONTROL_IN_TRACEBACK if lines else _CONTROL
    return control.sub(lambda found: found.group().encode("unicode_escape").decode(), text)


def _masked(value: Any, secrets: tuple[str, ...], *, lines: bool = False) -> Any:
    """Any value fit for the log; what is no plain value is masked as its text."""
    if value is None or isinstance(value, bool | int | float):
        return MASK if isinstance(value, int) and _PHONE.fullmatch(str(value)) else value
    if isinstance(value, Mapping):
        return {
            masked_text(str(key), secrets): _masked(item, secrets)
            for key, item in value.items()
            if not is_personal(key)
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [_masked(item, secrets) for item in value]
    return masked_text(value if isinstance(value, str) else str(value), secrets, lines=lines)
