"""What the tests of the pages share: the small clinic, a client for each who may look at it, and one real browser."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

from desk.stream import hub_of
from tests.desk.world import World, clinic
from tests.resources import chromium

ARGUMENTS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run"
    " --disable-background-networking --disable-component-update --disable-sync"
)


class Quiet(WSGIRequestHandler):
    """A server that keeps its log to itself."""

    def log(self, *_: object) -> None: ...


@contextmanager
def served(world: World) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, world.app, threaded=True, request_handler=Quiet)
    server.daemon_threads = True  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        hub_of(world.app).close()
        server.shutdown()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS.split())
        yield started
        started.close()


@pytest.fixture
def page(browser: Browser, world: World) -> Iterator[Page]:
    """A page of the served desk; whatever the content policy complains about fails the test."""
    with served(world) as url:
        opened = browser.new_page(base_url=url, viewport=ViewportSize(width=1280, height=900), reduced_motion="reduce")
        complaints: list[str] = []
        opened.on("pageerror", lambda error: complaints.append(str(error)))
        opened.on("console", lambda said: complaints.append(said.text) if "Policy" in said.text else None)
        yield opened
        opened.close()
    assert complaints == []


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = clinic(tmp_path)
    yield made
    made.database.close()
