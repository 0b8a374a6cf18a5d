"""The pace of created calls: the carrier takes a few a second of an account, however many workers we run.

Slots are handed out in Redis, so that all workers share one pace; a worker waits for its slot before it dials. While
Redis is away each worker keeps the pace for itself.
"""

from collections.abc import Callable
from datetime import datetime

from redis import Redis
from redis.exceptions import RedisError

SLOT = "carrier:next_call_ms"
LONGEST_WAIT_MS = 60_000  # a slot further away than this was left by a clock that has since been set back

_TAKE = """
local now, gap, longest = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local free = tonumber(redis.call('GET', KEYS[1]) or '0')
local slot = math.max(free, now)
if slot - now > longest then slot = now end
redis.call('SET', KEYS[1], string.format('%d', slot + gap))
return slot - now
"""


class Pace:
    """At most `per_second` calls a second; 0 is no limit."""

    def __init__(
        self, redis: Redis, per_second: float, now: Callable[[], datetime], sleep: Callable[[float], None]
    ) -> None:
        self._gap_ms = round(1000 / per_second) if per_second else 0
        self._take = redis.register_script(_TAKE)
        self._now, self._sleep = now, sleep

    def wait(self) -> float:
        """Wait for the next slot; the seconds waited."""
        if not self._gap_ms:
            return 0.0
        seconds = self._wait_ms() / 1000
        if seconds > 0:
            self._sleep(seconds)
        return seconds

    def _wait_ms(self) -> int:
        now_ms = int(self._now().timestamp() * 1000)
        try:
            return int(self._take(keys=[SLOT], args=[now_ms, self._gap_ms, LONGEST_WAIT_MS]))
        except RedisError:
            return self._gap_ms
