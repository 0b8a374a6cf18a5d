"""Conferences: who is in, who hears what, when they start and end, and the events told about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from emulator.clock import rfc2822
from emulator.frame import SPOKEN, Context, DocumentFault, Frame
from emulator.leg import HungUp, Leg, Nudged, Redirected, Source
from emulator.talk import Talk
from emulator.twiml import Notice, Verb
from emulator.verbs import Callback, ConferenceNoun, Dial, read_conference
from emulator.webhooks_out import Params

if TYPE_CHECKING:
    from emulator.exchange import Exchange

FORBIDDEN = 13238
WAITING = Context("conference wait", SPOKEN, forbidden_code=FORBIDDEN)
HOLDING = Context("conference hold", SPOKEN, forbidden_code=FORBIDDEN)
ANNOUNCING = Context("conference announcement", SPOKEN, forbidden_code=FORBIDDEN)
LIMIT_S = 14400


@dataclass(eq=False)
class Participant:
    """A leg's part in a conference. It counts once it has `joined`; `gone` says why it is out."""

    conference: Conference
    leg: Leg
    label: str | None = None
    muted: bool = False
    hold: bool = False
    hold_url: str | None = None
    hold_method: str = "GET"
    coached_sid: str | None = None
    start_on_enter: bool = True
    end_on_exit: bool = False
    beep: str = "true"
    wait_url: str | None = None
    wait_method: str = "POST"
    created_ms: int = 0
    updated_ms: int = 0
    joined: bool = False
    waited: bool = False
    gone: str | None = None
    scope: object = None
    announcements: list[Source] = field(default_factory=list)

    @property
    def coaching(self) -> bool:
        """Whether only one other participant hears this one."""
        return self.coached_sid is not None

    @property
    def announcing(self) -> bool:
        """Whether an announcement covers the talk."""
        return bool(self.announcements)

    def nudge(self) -> None:
        """What this participant hears may have changed."""
        if self.scope is not None:
            self.leg.interrupt(Nudged(self.scope))

    async def after_answer(self) -> None:
        """The program of a leg that was called into the conference: take part, then hang up."""
        try:
            await take_part(self, time_limit_s=self.leg.settings.time_limit)
            self.leg.end("completed", "application")
        except DocumentFault as fault:
            self.leg.exchange.notify(self.leg, fault.code, fault.message, fault.source.url, fault.source.method)
            self.leg.end("completed", "application")
        except Redirected as moved:
            await self.leg.exchange.interpreter.run_main(self.leg, moved.source)


