"""The lines as plain Python over the pure policy: the oracle that Redis is compared with. It searches everything."""

from dataclasses import dataclass, field, replace

from routing.policy import Candidate, DutyEntry, Match, WaitEntry, choose_clinician, choose_wait


@dataclass
class Board:
    waits: dict[str, WaitEntry] = field(default_factory=dict)
    duties: dict[str, DutyEntry] = field(default_factory=dict)

    def apply_wait(self, entry: WaitEntry, now_ms: int) -> Match | None:
        known = self.waits.get(entry.wait_id)
        if known and entry.version < known.version:
            return None
        self.waits[entry.wait_id] = entry
        indexes = sorted({stand.group for stand in entry.stands})
        groups = [self._ready(entry, index) for index in indexes]
        chosen = choose_clinician(groups)
        if chosen is None:
            return None
        at, person = chosen
        looked = tuple(candidate for group in groups[: at + 1] for candidate in group)
        return self._match(entry, self.duties[person.id], person.line, "wait", looked)

    def apply_duty(self, entry: DutyEntry, now_ms: int) -> Match | None:
        known = self.duties.get(entry.clinician_id)
        if known and entry.version < known.version:
            return None
        self.duties[entry.clinician_id] = entry
        heads = [head for line in entry.lines if (head := self._head(line))]
        while (best := choose_wait(heads)) and entry.clinician_id in self.waits[best.id].avoid:
            following = self._head(best.line, unwilling_to_meet=entry.clinician_id)
            at = heads.index(best)
            heads[at : at + 1] = [following] if following else []
        if best is None:
            return None
        return self._match(self.waits[best.id], entry, best.line, "duty", tuple(heads))

    def waiting(self) -> dict[str, tuple[tuple[str, int], ...]]:
        stands = [(s.line, (w.wait_id, s.key_ms)) for w in self.waits.values() for s in w.stands]
        return _by_line(stands)

    def ready(self) -> dict[str, tuple[tuple[str, int], ...]]:
        return _by_line([(x, (d.clinician_id, key)) for d in self.duties.values() for x, key in d.keyed_lines()])

    def _ready(self, entry: WaitEntry, group: int) -> list[Candidate]:
        lines = [stand.line for stand in entry.stands if stand.group == group]
        return [first for line in lines if (first := self._first_ready(line, entry.avoid))]

    def _first_ready(self, line: str, avoid: tuple[str, ...]) -> Candidate | None:
        people = [d for d in self.duties.values() if d.clinician_id not in avoid]
        return choose_wait(
            [Candidate(x, d.clinician_id, key) for d in people for x, key in d.keyed_lines() if x == line]
        )

    def _head(self, line: str, unwilling_to_meet: str = "") -> Candidate | None:
        """The first of a line. Whether he avoids the clinician is asked of the best alone, then of those behind."""
        willing = [w for w in self.waits.values() if unwilling_to_meet not in w.avoid]
        return choose_wait([Candidate(line, w.wait_id, s.key_ms) for w in willing for s in w.stands if s.line == line])

    def _match(self, wait: WaitEntry, duty: DutyEntry, line: str, trigger: str, looked: tuple[Candidate, ...]) -> Match:
        group = next(stand.group for stand in wait.stands if stand.line == line)
        self.waits[wait.wait_id] = replace(wait, stands=())
        self.duties[duty.clinician_id] = replace(duty, lines=())
        who = (wait.wait_id, wait.version, duty.clinician_id, duty.version)
        return Match(*who, line=line, group=group, trigger=trigger, looked=looked)


def _by_line(pairs: list[tuple[str, tuple[str, int]]]) -> dict[str, tuple[tuple[str, int], ...]]:
    lines = {line for line, _ in pairs}
    return {
        line: tuple(sorted((member for at, member in pairs if at == line), key=lambda m: (m[1], m[0])))
        for line in lines
    }
