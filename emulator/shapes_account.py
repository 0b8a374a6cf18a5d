"""How the REST API writes what an account owns: itself, its keys, numbers and applications."""

from __future__ import annotations

from emulator.clock import rfc2822
from emulator.exchange import Exchange
from emulator.params import API_VERSION, place
from emulator.resources import ApiKey, Application, CallerId, Handling, PhoneNumber
from emulator.shapes import Row, base_uri, formatted


def number_row(exchange: Exchange, one: PhoneNumber) -> Row:
    """An IncomingPhoneNumber."""
    absent = ("address_sid", "identity_sid", "trunk_sid", "emergency_address_sid", "bundle_sid")
    return {"sid": one.sid, "account_sid": exchange.account_sid, "api_version": API_VERSION,
            "phone_number": one.number, "friendly_name": one.friendly_name, "beta": False,
            "capabilities": {"voice": True, "sms": True, "mms": False, "fax": False},
            "address_requirements": "none", "origin": "twilio", "status": "in-use", "type": "local",
            "voice_receive_mode": one.voice_receive_mode, "emergency_status": "Inactive",
            "emergency_address_status": "unregistered", "voice_application_sid": one.voice_application_sid,
            "sms_application_sid": one.sms_application_sid, **_handling(one),
            "date_created": rfc2822(one.created_ms), "date_updated": rfc2822(one.updated_ms),
            "uri": f"{base_uri(exchange)}/IncomingPhoneNumbers/{one.sid}.json", **dict.fromkeys(absent)}


def _handling(one: Handling) -> Row:
    names = ("voice_caller_id_lookup", "voice_url", "voice_method", "voice_fallback_url", "voice_fallback_method",
             "status_callback", "status_callback_method", "sms_url", "sms_method", "sms_fallback_url",
             "sms_fallback_method")
    return {name: getattr(one, name) for name in names}


def application_row(exchange: Exchange, one: Application) -> Row:
    """An Application."""
    return {"sid": one.sid, "account_sid": exchange.account_sid, "api_version": API_VERSION,
            "friendly_name": one.friendly_name, **_handling(one), "sms_status_callback": one.sms_status_callback,
            "message_status_callback": one.message_status_callback, "public_application_connect_enabled": False,
            "date_created": rfc2822(one.created_ms), "date_updated": rfc2822(one.updated_ms),
            "uri": f"{base_uri(exchange)}/Applications/{one.sid}.json"}


def key_row(key: ApiKey) -> Row:
    """An API key without its secret."""
    at = rfc2822(key.created_ms)
    return {"sid": key.sid, "friendly_name": key.friendly_name, "date_created": at, "date_updated": at}


def caller_id_row(exchange: Exchange, one: CallerId) -> Row:
    """A verified number that is not the account's."""
    at = rfc2822(one.created_ms)
    return {"sid": one.sid, "account_sid": exchange.account_sid, "friendly_name": one.friendly_name,
            "phone_number": one.number, "date_created": at, "date_updated": at,
            "uri": f"{base_uri(exchange)}/OutgoingCallerIds/{one.sid}.json"}


def account_row(exchange: Exchange) -> Row:
    """The Account."""
    uri, at = base_uri(exchange), rfc2822(exchange.began_ms)
    parts = {"available_phone_numbers": "AvailablePhoneNumbers", "calls": "Calls", "conferences": "Conferences",
             "incoming_phone_numbers": "IncomingPhoneNumbers", "notifications": "Notifications",
             "outgoing_caller_ids": "OutgoingCallerIds", "recordings": "Recordings",
             "transcriptions": "Transcriptions", "queues": "Queues", "messages": "Messages",
             "applications": "Applications"}
    return {"sid": exchange.account_sid, "auth_token": exchange.account.token, "type": "Full", "status": "active",
            "friendly_name": exchange.account.friendly_name, "owner_account_sid": exchange.account_sid,
            "date_created": at, "date_updated": at, "uri": f"{uri}.json",
            "subresource_uris": {name: f"{uri}/{part}.json" for name, part in parts.items()}}


def free_number_row(number: str, country: str) -> Row:
    """A number that can be had."""
    where = {key[2:]: value for key, value in place("At", number)}
    return {"phone_number": number, "friendly_name": formatted(number), "iso_country": country.upper(),
            "locality": where["City"].title() or None, "region": where["State"] or None,
            "postal_code": where["Zip"] or None, "lata": None, "rate_center": None, "latitude": None,
            "longitude": None, "address_requirements": "none", "beta": False,
            "capabilities": {"voice": True, "SMS": True, "MMS": False}}


def country_row(exchange: Exchange, code: str) -> Row:
    """A country where numbers can be had."""
    uri = f"{base_uri(exchange)}/AvailablePhoneNumbers/{code}"
    kinds = {"local": "Local", "toll_free": "TollFree", "mobile": "Mobile"}
    return {"country_code": code, "country": "United States", "beta": False, "uri": f"{uri}.json",
            "subresource_uris": {name: f"{uri}/{kind}.json" for name, kind in kinds.items()}}
