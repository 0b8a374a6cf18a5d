"""Signing in, staying in and getting out: sessions end when they should, and guessing is slow."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from redis import RedisError

from desk.guards import safe_next
from desk.limits import PER_LOGIN, WINDOW_SECONDS, Subject, Tries
from directory.tables import User
from tests.desk.world import NOON, PASSWORD, SomeSettings, World, clinic, sign_in, token


def is_in(client: FlaskClient) -> bool:
    return client.get("/me").status_code == 200


@pytest.mark.parametrize(("login", "home"), [("ana", "/me"), ("sam", "/board"), ("root", "/board")])
def test_everybody_starts_at_his_own_page(world: World, login: str, home: str) -> None:
    assert sign_in(world.browser(), login).headers["Location"] == home


def test_login_is_found_whatever_its_case(world: World) -> None:
    assert sign_in(world.browser(), "  ANA ").status_code == 303


@pytest.mark.parametrize(("login", "password"), [("ana", "wrong"), ("nobody", PASSWORD), ("", ""), ("ana", "")])
def test_a_wrong_login_and_a_wrong_password_look_alike(world: World, login: str, password: str) -> None:
    answer = sign_in(world.browser(), login, password)
    assert answer.status_code == 401
    assert "That login and password do not match." in answer.get_data(as_text=True)


def test_a_stopped_user_is_out_at_once_and_stays_out(world: World) -> None:
    ana = world.browser("ana")
    world.change(User, "u-ana", active=False)
    assert not is_in(ana)
    assert sign_in(world.browser(), "ana").status_code == 401


def test_a_session_ends_after_fifteen_quiet_minutes(world: World) -> None:
    ana = world.browser("ana")
    for _ in range(3):
        world.clock.move(minutes=15)
        assert is_in(ana)
    world.clock.move(minutes=15, seconds=1)
    assert not is_in(ana)


def test_no_session_is_older_than_twelve_hours_however_busy(world: World) -> None:
    ana = world.browser("ana")
    for _ in range(48):
        world.clock.move(minutes=15)
        assert is_in(ana)
    world.clock.move(minutes=1)
    assert not is_in(ana)


def test_an_event_stream_keeps_no_session_alive(world: World) -> None:
    ana = world.browser("ana")
    world.clock.move(minutes=14)
    ana.get("/me/stream", buffered=False).close()
    world.clock.move(minutes=2)
    assert not is_in(ana)


def test_signing_out_voids_copies_of_the_cookie_too(world: World) -> None:
    ana = world.browser("ana")
    kept = ana.get_cookie("desk")
    assert kept is not None
    ana.post("/sign-out", data={"csrf_token": token(ana)})
    thief = world.browser()
    thief.set_cookie("desk", kept.value)
    assert not is_in(ana)
    assert not is_in(thief)
    assert sign_in(ana, "ana").status_code == 303


def test_signing_in_begins_a_new_session(world: World) -> None:
    client = world.browser()
    with client.session_transaction() as before:
        before["key"] = before["planted"] = "by somebody else"
    sign_in(client, "ana")
    with client.session_transaction() as first:
        assert "planted" not in first
        key = first["key"]
    client.post("/sign-out", data={"csrf_token": token(client)})
    sign_in(client, "ana")
    with client.session_transaction() as second:
        assert second["key"] not in (key, "by somebody else")


def test_the_cookie_is_for_this_site_and_no_script(world: World) -> None:
    cookie = sign_in(world.browser(), "ana").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie


def test_behind_https_the_cookie_is_secure_and_bound_to_the_host(tmp_path: Path) -> None:
    settings = SomeSettings("https://calls.example.org")
    client = clinic(tmp_path, settings=settings).app.test_client()
    page = client.get("/sign-in", base_url="https://calls.example.org")
    assert page.headers["Set-Cookie"].startswith("__Host-desk=")
    assert "Secure" in page.headers["Set-Cookie"]
    assert page.headers["Strict-Transport-Security"]


@pytest.mark.parametrize("to", ["/calls/joe", "/board"])
def test_after_signing_in_one_lands_where_one_wanted_to_go(world: World, to: str) -> None:
    client = world.browser()
    asked = client.get(to)
    assert asked.headers["Location"] == f"/sign-in?next={to}"
    assert sign_in(client, "sam", next=to).headers["Location"] == to


FOREIGN = ["//evil.example", "https://evil.example", "/\\evil.example", "\\\\evil", "/\t/evil", "evil", "", "/ a"]


@pytest.mark.parametrize("to", [*FOREIGN, "/" + "a" * 300])
def test_nobody_is_sent_to_another_site(world: World, to: str) -> None:
    assert safe_next(to) is None
    assert sign_in(world.browser(), "sam", next=to).headers["Location"] == "/board"


def test_after_too_many_failures_even_the_right_password_must_wait(world: World) -> None:
    for _ in range(PER_LOGIN):
        assert sign_in(world.browser(), "ana", "wrong").status_code == 401
    assert sign_in(world.browser(), "ana").status_code == 429
    assert sign_in(world.browser(), "luis").status_code == 303
    world.clock.move(seconds=WINDOW_SECONDS)
    assert sign_in(world.browser(), "ana").status_code == 303


def test_signing_in_well_and_often_is_no_failure(world: World) -> None:
    for _ in range(PER_LOGIN + 2):
        assert sign_in(world.browser(), "ana").status_code == 303


class Away:
    """A Redis that is not there."""

    def incrby(self, *_: Any) -> Any:
        raise RedisError

    pubsub = publish = expire = incrby


@pytest.mark.parametrize("redis", [None, Away()])
def test_without_redis_failures_are_counted_in_the_process(redis: Any) -> None:
    tries, subjects = Tries(redis), [Subject("login", "d", 2)]
    assert [tries.take(subjects, NOON) for _ in range(3)] == [True, True, False]
    assert tries.take(subjects, NOON + timedelta(seconds=WINDOW_SECONDS))


def test_sign_ins_and_failures_are_in_the_audit_without_the_login_tried(world: World) -> None:
    sign_in(world.browser(), "ana", "wrong")
    sign_in(world.browser(), "ana")
    (who, failed, subject), (ana, signed, _) = world.audits()
    assert (who, failed, ana, signed) == ("stranger", "sign_in_failed", "user:ana", "signed_in")
    assert subject == world.vault.digest("login", "ana")
