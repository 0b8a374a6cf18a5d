"""The sheet of patients' wishes: read strictly, applied whole or not at all, and asked before every call."""

import pytest
from sqlalchemy import Connection

from config.vault import Vault
from directory.local_csv import SheetUnusable, read_wishes
from directory.local_store import LocalRefused
from directory.reaching_store import ReachedAt, apply_wishes, may_reach, reached_at

HEAD = "patient,only_number,not_numbers,messages,texts,zone,hours\n"
JOE, HOME, WORK, MOBILE = "patient-101", "+13125550142", "+13125550149", "+13125550143"


def applied(tx: Connection, vault: Vault, line: str) -> list[str]:
    return apply_wishes(tx, vault, read_wishes(HEAD + line), own=("+13125550100",))


def test_one_number_alone_no_messages_no_texts(demo: Connection, vault: Vault) -> None:
    line = f"{JOE},(312) 555-0149,,no,no,America/Denver\n"
    assert applied(demo, vault, line) == [JOE]
    assert reached_at(demo, vault, JOE) == ReachedAt((WORK,), no_messages=True, no_texts=True)
    assert may_reach(demo, vault, JOE, WORK) and not may_reach(demo, vault, JOE, HOME)
    assert applied(demo, vault, line) == [], "the same again changes nothing"


def test_an_empty_cell_changes_nothing_and_a_dash_takes_back(demo: Connection, vault: Vault) -> None:
    applied(demo, vault, f"{JOE},{WORK},{HOME} {MOBILE},no,,\n")
    assert applied(demo, vault, f"{JOE},-,,,no,\n") == [JOE]
    assert reached_at(demo, vault, JOE) == ReachedAt(no_messages=True, no_texts=True)
    assert not may_reach(demo, vault, JOE, HOME) and not may_reach(demo, vault, JOE, MOBILE)
    applied(demo, vault, f"{JOE},,{MOBILE},-,,\n")
    assert may_reach(demo, vault, JOE, HOME) and not may_reach(demo, vault, JOE, MOBILE)
    applied(demo, vault, f"{JOE},,-,,,\n")
    assert may_reach(demo, vault, JOE, MOBILE)
    assert reached_at(demo, vault, JOE) == ReachedAt(no_texts=True)


@pytest.mark.parametrize(
    ("line", "named"),
    [
        (",,,no,,\n", "patient"),
        (f"{JOE},,,never,,\n", "messages"),
        (f"{JOE},,,,x,\n", "texts"),
        (f"{JOE},,,,,Chicago\n", "zone"),
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
