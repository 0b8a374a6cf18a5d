"""The second factor, its recovery codes, passwords, and an account that must have one."""

import re
from dataclasses import dataclass, field
from datetime import timedelta

import pyotp
import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

import directory.store
from config.columns import new_id
from config.vault import Vault
from directory import second_factor
from directory.second_factor import STEP_SECONDS, accepted_step, new_secret, plain, recovery_codes
from directory.tables import User
from tests.desk.world import NOON, PASSWORD, World, clinic, sign_in, token


def page(client: FlaskClient, path: str = "/account") -> str:
    return client.get(path).get_data(as_text=True)


def code(secret: str, world: World) -> str:
    return str(pyotp.TOTP(secret).at(world.clock.now()))


def enrolled(world: World, login: str = "ana") -> tuple[str, list[str]]:
    """The secret and the recovery codes of somebody who has just set up a second factor."""
    client = world.browser(login)
    found = re.search(r'class="secret">([A-Z2-7 ]+)<', page(client))
    assert found, "the key is shown"
    secret = found[1].replace(" ", "")
    form = {"csrf_token": token(client, "/account"), "code": code(secret, world)}
    answer = client.post("/account/second-factor", data=form).get_data(as_text=True)
    return secret, re.findall(r"<code>([a-z0-9]{5}-[a-z0-9]{5})</code>", answer)


def with_code(world: World, entered: str, login: str = "ana") -> FlaskClient:
    client = world.app.test_client()
    assert sign_in(client, login).headers["Location"].startswith("/sign-in/code")
    client.post("/sign-in/code", data={"csrf_token": token(client, "/sign-in/code"), "code": entered})
    return client


def is_in(client: FlaskClient) -> bool:
    return client.get("/me").status_code == 200


def test_a_second_factor_is_asked_for_once_it_is_set_up(world: World) -> None:
    secret, codes = enrolled(world)
    assert len(set(codes)) == second_factor.RECOVERY_CODES
    world.clock.move(seconds=STEP_SECONDS)
    client = world.app.test_client()
    sign_in(client, "ana")
    assert not is_in(client), "the password alone opens nothing"
    assert is_in(with_code(world, code(secret, world)))
    assert ("user:ana", "second_factor_set", None) in world.audits()


def test_a_code_works_once_and_only_now(world: World) -> None:
    secret, _ = enrolled(world)
    assert not is_in(with_code(world, code(secret, world))), "it set the factor up already"
    world.clock.move(seconds=2 * STEP_SECONDS)
    used = code(secret, world)
    assert is_in(with_code(world, used))
    assert not is_in(with_code(world, used))
    world.clock.move(minutes=5)
    assert not is_in(with_code(world, used))


def test_each_recovery_code_works_once_however_it_is_typed(world: World) -> None:
    _, codes = enrolled(world)
    assert is_in(with_code(world, f" {codes[3].upper().replace('-', ' ')}"))
    assert not is_in(with_code(world, codes[3]))
    assert is_in(with_code(world, codes[0]))
    assert "5 recovery codes left" in page(with_code(world, codes[1]))


def test_guessing_codes_is_slowed_down(world: World) -> None:
    enrolled(world)
    client = world.app.test_client()
    sign_in(client, "ana")
    form = {"csrf_token": token(client, "/sign-in/code"), "code": "000000"}
    statuses = [client.post("/sign-in/code", data=form).status_code for _ in range(10)]
    assert statuses[0] == 401
    assert statuses[-1] == 429


def test_half_a_sign_in_is_over_after_five_minutes(world: World) -> None:
    secret, _ = enrolled(world)
    client = world.app.test_client()
    sign_in(client, "ana")
    world.clock.move(minutes=6)
    form = {"csrf_token": token(client), "code": code(secret, world)}
    assert client.post("/sign-in/code", data=form).headers["Location"] == "/sign-in"
    assert not is_in(client)


