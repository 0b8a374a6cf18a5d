"""Telephone numbers: read as E.164, judged before anything is dialled, and shown without giving them away.

The only home of the numbering-plan library. Nothing here dials; `dialable` is what stands between an entry and the
carrier's bill.
"""

import re
from collections.abc import Collection

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberType, timezone

from directory.zones import ZONES_OF_AREA

COUNTRY = "US"
# No letters, pauses, extensions, prefixes such as *67, nor the digits of other scripts.
_WRITTEN = re.compile(r"\+?[0-9(][0-9 ().\-]{5,22}[0-9]", re.ASCII)
_NANP = re.compile(r"\+1[2-9][0-9]{2}[2-9][0-9]{6}", re.ASCII)
_E164 = re.compile(r"\+[1-9][0-9]{7,14}", re.ASCII)
_CARED_FOR = frozenset((PhoneNumberType.FIXED_LINE, PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE))
MOST_ZONES = 2  # of one area code; the numbers that name more are no geographic ones
_CLOSED_EXCHANGES = frozenset({"700", "950", "958", "959", "976"})  # carriers' codes, test codes, premium


def parse(text: str) -> str | None:
    """The number as E.164, read as a US one where no country is named; None when it is no possible number."""
    if not _WRITTEN.fullmatch(text.strip()):
        return None
    try:
        number = phonenumbers.parse(text, COUNTRY)
    except NumberParseException:
        return None
    e164 = str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    plausible = _NANP.fullmatch(e164) if number.country_code == 1 else phonenumbers.is_possible_number(number)
    return e164 if plausible else None


def dialable(e164: str, *, own: Collection[str] = ()) -> bool:
    """Whether we may ring this number: an assigned geographic number of the 50 states or DC, none of ours.

    Of the exchange 555 only the range kept for fiction (0100 to 0199) is allowed, which the demo lives on. `own` are
    the center's numbers: ringing them would make the center call itself.
    """
    if not _NANP.fullmatch(e164) or e164 in own:
        return False
    area, exchange, line = e164[2:5], e164[5:8], e164[8:]
    if area.endswith("11") or exchange.endswith("11") or exchange in _CLOSED_EXCHANGES:
        return False
    if exchange == "555" and not line.startswith("01"):
        return False
    return _is_us_geographic(e164)


def _is_us_geographic(e164: str) -> bool:
    number = phonenumbers.parse(e164, None)
    return (
        phonenumbers.is_valid_number(number)
        and phonenumbers.region_code_for_number(number) == COUNTRY
        and phonenumbers.number_type(number) in _CARED_FOR
    )


def callable_number(entry: str, *, own: Collection[str] = ()) -> str | None:
    """An entry as the E.164 number we may ring back; None when we may not."""
    e164 = parse(entry)
    return e164 if e164 is not None and dialable(e164, own=own) else None


def caller_from_carrier(text: str | None) -> str | None:
    """The calling number as E.164; None when it was withheld or is no telephone ("anonymous", "client:", "sip:")."""
    return text if text is not None and _E164.fullmatch(text) and parse(text) == text else None


def zones_of_number(e164: str) -> tuple[str, ...]:
    """The IANA zones that a number of the United States was given out in; none when that says nothing.

    Where the library places an area code that lies in two zones in one of them, or in the wrong one, ours is used.
    """
    if _NANP.fullmatch(e164) is None:
        return ()
    if ours := ZONES_OF_AREA.get(e164[2:5]):
        return ours
    found = timezone.time_zones_for_number(phonenumbers.parse(e164, None))
    return tuple(found) if len(found) <= MOST_ZONES else ()


def last_digits(e164: str, count: int = 4) -> str:
    """The number's last digits, as we read them out: "0142"."""
    return e164[-count:]


def masked(e164: str) -> str:
    """The number for eyes that may recognise it but not learn it: "***-***-0142"."""
    return f"***-***-{last_digits(e164)}"
