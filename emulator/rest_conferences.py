"""REST: Conferences and their participants."""

from __future__ import annotations

import re
from typing import Any

from aiohttp import web

from emulator import conferences, rest, shapes
from emulator.conferences import Conference, Participant
from emulator.leg import Settings, Source
from emulator.nouns import BEEPS, LABEL_LIMIT, ROOM_EVENTS
from emulator.reader import RECORDING_EVENTS
from emulator.rest import ApiError, exchange_of
from emulator.rest_forms import call_settings, callable_address, callback_of, in_time, shown_address
from emulator.verbs import TRIMS

RECORD_WORDS = ("true", "false", "record-from-start", "do-not-record")


def routes() -> list[web.RouteDef]:
    """The addresses of this part."""
    base = rest.ACCOUNT + "/Conferences"
    one = base + "/{sid}"
    person = one + "/Participants/{participant}.json"
    return [web.get(base + ".json", list_conferences), web.get(one + ".json", fetch),
            web.post(one + ".json", update), web.get(one + "/Participants.json", participants),
            web.post(one + "/Participants.json", create_participant), web.get(person, fetch_participant),
            web.post(person, update_participant), web.delete(person, kick)]


def conference_of(request: web.Request) -> Conference:
    """The conference named in the address, by SID or by the name of a live one. Raises 404."""
    exchange, key = exchange_of(request), request.match_info["sid"]
    found = exchange.conferences.get(key) or conferences.live_conference(exchange, key)
    if found is None:
        raise rest.not_found(request)
    return found


async def list_conferences(request: web.Request) -> web.Response:
    """The conferences that pass the filters, newest first."""
    query = request.query
    found = [one for one in exchange_of(request).conferences.values()
             if query.get("FriendlyName", one.friendly_name) == one.friendly_name
             and query.get("Status", one.status) == one.status
             and in_time(query, "DateCreated", one.created_ms) and in_time(query, "DateUpdated", one.updated_ms)]
    return rest.page(request, "conferences", (shapes.conference_row(one) for one in reversed(found)))


async def fetch(request: web.Request) -> web.Response:
    """One conference."""
    return rest.fetched(shapes.conference_row(conference_of(request)))


async def update(request: web.Request) -> web.Response:
    """Ends a conference, or lets everybody in it hear an announcement."""
    conference, form = conference_of(request), await rest.form_of(request)
    if form.get("Status"):
        if form["Status"] != "completed":
            raise ApiError(400, 20001, f"Invalid Status: {form['Status']}; completed is accepted")
        conference.end("conference-ended-via-api")
    url = rest.check_url(form.get("AnnounceUrl"), 21205, "AnnounceUrl")
    if url:
        for one in conference.present():
            _announce(one, url, rest.check_method(form.get("AnnounceMethod")))
    return rest.fetched(shapes.conference_row(conference))


def _announce(one: Participant, url: str, method: str) -> None:
    one.announcements.append(Source(url, method))
    one.nudge()


async def participants(request: web.Request) -> web.Response:
    """Who takes part now."""
    query, conference = request.query, conference_of(request)
    tests = (("Muted", "muted"), ("Hold", "hold"), ("Coaching", "coaching"))
    found = [one for one in conference.participants
             if all(query.get(key) in (None, "", str(getattr(one, name)).lower()) for key, name in tests)]
    return rest.page(request, "participants", (shapes.participant_row(one) for one in found))


async def create_participant(request: web.Request) -> web.Response:
    """Has a phone rung and its owner join the conference."""
    form, exchange = await rest.form_of(request), exchange_of(request)
    to, from_ = callable_address(form), shown_address(form, exchange)
    settings = _settings(form)
    callback = callback_of(form, "ConferenceStatusCallback", ROOM_EVENTS, "start end")
    options = _options(form)
    conference = _room(request, form)
    label = form.get("Label")
    _check_place(conference, label, options["coached_sid"])
    _settle(conference, form)
    conference.settle_callback(callback)
    now = exchange.clock.now_ms()
    participant = Participant(conference, None, label, created_ms=now, updated_ms=now,  # type: ignore[arg-type]
                              **options)
    participant.leg = exchange.placing.call(from_, to, settings, participant)
    conference.participants.append(participant)
    participant.leg.over.add_done_callback(lambda _: _over(participant))
    return rest.created(shapes.participant_row(participant))


def _settings(form: Any) -> Settings:
    """A participant's call rings up to ten minutes, and its machine detection never delays anybody."""
    settings = call_settings(form, amd_callback="AmdStatusCallback")
    settings.async_amd = True
    return settings


def _check_place(conference: Conference, label: str | None, coached_sid: str | None) -> None:
    """Raises ApiError if this participant cannot be added."""
    if label and (len(label) > LABEL_LIMIT or "/" in label or re.fullmatch(r"CA[0-9a-f]{32}", label)):
        raise ApiError(400, 16024, f"A label has up to {LABEL_LIMIT} characters, no slash, and is no call SID")
    if label and conference.labelled(label):
        raise ApiError(400, 16025, "The participant label is taken in this conference")
    if len(conference.participants) >= conference.max_participants:
        raise ApiError(400, 16020, "The conference is full")
    if coached_sid and not conference.labelled(coached_sid):
        raise ApiError(400, 16028, "The participant to be coached is not in the conference")


