"""The carrier seam over Twilio's REST API: the vendor's errors become `CarrierError` in one table."""

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

import requests
from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from telephony.carrier import MOST_SOUND_BYTES, CarrierError, LiveCall, Recorded

# To connect, and to be answered. The SDK has none of its own: one stuck request would hold a worker for ever.
REST_TIMEOUT_SECONDS = (3.0, 7.0)
NOT_IN_STATE = 21220  # "Unable to update record. Invalid Call state": the leg is over
SOUND_TIMEOUT_SECONDS = 20.0  # for a whole file, however slowly it comes
MOST_LISTED = 200  # recordings of one question
RECORDING = re.compile(r"RE[0-9a-f]{32}")
T = TypeVar("T")


class RedirectedClient(Client):  # type: ignore[misc]
    """Twilio's client with every request sent to another base URL, such as the emulator's."""

    def __init__(self, account: str, token: str, base_url: str | None) -> None:
        # A non-empty environment keeps TWILIO_EDGE and TWILIO_REGION of the machine out of our URLs.
        http_client = TwilioHttpClient()
        http_client.timeout = REST_TIMEOUT_SECONDS
        http_client.session.trust_env = base_url is None  # a base that was named is not sought behind a proxy
        super().__init__(account, token, http_client=http_client, environment={"PAC": "1"})
        self._base_url = urlsplit(base_url) if base_url else None

    def get_hostname(self, uri: str) -> str:
        """The URI at our base, path and query kept."""
        if self._base_url is None:
            return str(super().get_hostname(uri))
        parts = urlsplit(uri)
        return urlunsplit((self._base_url.scheme, self._base_url.netloc, parts.path, parts.query, ""))


class TwilioCarrier:
    """`Carrier` over Twilio. `center` is the number every outbound call shows."""

    def __init__(self, *, account: str, token: str, base_url: str | None, center: str) -> None:
        self._client = RedirectedClient(account, token, base_url)
        self._account, self._token = account, token
        self._center = center

    def ring(
        self,
        *,
        to: str,
        url: str,
        status_url: str,
        fallback_url: str | None,
        seconds: int,
        digits: str = "",
        detect: bool = False,
    ) -> str:
        """Place a call; see `Carrier.ring`."""
        optional = {"fallback_url": fallback_url} if fallback_url else {}
        if digits:
            optional["send_digits"] = digits
        if detect:
            optional["machine_detection"] = "Enable"
        call = _asking(
            lambda: self._client.calls.create(
                to=to,
                from_=self._center,
                url=url,
                status_callback=status_url,
                status_callback_event=["ringing", "completed"],
                timeout=seconds,
                **optional,
            )
        )
        if not call.sid:
            raise CarrierError("a call without a sid", permanent=False, maybe_done=True)
        return str(call.sid)

    def move(self, sid: str, url: str) -> None:
        """Send a live leg to another document; see `Carrier.move`."""
        _asking(lambda: self._client.calls(sid).update(url=url, method="POST"))

    def hang_up(self, sid: str) -> None:
        """End a leg; see `Carrier.hang_up`."""
        try:
            _asking(lambda: self._client.calls(sid).update(status="completed"))
        except CarrierError as error:
            if not error.gone:
                raise

    def look(self, sid: str) -> LiveCall | None:
        """One call; see `Carrier.look`."""
        try:
            call = _asking(lambda: self._client.calls(sid).fetch())
        except CarrierError as error:
            if error.gone:
                return None
            raise
        return _seen(call)

    def calls_to(self, number: str) -> list[LiveCall]:
        """The newest calls to a number; see `Carrier.calls_to`."""
        calls = _asking(lambda: self._client.calls.list(to=number, limit=20))
        return [_seen(call) for call in calls]

    def has_talk(self, room: str) -> bool:
        """Whether both are in a room; see `Carrier.has_talk`."""
        return bool(_asking(lambda: self._client.conferences.list(friendly_name=room, status="in-progress", limit=1)))

    def has_company(self, sid: str) -> bool:
        """Whether a leg talks with one it dialled; see `Carrier.has_company`."""
        return bool(_asking(lambda: self._client.calls.list(parent_call_sid=sid, status="in-progress", limit=1)))

    def hold(self, room: str, sid: str, music: str | None) -> None:
        """Music for one in a room; see `Carrier.hold`."""
        how = {"hold": True, "hold_url": music, "hold_method": "POST"} if music else {"hold": False}
        self._change_participant(room, sid, **how)

    def mute(self, room: str, sid: str, *, muted: bool) -> None:
        """Silence one in a room; see `Carrier.mute`."""
        self._change_participant(room, sid, muted=muted)

    def outlive(self, room: str, sid: str, *, outlives: bool) -> None:
        """Whether a room outlives one's leaving; see `Carrier.outlive`."""
        self._change_participant(room, sid, end_conference_on_exit=not outlives)

    def end_room(self, room: str) -> None:
        """End a room; see `Carrier.end_room`."""
        found = self._rooms(room)
        if found:
            _asking(lambda: found[0].update(status="completed"))

    def _change_participant(self, room: str, sid: str, **how: Any) -> None:
        """Change how one takes part; `CarrierError` (gone) when the room or his place in it is over."""
        found = self._rooms(room)
        if not found:
            raise CarrierError("no such room is under way", permanent=True, maybe_done=False, gone=True)
        _asking(lambda: self._client.conferences(found[0].sid).participants(sid).update(**how))

    def _rooms(self, room: str) -> list[Any]:
        return _asking(lambda: self._client.conferences.list(friendly_name=room, status="in-progress", limit=1))

    def recordings_since(self, instant: datetime) -> list[Recorded]:
        """The account's recordings; see `Carrier.recordings_since`."""
        found = _asking(lambda: self._client.recordings.list(date_created_after=instant, limit=MOST_LISTED))
        return [_recorded(each) for each in found]

    def recording(self, sid: str) -> bytes:
        """The sound of a recording; see `Carrier.recording`.

        The address is made here, of our account and our carrier: whatever a webhook calls its file is never fetched.
        """
        if not RECORDING.fullmatch(sid):
            raise CarrierError("no name of a recording", permanent=True, maybe_done=False)
        uri = f"https://api.twilio.com/2010-04-01/Accounts/{self._account}/Recordings/{sid}.wav"
        return _asking(lambda: self._download(self._client.get_hostname(uri)))

    def _download(self, url: str) -> bytes:
        """What lies at one of our own addresses. Credentials go nowhere else: no redirect is followed."""
        until = time.monotonic() + SOUND_TIMEOUT_SECONDS
        with self._client.http_client.session.get(
            url,
            auth=(self._account, self._token),
            timeout=REST_TIMEOUT_SECONDS,
            stream=True,
            allow_redirects=False,
        ) as answer:
            if answer.status_code != 200:
                raise TwilioRestException(answer.status_code, "a recording")
            sound = bytearray()
            for piece in answer.iter_content(64 * 1024):
                sound += piece
                if len(sound) > MOST_SOUND_BYTES:
                    raise CarrierError("a sound too long to keep", permanent=True, maybe_done=False)
                if time.monotonic() > until:
                    raise CarrierError("a sound that takes too long", permanent=False, maybe_done=False)
            return bytes(sound)

    def forget_recording(self, sid: str) -> None:
        """Delete a recording; see `Carrier.forget_recording`."""
        try:
            _asking(lambda: self._client.recordings(sid).delete())
        except CarrierError as error:
            if not error.gone:
                raise

    def text(self, *, to: str, body: str) -> None:
        """Send a text; see `Carrier.text`."""
        _asking(lambda: self._client.messages.create(to=to, from_=self._center, body=body))

    def point_number(self, number: str, *, voice_url: str, status_url: str, fallback_url: str | None) -> None:
        """Configure a number; see `Carrier.point_number`."""
        found = _asking(lambda: self._client.incoming_phone_numbers.list(phone_number=number, limit=1))
        if not found:
            raise CarrierError("the account does not own that number of ours", permanent=True, maybe_done=False)
        optional = {"voice_fallback_url": fallback_url, "voice_fallback_method": "POST"} if fallback_url else {}
        _asking(
            lambda: found[0].update(
                voice_url=voice_url,
                voice_method="POST",
                status_callback=status_url,
                status_callback_method="POST",
                **optional,
            )
        )


