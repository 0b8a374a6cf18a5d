"""Birth dates and digits as people say them: every day of a century, in the ways it is said, in both languages."""

from datetime import date

import pytest
from babel.dates import get_month_names
from hypothesis import example, given
from hypothesis import strategies as st

from ivr.dates_spoken import date_in, digits_in

TODAY = date(2026, 11, 23)
UNITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
TEENS = ["ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]
TENS = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
DIEZ = ["diez", "once", "doce", "trece", "catorce", "quince", "dieciséis", "diecisiete", "dieciocho", "diecinueve"]
VEINTI = "veinte veintiuno veintidós veintitrés veinticuatro veinticinco veintiséis veintisiete veintiocho veintinueve"
DECENAS = ["", "", "", "treinta", "cuarenta", "cincuenta", "sesenta", "setenta", "ochenta", "noventa"]
UNIDADES = ["cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve"]
days = st.dates(date(1901, 1, 1), TODAY)


def english(number: int) -> str:
    """A number below 100 in English."""
    small = [*UNITS, *TEENS]
    if number < 20:
        return small[number]
    return TENS[number // 10] + (f"-{UNITS[number % 10]}" if number % 10 else "")


def spanish(number: int) -> str:
    """A number below 100 in Spanish."""
    small = [*UNIDADES, *DIEZ, *VEINTI.split()]
    if number < 30:
        return small[number]
    return DECENAS[number // 10] + (f" y {UNIDADES[number % 10]}" if number % 10 else "")


def year_in_english(year: int) -> str:
    """As a year is said: nineteen fifty-seven, nineteen oh seven, two thousand five, twenty twenty."""
    if 2000 <= year < 2010:
        return "two thousand" + (f" {UNITS[year % 10]}" if year % 10 else "")
    low = year % 100
    return f"{english(year // 100)} {f'oh {UNITS[low]}' if low < 10 else english(low)}"


def year_in_spanish(year: int) -> str:
    """As a year is said: mil novecientos cincuenta y siete, dos mil cinco."""
    thousand = "mil novecientos" if year < 2000 else "dos mil"
    return f"{thousand} {spanish(year % 100)}" if year % 100 else thousand


def month(day: date, language: str) -> str:
    return str(get_month_names("wide", locale=language)[day.month])


@given(days)
def test_every_day_is_understood_as_it_is_said_in_english(day: date):
    name, year = month(day, "en"), year_in_english(day.year)
    for said in (
        f"{name} {english(day.day)} {year}",
        f"{name} {day.day}, {day.year}",
        f"the {day.day}th of {name} {day.year}",
        f"I was born on {name} {english(day.day)}, {year}.",
        f"{day.month}/{day.day}/{day.year}",
        f"{day:%m%d%Y}",
        f"{english(day.month)} {english(day.day)} {year}",
        " ".join(UNITS[int(digit)] for digit in f"{day:%m%d%Y}"),
        day.isoformat(),
    ):
        assert date_in(said, TODAY) == day, said


@given(days)
def test_every_day_is_understood_as_it_is_said_in_spanish(day: date):
    name, year = month(day, "es"), year_in_spanish(day.year)
    for said in (
        f"{spanish(day.day)} de {name} de {year}",
        f"{day.day} de {name} de {day.year}",
        f"Nací el {spanish(day.day)} de {name.upper()} del {day.year}.",
        f"{day:%m%d%Y}",
        f"{spanish(day.day)} del {spanish(day.month)} de {year}",
    ):
        assert date_in(said, TODAY, day_first=True) == day, said


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("March fourteenth nineteen fifty-seven", date(1957, 3, 14)),
        ("catorce de marzo de 1957", date(1957, 3, 14)),
        ("March fourteen fifty seven", date(1957, 3, 14)),
        ("March fourteen oh five", date(2005, 3, 14)),
        ("January first two thousand and one", date(2001, 1, 1)),
        ("primero de enero de mil novecientos", date(1900, 1, 1)),
        ("el catorce de marzo del cincuenta y siete", date(1957, 3, 14)),
        ("14/3/1957", date(1957, 3, 14)),
        ("nineteen hundred fifty seven march fourteen", date(1957, 3, 14)),
    ],
)
def test_other_ways_of_saying_it(said, day):
    assert date_in(said, TODAY) == day


@pytest.mark.parametrize(
    "said",
    [
        "",
        "hello",
        "March",
        "March 14",
        "February thirtieth nineteen fifty",
        "March 14 2050",
        "14 1957",
        "May 1 1899",
        "I have chest pain",
        "mil",
        "thousand",
        "double",
    ],
)
def test_what_is_no_birth_date_is_none(said):
    assert date_in(said, TODAY) is None


@given(st.text())
@example("\N{AHOM DIGIT ZERO}")
def test_nothing_that_is_said_breaks_it(said):
    date_in(said, TODAY)
    assert set(digits_in(said)) <= set("0123456789")


@pytest.mark.parametrize(
    ("said", "digits"),
    [
        ("4821", "4821"),
        ("4 8 2 1", "4821"),
        ("four eight two one", "4821"),
        ("forty-eight twenty-one", "4821"),
        ("cuarenta y ocho veintiuno", "4821"),
        ("my PIN is four, eight, two, one", "4821"),
        ("six oh six oh seven", "60607"),
        ("double four two one", "4421"),
        ("doble cero uno dos", "0012"),
        ("three one two, five five five, zero one four two", "3125550142"),
        ("sixty thousand six hundred seven", ""),
        ("no", ""),
        ("March 14 1957", ""),
    ],
)
def test_digits_are_read_one_after_the_other(said, digits):
    assert digits_in(said) == digits
