"""Everybody's own account: second factor, recovery codes, password, and the phones and the PIN he works with."""

from typing import Any

import segno
from flask import Blueprint, make_response, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response as AnyResponse

import calls.audit_store
from config.columns import new_id
from desk import guards, sessions, store, stream
from desk.clinician import my_id
from desk.looking import actor_of
from desk.notices import notices, tell_done, tell_why_not
from desk.sessions import Person
from desk.tools import tools
from directory import second_factor
from directory.numbers import callable_number
from directory.store import (
    AccountRefused,
    check_password,
    enroll,
    factor,
    set_password,
    set_phone,
    set_staff_pin,
    shift_phone,
    staff_number_of,
    unenroll,
)

account = Blueprint("account", __name__, url_prefix="/account")
DRAFT = "factor_draft"  # in the signed cookie: the sealed secret that is being set up
NO_NUMBER = "We may not ring that number. Enter a United States number with its area code, such as 312 555 0164."
NOT_YOU = "That password is not yours. Nothing was changed."


@account.get("")
@guards.only_for()
def page() -> str:
    """What one may change about oneself."""
    return _page()


def _page(phone: str = "", shift_phone: str = "") -> str:
    """The page, with the numbers that were entered and refused."""
    me = guards.me()
    draft = None if me.enrolled else _draft()
    with tools().database.reading() as tx:
        known = factor(tx, me.id)
    return render_template(
        "desk/account.html",
        enrolled=me.enrolled,
        required=guards.must_enroll(me),
        secret=" ".join(draft[at : at + 4] for at in range(0, len(draft), 4)) if draft else "",
        picture=_picture(second_factor.address(draft, me.login)) if draft else "",
        phone_ending=_ending_of_phone(me.id),
        shift_phone_ending=_ending_of_shift_phone(me),
        staff_number=_staff_number(me),
        codes_left=len(known.recovery) if known else 0,
        entered_phone=phone,
        entered_shift_phone=shift_phone,
        notices=notices(),
        place="/account",
    )


@account.post("/second-factor")
@guards.only_for()
def set_up() -> AnyResponse | str:
    """Prove the new second factor by a code; its recovery codes are shown this once."""
    me, now, draft = guards.me(), tools().clock.now(), _draft()
    step = second_factor.accepted_step(draft, request.form.get("code", "")[:20], now, after=0)
    if me.enrolled or step is None:
        tell_why_not("That code does not fit. Codes change every 30 seconds: try the one that is shown now.")
        return redirect(url_for("account.page"), 303)
    codes = second_factor.recovery_codes(new_id)
    with tools().database.transaction() as tx:
        enroll(tx, me.id, tools().vault.seal(draft), step, [digest_of(code) for code in codes])
        _record(tx, me, "second_factor_set")
    session.pop(DRAFT, None)
    return render_template("desk/recovery.html", codes=codes)


@account.post("/second-factor/remove")
@guards.only_for()
def take_away() -> AnyResponse:
    """Without a second factor again; the password proves that it is his wish."""
    me = guards.me()
    if not _is_me(request.form.get("password", "")):
        tell_why_not(NOT_YOU)
    else:
        with tools().database.transaction() as tx:
            unenroll(tx, me.id)
            _record(tx, me, "second_factor_removed")
        tell_done("The second factor is removed.")
    return redirect(url_for("account.page"), 303)


@account.post("/password")
@guards.only_for()
def change_password() -> AnyResponse:
    """A new password; all sign-ins end but this one."""
    me, now = guards.me(), tools().clock.now()
    if not _is_me(request.form.get("password", "")):
        tell_why_not(NOT_YOU)
        return redirect(url_for("account.page"), 303)
    try:
        with tools().database.transaction() as tx:
            set_password(tx, me.id, request.form.get("new", "")[:200], sessions.void_at(me, now))
            _record(tx, me, "password_changed")
            renewed = store.person(tx, me.id)
    except AccountRefused as why_not:
        tell_why_not(f"Nothing was changed: {why_not}.")
        return redirect(url_for("account.page"), 303)
    assert renewed is not None, "he is signed in"
    session.clear()
    session.update(sessions.begin(renewed, new_id(), now))
    stream.tell_others()
    tell_done("Your password is changed. You are signed out everywhere else.")
    return redirect(url_for("account.page"), 303)


