"""600 entries of callers who want to be rung back: nothing forbidden is read as a number, nothing ordinary refused."""

import csv
from collections import Counter
from pathlib import Path

from directory.numbers import callable_number

CORPUS = Path(__file__).parent / "data" / "callback_numbers.csv"
OURS = ("+13125550100", "+13125550199", "+13125550161", "+13125550162", "+13125550163")  # the center's and clinicians'


def test_no_forbidden_number_is_dialled_and_no_ordinary_one_refused() -> None:
    with CORPUS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    wrong = [row for row in rows if (callable_number(row["entry"], own=OURS) is not None) != (row["may_ring"] == "yes")]
    assert wrong == []
    kinds = Counter(row["kind"] for row in rows)
    assert len(rows) >= 500 and len(kinds) >= 20, kinds
    assert sum(row["may_ring"] == "yes" for row in rows) >= 300
