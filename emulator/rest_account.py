"""REST: the Account itself, its keys, tokens and balance, and the debugger's entries of all calls."""

from __future__ import annotations

from aiohttp import web

from emulator import rest, shapes, shapes_account
from emulator.clock import rfc2822
from emulator.resources import ApiKey
from emulator.rest import ApiError, exchange_of
from emulator.rest_forms import in_time

LONGEST_TOKEN_S = 86_400


def routes() -> list[web.RouteDef]:
    """The addresses of this part."""
    keys = rest.ACCOUNT + "/{kind:Keys|SigningKeys}"
    notes = rest.ACCOUNT + "/Notifications"
    return [web.get(rest.PREFIX + "/Accounts.json", list_accounts), web.get(rest.ACCOUNT + ".json", fetch_account),
            web.post(rest.PREFIX + "/Accounts.json", refuse_subaccount), web.post(rest.ACCOUNT + ".json", rename),
            web.get(rest.ACCOUNT + "/Balance.json", balance), web.post(rest.ACCOUNT + "/Tokens.json", token),
            web.get(keys + ".json", list_keys), web.post(keys + ".json", create_key),
            web.get(keys + "/{sid}.json", fetch_key), web.post(keys + "/{sid}.json", rename_key),
            web.delete(keys + "/{sid}.json", delete_key),
            web.get(notes + ".json", list_notifications), web.get(notes + "/{sid}.json", fetch_notification)]


async def list_accounts(request: web.Request) -> web.Response:
    """The one account there is."""
    row = shapes_account.account_row(exchange_of(request))
    wanted = request.query.get("FriendlyName")
    return rest.page(request, "accounts", [row] if wanted in (None, "", row["friendly_name"]) else [])


async def fetch_account(request: web.Request) -> web.Response:
    """The account."""
    return rest.fetched(shapes_account.account_row(exchange_of(request)))


async def rename(request: web.Request) -> web.Response:
    """Gives the account another name."""
    exchange, form = exchange_of(request), await rest.form_of(request)
    exchange.account.friendly_name = form.get("FriendlyName", exchange.account.friendly_name)
    return rest.fetched(shapes_account.account_row(exchange))


async def refuse_subaccount(_request: web.Request) -> web.Response:
    """This carrier serves one account."""
    raise ApiError(403, 20010, "Subaccounts are not enabled for this account")


async def balance(request: web.Request) -> web.Response:
    """Nothing costs anything here."""
    return rest.fetched({"account_sid": exchange_of(request).account_sid, "balance": "0.00", "currency": "USD"})


async def token(request: web.Request) -> web.Response:
    """A token for servers that help media through firewalls; here they need none."""
    exchange, form = exchange_of(request), await rest.form_of(request)
    ttl = rest.check_whole(form, "Ttl", LONGEST_TOKEN_S, 1, LONGEST_TOKEN_S)
    at = rfc2822(exchange.clock.now_ms())
    server = "stun:127.0.0.1:3478"
    body = {"account_sid": exchange.account_sid, "username": exchange.mint.mint("NT")[2:],
            "password": exchange.mint.mint("NT")[2:], "ttl": str(ttl), "date_created": at, "date_updated": at,
            "ice_servers": [{"url": server, "urls": server, "username": "", "credential": ""}]}
    return rest.created(body)


async def list_keys(request: web.Request) -> web.Response:
    """The keys, without their secrets."""
    name = "keys" if request.match_info["kind"] == "Keys" else "signing_keys"
    return rest.page(request, name, (shapes_account.key_row(key) for key in exchange_of(request).account.keys.values()))


async def create_key(request: web.Request) -> web.Response:
    """A new key; its secret is told this once."""
    exchange, form = exchange_of(request), await rest.form_of(request)
    key = ApiKey(exchange.mint.mint("SK"), exchange.mint.mint("SE")[2:], exchange.clock.now_ms(),
                 form.get("FriendlyName", ""))
    exchange.account.keys[key.sid] = key
    return rest.created({**shapes_account.key_row(key), "secret": key.secret})


def _key(request: web.Request) -> ApiKey:
    found = exchange_of(request).account.keys.get(request.match_info["sid"])
    if found is None:
        raise rest.not_found(request)
    return found


async def fetch_key(request: web.Request) -> web.Response:
    """One key."""
    return rest.fetched(shapes_account.key_row(_key(request)))


async def rename_key(request: web.Request) -> web.Response:
    """Gives a key another name."""
    key, form = _key(request), await rest.form_of(request)
    key.friendly_name = form.get("FriendlyName", key.friendly_name)
    return rest.fetched(shapes_account.key_row(key))


async def delete_key(request: web.Request) -> web.Response:
    """The key opens nothing any more."""
    del exchange_of(request).account.keys[_key(request).sid]
    return rest.deleted()


async def list_notifications(request: web.Request) -> web.Response:
    """What went wrong, newest first."""
    exchange, log = exchange_of(request), request.query.get("Log")
    found = [one for one in exchange.notifications
             if log in (None, "", str(one.log)) and in_time(request.query, "MessageDate", one.at_ms)]
    return rest.page(request, "notifications", (shapes.notification_row(exchange, one) for one in reversed(found)))


async def fetch_notification(request: web.Request) -> web.Response:
    """One entry of the debugger."""
    exchange = exchange_of(request)
    for one in exchange.notifications:
        if one.sid == request.match_info["sid"]:
            return rest.fetched(shapes.full_notification_row(exchange, one))
    raise rest.not_found(request)
