"""A phone in the terminal: dials a number of the emulator, prints what is heard, sends keys and speech.

Lines typed are read as acts: digits, `*` and `#` are keys, `say WORDS` is speech, `hang` hangs up. A script
(`wait:press 1;1;say:exercises;hang`) plays the same acts by itself. Ends when the call ends.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from typing import Any
from urllib.parse import quote

import aiohttp

from emulator.terminal_words import HELP, SCRIPT_HELP, Act, Heard, PhoneError, read_line, read_script

ENDED_NORMALLY, ENDED_BADLY, NOT_POSSIBLE = 0, 1, 2
CONNECT_TIMEOUT_S = 5.0
LISTEN_AGAIN_S = 0.5


class Line:
    """The emulator's control API as one phone needs it; refusals and silence become PhoneError."""

    def __init__(self, session: aiohttp.ClientSession, emulator: str, number: str) -> None:
        self._session = session
        self._emulator = emulator.rstrip("/")
        self._number = number

    async def dial(self, to: str) -> str:
        """Starts the call and returns its sid."""
        told = await self._ask("POST", "/control/calls", {"from": self._number, "to": to})
        return str(told["sid"])

    async def leg(self, sid: str) -> dict[str, Any]:
        """The whole truth about the leg."""
        return await self._ask("GET", f"/control/legs/{sid}")

    async def do(self, sid: str, act: Act) -> None:
        """Sends keys, speech or the hang-up; raises PhoneError when the leg's state does not allow it."""
        bodies: dict[str, tuple[str, dict[str, Any]]] = {
            "keys": ("digits", {"digits": act.text}),
            "say": ("speech", {"text": act.text}),
            "hang": ("hangup", {}),
        }
        path, body = bodies[act.verb]
        await self._ask("POST", f"/control/legs/{sid}/{path}", body)

    async def changes(self) -> AsyncIterator[None]:
        """Yields whenever something may have changed on this phone; opens the stream again when it breaks."""
        while True:
            with contextlib.suppress(aiohttp.ClientPayloadError, aiohttp.ServerDisconnectedError):
                async for _ in self._events():
                    yield
            await asyncio.sleep(LISTEN_AGAIN_S)

    async def _events(self) -> AsyncIterator[bytes]:
        url = f"{self._emulator}/control/phones/{quote(self._number)}/events"
        try:
            async with self._session.get(url) as answer:
                await refuse_errors(answer)
                async for line in answer.content:
                    if line.startswith(b"data:"):
                        yield line
        except aiohttp.ClientConnectorError as error:
            raise self._unreachable() from error

    async def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        try:
            async with self._session.request(method, self._emulator + path, json=body) as answer:
                await refuse_errors(answer)
                told: dict[str, Any] = await answer.json()
                return told
        except (aiohttp.ClientConnectionError, TimeoutError) as error:
            raise self._unreachable() from error

    def _unreachable(self) -> PhoneError:
        return PhoneError(f"no emulator answers at {self._emulator}; is it running? (./run demo starts it)")


async def refuse_errors(answer: aiohttp.ClientResponse) -> None:
    """Turns an error answer into a PhoneError with the emulator's own words."""
    if answer.status < 400:
        return
    words = f"the emulator answered {answer.status}"
    with contextlib.suppress(json.JSONDecodeError, AttributeError):
        words = json.loads(await answer.text()).get("error") or words
    raise PhoneError(words)