@account.post("/phone")
@guards.only_for("supervisor")
def set_own_phone() -> AnyResponse:
    """The phone that rings when he listens to a talk, coaches or joins."""
    me, entered = guards.me(), request.form.get("phone", "").strip()[:40]
    number = callable_number(entered) if entered else None
    if entered and number is None:
        tell_why_not(NO_NUMBER)
        return make_response(_page(phone=entered), 400)
    with tools().database.transaction() as tx:
        set_phone(tx, me.id, tools().vault.seal(number) if number else None)
        _record(tx, me, "own_phone_set")
    tell_done("Your phone is saved." if number else "No phone of yours is rung any more.")
    return redirect(url_for("account.page"), 303)


@account.post("/shift-phone")
@guards.only_for("clinician")
def set_own_shift_phone() -> AnyResponse:
    """The phone that rings him for this shift, or his usual one again."""
    me, entered = guards.me(), request.form.get("phone", "").strip()[:40]
    why_not = tools().act.set_shift_phone(my_id(me), entered, actor_of(me))
    if why_not:
        tell_why_not(why_not)
        return make_response(_page(shift_phone=entered), 400)
    tell_done("That phone rings you in this shift." if entered else "Your usual phone rings you again.")
    return redirect(url_for("account.page"), 303)


@account.post("/pin")
@guards.only_for("clinician")
def set_own_pin() -> AnyResponse:
    """The PIN with which he signs in by phone; the password proves that it is his wish."""
    me, pin = guards.me(), request.form.get("pin", "")[:40]
    if not _is_me(request.form.get("password", "")):
        tell_why_not(NOT_YOU)
    elif pin != request.form.get("again", "")[:40]:
        tell_why_not("The two PINs are not the same. Nothing was changed.")
    else:
        _set_pin(me, pin)
    return redirect(url_for("account.page"), 303)


def _set_pin(me: Person, pin: str) -> None:
    try:
        with tools().database.transaction() as tx:
            number = set_staff_pin(tx, tools().vault, me.id, pin)
            _record(tx, me, "user_pin")
    except AccountRefused as why_not:
        tell_why_not(f"Nothing was changed: {why_not}.")
        return
    tell_done(f"Your PIN is set. By phone you sign in with staff number {number}.")


def _staff_number(me: Person) -> str:
    with tools().database.reading() as tx:
        return staff_number_of(tx, me.id) or ""


def _ending_of_shift_phone(me: Person) -> str:
    if me.clinician_id is None:
        return ""
    with tools().database.reading() as tx:
        return (shift_phone(tx, tools().vault, me.clinician_id, tools().clock.now()) or "")[-4:]


def digest_of(code: str) -> str:
    """What is stored of a recovery code."""
    return tools().vault.digest("recovery", second_factor.plain(code))


def _record(tx: Any, me: Person, action: str) -> None:
    now = tools().clock.now()
    calls.audit_store.record(tx, actor=actor_of(me), action=action, subject=None, details={}, now=now)


def _ending_of_phone(user_id: str) -> str:
    with tools().database.reading() as tx:
        sealed = store.phone_of(tx, user_id)
    return tools().vault.open(sealed)[-4:] if sealed else ""


def _is_me(password: str) -> bool:
    with tools().database.reading() as tx:
        return check_password(tx, guards.me().login, password[:200]) is not None


def _draft() -> str:
    """The secret that is being set up, the same until it is proved."""
    sealed = session.get(DRAFT)
    if isinstance(sealed, str):
        return tools().vault.open(sealed)
    secret = second_factor.new_secret()
    session[DRAFT] = tools().vault.seal(secret)
    return secret


def _picture(address: str) -> str:
    """The address as a QR code: a data URI of SVG, which the content policy lets an image be."""
    return str(segno.make(address, error="m").svg_data_uri(border=3, scale=4, dark="#17302d", light="#ffffff"))
