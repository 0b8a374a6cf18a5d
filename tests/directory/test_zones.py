"""Where a ZIP code or a number may lie: rather one zone too many than one too few."""

from zoneinfo import ZoneInfo

import pytest

from directory.numbers import zones_of_number
from directory.zones import ZONES_OF_AREA, zones_of_zip

EASTERN, CENTRAL, MOUNTAIN, PACIFIC = "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"


@pytest.mark.parametrize(
    ("zip_code", "zones"),
    [
        ("60607", (CENTRAL,)), ("10001", (EASTERN,)), ("90012", (PACIFIC,)), ("80202", (MOUNTAIN,)),
        ("85003", ("America/Phoenix",)), ("96813", ("Pacific/Honolulu",)),
        ("99501", ("America/Anchorage", "America/Adak")),
        ("32401", (EASTERN, CENTRAL)), ("79901", (MOUNTAIN,)), ("37402", (EASTERN,)), ("57501", (CENTRAL, MOUNTAIN)),
        ("60607-1234", (CENTRAL,)), ("00601", ()), ("96910", ()), ("09012", ()), ("", ()), ("6060", ()), ("abcde", ()),
    ],
)  # fmt: skip
def test_a_zip_code_names_the_zones_it_may_lie_in(zip_code: str, zones: tuple[str, ...]) -> None:
    assert zones_of_zip(zip_code) == zones


@pytest.mark.parametrize(
    ("number", "zones"),
    [
        ("+13125550142", (CENTRAL,)), ("+12125550142", (EASTERN,)), ("+12195550142", (EASTERN, CENTRAL)),
        ("+14235550142", (EASTERN, CENTRAL)), ("+18505550142", (EASTERN, CENTRAL)), ("+19155550142", (MOUNTAIN,)),
        ("+18005550142", ()), ("+442071234567", ()), ("", ()),
    ],
)  # fmt: skip
def test_a_number_names_the_zones_it_was_given_out_in(number: str, zones: tuple[str, ...]) -> None:
    assert zones_of_number(number) == zones


def test_every_zone_that_is_named_exists() -> None:
    named = {zone for zones in ZONES_OF_AREA.values() for zone in zones}
    named |= {zone for first in range(1000) for zone in zones_of_zip(f"{first:03d}01")}
    assert {ZoneInfo(zone).key for zone in named} == named
