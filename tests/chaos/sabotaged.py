"""Starts a process of the product that stops at checkpoints until the campaign says "go". The product knows nothing.

    python -m tests.chaos.sabotaged worker|clock          gunicorn ... 'tests.chaos.sabotaged:create_web()'

A checkpoint lies behind every commit that wrote journal entries (they stand or fall together, so they are one
checkpoint), before every request to the carrier, and behind its answer, before that is written.
"""

import json
import os
import socket
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from flask import Flask
from sqlalchemy import Connection, select

import app
import calls.store
import cli
from calls.store import JOURNAL, Entry, Fact, LegRecord
from config.database import Database
from telephony.twilio_carrier import TwilioCarrier

SOCKET_VARIABLE = "CHAOS_SOCKET"
STARTED = "started"
REQUESTS = ("ring", "move", "hang_up")
_written = threading.local()


def main(process: str) -> int:
    """Run a worker or a clock."""
    sabotage(process)
    return cli.main([process])


def create_web() -> Flask:
    """The carrier's application, for gunicorn."""
    sabotage("web")
    return app.create_web()


def sabotage(process: str) -> None:
    """Put the checkpoints in place, then tell the campaign that this process starts its real work."""
    Database.transaction = _reported_commits(Database.transaction, process)  # type: ignore[method-assign,assignment]
    calls.store.write_journal = _noted(calls.store.write_journal)  # type: ignore[assignment]
    calls.store.advance = _noted_turn(calls.store.advance)
    for verb in REQUESTS:
        setattr(TwilioCarrier, verb, _announced(getattr(TwilioCarrier, verb), f"carrier:{verb}", process))
    report(process, STARTED, None)


def report(process: str, name: str, call: str | None) -> None:
    """Tell the campaign where we are, and wait until it says "go". Nobody there: go on."""
    path = os.environ.get(SOCKET_VARIABLE, "")
    try:
        with socket.socket(socket.AF_UNIX) as line:
            line.connect(path)
            line.sendall(json.dumps({"process": process, "name": name, "call": call}).encode() + b"\n")
            line.recv(8)
    except OSError as error:
        sys.stderr.write(f"the campaign does not listen: {error}\n")


def _noted(write: Callable[[Connection, Iterable[Fact]], int]) -> Callable[[Connection, Iterable[Fact]], int]:
    """`write_journal` that remembers, until the commit, which facts are new."""

    def noting(tx: Connection, facts: Iterable[Fact]) -> int:
        facts = list(facts)
        known = set(tx.execute(select(JOURNAL.c.key).where(JOURNAL.c.key.in_([fact.key for fact in facts]))).scalars())
        count = write(tx, facts)
        _written.facts = [*getattr(_written, "facts", ()), *(fact for fact in facts if fact.key not in known)]
        return count

    return noting


def _noted_turn(advance: Callable[..., list[Entry] | None]) -> Callable[..., list[Entry] | None]:
    """`advance` that remembers the facts of the turn, which it writes itself: all are new if the leg moved."""

    def noting(tx: Connection, record: LegRecord, *, facts: Sequence[Fact], **turn: Any) -> list[Entry] | None:
        entries = advance(tx, record, facts=facts, **turn)
        if entries is not None:
            _written.facts = [*getattr(_written, "facts", ()), *facts]
        return entries

    return noting


def _reported_commits(transaction: Callable[[Database], Any], process: str) -> Callable[[Database], Any]:
    """`Database.transaction` with a checkpoint behind each commit that wrote to the journal."""

    @contextmanager
    def reported(database: Database) -> Iterator[Connection]:
        _written.facts = []
        with transaction(database) as tx:
            yield tx
        facts: list[Fact] = _written.facts
        if facts:
            report(process, "journal:" + "+".join(fact.fact for fact in facts), facts[0].call_id)

    return reported


def _announced(request: Callable[..., Any], name: str, process: str) -> Callable[..., Any]:
    """A request to the carrier with a checkpoint on either side."""

    def announced(carrier: TwilioCarrier, *arguments: Any, **named: Any) -> Any:
        report(process, name, None)
        answer = request(carrier, *arguments, **named)
        report(process, f"{name} done", None)
        return answer

    return announced


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1]))
