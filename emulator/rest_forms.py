"""Reads what the REST API is told about new and live calls, with the carrier's codes for what is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from emulator import rest
from emulator.exchange import Exchange
from emulator.leg import Settings, Source
from emulator.nouns import TRACKS, Detection
from emulator.numbering import normal
from emulator.reader import CALL_EVENTS, RECORDING_EVENTS, Callback
from emulator.rest import ApiError
from emulator.verbs import TRIMS

INLINE_LIMIT = 4000
# The carrier's magic numbers: 5005550001 and its kin cannot be called.
MAGIC = {"+15005550001": (21217, "is not a valid phone number"), "+15005550002": (21214, "cannot be reached"),
         "+15005550003": (21215, "lies in a region without permission"), "+15005550004": (21216, "is blocked")}
DAY_MS = 86_400_000


@dataclass(frozen=True)
class Wish:
    """A new call: its document, and everything else it is told."""

    source: Source
    settings: Settings


def callable_address(form: Any) -> str:
    """Whom to call. Raises ApiError for what cannot be called and for the carrier's magic numbers."""
    to = rest.check_to(form)
    if to in MAGIC:
        code, why = MAGIC[to]
        raise ApiError(400, code, f"The 'To' number {to} {why}")
    return to


def shown_address(form: Any, exchange: Exchange) -> str:
    """What the called person sees: CallerId, or else From. Raises ApiError."""
    if _forwards(form, exchange):
        return normal(form["From"])
    from_ = rest.check_from(form, exchange)
    return rest.check_from({"From": form["CallerId"]}, exchange) if form.get("CallerId") else from_


def _forwards(form: Any, exchange: Exchange) -> bool:
    """Whether a CallToken lets this call show the caller of the call it came with."""
    token, shown = ("CallToken", form.get("CallToken")), normal(form.get("From", ""))
    return bool(token[1]) and any(leg.from_ == shown and token in leg.extra for leg in exchange.legs.values())


def source_of(form: Any) -> Source | None:
    """The document a request names; an address beats inline words."""
    url = rest.check_url(form.get("Url"), 21205, "Url")
    if url:
        return Source(url, rest.check_method(form.get("Method")))
    words = form.get("Twiml")
    if words and len(words) > INLINE_LIMIT:
        raise ApiError(400, 32018, f"Twiml is longer than {INLINE_LIMIT} characters")
    return Source(twiml=words) if words else None


def wish_of(form: Any, exchange: Exchange) -> Wish:
    """The document and the settings of a new call; an application named beats the addresses given beside it."""
    settings = call_settings(form)
    if not form.get("ApplicationSid"):
        source = source_of(form)
        if source is None:
            raise ApiError(400, 21205, "Url parameter is required")
        return Wish(source, settings)
    application = exchange.applications.get(form["ApplicationSid"])
    if application is None or not application.voice_url:
        raise ApiError(400, 21218, f"Invalid ApplicationSid: {form['ApplicationSid']}")
    settings.fallback_url = application.voice_fallback_url
    settings.fallback_method = application.voice_fallback_method
    if application.status_callback:
        settings.callback = Callback(application.status_callback, application.status_callback_method,
                                     frozenset({"completed"}))
    return Wish(Source(application.voice_url, application.voice_method), settings)


def call_settings(form: Any, *, longest_timeout: int = 600, amd_callback: str = "AsyncAmdStatusCallback") -> Settings:
    """Everything else a new call is told."""
    keys = form.get("SendDigits", "")
    if len(keys) > 32 or not set(keys) <= set("0123456789ABCDabcd#*wW"):
        raise ApiError(400, 21206, "SendDigits has up to 32 of 0-9, A-D, #, *, w and W")
    amd = rest.check_url(form.get(amd_callback), 21609, amd_callback)
    return Settings(
        fallback_url=rest.check_url(form.get("FallbackUrl"), 21205, "FallbackUrl"),
        fallback_method=rest.check_method(form.get("FallbackMethod")),
        callback=callback_of(form, "StatusCallback", CALL_EVENTS, "completed"),
        ring_timeout=rest.check_whole(form, "Timeout", 60, 1, longest_timeout),
        time_limit=rest.check_whole(form, "TimeLimit", 14400, 1, 86400),
        send_digits=keys or None, record=rest.check_flag(form, "Record", False),
        detection=detection_of(form), async_amd=rest.check_flag(form, "AsyncAmd", False),
        amd_callback=Callback(amd, "POST", frozenset()) if amd else None, **recording_options(form))


def recording_options(form: Any) -> dict[str, Any]:
    """How a call is recorded: channels, track, trimming, and who hears of it."""
    dual = rest.check_choice(form, "RecordingChannels", ("mono", "dual"), "mono") == "dual"
    return {"recording_channels": 2 if dual else 1,
            "recording_track": rest.check_choice(form, "RecordingTrack", TRACKS, "both"),
            "trims": rest.check_choice(form, "Trim", TRIMS, "trim-silence") == "trim-silence",
            "recording_callback": callback_of(form, "RecordingStatusCallback", RECORDING_EVENTS, "completed")}


def detection_of(form: Any) -> Detection | None:
    """How a machine is told from a person; keys that are sent switch it off. Raises ApiError 21234."""
    kind = form.get("MachineDetection")
    if kind not in (None, "", "Enable", "DetectMessageEnd"):
        raise ApiError(400, 21234, f"Invalid MachineDetection: {kind}")
    detection = Detection(
        kind or "", _tuned(form, "Timeout", 30, 3, 60), _tuned(form, "SpeechThreshold", 2400, 1000, 6000),
        _tuned(form, "SpeechEndThreshold", 1200, 500, 5000), _tuned(form, "SilenceTimeout", 5000, 2000, 10_000))
    return detection if kind and not form.get("SendDigits") else None


def _tuned(form: Any, name: str, default: int, low: int, high: int) -> int:
    return rest.check_whole(form, f"MachineDetection{name}", default, low, high, 21234)


def callback_of(form: Any, name: str, accepted: tuple[str, ...], default: str) -> Callback | None:
    """A callback address with its Method and (repeated) Event fields. Raises ApiError."""
    url = rest.check_url(form.get(name), 21609, name)
    if not url:
        return None
    events = frozenset(word for one in form.getall(f"{name}Event", []) for word in one.split())
    if not events <= set(accepted):
        raise ApiError(400, 21626, f"Invalid {name}Event; accepted are {', '.join(accepted)}")
    return Callback(url, rest.check_method(form.get(f"{name}Method")), events or frozenset(default.split()))


def in_time(query: Any, name: str, at_ms: int | None) -> bool:
    """Whether a moment passes the filters `name`, `name<` and `name>` (dates or ISO 8601 times, UTC)."""
    asked = [(sign, query[name + sign]) for sign in ("", "<", ">") if query.get(name + sign)]
    return not asked or (at_ms is not None and all(_compares(at_ms, sign, text) for sign, text in asked))


def _compares(at_ms: int, sign: str, text: str) -> bool:
    """A day alone stands for the whole day: `<` reaches to its end, `>` from its beginning."""
    from_ms = moment_of(text)
    until_ms = from_ms + (DAY_MS if len(text) == len("2026-01-31") else 1000)
    if sign == "":
        return from_ms <= at_ms < until_ms
    return at_ms < until_ms if sign == "<" else at_ms >= from_ms


def moment_of(text: str) -> int:
    """A date or an ISO 8601 time as epoch milliseconds; UTC unless it says otherwise. Raises ApiError."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as bad:
        raise ApiError(400, 20001, f"Not a date: {text}") from bad
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)
