"""Seals personal values for the database and finds them again by keyed hash. Knows nothing of whose they are."""

import base64
import hashlib
import hmac
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet


class Unreadable(Exception):
    """A sealed value that no key of ours opens: a key was lost or the value was altered."""


class Vault:
    """`keys` are Fernet keys (32 bytes, url-safe base64): the first seals, all open.

    Hashes are HMAC-SHA256 under a key derived from the *last* key, the oldest, so that adding a new first key
    changes no hash.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        self._fernet = MultiFernet([Fernet(key) for key in keys])
        self._first = Fernet(keys[0])
        self._hash_key = hashlib.sha256(b"lookup:" + base64.urlsafe_b64decode(keys[-1])).digest()

    def seal(self, plain: str | bytes) -> str:
        """The value as sealed text, safe at rest."""
        data = plain.encode() if isinstance(plain, str) else plain
        return self._fernet.encrypt(data).decode()

    def open(self, sealed: str) -> str:
        """The value that was sealed; `Unreadable` if it cannot be opened."""
        return self.open_bytes(sealed).decode()

    def open_bytes(self, sealed: str) -> bytes:
        """The bytes that were sealed; `Unreadable` if they cannot be opened."""
        try:
            return self._fernet.decrypt(sealed.encode())
        except InvalidToken as error:
            raise Unreadable("a sealed value opens with none of the DATA_KEYS; was a key removed?") from error

    def renewed(self, sealed: str) -> str:
        """The same value sealed by the first key; `Unreadable` if no key opens it."""
        try:
            return self._fernet.rotate(sealed.encode()).decode()
        except InvalidToken as error:
            raise Unreadable("a sealed value opens with none of the DATA_KEYS; was a key removed?") from error

    def is_current(self, sealed: str) -> bool:
        """Whether the first key sealed this value."""
        try:
            self._first.decrypt(sealed.encode())
        except InvalidToken:
            return False
        return True

    def digest(self, kind: str, value: str) -> str:
        """A keyed hash (64 hex digits) of a value of one kind ("number", "birth_date", "pin:<patient>")."""
        return hmac.new(self._hash_key, f"{kind}\0{value}".encode(), hashlib.sha256).hexdigest()
