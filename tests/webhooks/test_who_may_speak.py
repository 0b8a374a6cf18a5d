"""Only what the carrier signed comes in, and it reaches the switchboard as it is."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from twilio.request_validator import RequestValidator
from werkzeug.test import TestResponse

import switchboard
import webhooks
from emulator.twiml import parse
from ivr.signals import DigitsPressed, Ending
from telephony.inbound import LegProgress, Notice, RecordingDone, RoomEvent
from telephony.urls import OVERRIDES
from tests.config.sounds import put, wav
from tests.webhooks.door import (
    FETCHES,
    FOREIGN,
    FORM,
    NOTICES,
    OPERATOR,
    PUBLIC,
    SEALED,
    SECONDARY,
    SID,
    SIGNED,
    STATIC,
    STRANGER,
    TOKEN,
    Heard,
    post,
    routes,
    send,
    signature,
    web,
)


def test_every_route_is_a_fetch_a_notice_or_a_fixed_answer() -> None:
    assert set(SIGNED) == FETCHES | NOTICES | STATIC
    assert set(routes("GET")) == PUBLIC | SEALED
    for method in ("PUT", "DELETE", "PATCH"):
        assert routes(method) == {}


# --- who may speak


REFUSED: dict[str, Callable[[FlaskClient, str], TestResponse]] = {
    "no signature": lambda client, path: client.post(path, data=FORM),
    "an empty signature": lambda client, path: post(client, path, FORM, ""),
    "a made up signature": lambda client, path: post(client, path, FORM, "x" * 28),
    "a stranger's signature": lambda client, path: send(client, path, token=STRANGER),
    "a signature under an empty token": lambda client, path: send(client, path, token=""),
    "a foreign account": lambda client, path: send(client, path, {**FORM, "AccountSid": FOREIGN}),
    "another path": lambda client, path: post(client, path, FORM, signature("/x", FORM)),
    "another query": lambda client, path: post(client, path + "?a=1", FORM, signature(path, FORM)),
    "a field more": lambda client, path: post(client, path, {**FORM, "Digits": "1"}, signature(path, FORM)),
    "another field": lambda client, path: post(client, path, {**FORM, "From": OPERATOR}, signature(path, FORM)),
}


@pytest.mark.parametrize("endpoint", SIGNED)
@pytest.mark.parametrize("why", REFUSED)
def test_what_the_carrier_did_not_sign_for_us_is_refused_and_changes_nothing(
    client: FlaskClient, heard: Heard, endpoint: str, why: str
) -> None:
    response = REFUSED[why](client, SIGNED[endpoint])
    assert response.status_code == 403
    assert heard.nothing
    assert "<Response" not in response.text


@pytest.mark.parametrize("endpoint", SIGNED)
@pytest.mark.parametrize("token", [TOKEN, SECONDARY])
def test_what_the_carrier_signed_is_answered(client: FlaskClient, heard: Heard, endpoint: str, token: str) -> None:
    response = send(client, SIGNED[endpoint], token=token)
    assert response.status_code == (204 if endpoint in NOTICES else 200)
    assert len(heard.fetches) == (endpoint in FETCHES)
    assert len(heard.notices) == (endpoint in NOTICES)


@pytest.mark.parametrize("endpoint", sorted(FETCHES | STATIC))
def test_documents_are_xml_and_never_kept(client: FlaskClient, heard: Heard, endpoint: str) -> None:
    response = send(client, SIGNED[endpoint])
    assert response.mimetype == "text/xml"
    assert response.headers["Cache-Control"] == "no-store"
    parse(response.data) if endpoint != "voice.text_arrives" else None


@pytest.mark.parametrize("endpoint", SIGNED)
def test_a_missing_token_lets_nobody_in(heard: Heard, endpoint: str) -> None:
    app = web()
    app.extensions["tools"].settings.inbound_tokens = lambda: ()
    assert send(app.test_client(), SIGNED[endpoint], token="").status_code == 403
    assert heard.nothing


def test_a_request_without_an_account_is_ours_by_its_signature(client: FlaskClient, heard: Heard) -> None:
    assert send(client, "/voice/incoming", {"CallSid": SID}).status_code == 200
    assert len(heard.fetches) == 1


def test_headers_that_name_another_host_change_nothing(client: FlaskClient, heard: Heard) -> None:
    """Neither do they make a signature for that host good, nor one for ours bad."""
    lies = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http"}
    good = signature("/voice/incoming", FORM)
    assert post(client, "/voice/incoming", FORM, good, **lies).status_code == 200
    forged = RequestValidator(TOKEN).compute_signature("http://evil.example/voice/incoming", FORM)
    assert post(client, "/voice/incoming", FORM, forged, **lies).status_code == 403
    assert len(heard.fetches) == 1


def test_the_target_is_taken_as_it_came_not_as_it_reads(client: FlaskClient, heard: Heard) -> None:
    assert send(client, "/voice/turn/3/keys?next=%2Fx%3Fy&n=J%C3%BCrgen&empty=").status_code == 200
    assert heard.fetches[0].turn == 3


def test_the_overrides_may_be_part_of_what_is_signed(client: FlaskClient, heard: Heard) -> None:
    signed = signature(f"/voice/incoming{OVERRIDES}", FORM)
    assert post(client, "/voice/incoming", FORM, signed).status_code == 200


def test_repeated_and_empty_and_odd_fields_are_signed_as_they_are(client: FlaskClient, heard: Heard) -> None:
    odd = {**FORM, "Digits": "", "SpeechResult": "¿Qué? & +1 =%20", "Twice": ["b", "a", "b"]}
    assert send(client, "/voice/turn/3/keys", odd).status_code == 200


def test_a_form_too_long_for_any_carrier_is_not_read(client: FlaskClient, heard: Heard) -> None:
    response = send(client, "/voice/turn/3/keys", {**FORM, "SpeechResult": "a" * webhooks.LONGEST_FORM})
    assert response.status_code == 413
    assert heard.nothing


@pytest.mark.parametrize("path", ["/voice/incoming", "/voice/turn/3/keys", "/media/room", "/sms/incoming"])
def test_nobody_asks_with_get(client: FlaskClient, heard: Heard, path: str) -> None:
    assert client.get(path).status_code == 405
    assert heard.nothing


def test_hold_music_is_public_and_may_be_kept(client: FlaskClient) -> None:
    response = client.get("/media/hold.wav")
    assert (response.status_code, response.mimetype) == (200, "audio/wav")
    assert response.data.startswith(b"RIFF")
    assert "max-age=86400" in response.headers["Cache-Control"]


def test_a_sound_of_the_clinics_folder_is_public_and_nothing_else_there_is(tmp_path: Path) -> None:
    put(tmp_path, "tips-en.wav", wav(10))
    (tmp_path / "secret.wav").write_bytes(b"secret")
    (tmp_path / "media" / ".hidden.wav").write_bytes(b"secret")
    client = web(tmp_path).test_client()
    found = client.get("/media/clinic/tips-en.wav")
    assert (found.status_code, found.mimetype, found.data) == (200, "audio/wav", wav(10))
    assert "max-age=86400" in found.headers["Cache-Control"]
    for path in ("../secret.wav", "%2e%2e%2fsecret.wav", "..%5csecret.wav", ".hidden.wav"):
        assert client.get(f"/media/clinic/{path}").data != b"secret"


def test_the_usual_music_stands_in_for_a_sound_that_is_gone(client: FlaskClient) -> None:
    """Else the carrier would play nothing, and the leg of whoever waits would ask again at once, and again."""
    response = client.get("/media/clinic/gone.wav")
    assert (response.status_code, response.data) == (200, client.get("/media/hold.wav").data)
    assert "max-age=86400" not in response.headers["Cache-Control"]


# --- what reaches the switchboard


@pytest.mark.parametrize(
    ("endpoint", "request_name", "turn", "waiting"),
    [
        ("voice.call_arrives", "incoming", None, False),
        ("voice.next_turn", "turn/3/keys", 3, False),
        ("voice.next_wait", "wait/3/keys", 3, True),
        ("voice.next_staff_turn", "turn/3/keys", 3, False),
        ("voice.told_why", "move/5/gone", None, False),
        ("voice.left_queue", "left/3/leave", None, False),
        ("voice.moved", "move/5/in", None, False),
        ("voice.offer_answered", "offer/5", None, False),
        ("voice.return_answered", "return/6", None, False),
        ("voice.operator_answered", f"whisper/{SID}", None, False),
    ],
)
def test_a_fetch_reaches_the_switchboard_by_its_name(
    client: FlaskClient, heard: Heard, endpoint: str, request_name: str, turn: int | None, waiting: bool
) -> None:
    send(client, SIGNED[endpoint], {**FORM, "Digits": "1", "QueueResult": "leave"})
    (fetch,) = heard.fetches
    assert (fetch.sid, fetch.request, fetch.turn, fetch.waiting) == (SID, request_name, turn, waiting)


def test_the_document_is_the_switchboards(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(switchboard, "take_turn", lambda fetch, _: f"<Response><!-- {fetch.signal} --></Response>")
    response = send(client, "/voice/turn/3/keys", {**FORM, "Digits": "9"})
    assert response.text == f"<Response><!-- {DigitsPressed('9')} --></Response>"


@pytest.mark.parametrize(
    ("endpoint", "notice"),
    [
        ("voice.call_ended", LegProgress(SID, "completed", "2", Ending.COMPLETED)),
        ("voice.offer_progress", LegProgress(SID, "completed", "2", Ending.COMPLETED, offer=5)),
        ("voice.return_progress", LegProgress(SID, "completed", "2", Ending.COMPLETED, attempt=6)),
        ("voice.room_event", RoomEvent("room-1", SID, "participant-join", "2")),
        ("voice.recording_done", RecordingDone(SID, "RE1", 9, absent=False)),
    ],
)
def test_a_notice_reaches_the_switchboard(client: FlaskClient, heard: Heard, endpoint: str, notice: Notice) -> None:
    room = {"FriendlyName": "room-1", "StatusCallbackEvent": "participant-join"}
    recording = {"RecordingSid": "RE1", "RecordingDuration": "9", "RecordingStatus": "completed"}
    response = send(
        client, SIGNED[endpoint], {**FORM, **room, **recording, "CallStatus": "completed", "SequenceNumber": "2"}
    )
    assert heard.notices == [notice]
    assert response.data == b""
