"""The lines and the duty board in memory: what `routing/lines.py` keeps in Redis, for simulations.

Each choice is made by the functions of `routing/policy.py`; here is only what they choose from. A line is a heap whose
stale entries are dropped when they come to its top, so a step costs the lines it touches, as in Redis.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from heapq import heappop, heappush

from routing.policy import Candidate, DutyEntry, Match, WaitEntry, choose_clinician, choose_wait

Heap = list[tuple[int, str, int]]  # key, id, version of the entry that put it there
Chooser = Callable[[Iterable[Candidate]], Candidate | None]


@dataclass
class Board:
    """`waits` and `duties` hold those who stand somewhere now. `choose` may be another rule for a freed clinician."""

    choose: Chooser = choose_wait
    waits: dict[str, WaitEntry] = field(default_factory=dict)
    duties: dict[str, DutyEntry] = field(default_factory=dict)
    _waiting: defaultdict[str, Heap] = field(default_factory=lambda: defaultdict(list))
    _ready: defaultdict[str, Heap] = field(default_factory=lambda: defaultdict(list))

    def apply_wait(self, entry: WaitEntry, _now_ms: int) -> Match | None:
        """Say this of the wait; the best ready clinician, now reserved, if there is one."""
        self.waits.pop(entry.wait_id, None)
        if not entry.stands:
            return None
        groups: list[list[Candidate]] = []
        for stand in entry.stands:
            if len(groups) <= stand.group:
                if groups and groups[-1]:
                    break
                groups.extend([] for _ in range(stand.group + 1 - len(groups)))
            if first := self._first_ready(stand.line, entry.avoid):
                groups[stand.group].append(first)
        chosen = choose_clinician(groups)
        if chosen is None:
            self._stand(entry)
            return None
        looked = tuple(candidate for group in groups for candidate in group)
        duty = self.duties.pop(chosen[1].id)
        return _match(entry, duty, chosen[1].line, "wait", looked)

    def apply_duty(self, entry: DutyEntry, _now_ms: int) -> Match | None:
        """Say this of the clinician; the best caller, now reserved, if he is ready for one."""
        self.duties.pop(entry.clinician_id, None)
        heads = [head for line in entry.lines if (head := self._head(line, entry.clinician_id))]
        best = self.choose(heads)
        if best is None:
            self._be_ready(entry)
            return None
        return _match(self.waits.pop(best.id), entry, best.line, "duty", tuple(heads))

    def _stand(self, entry: WaitEntry) -> None:
        self.waits[entry.wait_id] = entry
        for stand in entry.stands:
            heappush(self._waiting[stand.line], (stand.key_ms, entry.wait_id, entry.version))

    def _be_ready(self, entry: DutyEntry) -> None:
        if entry.lines:
            self.duties[entry.clinician_id] = entry
        for line, key_ms in entry.keyed_lines():
            heappush(self._ready[line], (key_ms, entry.clinician_id, entry.version))

    def _first_ready(self, line: str, avoid: tuple[str, ...]) -> Candidate | None:
        heap = self._ready.get(line)
        return _first(line, heap, self._is_ready, lambda id_: id_ in avoid) if heap else None

    def _head(self, line: str, clinician: str) -> Candidate | None:
        heap = self._waiting.get(line)
        return _first(line, heap, self._waits_still, lambda id_: clinician in self.waits[id_].avoid) if heap else None

    def _is_ready(self, id_: str, version: int) -> bool:
        found = self.duties.get(id_)
        return found is not None and found.version == version

    def _waits_still(self, id_: str, version: int) -> bool:
        found = self.waits.get(id_)
        return found is not None and found.version == version


def _first(
    line: str, heap: Heap, stands: Callable[[str, int], bool], passed_over: Callable[[str], bool]
) -> Candidate | None:
    """The smallest entry of the heap that still stands and is not passed over. Those passed over stay."""
    passed = []
    found = None
    while heap and found is None:
        key, id_, version = heap[0]
        if stands(id_, version) and not passed_over(id_):
            found = Candidate(line, id_, key)
        else:
            top = heappop(heap)
            passed.extend([top] if stands(id_, version) else [])
    for each in passed:
        heappush(heap, each)
    return found


def _match(wait: WaitEntry, duty: DutyEntry, line: str, trigger: str, looked: tuple[Candidate, ...]) -> Match:
    group = next(stand.group for stand in wait.stands if stand.line == line)
    who = (wait.wait_id, wait.version, duty.clinician_id, duty.version)
    return Match(*who, line=line, group=group, trigger=trigger, looked=looked)
