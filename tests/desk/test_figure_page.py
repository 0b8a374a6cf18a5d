"""A figure opened: its definition, and behind it the calls, promises or people it rests on; never a patient's name."""

import re
from datetime import timedelta

import pytest

from callbacks import ledger, ledger_store
from callbacks.ledger_dictionary import LEDGER
from callbacks.tables import CallbackRequest
from calls.board_dictionary import COUNTS, NOW, OF_LINES
from calls.dictionary import METRICS
from calls.report_dictionary import OF_REPORTS
from calls.tables import Call
from directory.tables import Clinician, ClinicianSkill
from routing.tables import Presence, Wait
from tests.desk.test_history import sheet, told
from tests.desk.test_pages import text_of
from tests.desk.world import NOON, World

OF_THE_BOARD = [count.key for count in COUNTS] + [sight.key for sight in (*NOW, *OF_LINES)]
LEDGER_KEYS, REPORT_KEYS = [figure.key for figure in LEDGER], [sight.key for sight in OF_REPORTS]


def links(page: str, place: str) -> list[str]:
    """What the table leads to, in its order."""
    return re.findall(rf'<th scope="row"[^>]*><a href="/{place}/([^"]+)">', page)


def test_no_two_figures_have_one_key() -> None:
    keys = [*(metric.key for metric in METRICS), *OF_THE_BOARD, *LEDGER_KEYS, *REPORT_KEYS]
    assert len(keys) == len(set(keys))


def test_behind_a_count_of_today_are_its_calls_and_no_others(world: World) -> None:
    told(world, "gone", (0, "call_arrived", {}), (5, "joined_line", {}), (40, "left_line", {"why": "hung_up"}))
    promised: dict[str, object] = {"service": "therapist"}
    told(world, "twice", (0, "call_arrived", {}), (9, "callback_booked", promised), (99, "callback_booked", promised))
    told(world, "early", (0, "call_arrived", {}), (9, "message_kept", {}), minutes_ago=13 * 60)
    assert links(text_of(world, "sam", "/figures/calls"), "calls") == ["joe", "twice", "gone"]
    assert links(text_of(world, "sam", "/figures/hung_up"), "calls") == ["gone"]
    assert links(text_of(world, "sam", "/figures/reached"), "calls") == ["joe"]
    page = text_of(world, "sam", "/figures/callbacks_promised")
    assert "<h1>Callbacks promised: 2</h1>" in page
    assert links(page, "calls") == ["twice"] and "<td>2</td>" in page
    page = text_of(world, "sam", "/figures/messages")
    assert "<h1>Messages: 0</h1>" in page and "None." in page, "it was left yesterday"


def test_behind_those_who_wait_are_their_calls_in_the_order_they_are_served(world: World) -> None:
    world.change(Wait, "w-es-1", place_ms=2)
    assert links(text_of(world, "sam", "/figures/waiting"), "calls") == ["en-2", "es-1"]
    world.change(Wait, "w-en-2", state="offered")
    page = text_of(world, "sam", "/figures/waiting")
    assert "<h1>Waiting: 1</h1>" in page and links(page, "calls") == ["es-1"]
    assert "<td>Therapist, Spanish</td><td>1:23</td><td>Waiting</td>" in page
    page = text_of(world, "sam", "/figures/longest")
    assert "<h1>Longest wait: 1:23</h1>" in page
    assert links(page, "calls") == ["en-2", "es-1"], "whoever is next in line stands first, however short his wait"
    assert "The callers behind it, next in line first" in page
    world.change(Wait, "w-en-2", state="connected")
    assert "next in line first" not in text_of(world, "sam", "/figures/line_talking"), "nobody is next there"


def test_behind_a_number_of_clinicians_are_they(world: World) -> None:
    world.change(Presence, "mei", state="offered")
    assert links(text_of(world, "sam", "/figures/ringing"), "people") == ["mei"]
    assert links(text_of(world, "sam", "/figures/talking"), "people") == ["ana"]
    page = text_of(world, "sam", "/figures/ready")
    assert "<h1>Ready: 1 of 3</h1>" in page
    assert links(page, "people") == ["luis", "ana", "mei"], "who is ready stands first"


def test_behind_the_promises_at_risk_they_stand_with_the_reason(world: World) -> None:
    page = text_of(world, "sam", "/figures/at_risk")
    assert "<h1>Promises at risk: 1</h1>" in page
    assert links(page, "promises") == ["cb-late"]
    assert "<td>Therapist, for Luis Ortega</td><td>Late: its time is over; nobody was free</td>" in page


def test_no_patient_is_named_behind_a_figure_and_no_look_is_noted(world: World) -> None:
    world.change(Call, "en-2", patient_id="p-rosa", level=2)
    for key in (*OF_THE_BOARD, *LEDGER_KEYS, *REPORT_KEYS):
        page = text_of(world, "sam", f"/figures/{key}")
        assert not [name for name in ("Joe", "Stone", "Rosa", "Vega", "p-joe", "555") if name in page]
    assert not [audit for audit in world.audits() if audit[1].startswith("saw_")]


