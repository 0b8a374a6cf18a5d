"""The real Lua and the pure policy driven by one random history of a whole center, comparing every answer.

The center here is what SQL holds, as plain values, and every change of it is made by the product's pure functions:
callers join, climb, leave and are hurried; clinicians come, go, learn and forget; offers are accepted, declined,
missed, expired and rescinded; time passes. What follows is told to Redis and to the oracle at once, later, twice, out
of order, or after Redis lost everything. At every step: the same answer from both; never two offers of one clinician
or of one caller (I2, I3); nobody served before an earlier one whom the same clinician could take (I11). Whenever all
has been told: exactly the ready are ready, exactly the waiting wait, and no two who fit are left apart (I9).

Longer than 300 lines because what happens in the center and what must hold after it are one machine.
"""

import json
import random
from collections import deque
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from config.content import Ladder, Rung
from routing import explain, offers, policy, presence
from routing.lines import Lines
from routing.needs import Need, OnDuty, Wait, WaitState, epoch_ms
from routing.policy import DutyEntry, Match, WaitEntry
from routing.presence import Presence, State
from tests.routing.board import Board

BEGINS = datetime(2031, 3, 3, 12, tzinfo=UTC)
RING = timedelta(seconds=25)
LADDERS = {
    "shipped": Ladder(rungs=(Rung(serve=("own", "team"), seconds=30), Rung(serve=("any",)))),
    "long": Ladder(
        rungs=(Rung(serve=("own",), seconds=20), Rung(serve=("team", "site"), seconds=20), Rung(serve=("any",)))
    ),
}
PEOPLE = ("ana", "Ben", "cy", "dee", "eve", "flo")  # the capital letter would be sorted elsewhere by a locale
MOST_WAITING = 9
LATE_WORDS = 12  # how many words of the past may still be on their way


@dataclass(frozen=True)
class Held:
    """An open offer: one clinician held for one wait."""

    wait: str
    clinician: str
    expires: datetime
    accepted: bool = False


