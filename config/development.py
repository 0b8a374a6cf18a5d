"""Secrets of a developer's machine: made once and kept in one private file.

So sign-ins and sealed records survive a restart.
"""

import base64
import json
import os
import secrets
from pathlib import Path

FILE = "development-secrets.json"


def fernet_key() -> str:
    """A new key for DATA_KEYS: 32 random bytes, url-safe base64."""
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


def new_secrets() -> dict[str, str]:
    """Fresh values for every secret variable. The carrier's are only good for the emulator."""
    return {
        "SECRET_KEY": secrets.token_urlsafe(48),
        "DATA_KEYS": fernet_key(),
        "TWILIO_ACCOUNT_SID": "AC" + secrets.token_hex(16),
        "TWILIO_AUTH_TOKEN": secrets.token_hex(16),
    }


def kept_secrets(var_dir: Path) -> dict[str, str]:
    """The secrets kept under `var_dir`; made first if there are none. Safe when several processes start at once.

    Raises OSError when the folder cannot be written and ValueError when the file is damaged.
    """
    file = var_dir / FILE
    if not file.exists():
        _write_once(file, new_secrets())
    return read_secrets(var_dir)


def read_secrets(var_dir: Path) -> dict[str, str]:
    """The secrets kept under `var_dir`, empty when none were ever made there."""
    file = var_dir / FILE
    if not file.exists():
        return {}
    kept = json.loads(file.read_text("utf-8"))
    if not isinstance(kept, dict) or not all(isinstance(value, str) for value in kept.values()):
        raise ValueError(f"{FILE} is not an object of texts")
    return kept


def _write_once(file: Path, values: dict[str, str]) -> None:
    """Write the whole file or nothing; whoever comes second keeps what the first one wrote."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f"{file.name}.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        json.dump(values, stream, indent=1)
    try:
        os.link(draft, file)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
