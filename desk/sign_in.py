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
from directory import second_factor
from directory.store import check_password, factor, use_recovery, use_step, void_sessions

sign_in = Blueprint("sign_in", __name__)
AT_ONCE = threading.Semaphore(2)  # a password check takes 64 MiB and a sixth of a second
LONGEST = 200  # characters of a login or password that we look at
WRONG = "That login and password do not match."
WRONG_CODE = "That code does not fit. Codes change every 30 seconds, and each works once."
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
        return _form(TOO_OFTEN, login), 429
    person = _proved(login, password)
    if person is None:
        _record("sign_in_failed", subjects[0].digest, None)
        return _form(WRONG, login), 401
    tries.give_back(subjects, now)
    session.clear()
    if person.enrolled:
        session.update(sessions.begin_half(person, now))
        return redirect(_with_next("sign_in.code"), 303)
    return _let_in(person)


@sign_in.get("/sign-in/code")
def code() -> Response | str:
    """The second question, for somebody whose password was right."""
    return _code_form("") if _half_in() else redirect(url_for("sign_in.form"), 303)


@sign_in.post("/sign-in/code")
def prove_code() -> Response | tuple[str, int]:
    """Check the code of the second factor, or a recovery code, and begin the session."""
    person, now = _half_in(), tools().clock.now()
    if person is None:
        return redirect(url_for("sign_in.form"), 303)
    subjects = _subjects(person.login)
    if not _tries().take(subjects, now):
        return _code_form(TOO_OFTEN), 429
    if not _proved_again(person, request.form.get("code", "")[:20]):
        _record("sign_in_failed", subjects[0].digest, None)
        return _code_form(WRONG_CODE), 401
    _tries().give_back(subjects, now)
    session.clear()
    return _let_in(person)


def _let_in(person: Person) -> Response:
    session.update(sessions.begin(person, new_id(), tools().clock.now()))
    _record("signed_in", None, person)
    return redirect(guards.safe_next(request.values.get("next", "")) or guards.home_of(person), 303)


def _half_in() -> Person | None:
    """Whose code is awaited, if he still is who he was when his password was right."""
    half = sessions.half_way(session, tools().clock.now())
    if half is None:
        return None
    with tools().database.reading() as tx:
        person = store.person(tx, half[0])
    stands = person is not None and person.active and sessions.generation_of(person) == half[1]
    return person if stands else None


def _proved_again(person: Person, code: str) -> bool:
    """Whether the code is of now and was never used. What is used up stays so, whatever comes after."""
    with tools().database.transaction() as tx:
        known = factor(tx, person.id)
        if known is None:
            return False
        secret, now = tools().vault.open(known.secret_sealed), tools().clock.now()
        step = second_factor.accepted_step(secret, code, now, after=known.step)
        if step is not None:
            return use_step(tx, person.id, step)
        return use_recovery(tx, person.id, tools().vault.digest("recovery", second_factor.plain(code)))


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


def _form(problem: str, login: str = "") -> str:
    wanted = request.values.get("next", "")
    back = guards.safe_next(wanted) or ""
    action = _with_next("sign_in.enter")
    return render_template("desk/sign_in.html", problem=problem, login=login[:64], next=back, action=action)


def _code_form(problem: str) -> str:
    return render_template("desk/code.html", problem=problem, action=_with_next("sign_in.prove_code"))


def _with_next(endpoint: str) -> str:
    """A page's address that remembers where one wanted to go."""
    back = guards.safe_next(request.values.get("next", "")) or ""
    return url_for(endpoint) + (f"?{urlencode({'next': back})}" if back else "")


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
