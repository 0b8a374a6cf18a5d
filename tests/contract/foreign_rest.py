"""The REST API of the foreign carrier: what Twilio documents of calls and numbers, as far as the product may ask it."""

import base64
import json
import re
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from tests.contract.foreign_legs import Leg

if TYPE_CHECKING:
    from tests.contract.foreign_carrier import ForeignCarrier

PATH = re.compile(r"/2010-04-01/Accounts/(\w+)/(Calls|IncomingPhoneNumbers)(?:/(\w+))?\.json")
Form = dict[str, list[str]]
Answer = tuple[int, dict[str, Any]]


def refusal(status: int, code: int, message: str) -> Answer:
    """An error as the carrier words it."""
    return status, {"code": code, "message": message, "more_info": "", "status": status}


def call_row(leg: Leg) -> dict[str, Any]:
    """A call as JSON."""
    form = leg.form
    return {"sid": leg.sid, "account_sid": form["AccountSid"], "to": form["To"], "from": form["From"],
            "status": leg.status, "direction": form["Direction"], "api_version": form["ApiVersion"]}  # fmt: skip


def _sid_of(number: str) -> str:
    return "PN" + number.lstrip("+").rjust(32, "0")


class Rest:
    """Answers one carrier's REST requests."""

    def __init__(self, carrier: "ForeignCarrier") -> None:
        self._carrier = carrier
        rest = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer({})

            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                self._answer(urllib.parse.parse_qs(self.rfile.read(length).decode()))

            def _answer(self, form: Form) -> None:
                status, body = rest.answer(self.command, self.path, form, self.headers.get("Authorization", ""))
                text = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, format: str, *args: Any) -> None:
                """Says nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True

    def answer(self, method: str, target: str, form: Form, authorization: str) -> Answer:
        """One request: its status and JSON."""
        path, _, query = target.partition("?")
        found = PATH.fullmatch(path)
        pair = f"{self._carrier.account}:{self._carrier.token}".encode()
        if authorization != "Basic " + base64.b64encode(pair).decode():
            return refusal(401, 20003, "Authenticate")
        if found is None or found[1] != self._carrier.account:
            return refusal(404, 20404, "The requested resource was not found")
        asked = urllib.parse.parse_qs(query)
        if found[2] == "IncomingPhoneNumbers":
            return self._number(found[3], form, asked)
        if found[3] is None:
            return self._create(form) if method == "POST" else self._list(asked)
        return self._call(method, found[3], form)

    def _number(self, sid: str | None, form: Form, asked: Form) -> Answer:
        """The account owns whatever number it is asked for, and keeps the URLs of the one that people call."""
        carrier = self._carrier
        number = asked.get("PhoneNumber", [carrier.number])[0]
        row = {"sid": _sid_of(number), "account_sid": carrier.account, "phone_number": number}
        if sid is None:
            return 200, {"incoming_phone_numbers": [row], "page": 0, "page_size": 50, "next_page_uri": None}
        if sid == _sid_of(carrier.number):
            carrier.urls |= {name: values[0] for name, values in form.items()}
        return 200, {**row, "sid": sid}

    def _create(self, form: Form) -> Answer:
        if not {"To", "From", "Url"} <= form.keys():
            return refusal(400, 21201, "To, From and Url are required")
        leg = self._carrier.rings({name: values[0] for name, values in form.items()}, form.get("StatusCallbackEvent"))
        return 201, call_row(leg)

    def _list(self, asked: Form) -> Answer:
        if "ParentCallSid" in asked:  # no document of this carrier dials
            return 200, {"calls": [], "page": 0, "page_size": 50, "next_page_uri": None}
        to = asked.get("To", [""])[0]
        rows = [call_row(leg) for leg in reversed(self._carrier.legs.values()) if to in ("", leg.form["To"])]
        return 200, {"calls": rows, "page": 0, "page_size": 50, "next_page_uri": None}

    def _call(self, method: str, sid: str, form: Form) -> Answer:
        leg = self._carrier.legs.get(sid)
        if leg is None:
            return refusal(404, 20404, "The requested resource was not found")
        if method == "GET":
            return 200, call_row(leg)
        if leg.is_over or ("Url" in form and leg.status != "in-progress"):
            return refusal(400, 21220, "Invalid call state")
        leg.move_to = form["Url"][0] if "Url" in form else None
        leg.hang_up = "Status" in form
        return 200, call_row(leg)
