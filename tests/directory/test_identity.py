"""Who is proved by what: the identity table of the design, on the demo's people, and the counts of failures."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, insert, select, update

from config.vault import Vault
from directory import store
from directory.demo import import_at
from directory.identity_store import MOST_OF_PATIENT, NUMBERS, PATIENTS, PROXIES
from directory.local_store import set_visit_code
from directory.patients import Candidate, guessable, is_adult, judge, shown
from tests.directory.conftest import NOW

JOE, ROSA, WALTER, IRENE = "patient-101", "patient-102", "patient-103", "patient-104"
FRANK, LILY, HELEN, MARCUS = "patient-105", "patient-106", "patient-107", "patient-108"
JOES_PHONE, SHARED_PHONE, FRANKS_PHONE = "+13125550142", "+13125550144", "+13125550145"
LILYS_PHONE, HELENS_PHONE, STRANGE_PHONE = "+13125550146", "+15745550147", "+13125550190"


@dataclass(frozen=True)
class Case:
    name: str
    born: str
    second: str
    caller: str | None
    proved: str | None


TABLE = (
    Case("PIN from his own phone", "1957-03-14", "4821", JOES_PHONE, JOE),
    Case("PIN from a foreign phone", "1957-03-14", "4821", STRANGE_PHONE, JOE),
    Case("PIN with the number withheld", "1957-03-14", "4821", None, JOE),
    Case("ZIP from his own phone: whoever lives with him knows it", "1957-03-14", "60607", JOES_PHONE, None),
    Case("ZIP from a foreign phone", "1957-03-14", "60607", STRANGE_PHONE, None),
    Case("PIN from a shared phone", "1948-11-02", "1194", SHARED_PHONE, WALTER),
    Case("the other's PIN on the shared phone", "1948-11-02", "6620", SHARED_PHONE, None),
    Case("PIN of another one born that day", "1957-03-14", "9036", JOES_PHONE, HELEN),
    Case("a wrong PIN", "1957-03-14", "4822", JOES_PHONE, None),
    Case("his PIN with a wrong birth date", "1957-03-15", "4821", JOES_PHONE, None),
    Case("Joe's PIN and another patient's birth date", "1962-08-30", "4821", JOES_PHONE, None),
    Case("a patient who died", "1941-01-23", "5517", FRANKS_PHONE, None),
    Case("a child", "2018-04-09", "3382", LILYS_PHONE, None),
    Case("the last four of a ZIP as PIN", "1957-03-14", "0607", JOES_PHONE, None),
    Case("a birth date that is no date", "1957-02-30", "4821", JOES_PHONE, None),
)


def test_the_identity_table_holds(demo, vault):
    found = {
        case.name: store.check_identity(
            demo, vault, birth_date=case.born, second=case.second, caller=case.caller, now=NOW
        ).patient
        for case in TABLE
    }
    assert found == {case.name: case.proved for case in TABLE}


def test_an_inactive_record_proves_nobody(demo, vault):
    demo.execute(update(PATIENTS).where(PATIENTS.c.id == JOE).values(active=False))
    match = store.check_identity(demo, vault, birth_date="1957-03-14", second="4821", caller=JOES_PHONE, now=NOW)
    assert match.patient is None


def test_a_mobile_is_his_alone_unless_somebody_shares_it_and_the_line_of_a_home_never_is(demo, vault):
    """Whoever lives there and is no patient of ours calls from that line too."""
    assert store.is_his_alone(demo, vault, JOE, JOES_PHONE, NOW)
    assert not store.is_his_alone(demo, vault, WALTER, SHARED_PHONE, NOW)
    demo.execute(update(PATIENTS).where(PATIENTS.c.id == WALTER).values(active=False))
    assert not store.is_his_alone(demo, vault, IRENE, SHARED_PHONE, NOW), "an inactive housemate still shares it"
    demo.execute(update(PATIENTS).where(PATIENTS.c.id == WALTER).values(deceased=True))
    assert not store.is_his_alone(demo, vault, IRENE, SHARED_PHONE, NOW)
    demo.execute(update(NUMBERS).where(NUMBERS.c.patient_id == IRENE).values(use="mobile"))
    assert store.is_his_alone(demo, vault, IRENE, SHARED_PHONE, NOW)


@pytest.mark.parametrize("values", [{"use": "shared"}, {"use": "related"}, {"ends_at": NOW}])
def test_a_number_that_others_have_or_that_is_no_longer_his_is_not_his_alone(demo, vault, values):
    demo.execute(NUMBERS.update().where(NUMBERS.c.patient_id == JOE).values(values))
    assert not store.is_his_alone(demo, vault, JOE, JOES_PHONE, NOW)


@pytest.mark.parametrize(
    ("caller", "named"),
    [(JOES_PHONE, JOE), (HELENS_PHONE, HELEN), (STRANGE_PHONE, JOE), (None, JOE)],
)
def test_a_failure_counts_for_whom_number_and_birth_date_mean_else_for_the_first_born_that_day(
    demo, vault, caller, named
):
    match = store.check_identity(demo, vault, birth_date="1957-03-14", second="0000", caller=caller, now=NOW)
    assert (match.patient, match.named) == (None, named)


@pytest.mark.parametrize("born", ["1957-03-14", "1901-01-01"])
def test_guessing_ends_as_soon_for_a_birth_date_that_nobody_has_as_for_one_that_somebody_has(demo, vault, born):
    """Else who is sent to a person sooner would know that somebody born that day is a patient here."""
    for failed in range(MOST_OF_PATIENT + 1):
        match = store.check_identity(demo, vault, birth_date=born, second="0000", caller=None, now=NOW)
        assert match.patient is None
        assert _locked(demo, vault, patient=match.named) is (failed == MOST_OF_PATIENT)
        store.count_failure(demo, vault, None, match.named, NOW)
    other = store.check_identity(demo, vault, birth_date="1901-01-02", second="0000", caller=None, now=NOW)
    assert not _locked(demo, vault, patient=other.named)


@pytest.mark.parametrize(
    ("caller", "hinted"),
    [(JOES_PHONE, True), (SHARED_PHONE, False), (FRANKS_PHONE, False), (STRANGE_PHONE, False)],
)
def test_a_number_hints_at_exactly_one_active_living_patient_or_at_none(demo, vault, caller, hinted):
    assert store.hint(demo, vault, caller, NOW) is hinted


@pytest.mark.parametrize("period", [{"ends_at": NOW}, {"starts_at": NOW + timedelta(seconds=1)}])
def test_a_number_hints_at_nobody_outside_its_period(demo, vault, period):
    demo.execute(update(NUMBERS).where(NUMBERS.c.patient_id == JOE).values(period))
    assert not store.hint(demo, vault, JOES_PHONE, NOW)


@pytest.mark.parametrize(("sharers", "known"), [(4, True), (5, False), (120, False)])
def test_a_number_that_more_than_a_household_shares_says_nothing(demo, vault, sharers, known):
    joe = demo.execute(select(PATIENTS).where(PATIENTS.c.id == JOE)).one()._asdict()
    his = demo.execute(select(NUMBERS).where(NUMBERS.c.patient_id == JOE, NUMBERS.c.use == "mobile")).one()._asdict()
    for number in range(sharers):
        demo.execute(insert(PATIENTS).values(joe | {"id": f"sharer-{number}"}))
        demo.execute(insert(NUMBERS).values(his | {"patient_id": f"sharer-{number}"}))
    assert bool(store.patients_by_number(demo, vault, JOES_PHONE, NOW)) is known


def _locked(
    tx: Connection, vault: Vault, caller: str | None = None, patient: str | None = None, now: datetime = NOW
) -> bool:
    return store.locked_out(tx, vault, caller=caller, patient=patient, now=now)


def test_five_failures_lock_a_calling_number_for_a_day_and_no_other(tx, vault):
    for _ in range(4):
        store.count_failure(tx, vault, JOES_PHONE, None, NOW)
    assert not _locked(tx, vault, JOES_PHONE)
    store.count_failure(tx, vault, JOES_PHONE, None, NOW)
    assert _locked(tx, vault, JOES_PHONE)
    assert not _locked(tx, vault, STRANGE_PHONE)
    assert _locked(tx, vault, JOES_PHONE, now=NOW + timedelta(hours=23, minutes=59))
    assert not _locked(tx, vault, JOES_PHONE, now=NOW + timedelta(hours=24))


def test_ten_failures_lock_a_patient_from_every_number(tx, vault):
    for count in range(10):
        assert not _locked(tx, vault, STRANGE_PHONE, JOE)
        store.count_failure(tx, vault, f"+1312555010{count}", JOE, NOW)
    assert _locked(tx, vault, STRANGE_PHONE, JOE)
    assert not _locked(tx, vault, STRANGE_PHONE, HELEN)


def test_failures_of_withheld_numbers_lock_no_calling_number(tx, vault):
    for _ in range(6):
        store.count_failure(tx, vault, None, None, NOW)
    assert not _locked(tx, vault)
    assert not _locked(tx, vault, JOES_PHONE)


def test_the_card_shows_a_name_as_short_as_recognising_allows(demo, vault):
    card = store.patient_card(demo, vault, JOE)
    assert card is not None
    assert (card.shown, card.birth_date, card.language) == ("Joe S.", "1957-03-14", "en")
    assert store.patient_card(demo, vault, "nobody") is None
    assert shown("Cher", "") == "Cher"


def test_a_hit_and_a_miss_compare_alike():
    def work(candidates: list[Candidate], second: str) -> list[str]:
        asked: list[str] = []

        def digest(kind: str, value: str) -> str:
            asked.append(kind.partition(":")[0])
            return f"{kind}={value}"

        judge(candidates, second=second, holders=frozenset(), adult=True, digest=digest, born="")
        return asked

    comparisons = ["pin", "visit", "proxy"]
    joe = Candidate("joe", "pin:joe=4821", living_and_active=True)
    dead = Candidate("joe", "pin:joe=4821", living_and_active=False)
    assert work([joe], "4821") == work([joe], "0000") == work([dead], "4821") == work([], "4821") == comparisons


def test_proofs_that_fit_two_records_prove_nobody():
    twins = [Candidate(name, f"pin:{name}=4821", True) for name in ("a", "b")]

    def digest(kind: str, value: str) -> str:
        return f"{kind}={value}"

    match = judge(twins, second="4821", holders=frozenset(), adult=True, digest=digest, born="")
    assert match.patient is None


def test_a_child_is_adult_on_the_eighteenth_birthday():
    day = NOW.date()
    assert is_adult("2008-11-23", day)
    assert not is_adult("2008-11-24", day)
    assert not is_adult("no date", day)


# --- codes, and those who call for a patient --------------------------------------------------------------------------

MARIA, SUN, PETER = "maria-stone", "sun-park", "peter-stone"


@pytest.mark.parametrize("code", ["1111", "1234", "9876", "1957", "0314", "1403", "5703", "031457", "195703", "654321"])
def test_what_a_housemate_guesses_first_is_no_code(code):
    assert guessable(code, "1957-03-14")


@pytest.mark.parametrize("code", ["4821", "2468", "1194", "730518", "0315"])
def test_other_codes_are_as_good_as_any(code):
    assert not guessable(code, "1957-03-14")
    assert not guessable(code, "")


def _called(tx: Connection, vault: Vault, born: str, code: str, now: datetime = NOW) -> tuple[str | None, str | None]:
    match = store.check_identity(tx, vault, birth_date=born, second=code, caller=STRANGE_PHONE, now=now)
    return match.patient, match.proxy


def test_a_proxy_proves_himself_with_the_patients_birth_date_and_a_code_of_his_own(demo, vault):
    assert _called(demo, vault, "1957-03-14", "730518") == (JOE, MARIA)
    assert _called(demo, vault, "2018-04-09", "294617") == (LILY, SUN), (
        "a child is called for, though never proved itself"
    )
    assert _called(demo, vault, "1962-08-30", "730518") == (None, None), "not on that patient's list"
    match = store.check_identity(demo, vault, birth_date="1957-03-14", second="730518", caller=None, now=NOW)
    assert (match.scope, match.named) == (("therapy",), JOE)


@pytest.mark.parametrize(
    "values",
    [
        {"active": False},
        {"ends_at": NOW},
        {"starts_at": NOW + timedelta(seconds=1)},
        {"code_hash": None},
        {"patient_id": ROSA},
    ],
    ids=["inactive", "over", "ahead", "without a code", "moved to another patient"],
)
def test_who_is_not_on_the_list_now_calls_for_nobody(demo, vault, values):
    demo.execute(update(PROXIES).where(PROXIES.c.id == MARIA).values(values))
    assert _called(demo, vault, "1957-03-14", "730518") == (None, None)
    assert _called(demo, vault, "1962-08-30", "730518") == (None, None)


@pytest.mark.parametrize("values", [{"active": False}, {"deceased": True}])
def test_nobody_calls_for_a_patient_who_died_or_whose_record_is_closed(demo, vault, values):
    demo.execute(update(PATIENTS).where(PATIENTS.c.id == JOE).values(values))
    assert _called(demo, vault, "1957-03-14", "730518") == (None, None)


def test_one_code_for_two_people_proves_nobody(demo, vault):
    set_visit_code(demo, vault, JOE, "730518", NOW + timedelta(days=1))
    assert _called(demo, vault, "1957-03-14", "730518") == (None, None)


def test_the_code_of_a_visit_proves_the_patient_until_it_is_over(demo, vault):
    until = NOW + timedelta(days=30)
    assert _called(demo, vault, "1975-12-01", "604193") == (MARCUS, None)
    assert _called(demo, vault, "1975-12-01", "604193", until - timedelta(seconds=1)) == (MARCUS, None)
    assert _called(demo, vault, "1975-12-01", "604193", until) == (None, None)


def test_an_import_touches_no_code_and_no_wish(demo, vault, world):
    wishes = {"chosen_language": "es", "slow": True}
    demo.execute(update(PATIENTS).where(PATIENTS.c.id == JOE).values(fingerprint="", **wishes))
    demo.execute(update(PROXIES).values(fingerprint=""))
    store.save_import(demo, vault, import_at(world, NOW), NOW)
    assert _called(demo, vault, "1957-03-14", "730518") == (JOE, MARIA)
    assert _called(demo, vault, "1975-12-01", "604193") == (MARCUS, None)
    kept = demo.execute(select(PATIENTS.c.chosen_language, PATIENTS.c.slow).where(PATIENTS.c.id == JOE)).one()
    assert kept._asdict() == wishes
