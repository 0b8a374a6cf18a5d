"""A center in memory, for rehearsals: who waits, whose phone rings, who is on duty, what is promised.

Every rule is the product's own (`routing`, `callbacks`, `directory`); here is only what the database holds otherwise.
Time stands until `now` is set. `news` tells whoever moves the phones what must ring, be bridged or be silenced.

Longer than 300 lines because each effect of the conversation is done here, as `deeds.py` does it with rows.
"""

from collections import deque
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import callbacks.policy
from callbacks.requests import Kind, RequestState
from config.content import Content, Ladder
from directory.numbers import zones_of_number
from ivr import effects as fx
from ivr.effects import Effect
from ivr.session import Session
from proving.people import People
from routing import offers, policy, presence
from routing.board import Board
from routing.needs import Need, OnDuty, Wait, WaitState, asked_for, epoch_ms
from routing.policy import Match
from routing.presence import AFTER_VISIT, Presence, State

WRAP_UP_SECONDS = 30
OPEN_PROMISE = (RequestState.BOOKED, RequestState.WAITING, RequestState.CALLING)


class CannotError(Exception):
    """What a step asks for cannot be done now: no phone rings, nothing is asked; or never in a rehearsal."""


@dataclass
class Record:
    """What is known of one call."""

    id: str
    number: str | None
    attested: bool
    patient: str | None = None
    proxy: str | None = None
    level: int = 0
    service: str = ""
    language: str = ""
    red: str = ""
    dropped: tuple[str, int, datetime] | None = None  # service, place, when: he hung up in line
    joined_service: str = ""
    voicemails: list[str] = field(default_factory=list)  # services
    offered: list[str] = field(default_factory=list)  # clinicians


@dataclass
class Ring:
    """One offer of one caller to one clinician."""

    id: int
    wait: str
    clinician: str
    state: offers.State = offers.State.OFFERED
    talk_started: bool = False

    @property
    def room(self) -> str:
        return f"room-{self.id}"


@dataclass
class Promise:
    """A callback."""

    id: str
    call: str
    number: str
    service: str
    language: str
    patient: str | None
    own: str | None
    team: tuple[str, ...]
    place_ms: int
    starts: datetime
    ends: datetime
    kind: Kind
    owned_until: datetime | None
    zones: tuple[str, ...]
    due: datetime
    state: RequestState = RequestState.BOOKED
    attempts: int = 0
    message_left: bool = False
    paused_by: str = ""


@dataclass
class Attempt:
    """One try to reach a patient."""

    id: int
    promise: str
    ring: int
    over: bool = False


@dataclass(frozen=True)
class News:
    """What the phones must do: ring | bridge | silence | dial | back; `of` is an offer's or attempt's id."""

    what: str
    of: int


