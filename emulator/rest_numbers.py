"""REST: IncomingPhoneNumbers, the numbers that can be had, verified caller IDs, and Applications."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from aiohttp import web

from emulator import rest, shapes_account
from emulator.exchange import Exchange
from emulator.numbering import is_e164, normal
from emulator.resources import Application, CallerId, Handling, PhoneNumber
from emulator.rest import ApiError, exchange_of

ADDRESSES = {"VoiceUrl": "voice_url", "VoiceFallbackUrl": "voice_fallback_url", "StatusCallback": "status_callback",
             "SmsUrl": "sms_url", "SmsFallbackUrl": "sms_fallback_url", "SmsStatusCallback": "sms_status_callback",
             "MessageStatusCallback": "message_status_callback"}
METHODS = {"VoiceMethod": "voice_method", "VoiceFallbackMethod": "voice_fallback_method",
           "StatusCallbackMethod": "status_callback_method", "SmsMethod": "sms_method",
           "SmsFallbackMethod": "sms_fallback_method"}
NAMED = {"VoiceApplicationSid": "voice_application_sid", "SmsApplicationSid": "sms_application_sid"}
NEEDS = {"voice_fallback_url": ("voice_url", 21405), "sms_fallback_url": ("sms_url", 21406)}
TYPES = "Local|TollFree|Mobile|National|Voip|SharedCost|MachineToMachine"
FICTIONAL = range(100, 200)  # 555-0100 to 555-0199: nobody has such a number
AREA = "312"


def routes() -> list[web.RouteDef]:
    """The addresses of this part."""
    numbers, countries = rest.ACCOUNT + "/IncomingPhoneNumbers", rest.ACCOUNT + "/AvailablePhoneNumbers"
    free = countries + "/{country}"
    shown, applications = rest.ACCOUNT + "/OutgoingCallerIds", rest.ACCOUNT + "/Applications"
    one = "/{sid}.json"
    return [web.get(numbers + ".json", list_numbers), web.post(numbers + ".json", buy_number),
            web.get(numbers + f"/{{kind:{TYPES}}}.json", list_numbers),
            web.post(numbers + f"/{{kind:{TYPES}}}.json", buy_number),
            web.get(numbers + one, fetch_number), web.post(numbers + one, update_number),
            web.delete(numbers + one, release_number), web.get(countries + ".json", list_countries),
            web.get(free + ".json", fetch_country), web.get(free + f"/{{kind:{TYPES}}}.json", list_free),
            web.get(shown + ".json", list_caller_ids), web.post(shown + ".json", verify_caller_id),
            web.get(shown + one, fetch_caller_id), web.delete(shown + one, forget_caller_id),
            web.get(applications + ".json", list_applications), web.post(applications + ".json", create_application),
            web.get(applications + one, fetch_application), web.post(applications + one, update_application),
            web.delete(applications + one, delete_application)]


# Numbers ----------------------------------------------------------------------------------------------


async def list_numbers(request: web.Request) -> web.Response:
    """The account's numbers; `PhoneNumber` matches a part or a pattern with `*`."""
    exchange, name = exchange_of(request), request.query.get("FriendlyName")
    found = [one for one in exchange.numbers
             if _matches(request.query.get("PhoneNumber", ""), one.number) and name in (None, "", one.friendly_name)]
    return rest.page(request, "incoming_phone_numbers", (_row(request, one) for one in found))


def _row(request: web.Request, one: PhoneNumber) -> dict[str, Any]:
    """A number; where only one kind is listed, without its kind."""
    row = shapes_account.number_row(exchange_of(request), one)
    return {name: value for name, value in row.items() if name != "type" or "kind" not in request.match_info}


def _matches(pattern: str, number: str) -> bool:
    """Whether a number has these digits in it; a star stands for one digit."""
    digits = re.sub(r"[^\d*]", "", pattern).replace("*", r"\d")
    return bool(re.search(digits, number))


