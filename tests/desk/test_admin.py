"""The administrator's pages: what they show, and what their forms and sheets ask for."""

import io
from datetime import date
from typing import Any

import pytest
from markupsafe import escape

from calls.tables import SiteOutcome
from desk.admin import key_of
from directory.day_spans import SpanAsked
from directory.tables import Clinician, ClinicianSkill, SpecialDay
from tests.desk.test_pages import press, text_of
from tests.desk.world import Done, World, token

BY = "user:root"


def test_people_are_shown_with_the_end_of_their_phone_alone(world: World) -> None:
    world.change(Clinician, "ana", phone_sealed=world.vault.seal("+13125550161"))
    page = text_of(world, "root", "/admin/people")
    assert "Ana Ruiz" in page
    assert "3125550161" not in page
    assert "Ends in 0161" in page and "***" not in page
    assert "No phone" in page
    assert world.browser("root").get("/admin/people/nobody").status_code == 404


def test_a_skill_for_today_alone_is_no_word_of_the_site(world: World) -> None:
    world.add(ClinicianSkill, clinician_id="mei", skill="nurse", level=4, today_level=4)
    assert "Nurse" not in text_of(world, "root", "/admin/people/mei").split("<form", 2)[2].split("Skills</h2>")[1][:200]


SATURDAYS = {
    "calendar": "center", "first": "2031-12-06", "last": "2032-02-28", "weekdays": "sat",
    "kept": "open", "opens": "08:00", "closes": "12:00",
}
ASKS: list[tuple[str, dict[str, str], tuple[Any, ...]]] = [
    (
        "/admin/people/ana",
        {"phone": " 312 555 0161 ", "languages": "en es"},
        ("set_person", "ana", "312 555 0161", "en es", "", BY),
    ),
    (
        "/admin/people/ana",
        {"skill": "nurse", "level": "4", "until": "2031-06-30"},
        ("set_person", "ana", "", "", "nurse:4:2031-06-30", BY),
    ),
    ("/admin/people/ana", {"skill": "nurse", "level": "-"}, ("set_person", "ana", "", "", "nurse:-", BY)),
    (
        "/admin/days",
        {**SATURDAYS, "do": "yes"},
        ("set_days", SpanAsked("center", "2031-12-06", "2032-02-28", ("sat",), "open", "08:00", "12:00"), BY, False),
    ),
    (
        "/admin/days",
        {"calendar": "center", "first": "2031-12-24", "kept": "usual", "do": "yes"},
        ("set_days", SpanAsked("center", "2031-12-24", kept="usual"), BY, False),
    ),
    (
        "/admin/outcomes",
        {"service": "nurse", "label": "Passed on, to a nurse!"},
        ("set_outcome", "nurse", "passed_on_to_a_nurse", "Passed on, to a nurse!", True, BY),
    ),
    (
        "/admin/outcomes",
        {"service": "nurse", "key": "answered", "label": "X", "offered": "no"},
        ("set_outcome", "nurse", "answered", "X", False, BY),
    ),
]


@pytest.mark.parametrize(("path", "form", "asked"), ASKS)
def test_each_form_asks_for_what_it_says(world: World, path: str, form: dict[str, str], asked: tuple[Any, ...]) -> None:
    assert press(world, "root", path, **form).status_code == 303
    assert world.administer.done == [asked]


def test_what_was_done_is_told_without_a_code(world: World) -> None:
    client = world.browser("root")

    def told(path: str, **form: str) -> str:
        answer = client.post(path, data={"csrf_token": token(client), **form}, follow_redirects=True)
        return answer.get_data(as_text=True)

    world.administer.answer = Done(("ana: phone", "ana: physical_therapy"))
    assert "Changed: phone, physical therapy." in told("/admin/people/ana", phone="312 555 0161")
    world.administer.answer = Done(('nurse: brace is offered as "Brace"',))
    brace = {"service": "nurse", "key": "brace", "label": "Brace"}
    assert escape('Nurse: "Brace" is offered.') in told("/admin/outcomes", **brace)
    assert escape('Nurse: "Brace" is offered no more.') in told("/admin/outcomes", **brace, offered="no")
    world.administer.answer = Done()
    assert "Nothing changed." in told("/admin/outcomes", **brace)


def test_a_refused_form_keeps_what_was_typed_and_speaks_of_no_line_of_a_sheet(world: World) -> None:
    world.administer.answer = Done(refused=("line 2: languages: accepted: codes such as en es, by spaces, or -",))
    typed = {"phone": "312", "languages": "english", "skill": "pt", "level": "4", "until": "2031-06-30"}
    answer = press(world, "root", "/admin/people/ana", **typed)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 400
    assert '<p role="alert">Languages: accepted: codes such as en es, by spaces, or -.</p>' in page
    for kept in ('value="312"', 'value="english"', 'value="pt" selected', 'value="4" selected', 'value="2031-06-30"'):
        assert kept in page
    world.administer.answer = Done(refused=("line 2: label: accepted: words",))
    answer = press(world, "root", "/admin/outcomes", service="therapist", key="answered", label="X" * 70)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 400
    assert '<p role="alert">Label: accepted: words.</p>' in page
    assert page.count(f'value="{"X" * 70}"') == 1
    assert page.count('value="answered" selected') == 1
    assert press(world, "root", "/admin/people/nobody").status_code == 404


