"""Looks from outside at what a process needs and gives: a port that is free, an address that answers."""

import contextlib
import socket
import urllib.error
import urllib.request

ANSWER_SECONDS = 2.0


def is_free(host: str, port: int) -> bool:
    """Whether a server could listen there now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with contextlib.suppress(OSError):
            probe.bind((host, port))
            return True
    return False


def answers(url: str) -> bool:
    """Whether a GET of this http URL is answered with 2xx."""
    try:
        with urllib.request.urlopen(url, timeout=ANSWER_SECONDS) as answer:  # noqa: S310 - a URL of our own making
            return bool(200 <= answer.status < 300)
    except (OSError, urllib.error.URLError):
        return False