def test_half_a_sign_in_ends_with_the_account(world: World) -> None:
    secret, _ = enrolled(world)
    client = world.app.test_client()
    sign_in(client, "ana")
    world.clock.move(seconds=STEP_SECONDS)
    form = {"csrf_token": token(client, "/sign-in/code"), "code": code(secret, world)}
    world.change(User, "u-ana", active=False)
    client.post("/sign-in/code", data=form)
    assert not is_in(client)


def test_a_wrong_code_sets_nothing_up(world: World) -> None:
    client = world.browser("ana")
    first = page(client)
    form = {"csrf_token": token(client, "/account"), "code": "123 456 7"}
    client.post("/account/second-factor", data=form)
    assert "That code does not fit" in page(client)
    assert re.findall(r'class="secret">([^<]+)<', first) == re.findall(r'class="secret">([^<]+)<', page(client))
    assert is_in(world.browser("ana"))


def test_the_secret_is_stored_sealed_and_codes_as_hashes(world: World) -> None:
    secret, codes = enrolled(world)
    stored = str(next(row for row in world.rows(User) if row["id"] == "u-ana"))
    assert secret not in stored
    assert not [each for each in codes if each in stored or plain(each) in stored]


def test_the_password_takes_the_second_factor_away(world: World) -> None:
    secret, _ = enrolled(world)
    world.clock.move(seconds=STEP_SECONDS)
    client = with_code(world, code(secret, world))
    for password, left in (("wrong", True), (PASSWORD, False)):
        form = {"csrf_token": token(client, "/account"), "password": password}
        client.post("/account/second-factor/remove", data=form)
        assert ("Remove the second factor" in page(client)) is left
    assert is_in(world.browser("ana"))


def test_a_new_password_ends_every_other_sign_in(world: World) -> None:
    here, elsewhere = world.browser("ana"), world.browser("ana")
    form = {"csrf_token": token(here, "/account"), "password": PASSWORD, "new": "a longer secret"}
    here.post("/account/password", data=form)
    assert is_in(here)
    assert not is_in(elsewhere)
    assert sign_in(world.app.test_client(), "ana").status_code == 401
    assert sign_in(world.app.test_client(), "ana", "a longer secret").status_code == 303


@pytest.mark.parametrize(
    ("password", "new", "said"),
    [("wrong", "a longer secret", "That password is not yours"), (PASSWORD, "short", "accepted: 12 or more")],
)
def test_a_password_that_cannot_be_is_told(world: World, password: str, new: str, said: str) -> None:
    client = world.browser("ana")
    client.post("/account/password", data={"csrf_token": token(client, "/account"), "password": password, "new": new})
    assert said in page(client)
    assert sign_in(world.app.test_client(), "ana").status_code == 303


@dataclass(frozen=True)
class Strict:
    public_base_url: str = "http://127.0.0.1:8000"
    second_factor: str = "required"
    secret_key: SecretStr = field(default_factory=lambda: SecretStr("a key for tests that is long enough"))


def test_where_it_is_required_nobody_sees_a_page_without_one(tmp_path) -> None:
    world = clinic(tmp_path, settings=Strict())
    for login, path in (("ana", "/me"), ("sam", "/board"), ("sam", "/calls/joe"), ("olga", "/audit")):
        answer = world.browser(login).get(path)
        assert (answer.status_code, answer.headers.get("Location")) == (303, "/account")
    secret, _ = enrolled(world)
    world.clock.move(seconds=STEP_SECONDS)
    assert is_in(with_code(world, code(secret, world)))


@given(st.integers(-400, 400))
def test_a_code_is_good_for_its_half_minute_and_one_on_either_side(seconds: int) -> None:
    secret = new_secret()
    shown = str(pyotp.TOTP(secret).at(NOON))
    step = accepted_step(secret, shown, NOON + timedelta(seconds=seconds), after=0)
    steps_away = (int(NOON.timestamp()) + seconds) // STEP_SECONDS - int(NOON.timestamp()) // STEP_SECONDS
    if abs(steps_away) <= 1:
        assert step == int(NOON.timestamp()) // STEP_SECONDS
    elif step is not None:  # another step may show the same six digits by chance
        assert str(pyotp.TOTP(secret).generate_otp(step)) == shown


