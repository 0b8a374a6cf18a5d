"""The lines and the duty board in Redis: a choice and its reservation as one atomic step.

Each change is one Lua call that sets a desired state with a version; an older version loses, an equal one says the
same again (so a match that died before its offer is found by saying it again; SQL refuses a second offer). SQL mints
the versions, so they are the fence under which a taken caller leaves all his lines. The eight things that happen are
two words:

    join, move rung, give back, hurry    apply_wait with lines       leave, expire        apply_wait without
    ready                                apply_duty with lines       not ready, offered   apply_duty without
    take                                 the match that either may answer; both have left all their lines by then

Redis 6.2 commands only; time is an argument; every key shares the hash tag `{lines}` and holds ids alone. Only heads
of lines are looked at, so the cost grows with the lines touched and not with who waits or is on duty.

    {lines}:line:<line>    sorted set  wait id -> key_ms       {lines}:wait:<id>   version, lines, groups, avoid
    {lines}:ready:<line>   sorted set  clinician -> key_ms     {lines}:duty:<id>   version, lines
        (one string each, parted by tabs: read and written at once it costs Redis less than a hash)
    {lines}:gone           sorted set  wait id -> when it left, so that its version can be forgotten an hour later
    {lines}:built          set once the whole was built from SQL
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import structlog
from redis import Redis

from routing.policy import Candidate, DutyEntry, Match, WaitEntry

log = structlog.get_logger()

TAG = "{lines}:"
GONE = f"{TAG}gone"
BUILT = f"{TAG}built"

KEEP_GONE_MS = 3_600_000  # how long the version of a wait outlives it: no late word is an hour late
PASS_AT_MOST = 16  # heads that avoid a clinician, passed before the search counts as deep

# Lists go in and out as one string, an item a line: a client spends more on many short ones than Redis on its work.
_COMMON = """
local call = redis.call
local WAIT, DUTY = '{lines}:wait:', '{lines}:duty:'
local LINE, READY = '{lines}:line:', '{lines}:ready:'
local ITEM = '[^\\n]+'
local PERSON, WAITING = '^(%d+)\\t(.*)$', '^(%d+)\\t([^\\t]*)\\t([^\\t]*)\\t(.*)$'

local function person(id)  -- version, lines; of one whom a wipe is just taking: a version that loses to any other
  return string.match(call('GET', DUTY .. id) or '0\\t', PERSON)
end

local function waiting(id)  -- version, lines, groups, whom he avoids
  return string.match(call('GET', WAIT .. id) or '0\\t\\t\\t', WAITING)
end

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

local function holds(people, id)  -- people have a line's end at both ends, or are nobody
  return people ~= '' and string.find(people, '\\n' .. id .. '\\n', 1, true) ~= nil
end

local function leave(prefix, lines, id)
  for line in string.gmatch(lines, ITEM) do call('ZREM', prefix .. line, id) end
end