@pytest.fixture
def promised(world: World) -> World:
    """One of Ana's was kept in time, one late, one went to a person; Luis's is late; the team's: open, taken back."""
    for key, own, hours in (("kept", "ana", 2), ("late", "ana", 1), ("open", None, 5), ("back", None, 1)):
        world.callback(key, own, hours=hours, booked_at=NOON - timedelta(hours=9))
    world.change(CallbackRequest, "kept", state="reached", ended_at=NOON + timedelta(minutes=50))
    world.change(CallbackRequest, "late", state="reached", ended_at=NOON + timedelta(hours=2))
    world.change(CallbackRequest, "back", state="cancelled", ended_at=NOON)
    world.change(CallbackRequest, "cb-rosa", state="to_person", ended_at=NOON + timedelta(minutes=10), service="nurse")
    world.clock.move(minutes=194)
    return world


def test_callbacks_kept_are_counted_when_it_was_decided(promised: World) -> None:
    (day,) = sheet(promised, "width=day")
    assert (day["promises_due"], day["promises_kept"]) == ("4", "0.25")
    by_hour = {row["interval_start"][11:13]: row for row in sheet(promised, "width=hour")}
    assert [by_hour[at]["promises_due"] for at in ("17", "18", "19", "20", "23")] == ["1", "2", "1", "0", "0"]
    kept = [by_hour[at]["promises_kept"] for at in ("17", "18", "19", "20")]
    assert kept == ["0", "0.5", "0", ""], "late is decided when its time was over, an hour before the talk"
    by_person = {row["value"]: row["promises_due"] for row in sheet(promised, "width=day&axis=person")}
    assert (by_person["ana"], by_person["luis"]) == ("3", "1")
    by_service = {row["value"]: row["promises_kept"] for row in sheet(promised, "width=day&axis=service")}
    assert by_service["nurse"] == "0"
    assert float(by_service["therapist"]) == pytest.approx(1 / 3, abs=1e-5)


def test_callbacks_kept_are_those_of_the_ledger(promised: World) -> None:
    with promised.database.reading() as tx:
        totals = ledger.totals(ledger_store.ledger(tx), promised.clock.now())
    (day,) = sheet(promised, "width=day")
    assert float(day["promises_kept"]) == totals.kept_share


def test_callbacks_kept_have_a_chart_and_the_promises_behind_them(promised: World) -> None:
    page = text_of(promised, "sam", "/history?width=hour")
    assert 'aria-label="Callbacks kept in time: from 0% to 50%."' in page
    due = text_of(promised, "sam", "/figures/promises_due")
    assert links(due, "promises") == ["cb-late", "cb-rosa", "kept", "late"]
    opened = text_of(promised, "sam", "/figures/promises_kept")
    assert "<h1>Callbacks kept in time: 25.0%</h1>" in opened
    assert links(opened, "promises") == ["cb-late", "cb-rosa", "late"], "those that were not"
    assert "Rosa" not in opened


# --- the figures of a line -------------------------------------------------------------------------------------------


@pytest.fixture
def busy(world: World) -> World:
    """Lines of two services in three languages, with callers and callbacks in every state."""
    world.change(Clinician, "luis", languages="en es")
    world.clinician("nora", "Nora", "Hall", "ready")
    world.change(Clinician, "nora", languages="pl en")
    world.add(ClinicianSkill, clinician_id="nora", skill="nurse")
    place = 10
    for service in ("therapist", "nurse"):
        for language in ("en", "es", "pl"):
            for state, times in (("waiting", 2), ("offered", 1), ("connected", 1), ("left", 1)):
                for kind in ("call", "callback"):
                    for number in range(times):
                        call, place = f"{service[0]}{language}{state[0]}{kind[4:]}{number}", place + 1
                        world.call(call, service=service, language=language)
                        promise = f"of-{call}" if kind == "callback" else None
                        if promise:
                            world.callback(promise, None, service=service, language=language)
                        world.wait(call, state, kind=kind, seconds=place, place_ms=place, callback_id=promise)
    world.call("unsaid", service=None)
    world.wait("unsaid", seconds=5)
    return world


def cells(page: str) -> list[tuple[str, str]]:
    """The figures of the table of lines: the address that each opens, and what it says."""
    table = page.split('id="lines-title"', 1)[1].split("</table>", 1)[0]
    found = re.findall(r'<td><a class="figure" href="([^"]+)">(.*?)</a></td>', table)
    assert len(found) == table.count("<td>"), "each figure opens something"
    return [(path.replace("&amp;", "&"), re.sub("<.*?>", "", said)) for path, said in found]


