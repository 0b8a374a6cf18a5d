"""What a leg goes through in a conference: waiting, talking, holding, announcements, and leaving."""

from __future__ import annotations

from emulator import dialing
from emulator.conferences import Conference, Participant, conference_named
from emulator.frame import SPOKEN, Context, DocumentFault, Frame
from emulator.leg import HungUp, Nudged, Redirected, Source
from emulator.nouns import ConferenceNoun, Dial, read_conference
from emulator.reader import Callback
from emulator.talk import Talk
from emulator.twiml import Notice, Verb
from emulator.webhooks_out import Params

FORBIDDEN = 13238
WAITING = Context("conference wait", SPOKEN, forbidden_code=FORBIDDEN)
HOLDING = Context("conference hold", SPOKEN, forbidden_code=FORBIDDEN)
ANNOUNCING = Context("conference announcement", SPOKEN, forbidden_code=FORBIDDEN)
LIMIT_S = 14400


async def called_in(participant: Participant) -> None:
    """The program of a leg that was called into the conference: take part, then hang up."""
    leg = participant.leg
    try:
        await take_part(participant, time_limit_s=leg.settings.time_limit)
        leg.end("completed", "application")
    except DocumentFault as fault:
        leg.exchange.notify(leg, fault.code, fault.message, fault.source.url, fault.source.method)
        leg.end("completed", "application")
    except Redirected as moved:
        await leg.exchange.interpreter.run_main(leg, moved.source)


async def dial_conference(frame: Frame, dial: Dial, verb: Verb, talk: Talk) -> None:
    """The leg takes part until it leaves or is put out; fills in `talk`."""
    noun = read_conference(verb, frame.note)
    if not noun.name:
        talk.status = "failed"
        return
    frame.leg.answer()
    conference = conference_named(frame.leg.exchange, noun.name, noun.max_participants)
    refusal = _refusal(conference, noun)
    if refusal:
        frame.note(refusal)
        talk.status = "failed"
        return
    participant = _participant(frame, conference, noun)
    conference.settle(records=noun.records, trims=noun.trims, region=noun.region,
                      recording_callback=frame.resolved(noun.recording_callback))
    talk.status, talk.bridged = "answered", True
    recording = dialing.start_recording_talk(frame, dial)
    try:
        await take_part(participant, frame.resolved(noun.callback), star=dial.hangup_on_star,
                        time_limit_s=dial.time_limit)
    except DocumentFault as fault:  # the wait document failed: the leg does not get in, and goes on
        frame.leg.exchange.notify(frame.leg, fault.code, fault.message, fault.source.url, fault.source.method)
        talk.status, talk.bridged = "failed", False
    finally:
        dialing.stop_recording_talk(frame, recording, talk)


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
    if participant.gone:
        return
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
    source, exchange = participant.announcements[0], participant.leg.exchange
    event = "announcement-end"
    why: Params = ()
    try:
        await exchange.interpreter.run_chain(participant.leg, source, ANNOUNCING)
    except DocumentFault as fault:
        event, why = "announcement-fail", (("ReasonAnnouncementFailed", f"{fault.code}: {fault.message}"),)
        exchange.notify(participant.leg, fault.code, fault.message, fault.source.url, fault.source.method)
    if participant.announcements:
        participant.announcements.pop(0)
    participant.conference.emit("announcement", event, participant, (("AnnounceUrl", source.url or ""), *why))


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
    with leg.exchange.ears.span(leg, "hold", "hold music"):
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
        with leg.exchange.ears.span(leg, "hold", "hold music"):
            await leg.wait()
    await leg.wait()


async def _talk(participant: Participant, star: bool) -> None:
    leg = participant.leg
    leg.does("talking")
    with leg.listening() as inbox:
        while await leg.wait(inbox=inbox):
            if inbox.popleft().key == "*" and star:
                participant.conference.remove(participant, "participant_hung_up")
                return
