"""The lines and the duty board in Redis: a choice and its reservation as one atomic step.

Each change is one Lua call that sets a desired state with a version; an older version loses, an equal one says the
same again (so a match that died before its offer is found by saying both again; SQL refuses a second offer). SQL mints
the versions, so they are the fence under which a taken caller leaves all his lines. The eight things that happen are
two words:

    join, move rung, give back, hurry    apply_wait with lines       leave, expire        apply_wait without
    ready                                apply_duty with lines       not ready, offered   apply_duty without
    take                                 the match that either may answer; both have left all their lines by then

Redis 6.2 commands only; time is an argument; every key shares the hash tag `{lines}` and holds ids alone. Only heads
of lines are looked at, so the cost grows with the lines touched and not with who waits or is on duty.

    {lines}:line:<line>    sorted set  wait id -> key_ms       {lines}:wait:<id>   version, groups, avoid, lines
    {lines}:ready:<line>   sorted set  clinician -> key_ms     {lines}:duty:<id>   version, lines
        (one string each, see `_record`; it says where he was put, and he is in all of these lines or was taken out)
    {lines}:gone           sorted set  wait id -> when it left, so that its version can be forgotten an hour later
    {lines}:built          the run of the server on which the whole was built from SQL
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import structlog
from redis import Redis
from redis.exceptions import ResponseError

from config.scripts import Register, Scripts
from routing.policy import Candidate, DutyEntry, Match, WaitEntry

log = structlog.get_logger()

TAG = "{lines}:"
GONE = f"{TAG}gone"
BUILT = f"{TAG}built"

KEEP_GONE_MS = 3_600_000  # how long the version of a wait outlives it: no late word is an hour late
PASS_AT_MOST = 16  # heads that avoid a clinician, passed before the search counts as deep

# Each call of a command costs a script more than most commands cost Redis, and each value it makes costs as well. So
# what is known of one person is one string, written and read at once (SET with GET), and lists come as one string;
# numbers are written as strings, since the script would print them for each command anew. Nothing of it goes to a file
# or a replica: each run of the server builds the lines from SQL, and what an older run knew would only be out of date.
_COMMON = """
redis.set_repl(redis.REPL_NONE)
local call, match, find, each = redis.call, string.match, string.find, string.gmatch
local WAIT, DUTY = '{lines}:wait:', '{lines}:duty:'
local LINE, READY = '{lines}:line:', '{lines}:ready:'
local VERSION, GROUPS, A_LINE, ITEM = '^%d+', ' ([^\\t]*)', '\\n([^\\n]+)', '[^\\n]+'
local UNKNOWN = '0 \\t'  -- one whom a wipe is just taking: his version loses to any other
local id, record = ARGV[1], ARGV[2]

local function leave(prefix, record, id)  -- who is not in the first of his lines is in none: a match took him
  for line in each(record, A_LINE) do
    if call('ZREM', prefix .. line, id) == 0 then return end
  end
end

