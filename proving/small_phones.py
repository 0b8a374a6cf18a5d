"""Telephones of a rehearsal: legs that ring, hear, press and hang up, and the passing of time between.

Each leg is moved by `ivr.flow.step` alone. What its turns ask for is done in a `SmallCenter`.

Longer than 300 lines because the legs of a rehearsal move one another, and are read together.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ivr import flow
from ivr.prompts import Speaker
from ivr.replies import (
    Ask,
    Bridge,
    Connect,
    ConnectOperator,
    HangUp,
    Hold,
    LeaveQueue,
    Nothing,
    Reply,
    TakeMessage,
    all_said,
)
from ivr.session import Session, Stage
from ivr.signals import (
    CallArrived,
    CallEnded,
    DigitsPressed,
    Ending,
    HoldTick,
    LeftQueue,
    LegAnswered,
    MessageRecorded,
    MovedBack,
    MovedToTalk,
    NothingEntered,
    Party,
    QueueResult,
    Signal,
    SpeechHeard,
    TalkLeft,
)
from proving.coverage import sentences_of, silent
from proving.sentences import speaking_seconds
from proving.small_center import CannotError, News, Record, Ring, SmallCenter
from proving.small_facts import clinic_now, is_open
from proving.walking import Place, answered_for
from routing import offers
from routing.presence import State, after_talk

RING_SECONDS, OPERATOR_RING_SECONDS, MACHINE_SECONDS = 20, 30, 8
ROUND_SECONDS = 20  # of hold music
SILENT_MESSAGE_SECONDS = 10
MOST_EVENTS = 5000  # of one stretch of time: more is an endless conversation


class StrandedError(Exception):
    """Somebody was hung up on who had neither talked with a person nor was promised anything."""


@dataclass
class Leg:
    """One phone in one call. `due`: when the carrier tells us something if he does nothing."""

    who: str
    number: str
    party: Party
    call: str
    session: Session
    ringing: bool = False
    over: bool = False
    reply: Reply | None = None
    place: Place | None = None
    said: list[str] = field(default_factory=list)
    heard_upto: int = 0  # characters of all that was said
    due: datetime | None = None
    of: int = 0  # the offer or attempt it rings for
    room: str = ""
    with_operator: "Leg | None" = None


@dataclass
class Phones:
    center: SmallCenter
    speaker: Speaker
    legs: list[Leg] = field(default_factory=list)
    manners: dict[str, str] = field(default_factory=dict)  # who -> silent | voicemail; else by hand
    prompts: set[str] = field(default_factory=set)  # all that was said to anybody

    # --- what people do

    def dials(self, who: str, number: str | None, dialled: str, line: str, attested: bool) -> Leg:
        """Somebody calls a line of the center."""
        arrived = CallArrived(number, dialled, attested)
        call = f"call-{len(self.center.calls) + 1}"
        self.center.calls[call] = Record(call, number, attested)
        leg = Leg(who, number or "", Party.PATIENT, call, flow.first_session(arrived, Party.PATIENT, line))
        self.legs.append(leg)
        self._take(leg, arrived)
        self.settle()
        return leg

    def of(self, who: str) -> Leg | None:
        """Somebody's latest leg."""
        return next((leg for leg in reversed(self.legs) if leg.who == who), None)

    def ringing(self, who: str) -> Leg | None:
        """Somebody's leg that rings."""
        return next((leg for leg in reversed(self.legs) if leg.who == who and leg.ringing), None)

    def answers(self, who: str) -> None:
        """A ringing phone is picked up, by somebody or something."""
        leg = self.ringing(who)
        if leg is None:
            raise CannotError("the phone does not ring")
        leg.ringing, leg.due = False, None
        self._take(leg, LegAnswered(leg.party, leg.call if leg.party is Party.OPERATOR else str(leg.of)))
        self.settle()

    def presses(self, who: str, keys: str) -> None:
        """Keys, each where the conversation takes it."""
        while keys:
            leg = self._live(who)
            match leg.reply:
                case Ask(keys=taken) if taken.most != 1:
                    most = taken.most or len(keys)
                    upto = keys.find(taken.finish) if taken.finish else -1
                    entry = keys[:upto] if upto > 0 else keys[: max(1, most)]
                    keys = keys[len(entry) + (upto > 0) :]
                case Ask() | Hold() | TakeMessage():
                    entry, keys = keys[0], keys[1:]
                case _:
                    raise CannotError("nothing listens to keys now")
            self.hears(leg, DigitsPressed(entry))

    def says(self, who: str, words: str, confidence: float) -> None:
        """Words."""
        leg = self._live(who)
        if not isinstance(leg.reply, Ask):
            raise CannotError("nothing listens to words now")
        self.hears(leg, SpeechHeard(words, confidence))

    def leaves_message(self, who: str, seconds: int) -> None:
        """A recording, ended by a key."""
        leg = self._live(who)
        if not isinstance(leg.reply, TakeMessage):
            raise CannotError("no message is being recorded")
        self.hears(leg, MessageRecorded(f"RE-{leg.call}", seconds, hung_up=False))

    def hangs_up(self, who: str) -> None:
        """The phone is put down, or a ringing one refused."""
        leg = self._live(who)
        self._gone(leg, Ending.COMPLETED)
        self.settle()

    def hears(self, leg: Leg, signal: Signal) -> None:
        """One turn, and all that follows at once."""
        self._take(leg, signal)
        self.settle()

    def _live(self, who: str) -> Leg:
        leg = self.of(who)
        if leg is None or leg.over or leg.ringing:
            raise CannotError("he is on no call")
        return leg

    def ask_interpreter(self, who: str, interpreter: str, number: str) -> None:
        """Somebody in a talk asks an interpreter into it."""
        leg = self._live(who)
        ring = self.center.rings.get(leg.of)
        if ring is None or not leg.room:
            raise CannotError("he is in no talk")
        session = Session(party=Party.GUEST, guest=ring.id)
        guest = Leg(interpreter, number, Party.GUEST, leg.call, session, ringing=True, of=ring.id)
        self.legs.append(guest)

    def talk_together(self, one: str, other: str) -> bool:
        """Whether the two hear each other."""
        first, second = self.of(one), self.of(other)
        if first is None or second is None or first.over or second.over:
            return False
        return bool(first.room and first.room == second.room) or first.with_operator is second

    # --- one turn

    def _take(self, leg: Leg, signal: Signal) -> None:
        asked = flow.questions(leg.session, signal)
        turn = flow.step(leg.session, signal, clinic_now(self.center, leg.call, asked))
        before, leg.session = leg.place, turn.session
        if turn.reply is not None and not isinstance(turn.reply, Nothing):
            kept = answered_for(before, turn, signal) if leg.party is Party.PATIENT else True
            leg.place, leg.reply = Place(turn.session, turn.reply, kept), turn.reply
        for effect in turn.effects:
            self.center.perform(effect, leg.call, turn.session)
        if turn.reply is not None:
            self._follow(leg, signal, turn.reply)

    def _follow(self, leg: Leg, signal: Signal, reply: Reply) -> None:
        phrases = all_said(reply)
        sentences = [self.speaker.say(phrase) for phrase in phrases]
        self.prompts |= sentences_of(phrases)
        leg.said += sentences
        spoken = sum(speaking_seconds(each, leg.session.language) for each in sentences)
        leg.due = None
        match reply:
            case Ask(keys=keys):
                leg.due = self._in(spoken + keys.seconds)
            case Hold():
                leg.due = self._in(max(spoken, ROUND_SECONDS))
            case TakeMessage():
                leg.due = self._in(spoken + SILENT_MESSAGE_SECONDS)
            case Connect(room=room):
                leg.room = room
            case ConnectOperator():
                self._ring_operator(leg)
            case LeaveQueue():
                self._take(leg, LeftQueue(QueueResult.LEAVE))
            case Bridge():
                self._join_operator(leg)
            case HangUp():
                if leg.party is Party.PATIENT and leg.place and not leg.place.answered_for and not silent(signal):
                    raise StrandedError(leg.said[-1] if leg.said else "")
                self._gone(leg, Ending.COMPLETED)

    def _in(self, seconds: float) -> datetime:
        return self.center.now + timedelta(seconds=seconds)

    # --- the operator

    def _ring_operator(self, leg: Leg) -> None:
        number = self.center.people.others["operator"].phone if "operator" in self.center.people.others else ""
        session = Session(party=Party.OPERATOR, parent=leg.call, language=leg.session.language)
        rung = Leg("operator", number, Party.OPERATOR, leg.call, session, ringing=True, with_operator=leg)
        rung.due = self._in(OPERATOR_RING_SECONDS)
        self.legs.append(rung)

    def _join_operator(self, leg: Leg) -> None:
        if leg.with_operator and not leg.with_operator.over:
            leg.with_operator.with_operator = leg

    # --- the end of a leg

    def _gone(self, leg: Leg, ending: Ending) -> None:
        """A leg is over; whoever was with him is told."""
        if leg.over:
            return
        rung_in_vain = leg.ringing
        leg.over, leg.ringing, leg.due = True, False, None
        room, leg.room = leg.room, ""
        self._take_notice(leg, CallEnded(ending))
        self._tell_operator(leg, rung_in_vain)
        if leg.party is Party.RETURNED and rung_in_vain:
            attempt = self.center.attempts[leg.of]
            if not attempt.over:
                self.center.missed(attempt, "no_answer" if ending is Ending.NO_ANSWER else "busy")
        if room and leg.party is not Party.GUEST:
            ring = next((each for each in self.center.rings.values() if each.room == room), None)
            for other in [each for each in self.legs if each.room == room and not each.over]:
                other.room = ""
                talked = ring is not None and ring.talk_started
                self._take(other, TalkLeft(Ending.COMPLETED, bridged=talked))

    def _take_notice(self, leg: Leg, signal: Signal) -> None:
        asked = flow.questions(leg.session, signal)
        turn = flow.step(leg.session, signal, clinic_now(self.center, leg.call, asked))
        leg.session = turn.session
        for effect in turn.effects:
            self.center.perform(effect, leg.call, turn.session)

    def _tell_operator(self, leg: Leg, rung_in_vain: bool) -> None:
        """The operator's leg and the caller's end together; without a key the caller hears another way."""
        if leg.party is Party.OPERATOR:
            caller = leg.with_operator
            if caller and not caller.over and caller.session.stage is Stage.OPERATOR:
                met = caller.with_operator is leg
                caller.with_operator = None
                ending = Ending.NO_ANSWER if rung_in_vain or not met else Ending.COMPLETED
                self._take(caller, TalkLeft(ending, bridged=met))
            return
        for other in [each for each in self.legs if each.with_operator is leg and each.party is Party.OPERATOR]:
            if not other.over:
                other.over, other.ringing, other.due = True, False, None

    # --- time

    def settle(self) -> None:
        """Do all that is due at this instant."""
        for _ in range(MOST_EVENTS):
            self.center.tick(is_open=is_open(self.center))
            if not self.center.news:
                self._meet()
                if not self.center.news:
                    return
            self._hear_of(self.center.news.popleft())
        raise CannotError("the center does not come to rest")

    def _meet(self) -> None:
        for ring in self.center.rings.values():
            if ring.state is offers.State.ACCEPTED and not ring.talk_started:
                there = {leg.party for leg in self.legs if leg.room == ring.room and not leg.over}
                if Party.CLINICIAN in there and there & flow.PATIENTS:
                    self.center.talk_begins(ring)

    def _hear_of(self, news: News) -> None:
        match news.what:
            case "ring":
                self._ring(self.center.rings[news.of])
            case "bridge":
                self._bridge(self.center.rings[news.of])
            case "silence":
                self._silence(self.center.rings[news.of])
            case "back":
                self._back(self.center.rings[news.of])
            case "dial":
                self._dial(news.of)

    def _ring(self, ring: Ring) -> None:
        wait = self.center.waits[ring.wait]
        phone = self.center.people.clinicians[ring.clinician].phone
        session = flow.first_session(LegAnswered(Party.CLINICIAN, str(ring.id)), Party.CLINICIAN)
        leg = Leg(ring.clinician, phone, Party.CLINICIAN, wait.call_id, session, ringing=True, of=ring.id)
        leg.due = self._in(MACHINE_SECONDS if self.manners.get(ring.clinician) == "voicemail" else RING_SECONDS)
        self.legs.append(leg)

    def _dial(self, attempt: int) -> None:
        made = self.center.attempts[attempt]
        promise = self.center.promises[made.promise]
        asked = (leg.who for leg in self.legs if leg.call == promise.call and leg.number == promise.number)
        known = (name for name, phone in self.center.people.phones().items() if phone == promise.number)
        who = next(asked, None) or next(known, "somebody")
        session = flow.first_session(LegAnswered(Party.RETURNED, str(attempt)), Party.RETURNED)
        leg = Leg(who, promise.number, Party.RETURNED, promise.call, session, ringing=True, of=attempt)
        leg.due = self._in(MACHINE_SECONDS if self.manners.get(who) == "voicemail" else RING_SECONDS + 10)
        self.legs.append(leg)

    def _patients_leg(self, ring: Ring) -> Leg | None:
        call = self.center.waits[ring.wait].call_id
        mine = (leg for leg in reversed(self.legs) if leg.call == call and leg.party in flow.PATIENTS and not leg.over)
        return next(mine, None)

    def _bridge(self, ring: Ring) -> None:
        leg = self._patients_leg(ring)
        if leg is None or ring.state is not offers.State.ACCEPTED:
            return
        if leg.session.in_queue:
            self._take(leg, LeftQueue(QueueResult.REDIRECTED))
        self._take(leg, MovedToTalk(ring.id))

    def _silence(self, ring: Ring) -> None:
        """A clinician's leg for an offer that is over otherwise."""
        for leg in [each for each in self.legs if each.party is Party.CLINICIAN and each.of == ring.id]:
            if leg.over:
                continue
            if leg.ringing:
                leg.over, leg.ringing, leg.due = True, False, None
                continue
            leg.room = ""
            self._take(leg, MovedBack(ring.id))

    def _back(self, ring: Ring) -> None:
        """A patient whose clinician was lost before they met waits again."""
        leg = self._patients_leg(ring)
        if leg is not None and leg.session.stage is Stage.TALKING and leg.room == ring.room:
            leg.room = ""
            self._take(leg, MovedBack(ring.id))

    def passes(self, until: datetime, met: Callable[[], bool] = lambda: False) -> bool:
        """Let time pass until an instant, or until something is so; whether it is."""
        for _ in range(MOST_EVENTS):
            if met():
                return True
            if not self._late():
                coming = min((when for when in self._moments() if when > self.center.now), default=None)
                if coming is None or coming > until:
                    self.center.now = max(self.center.now, until)
                    self.settle()
                    return met()
                self.center.now = coming
            for leg in self._late():
                self._is_late(leg)
            self.settle()
        raise CannotError("the conversation goes round and round")

    def _late(self) -> list[Leg]:
        return [leg for leg in self.legs if leg.due is not None and leg.due <= self.center.now]

    def _moments(self) -> Iterator[datetime]:
        yield from self.center.moments()
        yield from (leg.due for leg in self.legs if leg.due is not None)

    def _is_late(self, leg: Leg) -> None:
        """Nothing was done until the carrier went on."""
        leg.due = None
        if leg.ringing:
            if self.manners.get(leg.who) == "voicemail":
                self.answers(leg.who)
            else:
                self._gone(leg, Ending.NO_ANSWER)
            return
        match leg.reply:
            case Hold():
                self._take(leg, HoldTick())
            case TakeMessage():
                self._take(leg, MessageRecorded("", 0, hung_up=False))
            case Ask():
                self._take(leg, NothingEntered())

    def talk_is_over(self, who: str) -> None:
        """A talk of which this rehearsal tells nothing is over."""
        person = self.center.presence_of(who)
        if person.state is not State.TALKING or person.offer_id is not None:
            raise CannotError("he does not talk with somebody else")
        self.center.say_presence(after_talk(person, self.center.now, 0))
        self.settle()
