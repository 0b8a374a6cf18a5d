"""Two clinicians answer for the list of red flags; production does not serve without them."""

from pathlib import Path

import pytest

from config.approval import unapproved
from config.settings import Settings
from proving.starting import proofs
from tests.ivr.conversation import shipped


@pytest.mark.parametrize(
    ("signed", "sound"),
    [
        ((), False),
        (("A. Ruiz RN, 2026-11-01",), False),
        (("A. Ruiz RN, 2026-11-01", " a. ruiz rn, 2026-11-01 ", ""), False),
        (("A. Ruiz RN, 2026-11-01", "B. Cole MD, 2026-11-02"), True),
    ],
)
def test_a_list_needs_the_names_of_two_people(signed: tuple[str, ...], sound: bool) -> None:
    flags = shipped().red_flags.model_copy(update={"approved_by": signed})
    assert (list(unapproved(shipped().model_copy(update={"red_flags": flags}))) == []) == sound


def test_a_content_without_a_list_has_nothing_to_approve() -> None:
    flags = shipped().red_flags.model_copy(update={"flags": {}})
    assert list(unapproved(shipped().model_copy(update={"red_flags": flags}))) == []


def test_production_asks_for_the_approval_and_development_does_not(tmp_path: Path) -> None:
    assert unapproved in proofs(Settings.model_construct(environment="production"))
    assert unapproved not in proofs(Settings.model_construct(environment="development"))
