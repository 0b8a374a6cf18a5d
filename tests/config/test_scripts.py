"""Scripts called on connections of their own: they come back after Redis forgot them, and after it hung up."""

import os

import pytest
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as Disconnected
from redis.exceptions import ResponseError
from redis.retry import Retry

from config.scripts import Scripts

ECHO = "return ARGV[1]"


@pytest.fixture
def redis(valkey_url: str) -> Redis:
    return Redis.from_url(valkey_url)


def test_a_script_answers_with_the_bytes_it_was_given(redis: Redis) -> None:
    echo = Scripts(redis).register(ECHO, "{x}:key")
    assert echo(["Zoë\r\n$"]) == "Zoë\r\n$".encode()
    assert echo([""]) == b""


def test_a_connection_that_redis_closed_while_it_idled_is_opened_again(redis: Redis) -> None:
    echo = Scripts(redis).register(ECHO, "{x}:key")
    echo(["before"])
    redis.client_kill_filter(_type="normal", skipme=True)
    assert echo(["after"]) == b"after"


def test_no_server_is_told_as_the_client_tells_it() -> None:
    nobody = Redis(unix_socket_path="/nowhere/valkey.sock", retry=Retry(NoBackoff(), 0))
    with pytest.raises(Disconnected):
        Scripts(nobody).register(ECHO, "{x}:key")([""])


def test_an_error_of_the_script_leaves_its_connection_in_use(redis: Redis) -> None:
    scripts = Scripts(redis)
    failing, echo = scripts.register("return redis.call('NONE')", "{x}:key"), scripts.register(ECHO, "{x}:key")
    for _ in range(3):
        with pytest.raises(ResponseError):
            failing([])
        assert echo(["fine"]) == b"fine"
    assert len(scripts._idle) == 1


def test_a_fork_does_not_speak_on_its_parents_connection(redis: Redis) -> None:
    scripts = Scripts(redis)
    echo = scripts.register(ECHO, "{x}:key")
    echo(["parent"])
    (parents,) = scripts._idle
    child = os.fork()
    if child == 0:
        os._exit(0 if echo(["child"]) == b"child" and parents not in scripts._idle else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert echo(["parent still"]) == b"parent still"
    assert scripts._idle == [parents]