def _number(request: web.Request) -> PhoneNumber:
    for one in exchange_of(request).numbers:
        if one.sid == request.match_info["sid"]:
            return one
    raise rest.not_found(request)


async def fetch_number(request: web.Request) -> web.Response:
    """One number."""
    return rest.fetched(shapes_account.number_row(exchange_of(request), _number(request)))


async def buy_number(request: web.Request) -> web.Response:
    """Takes a free number, by itself or any of an area code."""
    form, exchange = await rest.form_of(request), exchange_of(request)
    wanted = normal(form.get("PhoneNumber", ""))
    if not wanted and re.fullmatch(r"[2-9]\d\d", form.get("AreaCode", "")):
        wanted = next(_free(exchange, form["AreaCode"]), "")
    if not is_e164(wanted):
        raise ApiError(400, 21421, f"PhoneNumber is invalid: {form.get('PhoneNumber') or form.get('AreaCode')}")
    if exchange.own_number(wanted):
        raise ApiError(400, 21422, f"{wanted} is not available")
    one = exchange.new_number(wanted)
    _change(one, form, exchange)
    exchange.numbers.append(one)
    return rest.created(_row(request, one))


async def update_number(request: web.Request) -> web.Response:
    """Says what to do when the number is called or texted."""
    one, form, exchange = _number(request), await rest.form_of(request), exchange_of(request)
    _change(one, form, exchange)
    one.updated_ms = exchange.clock.now_ms()
    return rest.fetched(shapes_account.number_row(exchange, one))


def _change(one: Handling, form: Any, exchange: Exchange) -> None:
    """Sets what the form names, all of it or nothing. Raises ApiError."""
    changes: dict[str, Any] = {field: rest.check_url(form[key], 21402, key)
                               for key, field in ADDRESSES.items() if key in form and hasattr(one, field)}
    changes |= {field: rest.check_method(form[key]) for key, field in METHODS.items() if key in form}
    changes |= {field: _application_sid(form[key], exchange)
                for key, field in NAMED.items() if key in form and hasattr(one, field)}
    for field, (needed, code) in NEEDS.items():
        if changes.get(field) and not changes.get(needed, getattr(one, needed)):
            raise ApiError(400, code, f"Cannot set {field} without setting {needed}")
    changes["voice_caller_id_lookup"] = rest.check_flag(form, "VoiceCallerIdLookup", one.voice_caller_id_lookup)
    changes["friendly_name"] = form.get("FriendlyName", one.friendly_name)
    for field, value in changes.items():
        setattr(one, field, value)


def _application_sid(sid: str, exchange: Exchange) -> str | None:
    if sid and sid not in exchange.applications:
        raise ApiError(400, 21420, f"ApplicationSid is not accessible: {sid}")
    return sid or None


async def release_number(request: web.Request) -> web.Response:
    """Gives a number back."""
    exchange_of(request).numbers.remove(_number(request))
    return rest.deleted()


def _free(exchange: Exchange, area: str) -> Iterator[str]:
    for line in FICTIONAL:
        number = f"+1{area}5550{line}"
        if not exchange.own_number(number):
            yield number


async def list_countries(request: web.Request) -> web.Response:
    """Where numbers can be had: here, in one country."""
    rows = [shapes_account.country_row(exchange_of(request), "US")]
    return rest.fetched({"countries": rows, "uri": request.path_qs})


async def fetch_country(request: web.Request) -> web.Response:
    """That country."""
    if request.match_info["country"].upper() != "US":
        raise rest.not_found(request)
    return rest.fetched(shapes_account.country_row(exchange_of(request), "US"))