@dataclass
class Twins:
    """The center as SQL would have it, with Redis and the oracle beside it."""

    lines: Lines
    chance: random.Random
    board: Board = field(default_factory=Board)
    now: datetime = BEGINS
    waits: dict[str, Wait] = field(default_factory=dict)
    people: dict[str, Presence] = field(default_factory=dict)
    skills: dict[str, OnDuty] = field(default_factory=dict)
    open: dict[int, Held] = field(default_factory=dict)
    untold: list[tuple[str, str]] = field(default_factory=list)  # (line | duty, whom)
    said: deque[WaitEntry | DutyEntry] = field(default_factory=lambda: deque(maxlen=LATE_WORDS))
    fences: int = 0
    callers: int = 0
    matches: int = 0

    def __post_init__(self) -> None:
        for person in PEOPLE:
            self.people[person] = Presence(person, State.OFFLINE, self.now)
            self.skills[person] = self._some_skills(person)

    # --- what happens

    def step(self) -> None:
        """One thing that happens, by chance; then perhaps what was left untold."""
        happening = self.chance.choices(HAPPENINGS, WEIGHTS)[0]
        happening(self)
        if self.chance.random() < 0.8:
            self.tell_all()

    def joins(self) -> None:
        """A caller comes, or a promise whose place is older than its coming."""
        if len(self.waits) >= MOST_WAITING:
            return
        self.callers += 1
        need, name = self._some_need(), self.chance.choice(list(LADDERS))
        rung = policy.first_rung(need, LADDERS[name], self._on_duty())
        head_start = self.chance.choice((0, 0, 0, 60, 600))
        wait = Wait(
            id=f"w{self.callers}",
            call_id=f"c{self.callers}",
            kind="call",
            sid=None,
            callback_id=None,
            state=WaitState.WAITING,
            need=need,
            ladder=name,
            rung=rung,
            rung_until=policy.rung_until(need, LADDERS[name], rung, self.now),
            place_ms=policy.place_ms(self.now, head_start),
            version=1,
            joined_at=self.now,
        )
        self.waits[wait.id] = wait
        self.untold.append(("line", wait.id))

    def leaves(self) -> None:
        """A caller hangs up, whatever he does just then."""
        wait = self._any_wait()
        if wait is None:
            return
        for fence, held in list(self.open.items()):
            if held.wait == wait.id:
                self._end(fence, offers.State.FINISHED if held.accepted else offers.State.RESCINDED)
        self._change(self.waits[wait.id], state=WaitState.LEFT)

    def hurried(self) -> None:
        """A supervisor gives a caller a bigger head start."""
        wait = self._any_wait()
        if wait and wait.state is WaitState.WAITING:
            self._change(wait, place_ms=wait.place_ms - 120_000)

    def chooses(self) -> None:
        """A clinician sets what he does; what rings at him is given back first."""
        person = self.chance.choice(PEOPLE)
        wanted = self.chance.choice((State.READY, State.READY, State.READY, State.AWAY, State.OFFLINE, State.IN_VISIT))
        for fence, held in list(self.open.items()):
            if held.clinician == person and not held.accepted and wanted is not State.READY:
                self._end(fence, offers.State.DECLINED)
        until = self.now + timedelta(seconds=60) if wanted is State.IN_VISIT else None
        self._put(presence.choose(self.people[person], wanted, None, until, self.now))

    def learns(self) -> None:
        """A clinician's skills change while he works."""
        person = self.chance.choice(PEOPLE)
        self.skills[person] = self._some_skills(person)
        known = self.people[person]
        self._put(replace(known, version=known.version + 1))

    def offer_answered(self) -> None:
        """An offer that rings is taken, or comes to nothing; a talk ends, or one of the two is lost."""
        if not self.open:
            return
        fence = self.chance.choice(list(self.open))
        held = self.open[fence]
        if held.accepted:
            if self.chance.random() < 0.8:
                self._end(fence, offers.State.FINISHED)
                self._change(self.waits[held.wait], state=WaitState.LEFT)
            else:
                self._end(fence, offers.State.LOST)
        elif self.chance.random() < 0.5:
            self.open[fence] = replace(held, accepted=True)
            self._change(self.waits[held.wait], state=WaitState.CONNECTED)
            self._put(presence.talk(self.people[held.clinician], self.now))
        else:
            self._end(fence, self.chance.choice(sorted(offers.GIVEN_BACK)))

    def time_passes(self) -> None:
        """The clock steps; what is over ends, and callers climb."""
        self.now += timedelta(milliseconds=self.chance.choice((1, 500, 5_000, 20_000)))
        for fence, held in list(self.open.items()):
            if not held.accepted and held.expires <= self.now:
                self._end(fence, offers.State.EXPIRED)
        for person in self.people.values():
            if presence.is_due(person, self.now):
                self._put(presence.when_due(person, self.now))
        for wait in list(self.waits.values()):
            rung = policy.climbs_to(wait, LADDERS[wait.ladder], self._on_duty(), self.now)
            if rung is not None:
                until = policy.rung_until(wait.need, LADDERS[wait.ladder], rung, self.now)
                self._change(wait, rung=rung, rung_until=until)

    def late_word(self) -> None:
        """A process that slept says what was true long ago."""
        if self.said:
            self._say(self.chance.choice(self.said))

    def redis_is_wiped(self) -> None:
        """Redis loses everything and is filled from SQL."""
        self.lines.clear()
        self.board = Board()
        self.untold = [("duty", person) for person in self.people] + [("line", wait) for wait in self.waits]

    # --- telling Redis

    def tell_all(self) -> None:
        """Say all that is untold, in any order, until nothing is left to say."""
        while self.untold:
            kind, whom = self.untold.pop(self.chance.randrange(len(self.untold)))
            entry = self._desired(kind, whom)
            self.said.append(entry)
            self._say(entry)

    def _desired(self, kind: str, whom: str) -> WaitEntry | DutyEntry:
        if kind == "duty":
            return policy.duty_entry(self.people[whom], self.skills[whom])
        wait = self.waits.get(whom)
        if wait is None:
            return WaitEntry(whom, 0)  # told of already; as SQL answers of one it does not know
        entry = policy.wait_entry(wait, LADDERS[wait.ladder])
        if wait.state is WaitState.LEFT:
            del self.waits[whom]
        return entry

    def _say(self, entry: WaitEntry | DutyEntry) -> None:
        now_ms = epoch_ms(self.now)
        if isinstance(entry, WaitEntry):
            found, expected = self.lines.apply_wait(entry, now_ms), self.board.apply_wait(entry, now_ms)
        else:
            self._nobody_is_passed(entry)
            found, expected = self.lines.apply_duty(entry, now_ms), self.board.apply_duty(entry, now_ms)
        assert _plain(found) == _plain(expected), f"{entry}: Redis says {found}, the policy {expected}"
        if found:
            why = json.loads(json.dumps(explain.record(found, Need("pt"), 0)))
            assert explain.replayed(why, found.wait_id, found.clinician_id), "a replay decides otherwise"
            self._offer(found)
        self._forget()

    def _nobody_is_passed(self, entry: DutyEntry) -> None:
        """I11, said another way than the oracle does: the smallest key of all who could be taken is taken."""
        known = self.board.duties.get(entry.clinician_id)
        if known and entry.version < known.version:
            return
        keys = [
            (stand.key_ms, wait.wait_id)
            for wait in self.board.waits.values()
            if entry.clinician_id not in wait.avoid
            for stand in wait.stands
            if stand.line in entry.lines
        ]
        self._best = min(keys, default=None)

    _best: tuple[int, str] | None = None

    def _offer(self, match: Match) -> None:
        if match.trigger == "duty":
            assert self._best is not None
            assert self._best[1] == match.wait_id, "a later caller was taken first"
        self.matches += 1
        wait, person = self.waits.get(match.wait_id), self.people[match.clinician_id]
        if wait is None or wait.state is not WaitState.WAITING or person.state is not State.READY:
            self.untold += [("duty", match.clinician_id), *([("line", wait.id)] if wait else [])]
            return
        assert all(held.clinician != person.clinician_id for held in self.open.values()), "I2: two callers for one"
        assert all(held.wait != wait.id for held in self.open.values()), "I3: two clinicians for one"
        self.fences += 1
        self.open[self.fences] = Held(wait.id, person.clinician_id, self.now + RING)
        self._change(wait, state=WaitState.OFFERED)
        self._put(presence.reserve(person, self.fences, self.now))

    def _forget(self) -> None:
        """The oracle may forget who is gone as soon as no word about him can come any more."""
        for entry in [each for each in self.board.waits.values() if not each.stands]:
            if entry.wait_id not in self.waits and all(entry.wait_id != _id(each) for each in self.said):
                del self.board.waits[entry.wait_id]

    # --- what must hold when all has been told

    def at_rest(self) -> None:
        """Tell all; then Redis holds exactly what SQL holds, and nobody who fits is left apart."""
        self.tell_all()
        held = self.lines.snapshot()
        assert held.waiting == self.board.waiting()
        assert held.ready == self.board.ready()
        ready = {person for members in held.ready.values() for person, _ in members}
        assert ready == {each.clinician_id for each in self.people.values() if each.state is State.READY}, "I9"
        waiting = {wait for members in held.waiting.values() for wait, _ in members}
        standing = [wait for wait in self.waits.values() if wait.state is WaitState.WAITING]
        assert waiting == {wait.id for wait in standing if policy.wait_entry(wait, LADDERS[wait.ladder]).stands}, "I9"
        for line in held.waiting.keys() & held.ready.keys():
            for wait, _ in held.waiting[line]:
                assert {person for person, _ in held.ready[line]} <= set(self.waits[wait].need.avoid), "left apart"
        offered = {each.offer_id for each in self.people.values() if each.offer_id is not None}
        assert offered == set(self.open), "I9: a reservation without its offer"

    # --- parts

    def _end(self, fence: int, state: offers.State) -> None:
        held = self.open.pop(fence)
        person = self.people[held.clinician]
        if state is offers.State.FINISHED:
            self._put(presence.after_talk(person, self.now, 20))
        else:
            self._put(presence.after(person, state, self.now))
            self._change(self.waits[held.wait], state=WaitState.WAITING)

    def _change(self, wait: Wait, **changes: object) -> None:
        self.waits[wait.id] = replace(wait, version=wait.version + 1, **changes)  # type: ignore[arg-type]
        self.untold.append(("line", wait.id))

    def _put(self, person: Presence) -> None:
        self.people[person.clinician_id] = person
        self.untold.append(("duty", person.clinician_id))

    def _any_wait(self) -> Wait | None:
        here = [wait for wait in self.waits.values() if wait.state is not WaitState.LEFT]
        return self.chance.choice(here) if here else None

    def _on_duty(self) -> set[str]:
        return {each.clinician_id for each in self.people.values() if presence.is_on_duty(each)}

    def _some_skills(self, person: str) -> OnDuty:
        chance = self.chance
        skills = {skill: chance.randrange(6) for skill in chance.sample(("pt", "ot", "hip"), chance.randrange(1, 4))}
        languages = tuple(chance.sample(("en", "es"), chance.randrange(1, 3)))
        return OnDuty(person, skills, languages, chance.choice((None, "north", "south")))

    def _some_need(self) -> Need:
        chance = self.chance
        own = chance.choice((None, *PEOPLE))
        team = tuple(chance.sample(PEOPLE, chance.randrange(3)))
        avoid = tuple(chance.sample(PEOPLE, chance.choice((0, 0, 1, 2))))
        skill, language = chance.choice(("pt", "pt", "ot")), chance.choice(("en", "en", "es"))
        return Need(skill, chance.randrange(4), language, chance.choice((None, "north")), own, team, avoid)


HAPPENINGS = (
    Twins.joins,
    Twins.leaves,
    Twins.hurried,
    Twins.chooses,
    Twins.learns,
    Twins.offer_answered,
    Twins.time_passes,
    Twins.late_word,
    Twins.redis_is_wiped,
)
WEIGHTS = (30, 5, 3, 14, 3, 30, 20, 8, 0.2)


def _id(entry: WaitEntry | DutyEntry) -> str:
    return entry.wait_id if isinstance(entry, WaitEntry) else entry.clinician_id


def _plain(match: Match | None) -> object:
    """What must be the same: all but the heads that were not looked at twice once a better one was known."""
    return match and replace(match, looked=())


def walk(lines: Lines, seed: int, steps: int) -> Twins:
    """So many random steps; AssertionError at the first difference, with seed and step in its notes."""
    lines.clear()
    twins = Twins(lines, random.Random(seed))
    for step in range(steps):
        try:
            twins.step()
            if step % 50 == 49:
                twins.at_rest()
        except Exception as error:
            error.add_note(f"seed {seed}, step {step}")
            raise
    return twins
