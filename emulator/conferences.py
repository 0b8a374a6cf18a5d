"""Conferences: who is in, when they start and end, and the events told about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from emulator.clock import rfc2822
from emulator.leg import Leg, Nudged, Source
from emulator.people import speaking_ms
from emulator.reader import Callback
from emulator.recordings import Recording
from emulator.webhooks_out import Params

if TYPE_CHECKING:
    from emulator.exchange import Exchange


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

    def speaks(self, words: str) -> None:
        """The participant says something: those who asked for `speaker` hear when it begins and ends."""
        if not self.joined or self.muted or self.hold:
            return
        self.conference.emit("speaker", "participant-speech-start", self)
        self.leg.exchange.clock.call_in(
            speaking_ms(words), lambda: self.conference.emit("speaker", "participant-speech-stop", self))

    def waits_anew(self) -> None:
        """There is another wait document, to be heard while the conference has not started."""
        self.waited = False
        if self.conference.status == "init":
            self.nudge()

    def nudge(self) -> None:
        """What this participant hears may have changed."""
        self.conference.sound_changed()
        if self.scope is not None:
            self.leg.interrupt(Nudged(self.scope))


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
    region: str = "us1"
    records: bool = False
    trims: bool = True
    recording_callback: Callback | None = None
    recording: Recording | None = None
    participants: list[Participant] = field(default_factory=list)
    callback: Callback | None = None
    callback_settled: bool = False
    sequence: int = 0
    reason: str | None = None
    ending_sid: str | None = None

    def present(self) -> list[Participant]:
        """Those who have joined."""
        return [one for one in self.participants if one.joined]

    def sound_changed(self) -> None:
        """Who hears whom in the room may be different now."""
        self.exchange.ears.may_change(self, lambda: [one.leg for one in self.present()])

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

    def settle(self, *, records: bool, trims: bool, recording_callback: Callback | None, region: str = "us1") -> None:
        """What the first participant wants of the conference; later ones are ignored."""
        if not self.callback_settled:
            self.records, self.trims, self.recording_callback = records, trims, recording_callback
            self.region = region

    def settle_callback(self, callback: Callback | None) -> None:
        """The first participant decides where events go; later ones are ignored."""
        if not self.callback_settled:
            self.callback, self.callback_settled = callback, True

    def _start(self) -> None:
        self.status, self.updated_ms = "in-progress", self.exchange.clock.now_ms()
        self.emit("start", "conference-start")
        if self.records:
            self.recording = self.exchange.recordings.begin(
                None, "Conference", self.recording_callback, conference=self, trims=self.trims)
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
        elif not self.participants:  # a phone that still rings for the conference keeps it open: our policy
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
            if not one.joined:
                one.leg.end("canceled", "application", 487)
        for recording in self.exchange.recordings.of_conference(self.sid):
            self.exchange.recordings.finish(recording)
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
        self.sound_changed()
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
    if found and not exchange.faults.strike("twin_conference"):
        return found
    now = exchange.clock.now_ms()
    made = Conference(exchange, exchange.mint.mint("CF"), name, now, now, max_participants=max_participants)
    exchange.conferences[made.sid] = made
    return made
