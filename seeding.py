"""The demo world in a center's database: people, logins, who is on duty, and the number at the carrier."""

import sys
import urllib.request

import app
import directory.store
from actions import Actions
from config import logging as log_setup
from directory import demo as world_files
from migrations import upgrade
from telephony import twiml
from tools import Tools


def world() -> world_files.DemoWorld:
    """The demo world as its files have it."""
    return world_files.load_demo()


def seed(tools: Tools) -> list[str]:
    """Load the demo world; again changes nothing but who is ready. What was done, a line each."""
    demo, now = world(), tools.now()
    with tools.database.transaction() as tx:
        directory.store.seed(tx, tools.vault, demo, now)
    act = Actions(tools)
    act.set_hours("open", None, "demo")
    for clinician in demo.ready:
        act.set_presence(clinician, "ready", None, None, by="demo")
    return [f"{len(demo.book)} phones, {len(demo.ready)} clinicians ready"]


def point_numbers(tools: Tools) -> None:
    """Tell the carrier where calls to our numbers are answered, and which documents stand in for us."""
    tools.carrier.point_number(
        tools.settings.center_number,
        voice_url=tools.urls.incoming(),
        status_url=tools.urls.status(),
        fallback_url=tools.urls.fallback("patient"),
    )
    if line := tools.content.clinician_line:
        tools.carrier.point_number(
            line.number,
            voice_url=tools.urls.dial_in(),
            status_url=tools.urls.status(),
            fallback_url=tools.urls.fallback("clinician"),
        )


def host_fallbacks(tools: Tools) -> None:
    """The demo's carrier keeps the fallback documents too, outside our processes."""
    base = str(tools.settings.twilio_api_base_url)
    for party in twiml.FALLBACKS:
        document = twiml.static_document(party, operator=tools.settings.operator_number, urls=tools.urls)
        request = urllib.request.Request(  # noqa: S310 - the emulator's address
            f"{base}/control/bins/{party}", data=document.encode(), method="PUT"
        )
        urllib.request.urlopen(request, timeout=5).close()  # noqa: S310


def prepare(hours: str) -> None:
    """All that must be there before the demo's processes serve."""
    settings = app.settings_from_environment()
    log_setup.configure(settings)
    upgrade(settings.database_url.get_secret_value())
    tools = app.build_tools(settings)
    seed(tools)
    Actions(tools).set_hours(hours, None, "demo")
    host_fallbacks(tools)
    point_numbers(tools)


if __name__ == "__main__":
    prepare(sys.argv[1])
