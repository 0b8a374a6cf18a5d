"""The figures of a report opened: what each cell says is what is behind it, interval by interval and cause by cause."""

import re
from datetime import timedelta

import pytest

from calls.tables import TalkNote
from directory.tables import Clinician
from routing.tables import PresenceChange
from tests.desk.test_figure_page import links
from tests.desk.test_history import joined, told
from tests.desk.test_pages import text_of
from tests.desk.world import NOON, World


@pytest.fixture
def reported(world: World) -> World:
    """In two services and languages: reached and not reached, for one cause and another; notes; states."""
    calls: tuple[tuple[str, int, dict[str, object], dict[str, object]], ...] = (
        ("hers", 30, {"offer": 1, "clinician": "ana"}, joined("ana")),
        ("not-hers", 60, {"offer": 2, "clinician": "luis"}, joined("ana")),
        ("nurses", 90, {"offer": 3, "clinician": "luis"}, {"service": "nurse", "language": "es", "own": "mei"}),
    )
    for call, ago, offer, joins in calls:
        facts: list[tuple[int, str, dict[str, object]]] = [(0, "call_arrived", {}), (5, "joined_line", joins)]
        rang = ((6, "offer_made"), (8, "offer_accepted"), (40, "talk_started"), (340, "talk_ended"))
        told(world, call, *facts, *((at, fact, offer) for at, fact in rang), minutes_ago=ago)
    told(world, "gave-up", (0, "joined_line", joined("ana")), (60, "left_line", {"why": "hung_up"}), minutes_ago=45)
    for at, (clinician, state) in enumerate((("ana", "in_visit"), ("luis", "ready"), ("luis", "talking"))):
        world.add(
            PresenceChange, clinician_id=clinician, state=state, version=1, at=NOON - timedelta(minutes=120 - 30 * at)
        )
    noted = (("hers", "answered"), ("not-hers", "answered"), ("nurses", "arranged"), ("hers", "not_reached"))
    for offer_id, (call, outcome) in enumerate(noted, start=51):
        service = "nurse" if call == "nurses" else "therapist"
        when = NOON - timedelta(minutes=80 - offer_id)
        note = {"clinician_id": "luis", "service": service, "outcome": outcome, "talked_at": when, "written_at": when}
        world.add(TalkNote, offer_id=offer_id, call_id=call, **note)
    return world


def opened_by(page: str) -> list[tuple[str, str]]:
    """Every figure of a page that opens something, and what it says."""
    found = re.findall(r'<a class="figure" href="([^"]+)">(.*?)</a>', page)
    return [(path.replace("&amp;", "&"), re.sub("<.*?>", "", said)) for path, said in found]


@pytest.mark.parametrize("query", ["width=hour&axis=service", "width=day&axis=person", "width=30min&axis=language"])
def test_every_figure_in_the_tables_of_a_report_opens_what_it_says(reported: World, query: str) -> None:
    page, client = text_of(reported, "sam", f"/history?{query}"), reported.browser("sam")
    tables = "".join(re.findall(r"<t(?:body|foot)>.*?</t(?:body|foot)>", page))
    found = opened_by(tables)
    assert len(found) > 20
    for path, said in found:
        answer = client.get(path).get_data(as_text=True)
        assert f": {said}</h1>" in answer or f"<dd>{said}</dd>" in answer, path


def test_figures_of_one_interval_have_the_calls_of_that_interval_behind_them(reported: World) -> None:
    page = text_of(reported, "sam", "/history?width=30min")
    counted = {path: said for path, said in opened_by(page) if "/figures/answered" in path and "at=" in path}
    assert sorted(counted.values()) == ["1", "1", "2"], "three of the journal's calls, and Joe's"
    for path, said in counted.items():
        assert len(links(text_of(reported, "sam", path), "calls")) == int(said)
    (eleven,) = (path for path in counted if "T17%3A00" in path)
    assert "<dd>11:00 AM</dd>" in text_of(reported, "sam", eleven)
    assert reported.browser("sam").get("/figures/answered?at=2031-03-03T11:07:00-06:00").status_code == 400


def test_behind_each_cause_are_the_callers_who_missed_their_own_clinician_for_it(reported: World) -> None:
    page = text_of(reported, "sam", "/history?width=day")
    causes = {said: path for path, said in opened_by(page) if "cause=" in path and said.isdigit()}
    assert len(causes) == 1 and page.count("cause=") == 6, "three causes of one caller each, with their waits"
    assert links(text_of(reported, "sam", "/figures/lost"), "calls") == ["nurses", "not-hers", "gave-up"]
    opened = text_of(reported, "sam", "/figures/lost?cause=in+a+visit")
    assert "<h1>Own clinician not reached: 1</h1>" in opened and links(opened, "calls") == ["not-hers"]
    assert "<td>Ana Ruiz</td><td>0:35</td><td>In a visit</td>" in opened


def test_behind_an_outcome_are_the_talks_that_were_noted_so(reported: World) -> None:
    page = text_of(reported, "sam", "/history?width=day")
    counted = {path: said for path, said in opened_by(page) if "outcome=" in path}
    assert sorted(counted.values()) == ["1", "1", "2"]
    for path, said in counted.items():
        opened = text_of(reported, "sam", path)
        assert f"<h1>Talks with a noted outcome: {said}</h1>" in opened and len(links(opened, "calls")) == int(said)
    assert links(text_of(reported, "sam", "/figures/noted"), "calls") == ["hers", "not-hers", "nurses", "hers"]


def test_behind_occupancy_are_the_clinicians_with_how_they_spent_the_time(reported: World) -> None:
    page = text_of(reported, "sam", "/figures/occupancy")
    assert "<h1>Occupancy of clinicians: 66.7%</h1>" in page
    assert links(page, "people") == ["luis"], "a visit is neither busy nor ready"
    assert "<td>0:00</td><td>1:00:00</td><td>0:00</td><td>30:00</td><td>66.7%</td>" in page
    reported.change(Clinician, "luis", active=False)
    page = text_of(reported, "sam", "/figures/occupancy")
    assert "A former colleague" in page and links(page, "people") == []


def test_every_chart_opens_what_it_draws(reported: World) -> None:
    charts = re.findall(r"<figcaption>(.*?)</figcaption>", text_of(reported, "sam", "/history?width=day"))
    drawn = {path.split("?")[0].removeprefix("/figures/") for chart in charts for path, _ in opened_by(chart)}
    assert drawn == {
        *("answered", "flowed_out", "abandoned", "short", "median_wait", "p90_wait"),
        *("service_level", "occupancy", "continuity", "promises_kept"),
    }
