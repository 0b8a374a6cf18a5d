"""Numbers: read, judged before they are dialled, and shown in part. Of the fraud corpus nothing may be dialled."""

# ruff: noqa: SIM905 - a corpus is read more easily as words than as quoted words
import pytest

from directory.numbers import callable_number, caller_from_carrier, dialable, last_digits, masked, parse

OWN = ("+13125550100", "+13125550199")
OUTSIDE_US = """242 246 264 268 284 340 345 441 473 649 658 664 670 671 684 721 758 767 784 787 809 829 849 868 869 876
    939 204 226 236 249 250 289 306 343 365 403 416 418 431 437 438 450 506 514 519 579 581 587 604 613 639 647 672 705
    709 778 780 782 807 819 825 867 873 902 905""".split()
NOT_GEOGRAPHIC = "500 521 522 523 524 533 544 566 577 588 600 700 710 800 833 844 855 866 877 888 900 976".split()
SERVICE_CODES = [f"{first}11" for first in range(2, 10)]
COUNTRIES = """+442079460958 +447700900123 +33123456789 +4930123456 +5215512345678 +525512345678 +819012345678
    +61412345678 +79161234567 +8613812345678 +919876543210 +2348012345678 +2522123456 +37167123456 +37411123456
    +3726123456 +9647901234567 +232761234567 +2246012345 +381641234567 +35799123456 +5353123456 +5978123456
    +6799123456 +67571234567 +6857212345 +24177123456 +26134123456 +21261234567 +50937123456""".split()
SATELLITES = "+870773123456 +881612345678 +881621234567 +88213123456 +88216123456 +883510012345 +979123456789".split()
SHORT = "0 00 1 11 112 118 211 311 411 511 611 711 811 911 933 933# 988 999 12345 55512 767676 1911 19 *69 #31#".split()
TRICKS = """*673125550142 *823125550142 #313125550142 3125550142,,9 3125550142;ext=5 3125550142p911 3125550142w9
    1-800-FLOWERS 312-555-JOES +1(312)555-0142x5 ３１２５５５０１４２ ٣١٢٥٥٥٠١٤٢ +१३१२५५५०१४२ tel:+13125550142
    sip:+13125550142@example.com client:joe +1 312 555 0142;phone-context=+44 ++13125550142 +1+3125550142
    +13125550142+19005550123 0113125550142 01144207946095 00442079460958 10103213125550142 +01312555014 -3125550142-
    312555014 31255501421 +131255501421 +1312555014 1111111111 0000000000 9999999999 +10000000000
    1213125550142911 3125550142# 3125550142* (312)5550142ext.9 312_555_0142 3125550142\u200b
    3125550142\u202e \u00b2\u00b31255501420 3125550142\n911 3125550142\t9""".replace("\n    ", " ").split(" ")
FICTION = [f"+1312555{line}" for line in ("1212", "0000", "0200", "0099", "4567", "9999", "1000", "0142"[::-1])]


def corpus() -> list[str]:
    """Some five hundred entries that cost money, ring strangers, or trick a dialler."""
    areas = [*OUTSIDE_US, *NOT_GEOGRAPHIC, *SERVICE_CODES]
    shapes = ("+1{}5550123", "1{}2345678", "{}-234-5678", "+1 ({}) 555-0142")
    by_area = [shape.format(area) for area in areas for shape in shapes]
    premium = [f"+1{area}{exchange}0123" for area in ("312", "212", "415") for exchange in ("976", "950", "700", "911")]
    unassigned = ["+15551234567", "+13110000000", "+11234567890", "+10123456789", "+13120550142", "+13121550142"]
    return [
        *by_area, *premium, *unassigned, *COUNTRIES, *SATELLITES, *SHORT, *TRICKS, *FICTION, *OWN, "", " ", "anonymous"
    ]  # fmt: skip


def test_nothing_of_the_fraud_corpus_is_dialled():
    entries = corpus()
    assert len(set(entries)) >= 500
    assert [entry for entry in entries if callable_number(entry, own=OWN) is not None] == []


@pytest.mark.parametrize(
    "entry", ["3125550142", "13125550142", "+13125550142", "(312) 555-0142", "312.555.0142", "1 312 555 0142"]
)
def test_an_ordinary_entry_becomes_the_number_we_ring_back(entry):
    assert callable_number(entry, own=OWN) == "+13125550142"


@pytest.mark.parametrize("number", ["+12125550123", "+18085550123", "+19075550123", "+12025550123", "+17733847777"])
def test_numbers_of_all_states_and_the_capital_may_be_dialled(number):
    assert dialable(number)


def test_our_own_numbers_are_never_dialled():
    assert dialable(OWN[0])
    assert not dialable(OWN[0], own=OWN)


def test_dialable_takes_nothing_but_e164():
    assert not dialable("3125550142")
    assert not dialable("+1 312 555 0142")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("555-510-6254", "+15555106254"),
        ("(555) 566 3494", "+15555663494"),
        ("+31715269111", "+31715269111"),
        ("9135550142", "+19135550142"),
        ("(03) 5555 6473", None),
        ("(555) silent", None),
        ("555-0142", None),
        ("", None),
    ],
)
def test_numbers_of_records_are_read_for_recognising(written, read):
    assert parse(written) == read


@pytest.mark.parametrize(
    ("said", "caller"),
    [
        ("+13125550142", "+13125550142"),
        ("+442079460958", "+442079460958"),
        ("anonymous", None),
        ("Restricted", None),
        ("unknown", None),
        ("+266696687", None),
        ("client:ana", None),
        ("sip:joe@example.com", None),
        ("13125550142", None),
        ("+1312555014", None),
        ("", None),
        (None, None),
    ],
)
def test_a_caller_is_a_full_number_or_nobody(said, caller):
    assert caller_from_carrier(said) == caller


def test_numbers_are_shown_in_part():
    assert last_digits("+13125550142") == "0142"
    assert masked("+13125550142") == "***-***-0142"
