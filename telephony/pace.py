"""The pace of created calls: the carrier takes a few a second of an account, however many workers we run.

Slots are handed out in Redis, so that all workers share one pace. Nobody sleeps for one: who finds none free comes
again, and bridges and hang-ups go past. While Redis is away nothing is paced: the carrier itself then says no.
"""

from collections.abc import Callable
from datetime import datetime

from redis import Redis
from redis.exceptions import RedisError

SLOT = "carrier:next_call_ms"

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
        self._now = now

    def take(self) -> int:
        """Take the slot of this moment: 0, or the milliseconds until one is free (then none was taken)."""
        if not self._gap_ms:
            return 0
        now_ms = int(self._now().timestamp() * 1000)
        try:
            return int(self._take(keys=[SLOT], args=[now_ms, self._gap_ms]))
        except RedisError:
            return 0