@dataclass
class SmallCenter:
    content: Content
    people: People
    now: datetime
    forced: str = ""  # open | closed, whatever the hours say
    records_lost: bool = False
    present: dict[str, Presence] = field(default_factory=dict)
    free_in: dict[str, tuple[int, int]] = field(default_factory=dict)  # minutes, of who talks as it begins
    calls: dict[str, Record] = field(default_factory=dict)
    waits: dict[str, Wait] = field(default_factory=dict)  # by id, the latest of a call last
    rings: dict[int, Ring] = field(default_factory=dict)
    promises: dict[str, Promise] = field(default_factory=dict)
    attempts: dict[int, Attempt] = field(default_factory=dict)
    failures: list[tuple[str | None, str | None, datetime]] = field(default_factory=list)
    left_alone: set[str] = field(default_factory=set)
    news: deque[News] = field(default_factory=deque)
    _board: Board = field(default_factory=Board)
    _vain: dict[str, set[str]] = field(default_factory=dict)

    # --- people on duty

    def on_duty(self, person: str) -> OnDuty:
        """What a clinician can do."""
        clinician = self.people.clinicians[person]
        return OnDuty(person, clinician.skills, clinician.speaks)

    def presence_of(self, person: str) -> Presence:
        """What a clinician does."""
        return self.present.get(person) or presence.absent(person, self.now)

    def sets(self, person: str, state: State, until: datetime | None = None, reason: str | None = None) -> None:
        """A clinician says what he does from now on."""
        before = self.presence_of(person)
        if before.offer_id is not None and before.state is State.OFFERED and state is not State.READY:
            self._end(self.rings[before.offer_id], offers.State.DECLINED)
        self.say_presence(presence.choose(self.presence_of(person), state, reason, until, self.now))

    def begin_talking(self, person: str, minutes: tuple[int, int] | None) -> None:
        """He talks with somebody of whom this rehearsal tells nothing."""
        self.say_presence(Presence(person, State.TALKING, self.now))
        if minutes:
            self.free_in[person] = minutes

    def say_presence(self, new: Presence) -> None:
        """Who is ready stands ready in his lines, or takes the best caller."""
        self.present[new.clinician_id] = new
        if new.state is not State.TALKING:
            self.free_in.pop(new.clinician_id, None)
        asked = asked_for(tuple(self.content.services.values()), self.on_duty(new.clinician_id))
        entry = policy.duty_entry(new, self.on_duty(new.clinician_id), asked)
        self._offer(self._board.apply_duty(entry, epoch_ms(self.now)))

    def count_staff(self, service: str, language: str, own: str = "", avoid: tuple[str, ...] = ()) -> tuple[int, int]:
        """How many could take such a call now or later, and how many now."""
        wanted = self.content.services[service]
        able = [
            self.presence_of(name)
            for name, each in self.people.clinicians.items()
            if name not in avoid
            and (name == own or (each.skills.get(wanted.skill, -1) >= wanted.level and language in each.speaks))
        ]
        at_work = [each for each in able if presence.is_on_duty(each) or each.state is State.IN_VISIT]
        return len(at_work), sum(each.state is State.READY for each in able)

    # --- callers in line

    def wait_of(self, call: str) -> Wait | None:
        """A call's open wait, else its latest."""
        of_call = [wait for wait in self.waits.values() if wait.call_id == call]
        return next((wait for wait in of_call if wait.state is not WaitState.LEFT), of_call[-1] if of_call else None)

    def position(self, wait: Wait) -> int:
        """His place among those who wait for the same clinicians; 1 is next."""
        stands = self._board.waits.get(wait.id)
        lines = {stand.line for stand in stands.stands} if stands else set()
        rivals = (
            entry
            for entry in self._board.waits.values()
            if any(stand.line in lines for stand in entry.stands)
            and (self.waits[entry.wait_id].place_ms, entry.wait_id) < (wait.place_ms, wait.id)
        )
        return 1 + sum(1 for _ in rivals)

    def _need(self, service: str, language: str, patient: str | None, own: str | None, team: tuple[str, ...]) -> Need:
        wanted = self.content.services[service]
        avoid = self.people.patients[patient].avoids if patient else ()
        same = {"also": wanted.also, "prefer": wanted.prefer, "own": own, "team": team, "avoid": avoid}
        return Need(wanted.skill, wanted.level, language, **same)  # type: ignore[arg-type]

    def _join(
        self, call: str, need: Need, name: str, ladder: Ladder, place: int, promise: Promise | None = None
    ) -> None:
        standing = self.wait_of(call)
        if standing is not None and standing.state is not WaitState.LEFT:
            return
        rung = policy.first_rung(need, ladder)
        wait = Wait(
            id=f"{call}.{len(self.waits)}",
            call_id=call,
            kind="callback" if promise else "call",
            sid=None,
            callback_id=promise.id if promise else None,
            state=WaitState.WAITING,
            need=need,
            ladder=name,
            rung=rung,
            rung_until=policy.rung_until(need, ladder, rung, self.now),
            place_ms=place,
            version=1,
            joined_at=self.now,
            rules=ladder.model_dump(mode="json"),
            content=self.content.version[:12],
        )
        self._say_wait(wait)

    def _say_wait(self, wait: Wait) -> None:
        """What is new of a wait, said to the lines."""
        self.waits[wait.id] = replace(wait, version=wait.version + 1)
        entry = policy.wait_entry(self.waits[wait.id], policy.ladder_of(wait))
        self._offer(self._board.apply_wait(entry, epoch_ms(self.now)))

    def _offer(self, match: Match | None) -> None:
        """Two who were put together: his phone rings."""
        if match is None:
            return
        wait, person = self.waits[match.wait_id], self.presence_of(match.clinician_id)
        ring = Ring(len(self.rings) + 1, wait.id, person.clinician_id)
        self.rings[ring.id] = ring
        self.waits[wait.id] = replace(wait, state=WaitState.OFFERED, version=wait.version + 1)
        self.present[person.clinician_id] = presence.reserve(person, ring.id, self.now)
        self.calls[wait.call_id].offered.append(person.clinician_id)
        self.news.append(News("ring", ring.id))

    def _end(self, ring: Ring, state: offers.State) -> None:
        """An offer is over: the caller has left, or waits again; the clinician goes on."""
        if ring.state not in offers.OPEN:
            return
        ring.state = state
        person, wait = self.presence_of(ring.clinician), self.waits[ring.wait]
        if state is offers.State.FINISHED or state is offers.State.RESCINDED:
            self.waits[wait.id] = replace(wait, state=WaitState.LEFT, version=wait.version + 1, ended_at=self.now)
        if person.offer_id == ring.id:
            finished = state is offers.State.FINISHED
            after = presence.after_talk(person, self.now, WRAP_UP_SECONDS) if finished else None
            self.say_presence(after or presence.after(person, state, self.now))
        if state in offers.LEG_MAY_LIVE:
            self.news.append(News("silence", ring.id))
        if state in offers.GIVEN_BACK:
            if state in offers.LET_RING:
                self._vain.setdefault(wait.id, set()).add(ring.clinician)
            self._say_wait(replace(wait, state=WaitState.WAITING))
            if state is offers.State.LOST:
                self.news.append(News("back", ring.id))

    def _leave(self, call: str) -> None:
        wait = self.wait_of(call)
        if wait is None or wait.state is WaitState.LEFT:
            return
        ring = next((each for each in self.rings.values() if each.wait == wait.id and each.state in offers.OPEN), None)
        if ring:
            self._end(ring, offers.State.RESCINDED)
            return
        self._say_wait(replace(wait, state=WaitState.LEFT, ended_at=self.now))

    # --- what a turn asks for

    def perform(self, effect: Effect, call: str, after: Session) -> None:
        """Make one effect true."""
        record = self.calls[call]
        match effect:
            case fx.JoinLine():
                self._joins(effect, record)
            case fx.ChooseLadder(whom=whom, ladder=name):
                self._chooses(call, whom, name)
            case fx.LeaveLine(why=why):
                wait = self.wait_of(call)
                if why == "hung_up" and wait and wait.kind == "call" and wait.state is not WaitState.LEFT:
                    record.dropped = (record.joined_service, wait.place_ms, self.now)
                if wait and wait.kind == "call":
                    self._leave(call)
            case fx.AcceptOffer(offer=offer):
                self._accept(self.rings[offer])
            case fx.GiveBack(offer=offer, cause=cause):
                self._end(self.rings[offer], offers.State(cause))
            case fx.FinishTalk(offer=offer):
                self._end(self.rings[offer], offers.State.FINISHED)
            case fx.PassUntil(offer=offer, minutes=minutes):
                ring = self.rings[offer]
                self._end(ring, offers.State.DECLINED)
                self.sets(ring.clinician, State.IN_VISIT, self.now + timedelta(minutes=minutes), AFTER_VISIT)
            case fx.BookCallback():
                self._book(effect, record)
            case fx.CancelCallback(promise=name):
                self._cancel(self.promises[name])
            case fx.MoveCallback(promise=name, due=due, by=by):
                self._move(self.promises[name], datetime.fromisoformat(due), datetime.fromisoformat(by))
            case fx.AttemptAnswered():
                self._answered(effect)
            case fx.LeaveAlone(attempt=attempt):
                promise = self.promises[self.attempts[attempt].promise]
                self.left_alone.add(promise.number)
                self._cancel(promise)
            case fx.Chose(what="service", choice=choice):
                record.service = choice
            case fx.Chose(what="language", choice=choice):
                record.language = choice
            case fx.Verified(patient=patient, level=level, proxy=proxy):
                record.patient, record.level, record.proxy = patient, level, proxy
            case fx.CountFailure(patient=patient):
                self.failures.append((record.number, patient, self.now))
            case fx.RedFlagHeard():
                record.red = after.red
            case fx.KeepMessage(service=service):
                record.voicemails.append(service)
            case fx.LegOver():
                for promise in self.promises.values():
                    if promise.paused_by == call:
                        promise.paused_by = ""

    def _joins(self, effect: fx.JoinLine, record: Record) -> None:
        service = self.content.services[effect.service]
        name = effect.ladder if effect.ladder in self.content.ladders else service.ladder
        need = self._need(effect.service, effect.language, effect.patient, effect.own, effect.team)
        earlier = self.wait_of(record.id)
        promised = self._joined_by(effect, record)
        fresh = policy.place_ms(self.now, max(service.head_start_seconds, effect.head_start_seconds))
        places = [place for place in (fresh, effect.place, promised) if place is not None]
        if earlier is not None:
            places = [min(*places, earlier.place_ms)] if effect.head_start_seconds else [earlier.place_ms]
        record.joined_service = effect.service
        self._join(record.id, need, name, self.content.ladders[name], min(places))

    def _joined_by(self, effect: fx.JoinLine, record: Record) -> int | None:
        """He calls in for what he was promised: he has its place, and it rests as long as he is here."""
        promise = self.open_promise(effect.patient, [effect.service]) if effect.patient else None
        if promise is None or promise.call == record.id or promise.state is RequestState.CALLING:
            return promise.place_ms if promise else None
        self._leave(promise.call)
        promise.state, promise.paused_by = RequestState.BOOKED, record.id
        return promise.place_ms

    def _chooses(self, call: str, whom: str, name: str) -> None:
        wait = self.wait_of(call)
        ladder = self.content.ladders.get(name)
        if wait is None or ladder is None or wait.state is WaitState.LEFT:
            return
        rung = policy.first_rung(wait.need, ladder)
        until = policy.rung_until(wait.need, ladder, rung, self.now)
        rules = ladder.model_dump(mode="json")
        need = replace(wait.need, whom=whom)
        self._say_wait(replace(wait, need=need, ladder=name, rules=rules, rung=rung, rung_until=until))

    def _accept(self, ring: Ring) -> None:
        wait = self.waits[ring.wait]
        ring.state = offers.State.ACCEPTED
        self.waits[wait.id] = replace(wait, state=WaitState.CONNECTED, version=wait.version + 1)
        self.present[ring.clinician] = presence.talk(self.presence_of(ring.clinician), self.now)
        if wait.callback_id is None:
            self.news.append(News("bridge", ring.id))
            return
        promise = self.promises[wait.callback_id]
        of_lines = [line.callback_first for line in self.content.lines.values()]
        if "patient" in (self.content.services[promise.service].callback_first, *of_lines):
            raise CannotError("a callback that rings the patient first is played by the whole center alone")
        promise.state = RequestState.CALLING
        open_attempt = next((a for a in self.attempts.values() if a.promise == promise.id and not a.over), None)
        if open_attempt:  # he is on the phone already, and waits for the next one
            open_attempt.ring = ring.id
            return
        attempt = Attempt(len(self.attempts) + 1, promise.id, ring.id)
        self.attempts[attempt.id] = attempt
        self.news.append(News("dial", attempt.id))

    def talk_begins(self, ring: Ring) -> None:
        """Both are in the room."""
        ring.talk_started = True
        wait = self.waits[ring.wait]
        promise = self.promises.get(wait.callback_id or "")
        if promise is None:
            promise = next((each for each in self.promises.values() if each.paused_by == wait.call_id), None)
        if promise:
            promise.state = RequestState.REACHED
        for attempt in self.attempts.values():
            attempt.over = attempt.over or attempt.ring == ring.id

    # --- promises

    def open_promise(self, patient: str, services: Collection[str], number: str | None = None) -> Promise | None:
        """What is promised to a patient, or to nobody at a number that is his alone; of several what is due first."""
        found = (
            each
            for each in self.promises.values()
            if each.state in OPEN_PROMISE
            and each.service in services
            and (each.patient == patient or (each.patient is None and number is not None and each.number == number))
        )
        return min(found, key=lambda each: each.due, default=None)

    def _joined(self, effect: fx.BookCallback) -> Promise | None:
        """The open promise of the same patient, or else of the same number, for the same service."""
        if effect.patient:
            return self.open_promise(effect.patient, [effect.service])
        same = (each for each in self.promises.values() if each.state in OPEN_PROMISE)
        return next((each for each in same if (each.number, each.service) == (effect.number, effect.service)), None)

    def _book(self, effect: fx.BookCallback, record: Record) -> None:
        have = self._joined(effect)
        wait = self.wait_of(record.id)
        zones = tuple(zones_of_number(effect.number))
        kind = Kind(effect.kind)
        wished = datetime.fromisoformat(effect.due) if effect.due else self.now
        starts = wished if kind is Kind.WINDOW else callbacks.policy.next_allowed(wished, zones)
        service = self.content.services[effect.service]
        within = timedelta(minutes=service.callback_minutes) if kind is Kind.DEADLINE else callbacks.policy.WINDOW
        ends = datetime.fromisoformat(effect.by) if effect.by else callbacks.policy.promise_by(starts, zones, within)
        owned = starts + timedelta(hours=service.owned_hours) if effect.owned and effect.own else None
        if have:
            if kind is Kind.WINDOW:
                self._move(have, starts, ends)
            have.paused_by = ""
            self._leave(record.id)
            return
        fresh = policy.place_ms(self.now, service.head_start_seconds)
        promise = Promise(
            id=f"promise-{len(self.promises) + 1}",
            call=record.id,
            number=effect.number,
            service=effect.service,
            language=effect.language,
            patient=effect.patient,
            own=effect.own,
            team=effect.team,
            place_ms=wait.place_ms if wait else fresh,
            starts=starts,
            ends=ends,
            kind=kind,
            owned_until=owned,
            zones=zones,
            due=starts,
        )
        self.promises[promise.id] = promise
        if kind is Kind.PLACE and starts <= self.now and wait is not None and wait.state is not WaitState.LEFT:
            promise.state = RequestState.WAITING
            self._say_wait(replace(wait, kind="callback", callback_id=promise.id))
            return
        self._leave(record.id)

    def _move(self, promise: Promise, starts: datetime, ends: datetime) -> None:
        if promise.state is RequestState.CALLING:
            return
        self._leave(promise.call)
        promise.starts, promise.ends, promise.due, promise.kind = starts, ends, starts, Kind.WINDOW
        promise.state = RequestState.BOOKED

    def _cancel(self, promise: Promise) -> None:
        promise.state = RequestState.CANCELLED
        self._close_attempts(promise)
        self._leave(promise.call)

    def _close_attempts(self, promise: Promise) -> None:
        for attempt in self.attempts.values():
            attempt.over = attempt.over or attempt.promise == promise.id

    def _answered(self, effect: fx.AttemptAnswered) -> None:
        attempt = self.attempts[effect.attempt]
        promise = self.promises[attempt.promise]
        promise.message_left = promise.message_left or effect.told
        if effect.accepted or attempt.over:
            return
        if effect.wanted:
            self.missed(attempt, effect.cause)
        else:
            self._cancel(promise)

    def missed(self, attempt: Attempt, cause: str) -> None:
        """He was not reached: the promise waits for its next try, or a person decides."""
        promise = self.promises[attempt.promise]
        self._close_attempts(promise)
        promise.attempts += 1
        ours = cause == callbacks.policy.CLINICIAN_LOST
        next_due = callbacks.policy.next_due_at_front if ours else callbacks.policy.next_due
        again = next_due(promise.attempts, self.now, promise.zones)
        promise.state = RequestState.BOOKED if again else RequestState.TO_PERSON
        promise.due = again or promise.due
        self._leave(promise.call)

    def _stand_in_line(self, promise: Promise) -> None:
        service = self.content.services[promise.service]
        owned = promise.own is not None and promise.owned_until is not None and promise.owned_until > self.now
        name = service.callback_ladder if owned else service.ladder
        ladder = self.content.ladders[name]
        if owned and promise.owned_until:
            first, *others = ladder.rungs
            seconds = max(1, int((promise.owned_until - self.now).total_seconds()))
            ladder = Ladder(rungs=(first.model_copy(update={"seconds": seconds}), *others))
        need = self._need(promise.service, promise.language, promise.patient, promise.own, promise.team)
        promise.state = RequestState.WAITING
        self._join(promise.call, need, name, ladder, promise.place_ms, promise)

    # --- time

    def tick(self, *, is_open: bool) -> None:
        """Everything that is due by itself."""
        for each in list(self.present.values()):
            if presence.is_due(each, self.now):
                self.say_presence(presence.when_due(each, self.now))
        for promise in self.promises.values():
            due = promise.state is RequestState.BOOKED and promise.due <= self.now and not promise.paused_by
            if due and is_open and callbacks.policy.may_dial(self.now, promise.zones):
                self._stand_in_line(promise)
        for wait in list(self.waits.values()):
            self._climb(wait)

    def _climb(self, wait: Wait) -> None:
        ladder = policy.ladder_of(wait)
        through = wait.rung < len(ladder.rungs) and ladder.rungs[wait.rung].through_visits
        worth = {
            name
            for name, each in self.present.items()
            if presence.is_on_duty(each) or (through and each.state is State.IN_VISIT)
        }
        rung = policy.climbs_to(wait, ladder, worth - self._vain.get(wait.id, set()), self.now)
        if rung is not None:
            until = policy.rung_until(wait.need, ladder, rung, self.now)
            self._say_wait(replace(wait, rung=rung, rung_until=until))

    def moments(self) -> Iterator[datetime]:
        """The instants at which something is due by itself."""
        yield from (each.until for each in self.present.values() if each.until)
        yield from (wait.rung_until for wait in self.waits.values() if wait.rung_until)
        yield from (each.due for each in self.promises.values() if each.state is RequestState.BOOKED)