async def list_free(request: web.Request) -> web.Response:
    """Numbers that can be had: those that no person has, in the area code that is asked for."""
    exchange, query = exchange_of(request), request.query
    area = query.get("AreaCode") or AREA
    if not re.fullmatch(r"[2-9]\d\d", area, re.ASCII):
        raise ApiError(400, 20001, f"Invalid AreaCode: {area}; three digits are accepted")
    found = [one for one in _free(exchange, area) if _matches(query.get("Contains", ""), one)][:30]
    return rest.page(request, "available_phone_numbers",
                     (shapes_account.free_number_row(one, request.match_info["country"]) for one in found))


# Numbers of others that may be shown ------------------------------------------------------------------


async def list_caller_ids(request: web.Request) -> web.Response:
    """The numbers of others that the account may show."""
    exchange, wanted = exchange_of(request), normal(request.query.get("PhoneNumber", ""))
    found = [one for one in exchange.caller_ids.values() if wanted in ("", one.number)]
    return rest.page(request, "outgoing_caller_ids", (shapes_account.caller_id_row(exchange, one) for one in found))


async def verify_caller_id(request: web.Request) -> web.Response:
    """Verifies a number at once: there is nobody here who would type the code."""
    form, exchange = await rest.form_of(request), exchange_of(request)
    number = normal(form.get("PhoneNumber", ""))
    if not is_e164(number):
        raise ApiError(400, 21401, f"Invalid phone number: {number}")
    if exchange.may_show(number):
        raise ApiError(400, 21450, "Phone number already validated on your account")
    one = CallerId(exchange.mint.mint("PN"), number, form.get("FriendlyName") or number, exchange.clock.now_ms())
    exchange.caller_ids[one.sid] = one
    body = {"account_sid": exchange.account_sid, "call_sid": exchange.mint.mint("CA"), "phone_number": number,
            "friendly_name": one.friendly_name, "validation_code": f"{exchange.mint.chance().randrange(10**6):06d}"}
    return rest.fetched(body)


def _caller_id(request: web.Request) -> CallerId:
    found = exchange_of(request).caller_ids.get(request.match_info["sid"])
    if found is None:
        raise rest.not_found(request)
    return found


async def fetch_caller_id(request: web.Request) -> web.Response:
    """One of them."""
    return rest.fetched(shapes_account.caller_id_row(exchange_of(request), _caller_id(request)))


async def forget_caller_id(request: web.Request) -> web.Response:
    """The account may show it no longer."""
    del exchange_of(request).caller_ids[_caller_id(request).sid]
    return rest.deleted()


# Applications -----------------------------------------------------------------------------------------


async def list_applications(request: web.Request) -> web.Response:
    """The applications, perhaps of one name."""
    exchange, name = exchange_of(request), request.query.get("FriendlyName")
    found = [one for one in exchange.applications.values() if name in (None, "", one.friendly_name)]
    return rest.page(request, "applications", (shapes_account.application_row(exchange, one) for one in found))


async def create_application(request: web.Request) -> web.Response:
    """A new application."""
    form, exchange = await rest.form_of(request), exchange_of(request)
    now = exchange.clock.now_ms()
    one = Application(sid=exchange.mint.mint("AP"), created_ms=now, updated_ms=now)
    _change(one, form, exchange)
    exchange.applications[one.sid] = one
    return rest.created(shapes_account.application_row(exchange, one))


def _application(request: web.Request) -> Application:
    found = exchange_of(request).applications.get(request.match_info["sid"])
    if found is None:
        raise rest.not_found(request)
    return found


async def fetch_application(request: web.Request) -> web.Response:
    """One application."""
    return rest.fetched(shapes_account.application_row(exchange_of(request), _application(request)))


async def update_application(request: web.Request) -> web.Response:
    """Changes its addresses."""
    one, exchange = _application(request), exchange_of(request)
    _change(one, await rest.form_of(request), exchange)
    one.updated_ms = exchange.clock.now_ms()
    return rest.fetched(shapes_account.application_row(exchange, one))


async def delete_application(request: web.Request) -> web.Response:
    """Removes it; numbers that name it fall back to their own addresses."""
    del exchange_of(request).applications[_application(request).sid]
    return rest.deleted()
