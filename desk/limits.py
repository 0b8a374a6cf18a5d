"""Slows down guessing of passwords: counts tries per login and per address, in Redis or, without it, in this process.

A try is counted before the password is looked at, so that many at once cannot slip past, and given back when it
succeeds. Windows are named by the injected clock; the expiry of a key only tidies up. The database takes no part: a
stranger who guesses must not be able to make calls wait for its write lock.
"""

import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from redis import RedisError

from desk.tools import Fanout

WINDOW_SECONDS = 900
PER_LOGIN = 8
PER_ADDRESS = 40  # a whole clinic may stand behind one address

log = structlog.get_logger()


@dataclass(frozen=True)
class Subject:
    """Somebody or somewhere that tries: `digest` is a keyed hash, never the login or the address itself."""

    kind: str
    digest: str
    most: int


class Tries:
    """Failed sign-ins of the present window."""

    def __init__(self, redis: Fanout | None) -> None:
        self._redis = redis
        self._here: Counter[str] = Counter()
        self._lock = threading.Lock()

    def take(self, subjects: Sequence[Subject], now: datetime) -> bool:
        """Count one try for each subject; False if one of them had too many, and then the try must not be made."""
        counts = [(self._add(subject, now, 1), subject.most) for subject in subjects]
        return all(count <= most for count, most in counts)

    def give_back(self, subjects: Sequence[Subject], now: datetime) -> None:
        """The try was no failure."""
        for subject in subjects:
            self._add(subject, now, -1)

    def _add(self, subject: Subject, now: datetime, amount: int) -> int:
        key = f"desk:tries:{int(now.timestamp()) // WINDOW_SECONDS}:{subject.kind}:{subject.digest}"
        if self._redis is not None:
            try:
                count = int(self._redis.incrby(key, amount))
                self._redis.expire(key, 2 * WINDOW_SECONDS)
                return count
            except RedisError:
                log.warning("sign_in_tries_counted_here", why="redis is away")
        return self._add_here(key, amount)

    def _add_here(self, key: str, amount: int) -> int:
        window = key.split(":")[2]
        with self._lock:
            for old in [name for name in self._here if name.split(":")[2] != window]:
                del self._here[old]
            self._here[key] += amount
            return self._here[key]
