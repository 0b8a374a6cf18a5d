"""Where a turn's time goes: the mix of `bench/webhooks.py`, in one thread, each part timed without what it calls.

    python -m bench.parts        # against the database and Redis of the environment; bench.webhooks runs it for both

The timers cost time themselves (about a tenth); the shares hold, the sum is a little high.
"""

import time
from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any

import app
import deeds
import errands
import facts
from bench.webhooks import call_requests
from config.statements import Statement
from config.vault import Vault
from ivr import flow
from telephony import signature, twiml

TURNS = 1500
WARM = 200


class Stopwatch:
    """Exclusive times: while a part runs inside another, the outer one's watch stands."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self.calls: Counter[str] = Counter()
        self._inside: list[str] = []
        self._since = 0.0

    def timed(self, part: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, with its time booked to the part."""

        def measured(*args: Any, **named: Any) -> Any:
            self._switch()
            self._inside.append(part)
            self.calls[part] += 1
            try:
                return function(*args, **named)
            finally:
                self._switch()
                self._inside.pop()

        return measured

    def _switch(self) -> None:
        now = time.perf_counter()
        if self._inside:
            self.seconds[self._inside[-1]] += now - self._since
        self._since = now


def main() -> int:
    """Measure and print."""
    web = app.create_web()
    watch = Stopwatch()
    _watch(watch, web.extensions["tools"])
    client = web.test_client()
    send = watch.timed("Flask, and all else", lambda request: _post(client, *request))
    requests = [_parsed(raw) for _, raw in zip(range(WARM + TURNS), call_requests("parts"), strict=False)]
    for request in requests[:WARM]:
        send(request)
    watch.seconds.clear()
    watch.calls.clear()
    for request in requests[WARM:]:
        send(request)
    _report(watch)
    return 0


def _watch(watch: Stopwatch, tools: Any) -> None:
    for part, owner, name in (
        ("signature", signature, "is_genuine"),
        ("opening and sealing", Vault, "open"),
        ("opening and sealing", Vault, "seal"),
        ("facts", facts, "clinic_now"),
        ("step and prompts", flow, "step"),
        ("effects", deeds, "do"),
        ("TwiML", twiml, "render"),
        ("errands, Redis", errands, "after_commit"),
        ("transaction", type(tools.database), "transaction"),
        ("SQL statements", tools.database.engine.dialect, "do_execute"),
        ("SQL statements", tools.database.engine.dialect, "do_executemany"),
        *(("SQL statements", Statement, name) for name in ("first", "change", "each")),
        ("commit", tools.database.engine.dialect, "do_commit"),
    ):
        setattr(owner, name, watch.timed(part, getattr(owner, name)))


def _parsed(raw: bytes) -> tuple[str, str, bytes]:
    head, _, body = raw.partition(b"\r\n\r\n")
    first, *fields = head.decode().split("\r\n")
    named = dict(line.split(": ", 1) for line in fields)
    return first.split()[1], named["X-Twilio-Signature"], body


def _post(client: Any, path: str, signed: str, body: bytes) -> None:
    answer = client.post(
        path,
        data=body,
        content_type="application/x-www-form-urlencoded",
        headers={"X-Twilio-Signature": signed},
        environ_overrides={"RAW_URI": path},
    )
    if answer.status_code >= 300:
        raise SystemExit(f"{path} was answered with {answer.status_code}")


def _report(watch: Stopwatch) -> None:
    whole = sum(watch.seconds.values())
    print(f"    parts of a turn, microseconds (in all {1e6 * whole / TURNS:.0f}):")
    for part, seconds in sorted(watch.seconds.items(), key=lambda item: -item[1]):
        often = f"{watch.calls[part] / TURNS:.2f} a turn"
        print(f"      {part:<22}{1e6 * seconds / TURNS:7.0f}  {seconds / whole:4.0%}   {often}")


if __name__ == "__main__":
    raise SystemExit(main())