def given(world: World, sheet: str, data: bytes, **form: str) -> Any:
    client = world.browser("root")
    fields = {"csrf_token": token(client), "sheet": (io.BytesIO(data), "s.csv"), **form}
    return client.post(f"/admin/{sheet}.csv", data=fields)


def test_a_sheet_is_tried_unless_one_says_to_do_it(world: World) -> None:
    tried = given(world, "people", "\ufeffclinician\nana\n".encode()).get_data(as_text=True)
    done = given(world, "days", b"calendar,day\ncenter,2031-12-24\n", do="yes").get_data(as_text=True)
    assert "What it would change" in tried
    assert "ana: phone" in tried
    assert "What was changed" in done
    assert world.administer.done == [
        ("sheet", "people", "clinician\nana\n", BY, True),
        ("sheet", "days", "calendar,day\ncenter,2031-12-24\n", BY, False),
    ]


def test_flaws_are_told_and_what_is_no_sheet_is_not_even_tried(world: World) -> None:
    assert given(world, "people", "Müller".encode("latin-1")).status_code == 400
    assert given(world, "people", b" ").status_code == 400
    assert given(world, "secrets", b"clinician\n").status_code == 404
    assert world.browser("root").get("/admin/secrets.csv").status_code == 404
    assert world.administer.done == []
    world.administer.answer = Done(refused=("line 2: skills: accepted levels: 0 to 5",), dry=True)
    answer = given(world, "people", b"clinician\nana\n")
    assert answer.status_code == 400
    assert "line 2: skills: accepted levels" in answer.get_data(as_text=True)


def test_days_to_come_are_listed_and_can_be_taken_back(world: World) -> None:
    world.add(SpecialDay, calendar="center", day=date(2031, 12, 24), opens="08:00", closes="12:00")
    world.add(SpecialDay, calendar="center", day=date(2031, 3, 2))
    page = text_of(world, "root", "/admin/days")
    assert "Wednesday, December 24, 2031" in page
    assert "8:00 AM to 12:00 PM" in page
    assert "08:00" not in page
    assert "March 2, 2031" not in page, "yesterday"
    assert "Like other days again: Center, Wednesday, December 24, 2031" in page


def test_days_in_a_row_and_weeks_in_a_row_are_one_line_each(world: World) -> None:
    for day in (24, 25, 26):
        world.add(SpecialDay, calendar="center", day=date(2031, 12, day))
    for day in (6, 13, 20, 27):
        world.add(SpecialDay, calendar="center", day=date(2031, 12, day), opens="08:00", closes="12:00")
    page = text_of(world, "root", "/admin/days")
    assert "Saturdays, December 6, 2031 to December 27, 2031" in page
    assert "Wednesday, December 24, 2031 to Friday, December 26, 2031" in page
    assert page.count("Take back") == 2


def test_a_span_is_tried_unless_one_says_to_do_it_and_the_form_keeps_what_was_entered(world: World) -> None:
    world.administer.answer = Done(("one", "two"), dry=True, told="13 days change: center is open.")
    answer = press(world, "root", "/admin/days", **SATURDAYS)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert "<b>13 days change: center is open.</b> Nothing is written yet." in page
    for entered in ('value="2031-12-06"', 'value="2032-02-28"', 'value="sat" checked', 'value="open" selected'):
        assert entered in page
    assert [asked[-1] for asked in world.administer.done] == [True], "tried only"
    world.administer.answer = Done(refused=("To: found 2099-01-01; accepted: a year ahead.",))
    answer = press(world, "root", "/admin/days", **SATURDAYS, do="yes")
    assert answer.status_code == 400
    assert "To: found 2099-01-01" in answer.get_data(as_text=True)
    assert 'value="2031-12-06"' in answer.get_data(as_text=True)


def test_outcomes_are_told_apart_by_whose_they_are(world: World) -> None:
    world.add(SiteOutcome, service="therapist", key="brace", label="Brace ordered", active=True)
    world.add(SiteOutcome, service="therapist", key="answered", label="All answered", active=True)
    world.add(SiteOutcome, service="therapist", key="not_reached", label="Gone", active=False)
    page = text_of(world, "root", "/admin/outcomes")
    assert "All answered" in page
    assert "Question answered" not in page
    assert "<code>brace</code>, yours<" in page
    assert "yours, in place of the shipped one" in page
    assert "Offer again: Gone, Therapist" in page


@pytest.mark.parametrize(
    ("label", "key"), [("Éclair & Co", "clair_co"), ("  A  b ", "a_b"), ("x" * 60, "x" * 40), ("!", "")]
)
def test_a_code_is_made_of_words(label: str, key: str) -> None:
    assert key_of(label) == key
