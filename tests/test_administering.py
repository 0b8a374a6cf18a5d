"""What administrators change, in the rows: all of a sheet or nothing of it, tried without a trace, seen at once."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Connection

import directory.store
import facts
from administering import Administering
from calls import audit_store, notes_store
from config.outcomes import offered
from directory.day_spans import SpanAsked
from tests.scenarios.orders import Center, told

BY = "user:root"


@pytest.fixture
def admin(center: Center) -> Administering:
    return Administering(center.tools)


def test_one_person_is_changed_and_the_router_hears_of_it(center: Center, admin: Administering) -> None:
    done = admin.set_person("ana", "312 555 0177", "", "nurse:4", BY)
    assert done.changed == ("ana: nurse", "ana: phone")
    with center.database.reading() as tx:
        person = directory.store.clinician(tx, "ana")
        assert directory.store.clinician_phone(tx, center.tools.vault, "ana", center.clock.at) == "+13125550177"
    assert person is not None and person.skills["nurse"] == 4
    assert told(center, "SELECT kind FROM outbox WHERE subject = 'ana' AND kind = 'duty'")
    assert told(center, "SELECT actor, subject FROM audit WHERE action = 'set_person'") == [(BY, "ana")]
    assert "5550177" not in str(told(center, "SELECT details FROM audit"))


def test_flaws_are_named_and_nothing_is_changed(center: Center, admin: Administering) -> None:
    sheet = "clinician,languages,skills\nana,en es,nurse:4\nluis,,nurse:9\n"
    assert admin.sheet("people", sheet, BY, dry=False).refused == (
        "line 3: skills: accepted levels: 0 to 5, 0 for none, - for as imported",
    )
    assert admin.set_person("nobody", "", "", "nurse:4", BY).refused != ()
    assert admin.set_person("ana", "911", "", "", BY).refused != ()
    assert told(center, "SELECT 1 FROM clinician_skills WHERE clinician_id = 'ana' AND skill = 'nurse'") == []
    assert told(center, "SELECT 1 FROM audit WHERE actor = 'user:root'") == []


def test_what_is_tried_leaves_no_trace(center: Center, admin: Administering) -> None:
    done = admin.sheet("people", "clinician,skills\nana,nurse:4\n", BY, dry=True)
    assert (done.changed, done.dry) == (("ana: nurse",), True)
    assert admin.sheet("days", "calendar,day\ncenter,2031-03-04\n", BY, dry=True).changed
    assert told(center, "SELECT 1 FROM special_days") == []
    assert told(center, "SELECT 1 FROM clinician_skills WHERE clinician_id = 'ana' AND skill = 'nurse'") == []
    assert told(center, "SELECT 1 FROM audit WHERE actor = 'user:root'") == []


def test_a_special_day_counts_at_once_and_is_taken_back(center: Center, admin: Administering) -> None:
    directory_override(center)
    tuesday = datetime(2031, 3, 4, 16, tzinfo=UTC)
    day = SpanAsked("center", "2031-03-04")
    assert is_open(center, tuesday)
    assert admin.set_days(day, BY, dry=False).changed == ("center: 2031-03-04 is closed",)
    assert not is_open(center, tuesday)
    some_hours = replace(day, kept="open", opens="07:00", closes="11:00")
    assert admin.set_days(some_hours, BY, dry=False).changed
    assert is_open(center, tuesday)
    assert admin.set_days(some_hours, BY, dry=False).changed == ()
    assert admin.set_days(replace(day, kept="usual"), BY, dry=False).changed
    assert told(center, "SELECT 1 FROM special_days") == []
    assert told(center, "SELECT json_extract(details, '$.kept') FROM audit WHERE action = 'set_day' ORDER BY id") == [
        ("closed",),
        ("open",),
        ("usual",),
    ]


def test_a_span_is_tried_without_a_trace_and_done_with_a_row_for_each_day(center: Center, admin: Administering) -> None:
    saturdays = SpanAsked("center", "2031-03-04", "2031-04-30", ("sat",), "open", "09:00", "12:00")
    tried = admin.set_days(saturdays, BY, dry=True)
    assert tried.told.startswith("8 days change: center is open from 9:00 AM to 12:00 PM, every Saturday from")
    assert told(center, "SELECT 1 FROM special_days") == told(center, "SELECT 1 FROM audit WHERE actor = 'user:root'")
    assert admin.set_days(replace(saturdays, first="2031-03-29", last=""), BY, dry=False).changed
    done = admin.set_days(saturdays, BY, dry=False)
    assert (len(done.changed), done.told.split(":")[0]) == (7, "7 days changed")
    assert told(center, "SELECT count(*) FROM special_days WHERE opens = '09:00' AND closes = '12:00'") == [(8,)]
    assert told(center, "SELECT count(*) FROM audit WHERE action = 'set_day' AND actor = 'user:root'") == [(8,)]
    assert told(center, "SELECT count(*) FROM audit WHERE action = 'set_days'") == [(2,)]
    assert admin.set_days(saturdays, BY, dry=False).told.startswith("Nothing changes")
    assert told(center, "SELECT count(*) FROM audit WHERE action = 'set_day'") == [(8,)], "of what did not change none"


def test_a_span_with_a_flaw_or_that_breaks_on_its_way_changes_nothing(
    center: Center, admin: Administering, monkeypatch: pytest.MonkeyPatch
) -> None:
    week = SpanAsked("center", "2031-03-03", "2031-03-09")
    for flawed in (replace(week, calendar="bakery"), replace(week, last="2033-01-01"), replace(week, first="past")):
        assert admin.set_days(flawed, BY, dry=False).refused != ()
    recorded = audit_store.record

    def breaks_on_friday(tx: Connection, *, details: Mapping[str, Any], **row: Any) -> None:
        if details["day"] == "2031-03-07":
            raise RuntimeError("on its way")
        recorded(tx, details=details, **row)

    monkeypatch.setattr(audit_store, "record", breaks_on_friday)
    with pytest.raises(RuntimeError):
        admin.set_days(week, BY, dry=False)
    assert told(center, "SELECT 1 FROM special_days UNION SELECT 1 FROM audit WHERE actor = 'user:root'") == []


def directory_override(center: Center) -> None:
    """The demo is forced open; here its hours count."""
    with center.database.transaction() as tx:
        directory.store.set_override(tx, state="normal", until=None, by="test", now=center.clock.at)


def is_open(center: Center, now: datetime) -> bool:
    with center.database.reading() as tx:
        return facts.hours(tx, center.tools, now, "center").open


@pytest.mark.parametrize(
    ("sheet", "row", "flaw"),
    [
        ("days", "bakery,2031-03-04,,", "calendar: accepted: center"),
        ("days", "center,tomorrow,,", "day: accepted"),
        ("days", "center,2031-03-04,08:00,", "opens, closes: accepted"),
        ("days", "center,2031-03-04,8,12", "opens, closes: accepted"),
        ("days", "center,2031-03-04,,\ncenter,2031-03-04,,", "stands on two lines"),
        ("outcomes", "bakery,bread,Bread,yes", "service: accepted"),
        ("outcomes", "nurse,To Nurse,Bread,yes", "key: accepted"),
        ("outcomes", "nurse,bread,,yes", "label: accepted"),
        ("outcomes", "nurse,bread,Bread,maybe", "offered: accepted"),
        ("outcomes", "\n".join(f"nurse,o{n},Label,yes" for n in range(12)), "at most 15"),
    ],
)
def test_each_flaw_of_a_sheet_is_named(center: Center, admin: Administering, sheet: str, row: str, flaw: str) -> None:
    head = {"days": "calendar,day,opens,closes", "outcomes": "service,key,label,offered"}[sheet]
    done = admin.sheet(sheet, f"{head}\n{row}\n", BY, dry=False)
    assert any(flaw in line for line in done.refused), done
    assert told(center, "SELECT 1 FROM special_days UNION SELECT 1 FROM site_outcomes") == []


def test_an_outcome_is_one_more_in_other_words_or_no_more(center: Center, admin: Administering) -> None:
    assert admin.set_outcome("nurse", "vaccine", "Vaccine booked", True, BY).changed
    assert admin.set_outcome("nurse", "self_care", "Advice", True, BY).changed
    assert admin.set_outcome("nurse", "appointment", "Appointment needed", False, BY).changed
    with center.database.reading() as tx:
        labels = offered(center.tools.content, "nurse", notes_store.words(tx))
    assert labels["vaccine"] == "Vaccine booked"
    assert labels["self_care"] == "Advice"
    assert "appointment" not in labels


def test_each_sheet_read_again_changes_nothing(center: Center, admin: Administering) -> None:
    admin.set_outcome("nurse", "vaccine", "=Vaccine", True, BY)
    admin.set_days(SpanAsked("center", "2031-03-04"), BY, dry=False)
    assert admin.sheet("people", admin.written("people", BY), BY, dry=False).changed == ()
    assert admin.sheet("days", admin.written("days", BY), BY, dry=False).changed == ()
    assert "'=Vaccine" in admin.written("outcomes", BY), "no formula"
    assert "+1312" not in admin.written("people", BY)
