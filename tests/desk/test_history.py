"""The pages of the past: what they count, how they are asked, and what they give to other programs."""

import csv
import io
import re
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape

from calls.dictionary import METRICS
from calls.store import Fact, write_journal
from desk.asked import MOST_DAYS, Asked, NotUnderstood, asked, entered
from desk.charts import HEIGHT, WIDTH, Series, lines, nice_top, stacked, top_of_times
from desk.exports import FORMULA, as_csv, safe
from directory.tables import Clinician
from routing.tables import PresenceChange
from tests.desk.world import NOON, World

TODAY = date(2031, 3, 3)


def told(world: World, call: str, *facts: tuple[int, str, dict[str, object]], minutes_ago: int = 60) -> None:
    """A call whose facts came so many seconds after its first."""
    began = world.clock.now() - timedelta(minutes=minutes_ago)
    world.call(call, minutes_ago=minutes_ago, ended_at=world.clock.now(), outcome="person")
    with world.database.transaction() as tx:
        entries = [
            Fact(f"{call}:{at}:{fact}", call, fact, began + timedelta(seconds=at), None, details)
            for at, fact, details in facts
        ]
        write_journal(tx, entries)


def joined(own: str | None = None) -> dict[str, object]:
    return {"service": "therapist", "language": "en", "own": own}


@pytest.fixture
def past(world: World) -> World:
    """An hour ago Ana answered one caller after 20 s, Luis one who is hers, one gave up, and one was short."""
    for call, who, seconds in (("one", "ana", 20), ("two", "luis", 95)):
        told(
            world,
            call,
            (0, "call_arrived", {}),
            (10, "joined_line", joined("ana")),
            (11, "offer_made", {"offer": f"{call}-1", "clinician": who}),
            (12, "offer_accepted", {"offer": f"{call}-1"}),
            (10 + seconds, "talk_started", {"offer": f"{call}-1"}),
            (310 + seconds, "talk_ended", {"offer": f"{call}-1"}),
        )
    for call, seconds in (("three", 40), ("four", 3)):
        told(world, call, (0, "joined_line", joined()), (seconds, "left_line", {"why": "hung_up"}))
    world.add(PresenceChange, clinician_id="ana", state="in_visit", version=1, at=NOON - timedelta(hours=3))
    return world


def text_of(world: World, path: str) -> str:
    answer = world.browser("sam").get(path)
    assert answer.status_code == 200
    return " ".join(answer.get_data(as_text=True).split())


def sheet(world: World, query: str) -> list[dict[str, str]]:
    answer = world.browser("sam").get(f"/history.csv?{query}")
    assert answer.mimetype == "text/csv"
    return list(csv.DictReader(io.StringIO(answer.get_data(as_text=True))))


def test_the_history_tells_what_became_of_everybody(past: World) -> None:
    (day,) = sheet(past, "width=day")
    assert [day[key] for key in ("offered", "answered", "abandoned", "short", "carried_out")] == [
        "5",
        "3",
        "1",
        "1",
        "0",
    ]
    assert float(day["service_level"]) == pytest.approx(1 / 4), (
        "answered in 30 s: one of three answered and one who gave up"
    )
    assert float(day["talk_time"]) == 300
    assert float(day["continuity"]) == pytest.approx(2 / 3)


def test_switches_change_the_figures_of_the_past(past: World) -> None:
    (day,) = sheet(past, "width=day&target=100&short=2&count_short=1")
    assert (day["abandoned"], day["short"]) == ("2", "0")
    assert float(day["service_level"]) == pytest.approx(3 / 5)


def test_a_sheet_by_an_axis_has_its_values(past: World) -> None:
    rows = sheet(past, "width=day&axis=person")
    assert {row["value"]: row["answered"] for row in rows} == {"ana": "2", "luis": "1"}
    assert [row["value"] for row in sheet(past, "width=day&axis=skill&value=pt")] == ["pt"]


def test_half_hours_add_up_to_the_day(past: World) -> None:
    rows, (day,) = sheet(past, "width=30min"), sheet(past, "width=day")
    assert len(rows) == 48
    assert sum(int(row["offered"]) for row in rows) == int(day["offered"])
    assert all(before["interval_end"] == after["interval_start"] for before, after in pairwise(rows))


def test_the_data_for_programs_carries_its_definitions(past: World) -> None:
    data = past.browser("sam").get("/history.json?width=day").get_json()
    assert set(data["definitions"]) == {metric.key for metric in METRICS}
    assert data["rows"][0]["answered"] == 3
    assert data["switches"]["short_seconds"] == 10