local function items(text)
  local found = {}
  for item in string.gmatch(text, ITEM) do found[#found + 1] = item end
  return found
end

local function answer(reply, looked)
  for _, each in ipairs(looked) do
    reply[#reply + 1] = each.line
    reply[#reply + 1] = each.id
    reply[#reply + 1] = each.key
  end
  return table.concat(reply, '\\n')
end
"""

_APPLY_WAIT = (
    _COMMON
    + """
local id, version, now, forget_before = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local lines, keys, groups, avoid = items(ARGV[5]), items(ARGV[6]), items(ARGV[7]), ARGV[8]
local GONE, FORGET_AT_ONCE = KEYS[1], 4  -- versions dropped with each that is added, so that no call pays for all

local known = call('GET', WAIT .. id)
if known then
  local known_version, known_lines = string.match(known, WAITING)
  if tonumber(version) < tonumber(known_version) then return '' end
  leave(LINE, known_lines, id)
end
if #lines == 0 then
  call('SET', WAIT .. id, version .. '\\t\\t\\t')
  call('ZADD', GONE, now, id)
  for _, old in ipairs(call('ZRANGEBYSCORE', GONE, '-inf', forget_before, 'LIMIT', 0, FORGET_AT_ONCE)) do
    call('DEL', WAIT .. old)
    call('ZREM', GONE, old)
  end
  return ''
end

local ready_keys = {}
for i, line in ipairs(lines) do ready_keys[i] = READY .. line end
local best, group, looked = nil, nil, {}
if call('EXISTS', unpack(ready_keys)) > 0 then
  for at, line in ipairs(lines) do
    if best and groups[at] ~= group then break end
    local ready = call('ZRANGE', ready_keys[at], 0, #items(avoid), 'WITHSCORES')
    for i = 1, #ready, 2 do  -- as many can be passed over as there are people to avoid
      if not holds(avoid, ready[i]) then
        local first = {line = line, id = ready[i], key = ready[i + 1]}
        looked[#looked + 1] = first
        if better(first.id, first.key, best) then best, group = first, groups[at] end
        break
      end
    end
  end
end
if best then
  local duty_version, duty_lines = person(best.id)
  leave(READY, duty_lines, best.id)
  call('MSET', DUTY .. best.id, duty_version .. '\\t', WAIT .. id, version .. '\\t\\t\\t')
  return answer({0, id, version, best.id, duty_version, best.line, group}, looked)
end
call('SET', WAIT .. id, version .. '\\t' .. ARGV[5] .. '\\t' .. ARGV[7] .. '\\t' .. avoid)
for i, line in ipairs(lines) do call('ZADD', LINE .. line, keys[i], id) end
if known then call('ZREM', GONE, id) end
return ''
"""
)

_APPLY_DUTY = (
    _COMMON
    + f"""
local PASS_AT_MOST = {PASS_AT_MOST}
"""
    + """
local id, version, lines, keys = ARGV[1], ARGV[2], items(ARGV[3]), items(ARGV[4])
local deep = 0

local known = call('GET', DUTY .. id)
if known then
  local known_version, known_lines = string.match(known, PERSON)
  if tonumber(version) < tonumber(known_version) then return '' end
  leave(READY, known_lines, id)
end

local function next_willing(line)  -- the first avoids him: pages of those behind, until one does not
  local from, upto = 1, PASS_AT_MOST
  while true do
    local page = call('ZRANGE', LINE .. line, from, upto, 'WITHSCORES')
    for i = 1, #page, 2 do
      local _, _, _, avoid = waiting(page[i])
      if not holds(avoid, id) then return {line = line, id = page[i], key = page[i + 1]} end
    end
    if #page < 2 * PASS_AT_MOST then return nil end
    from, upto = upto + 1, upto + PASS_AT_MOST
    deep = deep + 1
  end
end

local looked = {}
for _, line in ipairs(lines) do
  local first = call('ZRANGE', LINE .. line, 0, 0, 'WITHSCORES')
  if first[1] then looked[#looked + 1] = {line = line, id = first[1], key = first[2]} end
end
local best, at_best, wait_version, wait_lines, wait_groups, avoid
repeat  -- once, unless the best of the heads avoids him: then the next of that line stands in his place
  best, at_best = nil, nil
  for at, head in ipairs(looked) do
    if better(head.id, head.key, best) then best, at_best = head, at end
  end
  if best then
    wait_version, wait_lines, wait_groups, avoid = waiting(best.id)
    if holds(avoid, id) then
      local following = next_willing(best.line)
      if following then looked[at_best] = following else table.remove(looked, at_best) end
      wait_version = nil
    end
  end
until wait_version or not best
if not best then
  call('SET', DUTY .. id, version .. '\\t' .. ARGV[3])
  for i, line in ipairs(lines) do call('ZADD', READY .. line, keys[i], id) end
  return deep > 0 and tostring(deep) or ''
end
local groups, group, at = items(wait_groups), '0', 0
for line in string.gmatch(wait_lines, ITEM) do
  at = at + 1
  if line == best.line then group = groups[at] end
  call('ZREM', LINE .. line, best.id)
end
call('MSET', WAIT .. best.id, wait_version .. '\\t\\t\\t', DUTY .. id, version .. '\\t')
return answer({deep, best.id, wait_version, id, version, best.line, group}, looked)
"""
)


@dataclass(frozen=True)
class Snapshot:
    """All lines as they stand: line -> ((wait id, key_ms), ...) and line -> ((clinician, key_ms), ...)."""

    waiting: dict[str, tuple[tuple[str, int], ...]]
    ready: dict[str, tuple[tuple[str, int], ...]]


class Lines:
    """Redis' part of routing. May vanish at any moment; `built` tells whether it must be rebuilt from SQL."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._apply_wait = redis.register_script(_APPLY_WAIT)
        self._apply_duty = redis.register_script(_APPLY_DUTY)

    def apply_wait(self, entry: WaitEntry, now_ms: int) -> Match | None:
        """Make the lines say this of the wait; the best ready clinician, now reserved, if there is one."""
        stands = entry.stands
        reply = self._apply_wait(
            keys=[GONE],
            args=[
                entry.wait_id,
                entry.version,
                now_ms,
                now_ms - KEEP_GONE_MS,
                _listed([stand.line for stand in stands]),
                _listed([stand.key_ms for stand in stands]),
                _listed([stand.group for stand in stands]),
                _listed(["", *entry.avoid, ""]) if entry.avoid else "",
            ],
        )
        return _match("wait", _text(reply).split("\n"))

    def apply_duty(self, entry: DutyEntry, _now_ms: int) -> Match | None:
        """Make the duty board say this of the clinician; the best caller, now reserved, if he is ready for one."""
        keys = _listed([key_ms for _, key_ms in entry.keyed_lines()])
        args: list[str | int] = [entry.clinician_id, entry.version, _listed(entry.lines), keys]
        reply = _text(self._apply_duty(keys=[GONE], args=args)).split("\n")
        if reply[0] not in ("", "0"):
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


def _listed(items: Iterable[str | int]) -> str:
    return "\n".join(map(str, items))


def _match(trigger: str, reply: list[str]) -> Match | None:
    if len(reply) == 1:
        return None
    _, wait_id, wait_version, clinician_id, clinician_version, line, group = reply[:7]
    rest = iter(reply[7:])
    return Match(
        wait_id=wait_id,
        wait_version=int(wait_version),
        clinician_id=clinician_id,
        clinician_version=int(clinician_version),
        line=line,
        group=int(group),
        trigger=trigger,
        looked=tuple(Candidate(line, id_, int(key)) for line, id_, key in zip(rest, rest, rest, strict=True)),
    )


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value
