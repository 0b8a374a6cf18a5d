"""Stands at the door of every page: who is signed in, what he may see, and the headers that keep a page to itself."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g, redirect, request, session, url_for
from werkzeug.exceptions import Forbidden, Unauthorized
from werkzeug.wrappers import Response as AnyResponse

from desk import sessions, store
from desk.sessions import Claims, Person
from desk.sharing import Shared
from desk.tools import Tools, tools

P = ParamSpec("P")
View = Callable[P, "AnyResponse | str"]

CONTENT_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "media-src 'self'",
        "connect-src 'self'",
        "font-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    ]
)
HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
ASSETS = "static"


def init(app: Flask, *, secure: bool) -> None:
    """Headers on every answer; the signed-in person known before every page."""

    def with_headers(response: Response) -> Response:
        response.headers.update(HEADERS)
        if request.endpoint != ASSETS:
            response.headers["Cache-Control"] = "no-store"
        if secure:
            response.headers["Strict-Transport-Security"] = "max-age=31536000"
        return response

    app.before_request(_recognise)
    app.after_request(with_headers)


def _recognise() -> None:
    """Find out who asks. A request by a hand keeps the sign-in alive; an event stream does not."""
    g.person, g.claims = None, None
    if request.endpoint == ASSETS:
        return
    claims = sessions.read(session)
    if claims is None:
        return
    person = still_in(tools(), claims)
    if person is None:
        session.clear()
        return
    g.person, g.claims = person, claims
    if not request.path.endswith("/stream"):
        session["seen"] = tools().clock.now().isoformat()


def still_in(with_tools: Tools, claims: Claims) -> Person | None:
    """The person behind the claims if his sign-in still counts, by the database and the clock; else None."""
    with with_tools.database.reading() as tx:
        person = store.person(tx, claims.user_id)
    return person if sessions.stands(claims, person, with_tools.clock.now()) else None


def still_in_wave(with_tools: Tools, claims: Claims, since: float) -> Person | None:
    """The same for a stream: all who may sign in are looked up together, no earlier than `since`."""
    people: Shared[dict[str, Person]] = current_app.extensions["desk_people"]

    def read() -> dict[str, Person]:
        with with_tools.database.reading() as tx:
            return store.people(tx)

    person = people.get("", since, read).get(claims.user_id)
    return person if sessions.stands(claims, person, with_tools.clock.now()) else None


def me() -> Person:
    """The signed-in person; Unauthorized if there is none."""
    person: Person | None = g.get("person")
    if person is None:
        raise Unauthorized
    return person


def signed_in() -> Claims:
    """The claims of the signed-in person's cookie; Unauthorized if there is none."""
    claims: Claims | None = g.get("claims")
    if claims is None:
        raise Unauthorized
    return claims


def only_for(*roles: str) -> Callable[[View[P]], View[P]]:
    """A page for these roles (none: for whoever is signed in). Strangers are sent to sign in, others are refused.

    Where a second factor is required, whoever has none is first brought to set one up.
    """

    def guarded(view: View[P]) -> View[P]:
        @wraps(view)
        def checked(*args: P.args, **kwargs: P.kwargs) -> AnyResponse | str:
            if g.person is None:
                return _ask_to_sign_in()
            if roles and not g.person.roles.intersection(roles):
                raise Forbidden
            if roles and must_enroll(g.person):
                return redirect(url_for("account.page"), 303)
            return view(*args, **kwargs)

        return checked

    return guarded


def must_enroll(person: Person) -> bool:
    """Whether he may see nothing before he has set up a second factor."""
    return tools().settings.second_factor == "required" and not person.enrolled


def _ask_to_sign_in() -> AnyResponse:
    """A page is worth coming back to; a write, a stream or a fragment is only refused."""
    plain_page = request.method == "GET" and "HX-Request" not in request.headers
    if plain_page and not request.path.endswith("/stream"):
        return redirect(url_for("sign_in.form", next=request.path), 303)
    raise Unauthorized


def home_of(person: Person) -> str:
    """Where a person starts: his own page, the board, or the audit trail."""
    return {"clinician": "/me", "auditor": "/audit"}.get(person.role, "/board")


def safe_next(target: str) -> str | None:
    """A path on this site to go to after signing in; None for anything that could lead elsewhere."""
    if not target.startswith("/") or target.startswith("//") or len(target) > 200:
        return None
    if "\\" in target or any(ord(letter) < 33 or ord(letter) == 127 for letter in target):
        return None
    parts = urlsplit(target)
    return target if not parts.scheme and not parts.netloc else None
