"""Ports for servers under test, from below the range that the system gives to connections.

A port that the system chose may be taken by somebody's connection between the look and the use. These are not, and
each test process begins at another place.
"""

import itertools
import os
import socket

LOWEST, HIGHEST = 20_000, 32_000  # connections begin at 32,768
_next = itertools.count(os.getpid() * 613)


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on."""
    for number in _next:
        port = LOWEST + number % (HIGHEST - LOWEST)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
    raise AssertionError("unreachable: the count never ends")
