"""REST: Recordings of the account, of calls and of conferences, their sound, and their transcriptions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aiohttp import web

from emulator import rest, rest_calls, rest_conferences, shapes
from emulator.exchange import Exchange
from emulator.recordings import Recording, Transcription
from emulator.rest import ApiError, exchange_of
from emulator.rest_forms import in_time, recording_options
from emulator.sound import mp3_bytes, wav_bytes

CURRENT = "Twilio.CURRENT"
WORDS = ("in-progress", "paused", "stopped")
KINDS = {"wav": "audio/x-wav", "mp3": "audio/mpeg"}
Row = Callable[[Exchange, Recording], dict[str, Any]]


def routes() -> list[web.RouteDef]:
    """The addresses of this part."""
    sounds, texts = rest.ACCOUNT + "/Recordings", rest.ACCOUNT + "/Transcriptions"
    call, room = rest.ACCOUNT + "/Calls/{sid}/Recordings", rest.ACCOUNT + "/Conferences/{sid}/Recordings"
    one = "/{recording}.json"
    return [web.get(sounds + ".json", list_all), web.get(sounds + one, fetch), web.delete(sounds + one, delete),
            web.get(sounds + "/{recording:RE[0-9a-f]+}", media),
            web.get(sounds + "/{recording:RE[0-9a-f]+}.{kind:wav|mp3}", media),
            web.get(call + ".json", list_of_call), web.post(call + ".json", start),
            web.get(call + one, fetch), web.post(call + one, update), web.delete(call + one, delete),
            web.get(room + ".json", list_of_conference), web.get(room + one, fetch),
            web.post(room + one, update), web.delete(room + one, delete),
            web.get(texts + ".json", list_transcriptions), web.get(texts + "/{transcription}.json", transcription),
            web.delete(texts + "/{transcription}.json", forget_transcription),
            web.get(sounds + "/{recording}/Transcriptions.json", list_transcriptions),
            web.get(sounds + "/{recording}/Transcriptions/{transcription}.json", transcription)]


def _of_address(request: web.Request) -> tuple[list[Recording], Row]:
    """The recordings an address is about, and how they are written there."""
    exchange = exchange_of(request)
    if "/Calls/" in request.path:
        return exchange.recordings.of_call(rest_calls.leg_of(request).sid), shapes.call_recording_row
    if "/Conferences/" in request.path:
        conference = rest_conferences.conference_of(request)
        return exchange.recordings.of_conference(conference.sid), shapes.conference_recording_row
    return [one for one in exchange.recordings.all.values() if not one.deleted], shapes.recording_row


def _recording(request: web.Request) -> tuple[Recording, Row]:
    """The recording named in the address; Twilio.CURRENT is the one that runs. Raises 404."""
    found, row = _of_address(request)
    key = request.match_info["recording"]
    for one in reversed(found):
        if one.sid == key or (key == CURRENT and one.active):
            return one, row
    raise rest.not_found(request)


async def list_all(request: web.Request) -> web.Response:
    """The recordings that pass the filters, newest first."""
    exchange, query = exchange_of(request), request.query
    kept = rest.check_flag(query, "IncludeSoftDeleted", False)
    found = [one for one in exchange.recordings.all.values() if (kept or not one.deleted)
             and (query.get("CallSid") or one.call_sid) == one.call_sid
             and (query.get("ConferenceSid") or one.conference_sid) == one.conference_sid
             and in_time(query, "DateCreated", one.started_ms)]
    return rest.page(request, "recordings", (shapes.recording_row(exchange, one) for one in reversed(found)))


async def list_of_call(request: web.Request) -> web.Response:
    """The recordings of a call, newest first."""
    return _listed(request)


async def list_of_conference(request: web.Request) -> web.Response:
    """The recordings of a conference, newest first."""
    return _listed(request)


def _listed(request: web.Request) -> web.Response:
    found, row = _of_address(request)
    passing = [one for one in reversed(found) if in_time(request.query, "DateCreated", one.started_ms)]
    return rest.page(request, "recordings", (row(exchange_of(request), one) for one in passing))


async def fetch(request: web.Request) -> web.Response:
    """One recording."""
    one, row = _recording(request)
    return rest.fetched(row(exchange_of(request), one))


async def start(request: web.Request) -> web.Response:
    """Records a live call from now on."""
    leg, form, exchange = rest_calls.leg_of(request), await rest.form_of(request), exchange_of(request)
    options = recording_options(form)
    if not leg.answered:
        raise ApiError(400, 21220, "Requested resource is not eligible for recording")
    one = exchange.recordings.begin(
        leg, "StartCallRecordingAPI", options["recording_callback"], channels=options["recording_channels"],
        track=options["recording_track"], trims=options["trims"])
    return rest.created(shapes.call_recording_row(exchange, one))


async def update(request: web.Request) -> web.Response:
    """Pauses, resumes or ends a recording that runs."""
    (one, row), form, exchange = _recording(request), await rest.form_of(request), exchange_of(request)
    if not form.get("Status"):
        raise ApiError(400, 20001, "Status is required")
    status = rest.check_choice(form, "Status", WORDS, "")
    behavior = rest.check_choice(form, "PauseBehavior", ("silence", "skip"), "silence")
    if not one.active:
        raise ApiError(400, 16114, "The recording is over: its state cannot be changed")
    if status == "paused":
        exchange.recordings.pause(one, behavior)
    elif status == "in-progress":
        exchange.recordings.resume(one)
    else:
        exchange.recordings.finish(one)
    return rest.fetched({**row(exchange, one), "status": "stopped" if status == "stopped" else one.status})


async def delete(request: web.Request) -> web.Response:
    """Deletes a recording and its sound."""
    one, _ = _recording(request)
    one.deleted = True
    return rest.deleted()


async def media(request: web.Request) -> web.Response:
    """The sound, once the recording is complete: WAV unless MP3 is asked for."""
    one = exchange_of(request).recordings.all.get(request.match_info["recording"])
    if one is None or one.deleted or one.status != "completed" \
            or exchange_of(request).clock.now_ms() < one.media_from_ms:
        raise rest.not_found(request)
    kind = request.match_info.get("kind") or "wav"
    body = mp3_bytes(one.duration_s) if kind == "mp3" else wav_bytes(one.duration_s, one.spoken, one.channels)
    return web.Response(body=body, content_type=KINDS[kind])


async def list_transcriptions(request: web.Request) -> web.Response:
    """The transcriptions of the account, or of one recording."""
    exchange, wanted = exchange_of(request), request.match_info.get("recording")
    if wanted and wanted not in exchange.recordings.all:
        raise rest.not_found(request)
    found = [one for one in exchange.recordings.transcriptions.values() if wanted in (None, one.recording.sid)]
    return rest.page(request, "transcriptions", (shapes.transcription_row(exchange, one) for one in reversed(found)))


def _transcription(request: web.Request) -> Transcription:
    found = exchange_of(request).recordings.transcriptions.get(request.match_info["transcription"])
    if found is None or request.match_info.get("recording") not in (None, found.recording.sid):
        raise rest.not_found(request)
    return found


async def transcription(request: web.Request) -> web.Response:
    """One transcription."""
    return rest.fetched(shapes.transcription_row(exchange_of(request), _transcription(request)))


async def forget_transcription(request: web.Request) -> web.Response:
    """Deletes a transcription."""
    del exchange_of(request).recordings.transcriptions[_transcription(request).sid]
    return rest.deleted()
