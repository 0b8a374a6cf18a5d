"""The pace of created calls: the carrier takes a few a second of an account, however many workers we run.

Slots are handed out in Redis, so that all workers share one pace. No worker sleeps for one: who finds none free is held
back, bridges and hang-ups go past, and the clock dials what is held back, a call a slot (`clock.rest`). While Redis is
away nothing is paced: the carrier itself then says no.
"""

from collections.abc import Callable
from datetime import datetime

from redis import Redis
from redis.exceptions import RedisError

SLOT = "carrier:next_call_ms"
LOOKS_A_SLOT = 4

_TAKE = """
local now, gap = tonumber(ARGV[1]), tonumber(ARGV[2])
local free = tonumber(redis.call('GET', KEYS[1]) or '0')
if free - now > gap then free = 0 end  -- left by a clock that has since been set back
if free > now then return free - now end
redis.call('SET', KEYS[1], string.format('%d', now + gap))
return 0
"""


class Pace:
    """At most `per_second` calls a second; 0 is no limit."""

    def __init__(self, redis: Redis, per_second: float, now: Callable[[], datetime]) -> None:
        self._gap_ms = round(1000 / per_second) if per_second else 0
        self._take = redis.register_script(_TAKE)
        self._now, self._redis = now, redis

    @property
    def gap_seconds(self) -> float:
        """From one call to the next; 0 is no limit."""
        return self._gap_ms / 1000

    def slot(self) -> int:
        """The number of this moment's slot: which kind of call is first in it, all workers must say alike."""
        return int(self._now().timestamp() * 1000) // self._gap_ms if self._gap_ms else 0

    def seconds_to_look(self) -> float:
        """After how long to look for a slot again: when the next is free, or soon if one is; 0 if nothing is paced."""
        if not self._gap_ms:
            return 0.0
        try:
            free_ms = int(self._redis.get(SLOT) or 0)
        except RedisError:
            free_ms = 0
        wait_ms = free_ms - int(self._now().timestamp() * 1000)
        return (wait_ms if 0 < wait_ms <= self._gap_ms else self._gap_ms / LOOKS_A_SLOT) / 1000

    def take(self) -> int:
        """Take the slot of this moment: 0, or the milliseconds until one is free (then none was taken)."""
        if not self._gap_ms:
            return 0
        now_ms = int(self._now().timestamp() * 1000)
        try:
            return int(self._take(keys=[SLOT], args=[now_ms, self._gap_ms]))
        except RedisError:
            return 0
