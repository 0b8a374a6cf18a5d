"""The pages for people: clinicians see their own calls, supervisors see the center as it is.

`init(app)` makes `Flask("desk")`, which finds templates and static files here, the desk; it needs
`app.extensions["tools"]` (see `desk.tools.Tools`). Run it in a server with threads, in processes of its own, and call
`end_streams_on_sigterm(app)` in each of them.
"""

from typing import Any

from flask import Flask, g
from werkzeug.routing import IntegerConverter, Map

from desk import csrf, guards, problems, stream, words
from desk.account import account
from desk.acting import acting
from desk.admin import admin
from desk.api import api
from desk.auditor import auditor
from desk.calling_out import calling_out
from desk.clinician import clinician
from desk.counting import Today
from desk.history import history
from desk.limits import Tries
from desk.promises import promises
from desk.ringing import ringing
from desk.sharing import Shared
from desk.sign_in import sign_in
from desk.stream import end_on_sigterm as end_streams_on_sigterm
from desk.supervisor import supervisor
from desk.talk import talk
from desk.tools import Tools
from desk.work_page import work_page
from desk.wrap_up import wrap_up

__all__ = ["end_streams_on_sigterm", "init"]

LONGEST_BODY = 64 * 1024
HIGHEST_ID = 2**31 - 1  # PostgreSQL refuses to compare a row's number with a higher one


class RowNumber(IntegerConverter):
    """A row's number in a page's path. What no row can have is not found."""

    def __init__(self, map: Map) -> None:
        super().__init__(map, max=HIGHEST_ID)


def init(app: Flask) -> None:
    """Register pages, guards, headers and the session cookie."""
    tools: Tools = app.extensions["tools"]
    secure = tools.settings.public_base_url.startswith("https://")
    app.secret_key = tools.settings.secret_key.get_secret_value()
    app.config.update(
        SESSION_COOKIE_NAME="__Host-desk" if secure else "desk",
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Strict",
        SESSION_COOKIE_PATH="/",
        MAX_CONTENT_LENGTH=LONGEST_BODY,
        MAX_FORM_MEMORY_SIZE=LONGEST_BODY,
        MAX_FORM_PARTS=50,
    )
    csrf.init(app)
    guards.init(app, secure=secure)
    problems.init(app)
    stream.init(app, tools.redis)
    app.extensions["desk_today"] = Today()
    for shared in ("desk_board", "desk_drawn", "desk_people"):
        app.extensions[shared] = Shared()
    app.extensions["desk_tries"] = Tries(tools.redis)
    app.url_map.converters["int"] = RowNumber
    own, of_all = (
        (sign_in, account, clinician, calling_out, ringing, talk, wrap_up, work_page),
        (supervisor, acting, history, promises),
    )
    for pages in (*own, *of_all, admin, auditor, api):
        app.register_blueprint(pages)
    app.context_processor(_everywhere)
    said = {"timer": words.timer, "plain": words.plain, "language": words.language}
    app.jinja_env.filters.update(said, inside=words.inside, sentence=words.sentence)


def _everywhere() -> dict[str, Any]:
    return {"person": g.get("person")}