def test_behind_each_figure_of_each_line_are_as_many_as_it_says(busy: World) -> None:
    found = cells(text_of(busy, "sam", "/board"))
    assert len(found) == 7 * len(OF_LINES), "two services in three languages, and who has not chosen yet"
    client = busy.browser("sam")
    for path, said in found:
        page = " ".join(client.get(path).get_data(as_text=True).split())
        assert f": {said}</h1>" in page, path
        if "line_longest" in path:
            waited = re.findall(r"</th><td[^>]*>[^<]*</td><td[^>]*>([^<]*)</td>", page)
            assert max(waited, default="none") == said, path
        else:
            assert len(links(page, "people" if "line_ready" in path else "calls")) == int(said), path


def test_the_lines_together_are_what_the_tiles_count(busy: World) -> None:
    board = text_of(busy, "sam", "/board")
    waiting = sum(int(said) for path, said in cells(board) if "line_waiting" in path)
    assert f'>Waiting</a></dt> <dd class="value">{waiting}</dd>' in board
    callbacks = sum(int(said) for path, said in cells(board) if "line_callbacks" in path)
    assert f'<a class="figure" href="/figures/line_callbacks">{callbacks} callbacks in line</a>' in board
    assert len(links(text_of(busy, "sam", "/figures/line_callbacks"), "calls")) == callbacks
    assert len(links(text_of(busy, "sam", "/figures/line_waiting?service=nurse"), "calls")) == 6


def test_behind_a_figure_of_a_line_are_its_own_and_no_others(busy: World) -> None:
    def behind(key: str, place: str = "calls") -> list[str]:
        return links(text_of(busy, "sam", f"/figures/{key}?service=nurse&language=es"), place)

    assert behind("line_waiting") == ["nesw0", "nesw1"]
    assert behind("line_longest") == ["nesw0", "nesw1", "neso0"], "whoever is next in line stands first"
    busy.change(Wait, "w-nesw1", place_ms=1)
    assert behind("line_longest") == ["nesw1", "nesw0", "neso0"], "also whoever was hurried"
    busy.change(Wait, "w-nesw0", place_ms=1)
    assert behind("line_waiting") == ["nesw0", "nesw1"], "equal places are those of the lines: by wait"
    assert behind("line_ringing") == ["neso0", "nesoback0"]
    assert behind("line_talking") == ["nesc0", "nescback0"]
    assert behind("line_callbacks") == ["neswback0", "neswback1"]
    assert behind("line_ready", "people") == [], "the nurse who is ready speaks no Spanish"
    page = text_of(busy, "sam", "/figures/line_ready?service=nurse&language=pl")
    assert "<dd>Nurse, PL</dd>" in page and links(page, "people") == ["nora"]
    for language, ready in (("es", ["luis"]), ("en", ["luis", "nora"])):
        page = text_of(busy, "sam", f"/figures/line_ready?service=therapist&language={language}")
        assert links(page, "people") == ready


def test_who_has_not_chosen_yet_is_a_line_of_his_own(busy: World) -> None:
    page = text_of(busy, "sam", "/figures/line_waiting?service=&language=en")
    assert "<dd>Not chosen yet, English</dd>" in page and links(page, "calls") == ["unsaid"]
    assert "Ready: 0</h1>" in text_of(busy, "sam", "/figures/line_ready?service=&language=en")


# --- the figures of the ledger ---------------------------------------------------------------------------------------


def test_every_tile_of_the_promises_opens_its_definition_and_the_promises_behind_it(promised: World) -> None:
    page = text_of(promised, "sam", "/promises")
    tile = r'<div class="tile[^>]*> ?<dt><a href="([^"]+)">(.*?)</a></dt> ?<dd class="value">(.*?)</dd>'
    tiles = re.findall(tile, page)
    assert [path for path, _, _ in tiles] == [f"/figures/{each.key}" for each in LEDGER]
    found = {}
    for path, label, value in tiles:
        opened = text_of(promised, "sam", path)
        assert f"<h1>{label}: {value}</h1>" in opened and "Computed as" in opened
        found[label] = value, links(opened, "promises")
    assert found["Promised"] == ("6", ["cb-late", "back", "late", "cb-rosa", "open", "kept"])
    assert found["Kept in time"] == ("25.0%", ["cb-late", "late", "cb-rosa", "kept"]), "who kept his word stands last"
    assert found["Late now"] == ("1", ["cb-late"])
    assert found["With a person"] == ("1", ["cb-rosa"])
    assert found["Usual time to the talk"] == ("10 h 25 min", ["late", "kept"])
    drawn = promised.browser("sam").get("/figures/usual_time").get_data(as_text=True)
    assert "11\N{NO-BREAK SPACE}h\N{NO-BREAK SPACE}0" in drawn, "a time stands on one line"
    assert "<td>11 h 0 min</td>" in opened and "<td>9 h 50 min</td>" in opened, "the median is between the two"
