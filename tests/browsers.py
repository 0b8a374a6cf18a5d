"""One real browser, the pages served to it, and a page on which nothing may be complained about."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

from desk.stream import hub_of
from tests.resources import chromium

ARGUMENTS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run"
    " --disable-background-networking --disable-component-update --disable-sync"
)


class Quiet(WSGIRequestHandler):
    """A server that keeps its log to itself."""

    def log(self, *_: object) -> None: ...


@contextmanager
def started_browser() -> Iterator[Browser]:
    """Chromium, as Debian has it."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS.split())
        yield started
        started.close()


@contextmanager
def served(desk: Flask) -> Iterator[str]:
    """The pages, over HTTP; where they are."""
    server = make_server("127.0.0.1", 0, desk, threaded=True, request_handler=Quiet)
    server.daemon_threads = True  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        hub_of(desk).close()
        server.shutdown()


@contextmanager
def opened(browser: Browser, desk: Flask) -> Iterator[Page]:
    """A page of the served desk; whatever the content policy or a script complains about fails the test."""
    complaints: list[str] = []
    with served(desk) as url:
        page = browser.new_page(base_url=url, viewport=ViewportSize(width=1280, height=900), reduced_motion="reduce")
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if "Policy" in said.text else None)
        yield page
        page.close()
    assert complaints == []