@dataclass(eq=False)
class Conference:
    """A room for legs. The first participant's callback counts for all."""

    exchange: Exchange
    sid: str
    friendly_name: str
    created_ms: int
    updated_ms: int
    status: str = "init"
    max_participants: int = 250
    participants: list[Participant] = field(default_factory=list)
    callback: Callback | None = None
    callback_settled: bool = False
    sequence: int = 0
    reason: str | None = None
    ending_sid: str | None = None

    def present(self) -> list[Participant]:
        """Those who have joined."""
        return [one for one in self.participants if one.joined]

    def labelled(self, key: str) -> Participant | None:
        """The participant with this label or call SID."""
        return next((one for one in self.participants if key in (one.label, one.leg.sid)), None)

    def admit(self, participant: Participant, callback: Callback | None) -> None:
        """The leg is in the room."""
        self.settle_callback(callback)
        participant.joined = True
        participant.leg.participant = participant
        self._beep(participant, "onEnter")
        self.emit("join", "participant-join", participant)
        if self.status == "init" and len(self.present()) >= 2 and any(p.start_on_enter for p in self.present()):
            self._start()

    def settle_callback(self, callback: Callback | None) -> None:
        """The first participant decides where events go; later ones are ignored."""
        if not self.callback_settled:
            self.callback, self.callback_settled = callback, True

    def _start(self) -> None:
        self.status, self.updated_ms = "in-progress", self.exchange.clock.now_ms()
        self.emit("start", "conference-start")
        for one in self.present():
            one.nudge()

    def remove(self, participant: Participant, reason: str, *, kicked: bool = False) -> None:
        """The leg is out of the room, and perhaps the conference over; harmless twice."""
        if participant not in self.participants:
            return
        self._drop(participant, reason)
        if self.status == "completed":
            return
        verb = "kicked" if kicked else "left"
        if participant.joined and participant.end_on_exit:
            self.end(f"participant-with-end-conference-on-exit-{verb}", participant)
        elif not self.present():
            self.end(f"last-participant-{verb}", participant)
        else:
            self._beep(participant, "onExit")

    def _drop(self, participant: Participant, reason: str) -> None:
        self.participants.remove(participant)
        participant.leg.participant = None
        participant.gone = participant.gone or reason
        told = [("ParticipantCallStatus", participant.leg.status), ("ReasonParticipantLeft", reason)]
        self.emit("leave", "participant-leave", participant, tuple(told))

    def end(self, reason: str, by: Participant | None = None) -> None:
        """Everybody is out."""
        if self.status == "completed":
            return
        self.status, self.reason, self.updated_ms = "completed", reason, self.exchange.clock.now_ms()
        self.ending_sid = by.leg.sid if by else None
        left = "conference_ended_via_api" if by is None else "moderator_ended_conference"
        for one in list(self.participants):
            self._drop(one, left)
            one.nudge()
        self.emit("end", "conference-end", None, self._ending(by))

    def _ending(self, by: Participant | None) -> Params:
        told = [("ReasonConferenceEnded", self.reason or ""), ("Reason", self.reason or "")]
        if by:
            told.append(("CallSidEndingConference", by.leg.sid))
        if by and by.label:
            told.append(("ParticipantLabelEndingConference", by.label))
        return tuple(told)

    def _beep(self, who: Participant, moment: str) -> None:
        if who.beep in ("true", moment) and self.status == "in-progress":
            for one in self.present():
                if one is not who:
                    one.leg.caption("beep", "beep")

    def emit(self, token: str, event: str, participant: Participant | None = None, extra: Params = ()) -> None:
        """Reports an event to those who subscribed to its token."""
        if not self.callback or token not in self.callback.events:
            return
        self.sequence += 1
        params = (("ConferenceSid", self.sid), ("FriendlyName", self.friendly_name),
                  ("AccountSid", self.exchange.account_sid), ("SequenceNumber", str(self.sequence)),
                  ("Timestamp", rfc2822(self.exchange.clock.now_ms())), ("StatusCallbackEvent", event),
                  *(_described(participant) if participant else ()), *extra)
        leg = participant.leg if participant else None
        self.exchange.callbacks.send(self.callback.url, self.callback.method, params, leg, 16011)


def _described(one: Participant) -> Params:
    told = [("CallSid", one.leg.sid), ("Muted", _word(one.muted)), ("Hold", _word(one.hold)),
            ("Coaching", _word(one.coaching)), ("EndConferenceOnExit", _word(one.end_on_exit)),
            ("StartConferenceOnEnter", _word(one.start_on_enter))]
    return (*told, ("ParticipantLabel", one.label)) if one.label else tuple(told)


def _word(value: bool) -> str:
    return "true" if value else "false"


def live_conference(exchange: Exchange, key: str) -> Conference | None:
    """The running conference with this name or SID."""
    return next((one for one in exchange.conferences.values()
                 if one.status != "completed" and key in (one.sid, one.friendly_name)), None)


def conference_named(exchange: Exchange, name: str, max_participants: int = 250) -> Conference:
    """The running conference of this name, made if there is none."""
    found = live_conference(exchange, name)
    if found:
        return found
    now = exchange.clock.now_ms()
    made = Conference(exchange, exchange.mint.mint("CF"), name, now, now, max_participants=max_participants)
    exchange.conferences[made.sid] = made
    return made


async def dial_conference(frame: Frame, dial: Dial, verb: Verb, talk: Talk) -> None:
    """The leg takes part until it leaves or is put out; fills in `talk`."""
    noun = read_conference(verb, frame.note)
    frame.leg.answer()
    conference = conference_named(frame.leg.exchange, noun.name, noun.max_participants)
    refusal = _refusal(conference, noun)
    if refusal:
        frame.note(refusal)
        talk.status = "failed"
        return
    participant = _participant(frame, conference, noun)
    callback = noun.callback and Callback(frame.resolve(noun.callback.url), noun.callback.method,
                                          noun.callback.events)
    talk.status, talk.bridged = "answered", True
    try:
        await take_part(participant, callback, star=dial.hangup_on_star, time_limit_s=dial.time_limit)
    except DocumentFault as fault:  # the wait document failed: the leg does not get in, and goes on
        frame.leg.exchange.notify(frame.leg, fault.code, fault.message, fault.source.url, fault.source.method)
        talk.status, talk.bridged = "failed", False