class Call:
    """One call in progress: what was heard, and the acts still to be done."""

    def __init__(self, line: Line, sid: str, out: Callable[[str], None]) -> None:
        self._line = line
        self._sid = sid
        self._out = out
        self.heard = Heard(out)
        self._changed = asyncio.Condition()

    async def listen(self) -> None:
        """Follows the leg until the call is over."""
        async for _ in self._line.changes():
            await self.look()
            if self.heard.over:
                return

    async def look(self) -> None:
        """Reads the leg once and wakes whoever waits for words."""
        self.heard.take(await self._line.leg(self._sid))
        async with self._changed:
            self._changed.notify_all()

    async def play(self, acts: list[Act]) -> bool:
        """Does the acts in order once the call is answered; False when the call ended before the last one."""
        await self._until(lambda: self.heard.status == "in-progress")
        for act in acts:
            done = await (self._wait_for(act.text) if act.verb == "wait" else self._try(act))
            if not done:
                return False
        return True

    async def obey(self, lines: AsyncIterator[str]) -> None:
        """Does what is typed; a line not understood is explained, and the call goes on."""
        async for line in lines:
            if line.strip():
                await self._obey(line)

    async def _obey(self, line: str) -> None:
        try:
            await self._line.do(self._sid, read_line(line))
        except PhoneError as problem:
            self._out(f"({problem})")

    async def _until(self, happened: Callable[[], bool]) -> bool:
        """Waits for something to be heard; False when the call is over without it."""
        async with self._changed:
            return await self._changed.wait_for(lambda: "yes" if happened() else self.heard.over) == "yes"

    async def _wait_for(self, words: str) -> bool:
        heard = await self._until(lambda: self.heard.contains_next(words))
        if not heard:
            self._out(f"(the call ended before {words!r} was heard)")
        return heard

    async def _try(self, act: Act) -> bool:
        try:
            await self._line.do(self._sid, act)
        except PhoneError as problem:
            self._out(f"({problem})")
            return False
        return True


async def typed_lines(descriptor: int) -> AsyncIterator[str]:
    """Lines from the terminal or a pipe as they come, without a thread; a file is read at once."""
    arrived: asyncio.Queue[bytes] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    try:
        loop.add_reader(descriptor, lambda: arrived.put_nowait(os.read(descriptor, 4096)))
    except PermissionError:  # a plain file cannot be watched, and need not be
        arrived.put_nowait(os.read(descriptor, 1 << 16))
        arrived.put_nowait(b"")
    try:
        async for line in split_lines(arrived):
            yield line
    finally:
        loop.remove_reader(descriptor)


async def split_lines(arrived: asyncio.Queue[bytes]) -> AsyncIterator[str]:
    """Whole lines out of pieces of any size; an empty piece is the end."""
    rest = b""
    while piece := await arrived.get():
        *whole, rest = (rest + piece).split(b"\n")
        for line in whole:
            yield line.decode(errors="replace")
    if rest:
        yield rest.decode(errors="replace")


async def hold_call(line: Line, to: str, acts: list[Act] | None, out: Callable[[str], None]) -> int:
    """Dials, follows the call to its end and returns the exit code; an interrupted call is hung up."""
    sid = await line.dial(to)
    call = Call(line, sid, out)
    doing = asyncio.ensure_future(
        call.obey(typed_lines(sys.stdin.fileno())) if acts is None else call.play(acts)
    )
    try:
        await call.listen()
        played = acts is None or await doing
    except asyncio.CancelledError:
        with contextlib.suppress(PhoneError):
            await line.do(sid, Act("hang"))
        raise
    finally:
        doing.cancel()
        await asyncio.gather(doing, return_exceptions=True)
    out(f"(the call ended: {call.heard.status})")
    return ENDED_NORMALLY if played and call.heard.status == "completed" else ENDED_BADLY


async def use_phone(options: argparse.Namespace, out: Callable[[str], None]) -> int:
    """Opens the line and holds the call."""
    acts = None if options.script is None else read_script(options.script)
    patience = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_TIMEOUT_S)
    async with aiohttp.ClientSession(timeout=patience) as session:
        line = Line(session, options.emulator, options.caller)
        return await hold_call(line, options.to, acts, out)


def read_arguments(arguments: list[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m emulator.terminal", description="A phone in the terminal.", epilog=HELP
    )
    parser.add_argument(
        "--emulator", default="http://127.0.0.1:8001", help="the emulator's address (default: %(default)s)"
    )
    parser.add_argument(
        "--from", dest="caller", required=True, help="the number of this phone, e.g. +13125550142"
    )
    parser.add_argument("--to", required=True, help="the number to dial, e.g. +13125550100")
    parser.add_argument("--script", help=SCRIPT_HELP)
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> int:
    """Exit code 0: the call ended normally; 1: it did not, or the script was not done; 2: no call at all."""
    options = read_arguments(arguments)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell lets its background jobs begin deaf to it
    try:
        return asyncio.run(use_phone(options, lambda text: print(text, flush=True)))
    except PhoneError as problem:
        print(problem, file=sys.stderr)
        return NOT_POSSIBLE
    except KeyboardInterrupt:
        return ENDED_BADLY


if __name__ == "__main__":
    sys.exit(main())
