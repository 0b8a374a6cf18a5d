"""What is asked for on a page is done, refused in words, or seen once more when somebody changed it at that moment."""

from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from calls.store import Entry
from carrying import OVERTAKEN, carry_out
from refused import Refused
from routing.rows import Overtaken
from tests.scenarios.orders import Center


class Deed:
    """Changes a row, then fails as often as told."""

    def __init__(self, *failures: Exception) -> None:
        self.failures, self.tries = list(failures), 0

    def __call__(self, tx: Connection) -> list[Entry]:
        self.tries += 1
        tx.execute(text("UPDATE clinicians SET given = given || '!' WHERE id = 'ana'"))
        if self.failures:
            raise self.failures.pop(0)
        return []


def name(center: Center) -> str:
    with center.database.reading() as tx:
        return str(tx.execute(text("SELECT given FROM clinicians WHERE id = 'ana'")).scalar_one())


@pytest.mark.parametrize(
    ("failures", "said", "tries", "left"),
    [
        ([], "", 1, "Ana!"),
        ([Refused("Not now.")], "Not now.", 1, "Ana"),
        ([Overtaken()], "", 2, "Ana!"),
        ([Overtaken(), Refused("Gone.")], "Gone.", 2, "Ana"),
        ([Overtaken(), Overtaken()], OVERTAKEN, 2, "Ana"),
    ],
)
def test_a_deed_is_done_once_or_leaves_nothing(
    center: Center, failures: list[Exception], said: str, tries: int, left: str
) -> None:
    deed = Deed(*failures)
    assert carry_out(center.tools, deed) == said
    assert (deed.tries, name(center)) == (tries, left)


def test_anything_else_that_fails_is_not_taken_for_a_refusal(center: Center, tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        carry_out(center.tools, Deed(ZeroDivisionError()))
    assert name(center) == "Ana"