def _refusal(conference: Conference, noun: ConferenceNoun) -> Notice | None:
    if noun.label and conference.labelled(noun.label):
        return Notice(16025, "The participant label is taken in this conference")
    if len(conference.participants) >= conference.max_participants:
        return Notice(16020, "The conference is full")
    return None


def _participant(frame: Frame, conference: Conference, noun: ConferenceNoun) -> Participant:
    now = frame.leg.exchange.clock.now_ms()
    participant = Participant(
        conference, frame.leg, noun.label, noun.muted, coached_sid=noun.coach, start_on_enter=noun.start_on_enter,
        end_on_exit=noun.end_on_exit, beep=noun.beep, wait_url=noun.wait_url and frame.resolve(noun.wait_url),
        wait_method=noun.wait_method, created_ms=now, updated_ms=now)
    conference.participants.append(participant)
    return participant


async def take_part(participant: Participant, callback: Callback | None = None, *, star: bool = False,
                    time_limit_s: int = LIMIT_S) -> None:
    """Stays in the conference until out of it. Interrupts leave it and go on."""
    leg, conference = participant.leg, participant.conference
    limit = leg.exchange.clock.call_in(time_limit_s * 1000, lambda: _time_is_up(participant))
    try:
        with leg.scope() as participant.scope:
            conference.admit(participant, callback)
            while not participant.gone:
                await _listen_in(participant, star)
    except HungUp:
        conference.remove(participant, "participant_hung_up")
        raise
    except Redirected:
        conference.remove(participant, "participant_updated_via_api")
        raise
    except DocumentFault:
        conference.remove(participant, "participant_add_failed")
        raise
    finally:
        limit.cancel()


def _time_is_up(participant: Participant) -> None:
    participant.conference.remove(participant, "participant_hung_up")
    participant.nudge()


async def _listen_in(participant: Participant, star: bool) -> None:
    """One stretch of what the participant hears, ended by its end or by a nudge."""
    try:
        if participant.announcements:
            await _announcement(participant)
        elif participant.hold:
            await _hold(participant)
        elif participant.conference.status == "init":
            await _wait_for_start(participant)
        else:
            await _talk(participant, star)
    except Nudged as nudge:
        if nudge.scope is not participant.scope:
            raise


async def _announcement(participant: Participant) -> None:
    source = participant.announcements[0]
    event = "announcement-end"
    try:
        await participant.leg.exchange.interpreter.run_chain(participant.leg, source, ANNOUNCING)
    except DocumentFault:
        event = "announcement-fail"
    if participant.announcements:
        participant.announcements.pop(0)
    participant.conference.emit("announcement", event, participant, (("AnnounceUrl", source.url or ""),))


async def _hold(participant: Participant) -> None:
    leg = participant.leg
    leg.does("on hold")
    if participant.hold_url:
        try:
            await leg.exchange.interpreter.run_chain(
                leg, Source(participant.hold_url, participant.hold_method), HOLDING)
            return
        except DocumentFault as fault:
            leg.exchange.notify(leg, fault.code, fault.message, fault.source.url, fault.source.method)
    leg.caption("hold", "hold music")
    await leg.wait()


async def _wait_for_start(participant: Participant) -> None:
    leg = participant.leg
    leg.does("waiting for the conference")
    if participant.wait_url and not participant.waited:
        participant.waited = True
        source = Source(participant.wait_url, participant.wait_method)
        await leg.exchange.interpreter.run_chain(leg, source, WAITING)
    elif participant.wait_url is None:
        leg.caption("hold", "hold music")
    await leg.wait()


async def _talk(participant: Participant, star: bool) -> None:
    leg = participant.leg
    leg.does("talking")
    with leg.listening() as inbox:
        while await leg.wait(inbox=inbox):
            if inbox.popleft().key == "*" and star:
                participant.conference.remove(participant, "participant_hung_up")
                return