def test_every_figure_opens_its_definition_and_the_calls_behind_it(past: World) -> None:
    for metric in METRICS:
        page = text_of(past, f"/figures/{metric.key}?width=day")
        assert escape(metric.name) in page
    page = text_of(past, "/figures/abandoned?width=day")
    assert "Abandoned: 1" in page
    assert page.count('href="/calls/') == 1
    assert 'href="/calls/three"' in page
    assert past.browser("sam").get("/figures/happiness").status_code == 404


def test_who_was_not_reached_by_his_own_clinician_is_told_with_the_cause(past: World) -> None:
    page = text_of(past, "/history?width=day")
    assert "Why the own clinician was not reached" in page
    assert "In a visit" in page


def test_a_name_that_a_spreadsheet_would_run_stays_text(past: World) -> None:
    past.change(Clinician, "ana", given="=2+5", family="")
    assert "=2+5" in text_of(past, "/history?width=day&axis=person")
    rows = past.browser("sam").get("/history.csv?width=day&axis=person").get_data(as_text=True)
    assert not any(cell.startswith(FORMULA) for row in csv.reader(io.StringIO(rows)) for cell in row)


def test_calls_are_found_by_day_service_and_outcome(past: World) -> None:
    assert "/calls/one" in text_of(past, "/calls?service=therapist&outcome=person&language=en")
    assert "/calls/one" not in text_of(past, "/calls?service=nurse")
    assert "/calls/es-1" in text_of(past, "/calls?outcome=none&language=es")
    assert "No call of these days matches." in text_of(past, "/calls?from=2031-01-01&to=2031-01-02")


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("from=2031-13-40", "From: found 2031-13-40; accepted: a day like November 27, 2026"),
        ("from=2031-03-03&to=2031-03-01", "To: found Saturday, March 1, 2031; accepted: Monday, March 3"),
        ("width=month", "By: found month; accepted: 15min, 30min, hour, day, week"),
        ("axis=color", "Split by: found color; accepted: all, service, skill, language, person"),
        ("short=-1", "Short, under: found -1; accepted: whole seconds from 0 to 9999"),
        ("from=2000-01-01&width=15min", "accepted: at most 14 days by 15 minutes, or wider intervals"),
    ],
)
def test_a_report_that_cannot_be_says_what_can(world: World, query: str, said: str) -> None:
    answer = world.browser("sam").get(f"/history?{query}")
    assert (answer.status_code, said in answer.get_data(as_text=True)) == (400, True)
    assert world.browser("sam").get(f"/history.csv?{query}").status_code == 400


REFUSED = "from=2031-03-05&to=2031-03-01"


@pytest.mark.parametrize(("login", "path"), [("sam", "/history"), ("sam", "/calls"), ("olga", "/audit")])
def test_a_refusal_forgets_no_day_that_was_entered(world: World, login: str, path: str) -> None:
    answer = world.browser(login).get(f"{path}?{REFUSED}")
    page = answer.get_data(as_text=True)
    assert 'role="alert"' in page
    assert 'name="from" type="date" value="2031-03-05"' in page
    assert 'name="to" type="date" value="2031-03-01"' in page


def test_a_refusal_forgets_nothing_else_that_was_entered(world: World) -> None:
    asked_for = f"{REFUSED}&width=week&axis=person&value=ana&short=7&target=44&count_short=1"
    page = world.browser("sam").get(f"/history?{asked_for}").get_data(as_text=True)
    assert len(re.findall(r'<option value="(?:week|person|ana)" selected>', page)) == 3
    assert ">Ana Ruiz</option>" in page, "the name that was chosen, not a code"
    assert 'value="7"' in page and 'value="44"' in page
    assert re.findall(r'name="(count_\w+)" value="1" checked', page) == ["count_short"]
    page = world.browser("sam").get(f"/calls?{REFUSED}&service=nurse&language=es&outcome=person").get_data(as_text=True)
    assert len(re.findall(r'<option value="(?:nurse|es|person)" selected>', page)) == 3
    page = world.browser("olga").get(f"/audit?{REFUSED}&subject=p-joe&actor=ana").get_data(as_text=True)
    assert 'value="p-joe"' in page and 'value="ana"' in page


def test_what_cannot_be_read_is_as_if_left_empty_and_the_rest_is_kept() -> None:
    form = {"from": "yesterday", "to": "2031-02-07", "width": "month", "axis": "service", "short": "x", "target": "60"}
    assert entered(form, TODAY) == Asked(TODAY, date(2031, 2, 7), "day", "service", "", 10, 60, False, False)
    assert entered({"from": "9999-12-31", "to": "0001-01-01"}, TODAY).last == date(1, 1, 1)


