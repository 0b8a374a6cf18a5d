"""The second factor of an account: a time-based code (RFC 6238, six digits, 30 seconds) or a recovery code. Pure.

The instant is an argument, and so is the last step that was used: no code is accepted twice.
"""

import hmac
from collections.abc import Callable
from datetime import datetime

import pyotp

STEP_SECONDS = 30
DRIFT = 1  # steps that the phone's clock may be off, either way
ISSUER = "Access center"
RECOVERY_CODES = 8
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that is read for something else


def new_secret() -> str:
    """A secret that no account has: 160 bits in base 32."""
    return pyotp.random_base32()


def address(secret: str, login: str) -> str:
    """The address that an authenticator app reads from a picture (otpauth://)."""
    return str(pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=ISSUER))


def accepted_step(secret: str, code: str, now: datetime, after: int) -> int | None:
    """The step of 30 seconds that this code is of, if it is of now and later than the step `after`; else None."""
    digits = "".join(code.split())
    if not (digits.isascii() and digits.isdigit() and len(digits) == 6):
        return None
    here = int(now.timestamp()) // STEP_SECONDS
    codes = pyotp.TOTP(secret)
    for step in range(here - DRIFT, here + DRIFT + 1):
        if step > after and hmac.compare_digest(str(codes.generate_otp(step)), digits):
            return step
    return None


def recovery_codes(new_id: Callable[[], str]) -> list[str]:
    """Codes for the day the phone is lost, each good once: about 50 bits each, as "abcde-fghjk".

    `new_id` gives 32 hexadecimal digits made by chance.
    """
    return [_code(int(new_id(), 16)) for _ in range(RECOVERY_CODES)]


def _code(number: int) -> str:
    letters = "".join(LETTERS[number // len(LETTERS) ** place % len(LETTERS)] for place in range(10))
    return f"{letters[:5]}-{letters[5:]}"


def plain(code: str) -> str:
    """A recovery code as it was given, however it is typed."""
    return "".join(letter for letter in code.lower() if letter in LETTERS)
