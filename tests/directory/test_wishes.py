"""The sheet of patients' wishes: read strictly, applied whole or not at all, and asked before every call."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection

from config.catalogue import SHIPPED, read_catalogue
from config.vault import Vault
from directory import own_numbers_store, saving_store
from directory.fhir import Import, Rules
from directory.local_csv import SheetUnusable, read_wishes
from directory.local_store import LocalRefused
from directory.reaching_store import ReachedAt, apply_wishes, may_reach, reached_at, wished_hours
from directory.zones import MAINLAND

HEAD = "patient,only_number,not_numbers,messages,texts,zone,hours\n"
NOW = datetime(2026, 11, 23, 16, tzinfo=UTC)
JOE, HOME, WORK, MOBILE = "patient-101", "+13125550142", "+13125550149", "+13125550143"


def applied(tx: Connection, vault: Vault, line: str) -> list[str]:
    return apply_wishes(tx, vault, read_wishes(HEAD + line), own=("+13125550100",))


def test_one_number_alone_no_messages_no_texts(demo: Connection, vault: Vault) -> None:
    line = f"{JOE},(312) 555-0149,,no,no,America/Denver\n"
    assert applied(demo, vault, line) == [JOE]
    assert reached_at(demo, vault, JOE, NOW) == ReachedAt((WORK,), no_messages=True, no_texts=True)
    assert may_reach(demo, vault, JOE, WORK) and not may_reach(demo, vault, JOE, HOME)
    assert applied(demo, vault, line) == [], "the same again changes nothing"


def test_an_empty_cell_changes_nothing_and_a_dash_takes_back(demo: Connection, vault: Vault) -> None:
    applied(demo, vault, f"{JOE},{WORK},{HOME} {MOBILE},no,,\n")
    assert applied(demo, vault, f"{JOE},-,,,no,\n") == [JOE]
    assert reached_at(demo, vault, JOE, NOW) == ReachedAt(no_messages=True, no_texts=True)
    assert not may_reach(demo, vault, JOE, HOME) and not may_reach(demo, vault, JOE, MOBILE)
    applied(demo, vault, f"{JOE},,{MOBILE},-,,\n")
    assert may_reach(demo, vault, JOE, HOME) and not may_reach(demo, vault, JOE, MOBILE)
    applied(demo, vault, f"{JOE},,-,,,\n")
    assert may_reach(demo, vault, JOE, MOBILE)
    assert reached_at(demo, vault, JOE, NOW) == ReachedAt(no_texts=True)


@pytest.mark.parametrize(
    ("line", "named"),
    [
        (",,,no,,\n", "patient"),
        (f"{JOE},,,never,,\n", "messages"),
        (f"{JOE},,,,x,\n", "texts"),
        (f"{JOE},,,,,Chicago\n", "zone"),
        (f"{JOE},,,,,,mornings\n", "hours"),
        (f"{JOE},,,no,,\n{JOE},,,no,,\n", "two lines"),
    ],
)
def test_a_flaw_of_the_sheet_is_named(line: str, named: str) -> None:
    with pytest.raises(SheetUnusable, match=named):
        read_wishes(HEAD + line)


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("nobody,,,no,,\n", "nobody: patient"),
        (f"{JOE},+19005550142,,,,\n", "only_number"),
        (f"{JOE},,+13125550100,,,\n", "not_numbers"),
    ],
)
def test_what_cannot_be_is_refused_without_its_value(demo: Connection, vault: Vault, line: str, named: str) -> None:
    with pytest.raises(LocalRefused, match=named) as refused:
        applied(demo, vault, line)
    assert "555" not in str(refused.value).replace("+13125550142", "")


# --- hours ------------------------------------------------------------------------------------------------------------


def test_his_hours_are_meant_where_he_lives_else_where_his_number_is_else_wherever_he_may_be(
    demo: Connection, vault: Vault
) -> None:
    def zones(*elsewhere: str) -> list[str]:
        return [hours.zone for hours in wished_hours(demo, JOE, elsewhere)]

    assert zones("America/New_York") == []
    applied(demo, vault, f"{JOE},,,,,America/Denver,mon-fri 09:00-12:00\n")
    assert zones("America/New_York") == ["America/Denver"], "his number may be of anywhere"
    applied(demo, vault, f"{JOE},,,,,-,\n")
    assert zones("America/New_York") == ["America/Chicago"], "by his ZIP code"
    brings(demo, vault, made(address=[]))
    assert (zones("America/New_York"), zones()) == (["America/New_York"], list(MAINLAND))
    assert applied(demo, vault, f"{JOE},,,,,,-\n") == [JOE]
    assert wished_hours(demo, JOE, ()) == wished_hours(demo, None, ()) == ()


# --- what the imported data say -------------------------------------------------------------------------------------


def wish(*codes: str) -> list[dict[str, str]]:
    return [{"url": "urn:access-center:wish", "valueCode": code} for code in codes]


def phone(number: str, *wishes: str, **more: Any) -> dict[str, Any]:
    return {"system": "phone", "value": number, "extension": wish(*wishes), **more}


def made(**more: Any) -> dict[str, Any]:
    return {"resourceType": "Patient", "id": JOE, "birthDate": "1957-03-14", **more}


def brings(tx: Connection, vault: Vault, *patients: dict[str, Any]) -> list[str]:
    """Import these patients; what the report remarks."""
    imported = Import(Rules(read_catalogue(SHIPPED), NOW))
    imported.read_texts([("a.ndjson", "\n".join(map(json.dumps, patients)))])
    saving_store.save_import(tx, vault, imported, NOW)
    return [f"{remark.path}: {remark.reason}" for remark in imported.report.remarks]


def test_the_data_may_say_which_number_no_messages_and_no_texts(demo: Connection, vault: Vault) -> None:
    assert brings(demo, vault, made(telecom=[phone(HOME), phone(WORK, "only"), phone(MOBILE, "never")])) == []
    assert reached_at(demo, vault, JOE, NOW) == ReachedAt((WORK,))
    assert [may_reach(demo, vault, JOE, number) for number in (HOME, WORK, MOBILE)] == [False, True, False]
    brings(demo, vault, made(telecom=[phone(HOME, "no-messages"), phone(MOBILE, "never")], extension=wish("no-texts")))
    assert reached_at(demo, vault, JOE, NOW) == ReachedAt(no_messages=True, no_texts=True)
    assert [may_reach(demo, vault, JOE, number) for number in (HOME, WORK, MOBILE)] == [True, True, False]
    brings(demo, vault, made(telecom=[phone(HOME)]))
    assert reached_at(demo, vault, JOE, NOW) == ReachedAt() and may_reach(demo, vault, JOE, MOBILE)


def test_the_sites_word_stands_above_the_datas_and_no_import_touches_it(demo: Connection, vault: Vault) -> None:
    said = made(telecom=[phone(HOME, "only"), phone(WORK, "never")], extension=wish("no-messages", "no-texts"))
    brings(demo, vault, said)
    applied(demo, vault, f"{JOE},{WORK},{MOBILE},yes,,,\n")
    brings(demo, vault, {**said, "active": True, "name": [{"given": ["Joe"]}]})
    assert reached_at(demo, vault, JOE, NOW) == ReachedAt((WORK,), no_messages=False, no_texts=True)
    assert may_reach(demo, vault, JOE, WORK) and not may_reach(demo, vault, JOE, HOME)
    applied(demo, vault, f"{JOE},any,,,,,\n")
    assert [may_reach(demo, vault, JOE, number) for number in (HOME, WORK, MOBILE)] == [True, True, False]
    applied(demo, vault, f"{JOE},-,-,-,-,,\n")
    assert reached_at(demo, vault, JOE, NOW) == ReachedAt((HOME,), no_messages=True, no_texts=True), "the data's again"


def test_he_is_rung_by_his_rank_first(demo: Connection, vault: Vault) -> None:
    brings(demo, vault, made(telecom=[phone(MOBILE, use="mobile", rank="x"), phone(WORK, use="work", rank=1)]))
    assert own_numbers_store.numbers_of(demo, vault, JOE, NOW) == [WORK, MOBILE]


def test_of_the_numbers_at_which_alone_he_is_rung_the_ranked_one_comes_first(demo: Connection, vault: Vault) -> None:
    entries = [phone(HOME, "only"), phone(WORK, "only", rank=2), phone(MOBILE, "only", rank=1)]
    brings(demo, vault, made(telecom=entries))
    assert reached_at(demo, vault, JOE, NOW).only == (MOBILE, WORK, HOME)
    assert own_numbers_store.numbers_of(demo, vault, JOE, NOW) == [MOBILE, WORK, HOME]


def test_a_number_that_is_his_no_longer_is_none_at_which_he_is_rung(demo: Connection, vault: Vault) -> None:
    until_christmas = phone(WORK, "only", rank=1, period={"end": "2026-12-24"})
    brings(demo, vault, made(telecom=[until_christmas, phone(MOBILE, "only")]))
    assert reached_at(demo, vault, JOE, NOW).only == (WORK, MOBILE)
    assert reached_at(demo, vault, JOE, NOW + timedelta(days=60)).only == (MOBILE,)


def test_a_wish_that_cannot_be_kept_as_it_is_written_is_remarked(demo: Connection, vault: Vault) -> None:
    old = phone(HOME, "only", period={"end": "2020"})
    found = brings(
        demo, vault, made(telecom=[old, phone("ext 12", "only"), phone(WORK, "no-mail")], extension=wish("only"))
    )
    assert [remark.partition(":")[0] for remark in found] == [
        "extension",
        *(f"telecom.{at}.extension" for at in range(3)),
    ]
    assert "555" not in " ".join(found)
    assert not may_reach(demo, vault, JOE, WORK), "his only number cannot be read: a person looks, and nobody is rung"
    assert may_reach(demo, vault, JOE, HOME) is False


def test_of_one_number_listed_twice_the_stricter_wish_stands(demo: Connection, vault: Vault) -> None:
    twice = [phone(MOBILE, "never"), {"system": "sms", "value": MOBILE, "rank": 2}, phone(HOME)]
    brings(demo, vault, made(telecom=twice))
    assert not may_reach(demo, vault, JOE, MOBILE) and may_reach(demo, vault, JOE, HOME)
    crowd = [phone(f"+1312555{number:04}") for number in range(100, 125)]
    brings(demo, vault, made(telecom=[*crowd, phone(MOBILE, "never")]))
    assert not may_reach(demo, vault, JOE, MOBILE), "no wish is one number too many"