@given(
    st.dictionaries(
        st.sampled_from(["from", "to", "width", "axis", "value", "short", "target"]),
        st.text(max_size=12) | st.sampled_from(["2031-03-05", "2031-03-01", "15min", "person", "7"]),
    )
)
def test_whatever_was_entered_can_be_shown_again(form: dict[str, str]) -> None:
    again = entered(form, TODAY)
    try:
        of = asked(form, TODAY)
    except NotUnderstood:
        return
    assert again == of, "what is no refusal reads the same"


def test_a_report_by_itself_is_today_by_half_hours() -> None:
    assert asked({}, TODAY) == Asked(TODAY, TODAY, "30min", "all", "", 10, None, False, False)
    assert asked({"from": "2031-02-01"}, TODAY).width == "day"


@given(
    st.dictionaries(st.sampled_from(["from", "to", "width", "axis", "value", "short", "target"]), st.text(max_size=12))
)
def test_any_address_is_a_report_or_told_why_not(form: dict[str, str]) -> None:
    try:
        of = asked(form, TODAY)
    except NotUnderstood:
        return
    assert of.first <= of.last
    assert (of.last - of.first).days < MOST_DAYS[of.width]


# A caller's or clinician's text in a cell never begins what a spreadsheet would run.
@given(st.text(max_size=20))
def test_no_cell_begins_like_a_formula(text: str) -> None:
    assert not safe(text).startswith(FORMULA)
    row = next(iter(csv.reader(io.StringIO(as_csv([text], []), newline=""))), [""])
    assert row == [safe(text)]


def test_numbers_stay_numbers() -> None:
    assert [safe(cell) for cell in (-3, 0.5, None, "-3", "a")] == ["-3", "0.5", "", "'-3", "a"]


@given(
    st.lists(st.integers(0, 1000), min_size=1, max_size=60), st.lists(st.integers(0, 1000), min_size=60, max_size=60)
)
def test_bars_stand_on_one_another_inside_the_box(first: list[int], second: list[int]) -> None:
    labels = [str(at) for at in range(len(first))]
    chart = stacked("Callers", labels, [Series("a", "A", first), Series("b", "B", second[: len(first)])])
    for bar in chart.bars:
        assert -0.01 <= bar.y <= bar.y + bar.height <= HEIGHT + 0.02
        assert 0 <= bar.x <= bar.x + bar.width <= WIDTH
    assert len(chart.below) <= 6
    assert all(mark.text.isdigit() for mark in chart.left), "nobody counts half a caller"


def test_a_curve_breaks_where_nothing_is_known() -> None:
    chart = lines("Level", ["a", "b", "c", "d", "e"], [Series("x", "X", [0.5, 1.0, None, 0.0, 0.2])], unit="share")
    assert [path.count(",") for path in chart.curves[0].paths] == [2, 2]
    assert len(chart.curves[0].dots) == 4
    assert [mark.text for mark in chart.left] == ["0%", "50%", "100%"]


def test_a_curve_of_waits_is_told_in_running_times_as_the_table_is() -> None:
    chart = lines("Wait", ["a", "b"], [Series("x", "X", [95.0, 200.0])], unit="seconds")
    assert [mark.text for mark in chart.left] == ["0:00", "2:00", "4:00"]
    assert chart.says == "Wait: from 1:35 to 3:20."
    assert chart.curves[0].dots[0][2] == "a: X 1:35"


def test_a_chart_without_values_says_so_to_the_eye_too(world: World) -> None:
    page = text_of(world, "/history?from=2031-01-01&to=2031-01-01")
    assert page.count('<span class="note">No values</span>') == 6
    assert charted(Series("x", "X", [None, 0.0]))
    assert not charted(Series("x", "X", [None, None]))


def charted(series: Series) -> bool:
    return lines("Level", ["a", "b"], [series], unit="share").has_values


@given(st.integers(1, 10**6))
def test_the_top_of_an_axis_of_times_is_near_and_its_middle_is_whole(highest: int) -> None:
    top = top_of_times(highest)
    assert highest <= top <= max(10, highest * 2.51)
    assert top % 2 == 0


@given(st.floats(0.001, 1e9))
def test_the_top_of_an_axis_is_round_and_near(highest: float) -> None:
    assert highest <= nice_top(highest) * 1.000001
    assert nice_top(highest) <= highest * 2.51
