"""Lua scripts called in one round trip, on connections that are kept for them.

The client's own way to a script takes longer than the network and Redis together: a look at the pool, an encoder, a
parser, each made for everything that Redis can say. A script here takes strings and answers with bytes.
"""

import os
from collections.abc import Callable, Sequence
from hashlib import sha1
from typing import Any

from redis import Redis
from redis.exceptions import ConnectionError as Disconnected
from redis.exceptions import NoScriptError

Script = Callable[[Sequence[str]], bytes]  # arguments to answer
Register = Callable[[str, str], Script]  # source and the one key that tells its shard, to script


class Scripts:
    """The scripts of one Redis. Safe among threads and after a fork."""

    def __init__(self, redis: Redis) -> None:
        self._pool = redis.connection_pool
        self._idle: list[Any] = []
        self._process = os.getpid()

    def register(self, source: str, key: str) -> Script:
        """A script to be called. It is sent to Redis when Redis does not know it."""
        begin = call_of(source, key)

        def script(arguments: Sequence[str]) -> bytes:
            return self._answer(command(begin, arguments), source)

        return script

    def _answer(self, packed: bytes, source: str) -> bytes:
        """Whatever comes of it, the connection can be used again: a broken one has been closed, and connects anew."""
        connection = self._taken()
        try:
            try:
                return _said(connection, packed)
            except NoScriptError:
                _said(connection, command([b"SCRIPT", b"LOAD"], [source]))
                return _said(connection, packed)
        finally:
            self._idle.append(connection)

    def _taken(self) -> Any:
        if self._process != os.getpid():  # the parent's connections are the parent's
            self._process, self._idle = os.getpid(), []
        try:
            return self._idle.pop()
        except IndexError:
            return self._pool.get_connection()


def call_of(source: str, key: str) -> list[bytes]:
    """The words with which a script is called, before its arguments."""
    name = sha1(source.encode(), usedforsecurity=False).hexdigest()
    return [b"EVALSHA", name.encode(), b"1", key.encode()]


def command(begin: Sequence[bytes], rest: Sequence[str]) -> bytes:
    """These words as Redis reads them."""
    words = [*begin, *[each.encode() for each in rest]]
    return b"*%d\r\n%b" % (len(words), b"".join([b"$%d\r\n%b\r\n" % (len(word), word) for word in words]))


def _said(connection: Any, packed: bytes) -> bytes:
    """The answer. One that idled may have lost its server meanwhile: then it connects anew, once."""
    stood = connection.is_connected
    try:
        return _once(connection, packed)
    except Disconnected:
        if not stood:
            raise
    return _once(connection, packed)


def _once(connection: Any, packed: bytes) -> bytes:
    connection.send_packed_command([packed])
    answer: bytes = connection.read_response(disable_decoding=True)
    return answer
