"""The address the emulator listens at, which can be shut for a while: connections are then refused."""

from __future__ import annotations

import asyncio

from aiohttp import web

REST_S = 0.02  # lets the answer to the request that shuts the door leave first


class Doors:
    """One address. What is shut opens by itself: nobody could ask for it."""

    def __init__(self, runner: web.AppRunner, host: str, port: int) -> None:
        self._runner, self._host, self._port = runner, host, port
        self._site: web.TCPSite | None = None
        self._work: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Connections are accepted."""
        self._site = web.TCPSite(self._runner, self._host, self._port)
        await self._site.start()

    def shut_for(self, seconds: float) -> None:
        """From the next moment on, and for so many real seconds, nobody gets a connection."""
        self._work = asyncio.get_running_loop().create_task(self._shut(seconds))

    async def _shut(self, seconds: float) -> None:
        await asyncio.sleep(REST_S)
        if self._site:
            await self._site.stop()
        server = self._runner.server
        for connection in server.connections if server else ():
            connection.force_close()
        await asyncio.sleep(seconds)
        await self.open()