local function sooner(key, id, best_key, best)  -- equal keys by bytes: the operator would ask the server's locale
  if not best or key ~= best_key then return not best or key < best_key end
  for i = 1, math.min(#id, #best) do
    local x, y = id:byte(i), best:byte(i)
    if x ~= y then return x < y end
  end
  return #id < #best
end

local function avoids(record, id)  -- avoided people stand between tabs
  return find(record, '\\t' .. id .. '\\t', 1, true)
end

local known = call('SET', MINE .. id, record, 'GET')
if known and tonumber(match(record, VERSION)) < tonumber(match(known, VERSION)) then
  call('SET', MINE .. id, known)
  return ''
end
"""

_APPLY_WAIT = (
    _COMMON.replace("MINE", "WAIT")
    + """
local lines, n = {}, 0
for line in each(record, A_LINE) do
  n = n + 1
  lines[n] = line
end
if known then
  if find(known, '\\n', 1, true) then leave(LINE, known, id) elseif n > 0 then call('ZREM', KEYS[1], id) end
end
if n == 0 then
  local GONE, now, forget_before = KEYS[1], ARGV[4], ARGV[5]
  local FORGET_AT_ONCE = '4'  -- versions dropped with each that is added, so that no call pays for all
  call('ZADD', GONE, now, id)
  for _, old in ipairs(call('ZRANGEBYSCORE', GONE, '-inf', forget_before, 'LIMIT', '0', FORGET_AT_ONCE)) do
    call('DEL', WAIT .. old)
    call('ZREM', GONE, old)
  end
  return ''
end

local ready = {}
for i = 1, n do ready[i] = READY .. lines[i] end
if call('EXISTS', unpack(ready)) > 0 then
  local best, best_key, best_at, group
  local looked, i = {}, 0
  local avoided = select(2, string.gsub(record, '\\t', '')) - 1
  for its_group in each(match(record, GROUPS), '%d+') do
    i = i + 1
    looked[2 * i - 1], looked[2 * i] = '', ''
    if not best or its_group == group then
      local found = call('ZRANGE', ready[i], '0', avoided, 'WITHSCORES')
      for f = 1, #found, 2 do  -- as many can be passed over as there are people to avoid
        local who, key = found[f], tonumber(found[f + 1])
        if not avoids(record, who) then
          looked[2 * i - 1], looked[2 * i] = who, found[f + 1]
          if sooner(key, who, best_key, best) then best, best_key, best_at, group = who, key, i, its_group end
          break
        end
      end
    end
  end
  if best then
    local duty = call('GET', DUTY .. best) or UNKNOWN
    leave(READY, duty, best)
    return '0\\n' .. best_at .. '\\n' .. table.concat(looked, '\\n') .. '\\n' .. duty
  end
end
local i = 0
for key in each(ARGV[3], ITEM) do
  i = i + 1
  call('ZADD', LINE .. lines[i], key, id)
end
return ''
"""
)

_APPLY_DUTY = (
    _COMMON.replace("MINE", "DUTY")
    + f"""
local PASS_AT_MOST = {PASS_AT_MOST}
"""
    + """
if known then leave(READY, known, id) end

local lines, heads, n = {}, {}, 0  -- of line i the heads are 2i - 1, who, and 2i, his key; empty if nobody stands there
local best, best_key, at
for line in each(record, A_LINE) do
  n = n + 1
  local head = call('ZRANGE', LINE .. line, '0', '0', 'WITHSCORES')
  local who, key = head[1], head[2]
  lines[n], heads[2 * n - 1], heads[2 * n] = line, who or '', key or ''
  if who then
    key = tonumber(key)
    if sooner(key, who, best_key, best) then best, best_key, at = who, key, n end
  end
end
local wait = best and (call('GET', WAIT .. best) or UNKNOWN)
local deep = 0

if best and avoids(wait, id) then
  local function next_willing(line)  -- pages of those behind, until one does not avoid him
    local from, upto = 1, PASS_AT_MOST
    while true do
      local page = call('ZRANGE', LINE .. line, from, upto, 'WITHSCORES')
      for i = 1, #page, 2 do
        if not avoids(call('GET', WAIT .. page[i]) or UNKNOWN, id) then return page[i], page[i + 1] end
      end
      if #page < 2 * PASS_AT_MOST then return '', '' end
      from, upto = upto + 1, upto + PASS_AT_MOST
      deep = deep + 1
    end
  end
  repeat  -- the next of that line stands in his place
    heads[2 * at - 1], heads[2 * at] = next_willing(lines[at])
    best, best_key, at = nil, nil, nil
    for i = 1, n do
      local who, key = heads[2 * i - 1], tonumber(heads[2 * i])
      if key and sooner(key, who, best_key, best) then best, best_key, at = who, key, i end
    end
    wait = best and (call('GET', WAIT .. best) or UNKNOWN)
  until not best or not avoids(wait, id)
end

if not best then
  local i = 0
  for key in each(ARGV[3], ITEM) do
    i = i + 1
    call('ZADD', READY .. lines[i], key, id)
  end
  return deep > 0 and tostring(deep) or ''
end
leave(LINE, wait, best)
return deep .. '\\n' .. at .. '\\n' .. table.concat(heads, '\\n') .. '\\n' .. wait
"""
)


@dataclass(frozen=True)
class Snapshot:
    """All lines as they stand: line -> ((wait id, key_ms), ...) and line -> ((clinician, key_ms), ...)."""

    waiting: dict[str, tuple[tuple[str, int], ...]]
    ready: dict[str, tuple[tuple[str, int], ...]]


class Lines:
    """Redis' part of routing. May vanish at any moment, or turn up as it once was; `built` tells."""

    def __init__(self, redis: Redis, register: Register | None = None) -> None:
        self._redis = redis
        register = register or Scripts(redis).register
        self._apply_wait = register(_APPLY_WAIT, GONE)
        self._apply_duty = register(_APPLY_DUTY, GONE)

    def apply_wait(self, entry: WaitEntry, now_ms: int) -> Match | None:
        """Make the lines say this of the wait; the best ready clinician, now reserved, if there is one."""
        stands = entry.stands
        lines = [stand.line for stand in stands]
        groups = [str(stand.group) for stand in stands]
        record = _record(entry.version, lines, groups, entry.avoid)
        keys = "\n".join([str(stand.key_ms) for stand in stands])
        reply = self._apply_wait((entry.wait_id, record, keys, str(now_ms), str(now_ms - KEEP_GONE_MS)))
        if not reply:
            return None
        at, clinician, looked, duty = _read(reply, lines)
        version = int(duty[0].partition(" ")[0])
        stand = stands[at]
        return Match(entry.wait_id, entry.version, clinician, version, stand.line, stand.group, "wait", looked)

    def apply_duty(self, entry: DutyEntry, _now_ms: int) -> Match | None:
        """Make the duty board say this of the clinician; the best caller, now reserved, if he is ready for one."""
        keys = "\n".join([str(key_ms) for _, key_ms in entry.keyed_lines()])
        reply = self._apply_duty((entry.clinician_id, _record(entry.version, entry.lines), keys))
        if not reply:
            return None
        deep, _, rest = reply.partition(b"\n")
        if deep != b"0":
            log.warning("line_searched_deep", clinician=entry.clinician_id, pages=int(deep))
        if not rest:
            return None
        at, wait, looked, (first, *its_lines) = _read(reply, entry.lines)
        version, *groups = first.partition("\t")[0].split(" ")
        line = entry.lines[at]
        group = int(groups[its_lines.index(line)]) if line in its_lines else 0  # a wipe has just taken his record
        return Match(wait, int(version), entry.clinician_id, entry.version, line, group, "duty", looked)

    def server(self) -> str:
        """The run of the server that answers: another after each start, and on a replica that takes over.

        Raises where it does not tell us, or may not: nothing could be known to be lost then.
        """
        told = self._redis.info("server").get("run_id")
        if not told:
            raise ResponseError("INFO server tells no run_id")
        return str(told)

    def built(self, server: str) -> bool:
        """Whether the lines were built from SQL on this run of the server.

        A server that started again, or took over, has nothing of them, or what they once were.
        """
        return _text(self._redis.get(BUILT) or "") == server

    def mark_built(self, server: str) -> None:
        """Say that all waits and clinicians of SQL have been applied on this run of the server."""
        self._redis.set(BUILT, server)

    def clear(self) -> None:
        """Forget everything, versions too: the first step of a rebuild. Raises where Redis takes no writes."""
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


def _record(version: int, lines: Sequence[str], groups: Iterable[str] = (), avoid: Iterable[str] = ()) -> str:
    """What Redis keeps of one person: version, groups, a tab, whom he avoids, each with a tab; then a line a line."""
    avoided = "".join([f"{person}\t" for person in avoid])
    return "\n".join([f"{version} {' '.join(groups)}\t{avoided}", *lines])


def _read(reply: bytes, lines: Sequence[str]) -> tuple[int, str, tuple[Candidate, ...], list[str]]:
    """A match as a script tells it: in which line, with whom, who was looked at, and the record of whom it is with."""
    _, at, *rest = reply.decode().split("\n")
    heads, record = rest[: 2 * len(lines)], rest[2 * len(lines) :]
    looked = [
        Candidate(line, id_, int(key)) for line, id_, key in zip(lines, heads[::2], heads[1::2], strict=True) if id_
    ]
    line = int(at) - 1
    return line, heads[2 * line], tuple(looked), record


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value
