"""The lines and the duty board in Redis: a choice and its reservation as one atomic step.

Each change is one Lua call that sets a desired state with a version; an older version loses, an equal one says the
same again (so a match that died before its offer is found by saying it again; SQL refuses a second offer).
Redis 6.2 commands only; time is an argument; every key shares the hash tag `{lines}` and holds ids alone.

    {lines}:line:<line>    sorted set  wait id -> key_ms           {lines}:wait:<id>   hash  version stands avoid
    {lines}:ready:<line>   sorted set  clinician -> idle_since_ms  {lines}:duty:<id>   hash  version lines
    {lines}:gone           sorted set  wait id -> when it left, so that its version can be forgotten an hour later
    {lines}:built          set once the whole was built from SQL
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import structlog
from redis import Redis

from routing.policy import Candidate, DutyEntry, Match, WaitEntry

log = structlog.get_logger()

TAG = "{lines}:"
GONE = f"{TAG}gone"
BUILT = f"{TAG}built"

_COMMON = """
local TAG = '{lines}:'

local function version_of(key) return tonumber(redis.call('HGET', key, 'version') or '0') end
local function list_of(key, field) return cjson.decode(redis.call('HGET', key, field) or '[]') end

local function before(a, b)  -- by bytes: the operator would ask the server's locale
  for i = 1, math.min(#a, #b) do
    local x, y = a:byte(i), b:byte(i)
    if x ~= y then return x < y end
  end
  return #a < #b
end

local function better(id, key, best)
  if not best then return true end
  local mine, theirs = tonumber(key), tonumber(best.key)
  return mine < theirs or (mine == theirs and before(id, best.id))
end

local function holds(list, item)
  for _, each in ipairs(list) do if each == item then return true end end
  return false
end

local function wait_leaves_lines(id)
  for _, stand in ipairs(list_of(TAG .. 'wait:' .. id, 'stands')) do
    redis.call('ZREM', TAG .. 'line:' .. stand[1], id)
  end
end

local function wait_is_gone(id, now)
  redis.call('HSET', TAG .. 'wait:' .. id, 'stands', '[]')
  redis.call('ZADD', TAG .. 'gone', now, id)
end

local function clinician_leaves_lines(id)
  for _, line in ipairs(list_of(TAG .. 'duty:' .. id, 'lines')) do
    redis.call('ZREM', TAG .. 'ready:' .. line, id)
  end
  redis.call('HSET', TAG .. 'duty:' .. id, 'lines', '[]')
end

local function answer(deep, wait, clinician, line, group, looked)
  local reply = {deep, wait, version_of(TAG .. 'wait:' .. wait), clinician,
                 version_of(TAG .. 'duty:' .. clinician), line, group}
  for _, each in ipairs(looked) do
    reply[#reply + 1] = each.line
    reply[#reply + 1] = each.id
    reply[#reply + 1] = each.key
  end
  return reply
end
"""

_APPLY_WAIT = (
    _COMMON
    + """
local id, version, now, forget_before = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local stands, avoid = cjson.decode(ARGV[5]), cjson.decode(ARGV[6])

for _, old in ipairs(redis.call('ZRANGEBYSCORE', TAG .. 'gone', '-inf', forget_before, 'LIMIT', 0, ARGV[7])) do
  redis.call('DEL', TAG .. 'wait:' .. old)
  redis.call('ZREM', TAG .. 'gone', old)
end
if tonumber(version) < version_of(TAG .. 'wait:' .. id) then return {0} end

wait_leaves_lines(id)
redis.call('HSET', TAG .. 'wait:' .. id, 'version', version, 'stands', ARGV[5], 'avoid', ARGV[6])
if #stands == 0 then
  wait_is_gone(id, now)
  return {0}
end

local function first_ready(line)  -- as many can be passed over as there are people to avoid
  local ready = redis.call('ZRANGE', TAG .. 'ready:' .. line, 0, #avoid, 'WITHSCORES')
  for i = 1, #ready, 2 do
    if not holds(avoid, ready[i]) then return {line = line, id = ready[i], key = ready[i + 1]} end
  end
end

local best, group, looked = nil, nil, {}
for _, stand in ipairs(stands) do
  if best and stand[2] ~= group then break end
  local first = first_ready(stand[1])
  if first then
    looked[#looked + 1] = first
    if better(first.id, first.key, best) then best, group = first, stand[2] end
  end
end
if best then
  clinician_leaves_lines(best.id)
  wait_is_gone(id, now)
  return answer(0, id, best.id, best.line, group, looked)
end
for _, stand in ipairs(stands) do redis.call('ZADD', TAG .. 'line:' .. stand[1], stand[3], id) end
redis.call('ZREM', TAG .. 'gone', id)
return {0}
"""
)

_APPLY_DUTY = (
    _COMMON
    + """
local id, version, now, idle_since = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local lines, pass_at_most = cjson.decode(ARGV[5]), tonumber(ARGV[6])
local deep = 0

if tonumber(version) < version_of(TAG .. 'duty:' .. id) then return {0} end
clinician_leaves_lines(id)
redis.call('HSET', TAG .. 'duty:' .. id, 'version', version, 'lines', ARGV[5])

local function head(line)  -- the first who does not avoid him; nearly always the very first
  local from, upto = 0, 0
  while true do
    local page = redis.call('ZRANGE', TAG .. 'line:' .. line, from, upto, 'WITHSCORES')
    if #page == 0 then return nil end
    for i = 1, #page, 2 do
      if not holds(list_of(TAG .. 'wait:' .. page[i], 'avoid'), id) then
        return {line = line, id = page[i], key = page[i + 1]}
      end
    end
    from, upto = upto + 1, upto + pass_at_most
    if from > pass_at_most then deep = deep + 1 end
  end
end

local best, looked = nil, {}
for _, line in ipairs(lines) do
  local first = head(line)
  if first then
    looked[#looked + 1] = first
    if better(first.id, first.key, best) then best = first end
  end
end
if not best then
  for _, line in ipairs(lines) do redis.call('ZADD', TAG .. 'ready:' .. line, idle_since, id) end
  return {deep}
end
local group = 0
for _, stand in ipairs(list_of(TAG .. 'wait:' .. best.id, 'stands')) do
  if stand[1] == best.line then group = stand[2] end
end
wait_leaves_lines(best.id)
wait_is_gone(best.id, now)
redis.call('HSET', TAG .. 'duty:' .. id, 'lines', '[]')
return answer(deep, best.id, id, best.line, group, looked)
"""
)


@dataclass(frozen=True)
class Snapshot:
    """All lines as they stand: line -> ((wait id, key_ms), ...) and line -> ((clinician, idle_since_ms), ...)."""

    waiting: dict[str, tuple[tuple[str, int], ...]]
    ready: dict[str, tuple[tuple[str, int], ...]]


class Lines:
    """Redis' part of routing. May vanish at any moment; `built` tells whether it must be rebuilt from SQL."""

    KEEP_GONE_MS = 3_600_000  # how long the version of a wait outlives it: no late word is an hour late
    FORGET_AT_ONCE = 8  # old versions dropped per call, so that no call pays for all
    PASS_AT_MOST = 16  # heads that avoid a clinician, passed before the search counts as deep

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._apply_wait = redis.register_script(_APPLY_WAIT)
        self._apply_duty = redis.register_script(_APPLY_DUTY)

    def apply_wait(self, entry: WaitEntry, now_ms: int) -> Match | None:
        """Make the lines say this of the wait; the best ready clinician, now reserved, if there is one."""
        stands = [[stand.line, stand.group, str(stand.key_ms)] for stand in entry.stands]
        reply = self._apply_wait(
            keys=[GONE],
            args=[
                entry.wait_id,
                entry.version,
                now_ms,
                now_ms - self.KEEP_GONE_MS,
                json.dumps(stands),
                json.dumps(entry.avoid),
                self.FORGET_AT_ONCE,
            ],
        )
        return _match("wait", reply)

    def apply_duty(self, entry: DutyEntry, now_ms: int) -> Match | None:
        """Make the duty board say this of the clinician; the best caller, now reserved, if he is ready for one."""
        reply = self._apply_duty(
            keys=[GONE],
            args=[
                entry.clinician_id,
                entry.version,
                now_ms,
                entry.idle_since_ms,
                json.dumps(entry.lines),
                self.PASS_AT_MOST,
            ],
        )
        if reply[0]:
            log.warning("line_searched_deep", clinician=entry.clinician_id, pages=int(reply[0]))
        return _match("duty", reply)

    def built(self) -> bool:
        """Whether the lines were built from SQL since Redis last lost them."""
        return bool(self._redis.exists(BUILT))

    def mark_built(self) -> None:
        """Say that all waits and clinicians of SQL have been applied."""
        self._redis.set(BUILT, "1")

    def clear(self) -> None:
        """Forget everything, versions too: the first step of a rebuild."""
        self._redis.delete(BUILT)
        for key in self._keys(""):
            self._redis.unlink(key)

    def snapshot(self) -> Snapshot:
        """The lines as they stand, key by key: for the boards and for comparing with SQL, not for deciding."""
        return Snapshot(self._members("line:"), self._members("ready:"))

    def _members(self, prefix: str) -> dict[str, tuple[tuple[str, int], ...]]:
        found = {}
        for key in self._keys(prefix):
            members: list[tuple[str | bytes, float]] = self._redis.zrange(key, 0, -1, withscores=True)  # type: ignore[assignment]
            found[key.removeprefix(TAG + prefix)] = tuple((_text(id_), int(score)) for id_, score in members)
        return found

    def _keys(self, prefix: str) -> Iterator[str]:
        return (_text(key) for key in self._redis.scan_iter(match=f"{TAG}{prefix}*", count=500))


def _match(trigger: str, reply: list[Any]) -> Match | None:
    if len(reply) == 1:
        return None
    words = [part if isinstance(part, int) else _text(part) for part in reply[1:]]
    wait_id, wait_version, clinician_id, clinician_version, line, group = words[:6]
    rest = iter(words[6:])
    looked = tuple(Candidate(str(line), str(id_), int(key)) for line, id_, key in zip(rest, rest, rest, strict=True))
    return Match(
        wait_id=str(wait_id),
        wait_version=int(wait_version),
        clinician_id=str(clinician_id),
        clinician_version=int(clinician_version),
        line=str(line),
        group=int(group),
        trigger=trigger,
        looked=looked,
    )


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value