@given(st.text(max_size=12))
def test_any_entry_is_read_without_failing(entered: str) -> None:
    accepted_step("JBSWY3DPEHPK3PXP", entered, NOON, after=0)
    assert plain(entered) == plain(plain(entered))


def test_recovery_codes_are_all_different() -> None:
    codes = [each for _ in range(50) for each in recovery_codes(new_id)]
    assert len(set(codes)) == len(codes)


def asked(client: FlaskClient, path: str, **form: str) -> str:
    """What the account's page says after a form of it was sent."""
    answer = client.post(path, data={"csrf_token": token(client, "/account"), **form}, follow_redirects=True)
    return answer.get_data(as_text=True)


def test_a_clinician_says_which_phone_rings_him_in_this_shift(world: World) -> None:
    ana = world.browser("ana")
    assert "Your usual phone rings you." in page(ana)
    assert "That phone rings you in this shift." in asked(ana, "/account/shift-phone", phone=" 312 555 0177 ")
    assert "Your usual phone rings you again." in asked(ana, "/account/shift-phone", phone="")
    assert world.act.done == [
        ("set_shift_phone", "ana", "312 555 0177", "user:ana"),
        ("set_shift_phone", "ana", "", "user:ana"),
    ]
    world.act.refuses = True
    assert "That is no number that may ring you." in asked(ana, "/account/shift-phone", phone="911")


def test_the_page_shows_the_end_of_the_shifts_phone_until_the_shift_is_over(world: World) -> None:
    with world.database.transaction() as tx:
        directory.store.set_shift_phone(tx, world.vault, "ana", "+13125550177", world.clock.now())
    ana = world.browser("ana")
    assert "the phone ending in 0177 rings you" in page(ana)
    assert "5550177" not in page(ana)
    world.clock.move(hours=15)
    assert "0177" not in page(world.browser("ana"))


def test_a_clinician_sets_the_pin_of_the_line_for_clinicians(world: World) -> None:
    ana = world.browser("ana")
    form = {"password": PASSWORD, "pin": "846201", "again": "846201"}
    assert "with staff number 1001" in asked(ana, "/account/pin", **form)
    assert "your staff number is 1001" in page(ana)
    with world.database.reading() as tx:
        assert directory.store.check_staff(tx, world.vault, "1001", "846201") == "ana"
        assert directory.store.check_staff(tx, Vault(["A" * 43 + "="]), "1001", "846201") == "", "another key"
    assert ("user:ana", "user_pin", None) in world.audits()
    assert "846201" not in str(world.rows(User))


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"password": "not hers"}, "That password is not yours."),
        ({"again": "846202"}, "The two PINs are not the same."),
        ({"pin": "123456", "again": "123456"}, "nor digits in a row"),
        ({"pin": "84620", "again": "84620"}, "a PIN is 6 to 10 digits"),
    ],
)
def test_a_pin_that_cannot_be_is_refused(world: World, form: dict[str, str], words: str) -> None:
    given = {"password": PASSWORD, "pin": "846201", "again": "846201", **form}
    assert words in asked(world.browser("ana"), "/account/pin", **given)
    assert all(user["staff_number"] is None for user in world.rows(User))
    assert ("user:ana", "user_pin", None) not in world.audits()


def test_a_refused_number_is_still_there_to_be_mended(world: World) -> None:
    world.act.refuses = True
    for login, path in (("sam", "phone"), ("ana", "shift-phone")):
        client = world.browser(login)
        answer = client.post(f"/account/{path}", data={"csrf_token": token(client), "phone": "312 555"})
        page = answer.get_data(as_text=True)
        assert answer.status_code == 400
        assert f'id="{path}" name="phone" type="tel" autocomplete="tel" maxlength="40" value="312 555"' in page
        assert page.count('value="312 555"') == 1
        assert 'href="/account" aria-current' in page