def _seen(call: Any) -> LiveCall:
    return LiveCall(
        sid=str(call.sid),
        status=str(call.status),
        to=str(call.to),
        placed_at=call.date_created,
        caller=str(call._from or ""),
    )


def _recorded(row: Any) -> Recorded:
    """One row of the list. What has no length yet is being made; "absent" came to nothing."""
    seconds = int(row.duration) if str(row.duration or "").isdecimal() else 0
    began: datetime | None = row.start_time or row.date_created
    complete = began is not None and str(row.status) == "completed"
    ended = began.replace(tzinfo=began.tzinfo or UTC) + timedelta(seconds=seconds) if began and complete else None
    return Recorded(str(row.sid), str(row.call_sid or ""), seconds, ended, by_verb=str(row.source) == "RecordVerb")


def _asking(request: Callable[[], T]) -> T:
    try:
        return request()
    except (TwilioException, requests.exceptions.RequestException, ValueError) as error:
        raise _carrier_error(error) from None  # the library's own texts and URLs hold telephone numbers


def _carrier_error(error: Exception) -> CarrierError:
    """What a failure of the library means; a ValueError is an answer that is no JSON."""
    if isinstance(error, TwilioRestException | TwilioServiceException):
        return _rest_error(error.status, error.code)
    for detail in error.args:
        if isinstance(detail, Response) and detail.status_code >= 300:  # a list that was refused
            return _rest_error(detail.status_code, None)
    if isinstance(error, requests.exceptions.ConnectionError):
        return CarrierError("connection failed", permanent=False, maybe_done=not _never_made(error))
    return CarrierError("no answer that we can read", permanent=False, maybe_done=True)


def _rest_error(status: int, code: int | None) -> CarrierError:
    """Twilio's own rule: 429 was never processed; a 408 or 5xx may have been; other 4xx will fail again."""
    message = f"the carrier answered {status}, code {code}"
    if status == 429:
        return CarrierError(message, permanent=False, maybe_done=False)
    if status == 408 or status >= 500:
        return CarrierError(message, permanent=False, maybe_done=True)
    return CarrierError(message, permanent=True, maybe_done=False, gone=code == NOT_IN_STATE or status == 404)


def _never_made(error: requests.exceptions.ConnectionError) -> bool:
    """Whether there was no connection at all (refused, no route, no such name, too slow): nothing can have happened."""
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    return isinstance(reason, NewConnectionError | ConnectTimeoutError)
