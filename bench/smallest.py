"""The least that a match can be in Lua: heads of lines, the best of them out of all his lines, a reservation.

It knows no versions, nobody whom a patient avoids, no ready clinicians and no reasons, and nobody should route by it.
What it costs on a machine says what that machine can do; what ours costs beyond it is the price of being right.
"""

from redis import Redis

from config.scripts import Scripts

JOIN = """
redis.call('SET', '{lines}:w:' .. ARGV[1], ARGV[2])
for line in string.gmatch(ARGV[2], '[^\\n]+') do redis.call('ZADD', '{lines}:l:' .. line, ARGV[3], ARGV[1]) end
return ''
"""
TAKE = """
local best, best_key
for line in string.gmatch(ARGV[2], '[^\\n]+') do
  local head = redis.call('ZRANGE', '{lines}:l:' .. line, '0', '0', 'WITHSCORES')
  if head[1] and (not best or tonumber(head[2]) < best_key) then best, best_key = head[1], tonumber(head[2]) end
end
if not best then return '' end
for line in string.gmatch(redis.call('GET', '{lines}:w:' .. best), '[^\\n]+') do
  redis.call('ZREM', '{lines}:l:' .. line, best)
end
redis.call('SET', '{lines}:r:' .. ARGV[1], best, 'EX', '60')
return best
"""


class Smallest:
    """Callers join lines, clinicians take the first of theirs; nothing else."""

    def __init__(self, client: Redis) -> None:
        register = Scripts(client).register
        self._join, self._take = register(JOIN, "{lines}:any"), register(TAKE, "{lines}:any")

    def join(self, wait_id: str, lines: tuple[str, ...], key_ms: int) -> None:
        """A caller stands in these lines."""
        self._join((wait_id, "\n".join(lines), str(key_ms)))

    def take(self, clinician_id: str, lines: tuple[str, ...]) -> str:
        """The first of these lines, who leaves all of his; "" if there is nobody."""
        return self._take((clinician_id, "\n".join(lines))).decode()
