"""Speaks captions aloud for the phone page, with espeak-ng when this machine has it; 404 otherwise."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections import OrderedDict

from aiohttp import web

WORDS_A_MINUTE = 162  # the pace at which the emulator counts spoken words: 2.7 a second
LONGEST = 4096
KEPT = 200
LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z]{2,4})?")
VOICES = {"en": "en-us", "es": "es-419"}
SPOKEN = web.AppKey("spoken", OrderedDict[tuple[str, str], bytes])


def routes() -> list[web.RouteDef]:
    """The address of this part."""
    return [web.get("/control/voice", speak)]


async def speak(request: web.Request) -> web.Response:
    """`text` in `language` (`en-US`, `es-MX` ...) as WAV; 404 without espeak-ng, 400 for what cannot be said."""
    text, language = request.query.get("text", ""), request.query.get("language") or "en-US"
    program = shutil.which("espeak-ng")
    if program is None:
        return web.json_response({"error": "espeak-ng is not installed on this machine"}, status=404)
    if not text.strip() or len(text) > LONGEST or not LANGUAGE.fullmatch(language):
        return web.json_response({"error": f"text of up to {LONGEST} characters and a language are needed"}, status=400)
    spoken = request.app[SPOKEN]
    key = (text, language.lower())
    if key not in spoken:
        spoken[key] = await _wav(program, text, language)
    spoken.move_to_end(key)
    while len(spoken) > KEPT:
        spoken.popitem(last=False)
    return web.Response(body=spoken[key], content_type="audio/wav", headers={"Cache-Control": "max-age=3600"})


async def _wav(program: str, text: str, language: str) -> bytes:
    """The words go in over the standard input: never as an argument that could be an option."""
    voice = VOICES.get(language[:2].lower(), language.lower())
    process = await asyncio.create_subprocess_exec(
        program, "-v", voice, "-s", str(WORDS_A_MINUTE), "--stdin", "--stdout",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL)
    sound, _ = await process.communicate(text.encode())
    return sound
