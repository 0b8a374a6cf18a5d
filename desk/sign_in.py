"""Signing in and out."""

import threading
from urllib.parse import urlencode

from flask import Blueprint, current_app, g, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

import calls.audit_store
from config.columns import new_id
from desk import guards, sessions, store, stream
from desk.limits import PER_ADDRESS, PER_LOGIN, Subject, Tries
from desk.looking import actor_of
from desk.sessions import Person
from desk.tools import tools
from directory.store import check_password, void_sessions

sign_in = Blueprint("sign_in", __name__)
AT_ONCE = threading.Semaphore(2)  # a password check takes 64 MiB and a sixth of a second
LONGEST = 200  # characters of a login or password that we look at
WRONG = "That login and password do not match."
TOO_OFTEN = "Too many tries. Wait a quarter of an hour, or ask your administrator."


@sign_in.get("/sign-in")
def form() -> str | Response:
    """The form; somebody who is in already goes to his page."""
    if g.person is not None:
        return redirect(guards.home_of(g.person), 303)
    return _form("")


@sign_in.post("/sign-in")
def enter() -> Response | tuple[str, int]:
    """Check login and password, and begin a new session under a new key."""
    login, password = (request.form.get(name, "")[:LONGEST] for name in ("login", "password"))
    login = login.strip().lower()
    now, subjects = tools().clock.now(), _subjects(login)
    tries = _tries()
    if not tries.take(subjects, now):
        return _form(TOO_OFTEN), 429
    person = _proved(login, password)
    if person is None:
        _record("sign_in_failed", subjects[0].digest, None)
        return _form(WRONG), 401
    tries.give_back(subjects, now)
    session.clear()
    session.update(sessions.begin(person, new_id(), now))
    _record("signed_in", None, person)
    return redirect(guards.safe_next(request.form.get("next", "")) or guards.home_of(person), 303)


@sign_in.post("/sign-out")
def leave() -> Response:
    """End every session of this person, here and on machines he left."""
    person: Person | None = g.person
    if person is not None:
        with tools().database.transaction() as tx:
            void_sessions(tx, person.id, sessions.void_at(person, tools().clock.now()))
        _record("signed_out", None, person)
    session.clear()
    if person is not None:
        stream.tell_others()
    return redirect(url_for("sign_in.form"), 303)


@sign_in.get("/")
def start() -> Response:
    """To the page of whoever is signed in, else to the form."""
    place = guards.home_of(g.person) if g.person else url_for("sign_in.form")
    return redirect(place, 303)


def _form(problem: str) -> str:
    wanted = request.values.get("next", "")
    back = guards.safe_next(wanted) or ""
    action = url_for("sign_in.enter") + (f"?{urlencode({'next': back})}" if back else "")
    return render_template("desk/sign_in.html", problem=problem, next=back, action=action)


def _subjects(login: str) -> tuple[Subject, Subject]:
    digest = tools().vault.digest
    return (
        Subject("login", digest("login", login), PER_LOGIN),
        Subject("address", digest("address", request.remote_addr or ""), PER_ADDRESS),
    )


def _proved(login: str, password: str) -> Person | None:
    with AT_ONCE, tools().database.reading() as tx:
        user = check_password(tx, login, password)
        return store.person(tx, user.id) if user else None


def _tries() -> Tries:
    found: Tries = current_app.extensions["desk_tries"]
    return found


def _record(action: str, subject: str | None, person: Person | None) -> None:
    actor = actor_of(person) if person else "stranger"
    with tools().database.transaction() as tx:
        calls.audit_store.record(tx, actor=actor, action=action, subject=subject, details={}, now=tools().clock.now())