def _settle(conference: Conference, form: Any) -> None:
    """What the form says of the whole conference; it counts for the first participant only."""
    name = "ConferenceRecordingStatusCallback"
    records = rest.check_choice(form, "ConferenceRecord", RECORD_WORDS, "do-not-record")
    trim = rest.check_choice(form, "ConferenceTrim", TRIMS, "trim-silence")
    conference.settle(records=records in ("true", "record-from-start"), trims=trim == "trim-silence",
                      recording_callback=callback_of(form, name, RECORDING_EVENTS, "completed"),
                      region=form.get("Region") or "us1")


def _over(participant: Participant) -> None:
    reason = "participant_hung_up" if participant.joined else "participant_add_failed"
    participant.conference.remove(participant, reason)


def _room(request: web.Request, form: Any) -> Conference:
    exchange, key = exchange_of(request), request.match_info["sid"]
    most = rest.check_whole(form, "MaxParticipants", 250, 2, 250)
    if key.startswith("CF") and len(key) == 34:
        conference = conference_of(request)
        if conference.status == "completed":
            raise rest.not_found(request)
        return conference
    return conferences.conference_named(exchange, key, most)


def _options(form: Any) -> dict[str, Any]:
    coached = form.get("CallSidToCoach") if rest.check_flag(form, "Coaching", False) else None
    return {"muted": rest.check_flag(form, "Muted", False), "beep": rest.check_choice(form, "Beep", BEEPS, "true"),
            "start_on_enter": rest.check_flag(form, "StartConferenceOnEnter", True),
            "end_on_exit": rest.check_flag(form, "EndConferenceOnExit", False),
            "wait_url": _wait_url(form), "wait_method": rest.check_method(form.get("WaitMethod")),
            "coached_sid": coached}


def _wait_url(form: Any) -> str | None:
    raw: str | None = form.get("WaitUrl")
    return raw if raw in (None, "") else rest.check_url(raw, 21205, "WaitUrl")


def _participant(request: web.Request) -> Participant:
    found = conference_of(request).labelled(request.match_info["participant"])
    if found is None:
        raise rest.not_found(request)
    return found


async def fetch_participant(request: web.Request) -> web.Response:
    """One who takes part."""
    return rest.fetched(shapes.participant_row(_participant(request)))


async def update_participant(request: web.Request) -> web.Response:
    """Mutes, holds, coaches, or lets one participant hear an announcement."""
    one, form = _participant(request), await rest.form_of(request)
    announcement = rest.check_url(form.get("AnnounceUrl"), 21205, "AnnounceUrl")
    _set_hold(one, form)
    _set_mute(one, form)
    _set_rest(one, form)
    if announcement:
        _announce(one, announcement, rest.check_method(form.get("AnnounceMethod")))
    one.updated_ms = exchange_of(request).clock.now_ms()
    return rest.fetched(shapes.participant_row(one))


def _set_hold(one: Participant, form: Any) -> None:
    before, one.hold = one.hold, rest.check_flag(form, "Hold", one.hold)
    if form.get("HoldUrl"):
        one.hold_url = rest.check_url(form["HoldUrl"], 21205, "HoldUrl")
        one.hold_method = rest.check_method(form.get("HoldMethod"), "GET")
    if one.hold != before:
        if not one.hold:
            one.hold_url = None
        one.conference.emit("hold", "participant-hold" if one.hold else "participant-unhold", one)
        one.nudge()


def _set_mute(one: Participant, form: Any) -> None:
    before, one.muted = one.muted, rest.check_flag(form, "Muted", one.muted)
    if one.muted != before:
        one.conference.emit("mute", "participant-mute" if one.muted else "participant-unmute", one)


def _set_rest(one: Participant, form: Any) -> None:
    before = (one.end_on_exit, one.coached_sid, one.beep, one.wait_url)
    one.end_on_exit = rest.check_flag(form, "EndConferenceOnExit", one.end_on_exit)
    if "Coaching" in form or "CallSidToCoach" in form:
        coaching = rest.check_flag(form, "Coaching", one.coaching)
        one.coached_sid = form.get("CallSidToCoach") or one.coached_sid if coaching else None
    if "BeepOnExit" in form:
        one.beep = "true" if rest.check_flag(form, "BeepOnExit", True) else "onEnter"
    if "WaitUrl" in form:
        one.wait_url, one.wait_method = _wait_url(form), rest.check_method(form.get("WaitMethod"))
        one.waits_anew()
    if (one.end_on_exit, one.coached_sid, one.beep, one.wait_url) != before:
        one.conference.emit("modify", "participant-modify", one)


async def kick(request: web.Request) -> web.Response:
    """Puts one participant out; the leg goes on with its document."""
    one = _participant(request)
    one.conference.remove(one, "participant_updated_via_api", kicked=True)
    if one.joined:
        one.nudge()
    else:
        one.leg.end("canceled", "application", 487)
    return rest.deleted()
