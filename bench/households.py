"""How often the identity rule lets a housemate in, and how many patients reach level 2 without a person.

    .venv/bin/python -m bench.households                 # 10,000 households, some minutes
    .venv/bin/python -m bench.households 1000 --seed 7

Every household is made up from one seed: who lives there, who is a patient, which numbers are on whose record. The
impostor lives with the patient, is an adult, and knows his name, birth date, ZIP code and every telephone number. He
has the patient's own phone in his hand if he likes, knows no PIN and no code, tries the ZIP code, guesses as well as
the rule lets him, and calls until he is locked out for the day. All entries go through the product's own SQL rule
(`directory.store`), with its counts of failures.

The shares of what people have and do are assumptions, named below; no public figures were found. The rate of false
accepts hardly depends on them, the share of patients who reach level 2 does.

Longer than 300 lines because the people, what the impostor does and what is counted are assumptions to be read
together.

Longer than 300 lines because who is made up, who tries and what is counted are one experiment.
"""

import argparse
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path
from random import Random

from sqlalchemy import Connection, insert
from sqlmodel import SQLModel

from config.database import Database
from config.vault import Vault
from directory import store
from directory.identity_store import NUMBERS, PATIENTS, PROXIES
from directory.patients import guessable

NOW = datetime(2026, 11, 23, 16, tzinfo=UTC)
TRIES_A_CALL, MOST_TRIES = 3, 15  # an impostor whose failures lock nobody gives up after so many
SIZES = (1, 2, 3, 4, 5), (28, 35, 15, 13, 9)  # residents, and how many households in a hundred
PATIENT, CHILD = 0.6, 0.25  # a resident is a patient; one beyond the second is a child
LANDLINE, LISTED = 0.35, 0.8  # a household has a line; it stands on a resident's record
MOBILE, SHARED_MOBILE = 0.9, 0.05  # an adult has a mobile; a couple has one together
HAS_PIN, HAS_VISIT_CODE = 0.7, 0.15
RELATED, HAS_PROXY_CODE = 0.3, 0.5  # a patient names an adult housemate; the site gave him a code
REMEMBERS, MISTYPES = 0.9, 0.03  # a PIN or code; an entry
CALLS_FROM = ("mobile", "landline", "elsewhere"), (70, 15, 15)
WITHHELD = "a withheld number"
IMPOSTOR_CALLS = ("the household's line", "his own mobile", WITHHELD, "the patient's own phone, or its number forged")


@dataclass
class Resident:
    """One who lives in a household."""

    id: str
    born: date
    mobile: str | None = None
    patient: bool = False
    pin: str | None = None
    visit: str | None = None

    @property
    def adult(self) -> bool:
        """Whether he may prove himself at all."""
        return self.born < date(2008, 1, 1)


@dataclass
class Household:
    zip_code: str
    line: str | None
    residents: list[Resident] = field(default_factory=list)


@dataclass
class Figures:
    """What came of all calls: counts by name."""

    counts: Counter[str] = field(default_factory=Counter)

    def share(self, of: str, among: str) -> float:
        """A share in percent; 0 of nothing."""
        return 100 * self.counts[of] / (self.counts[among] or 1)


def main() -> None:
    """Make the households, let everybody call, print what came of it."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("households", nargs="?", type=int, default=10_000)
    options.add_argument("--seed", type=int, default=1)
    chosen = options.parse_args()
    print(f"{chosen.households} households from seed {chosen.seed}")
    with tempfile.TemporaryDirectory() as folder:
        for line in told(measured(chosen.households, chosen.seed, Path(folder))):
            print(line)


def told(figures: Figures) -> Iterator[str]:
    """The figures for people."""
    counts = figures.counts
    yield f"patients {counts['patients']}, of them adults whom a housemate knows {counts['targets']}"
    for channel in IMPOSTOR_CALLS:
        tried, let_in = counts[f"calls {channel}"], counts[f"in {channel}"]
        yield f"impostor from {channel:46} {tried:7} calls, let in {let_in:5} ({100 * let_in / (tried or 1):.4f} %)"
    yield f"false accepts, a call: {counts['in']} of {counts['calls']} ({figures.share('in', 'calls'):.4f} %)"
    yield f"false accepts, a patient, way to call and day of trying: {figures.share('day in', 'days'):.4f} %"
    yield f"patients who call for themselves: {counts['genuine']}"
    yield f"  reach level 2 without a person {figures.share('level 2', 'genuine'):.1f} %"
    yield f"  have or remember no PIN or code, and press 0 for a person {figures.share('nothing', 'genuine'):.1f} %"
    yield f"  falsely rejected {figures.share('rejected', 'genuine'):.2f} %"
    yield f"of those who have and remember a PIN or code, reach level 2 {figures.share('level 2', 'with a code'):.2f} %"
    yield f"proxies with a code: {counts['proxies']}, may call {figures.share('proxy in', 'proxies'):.1f} %"


def measured(households: int, seed: int, folder: Path) -> Figures:
    """Everybody's calls in a directory of so many households, kept in a database in this folder."""
    random, vault, figures = Random(seed), Vault(["MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="]), Figures()
    place = Database(f"sqlite:///{folder}/households.db")
    SQLModel.metadata.create_all(place.engine)
    homes = [_household(random, number) for number in range(households)]
    with place.transaction() as tx:
        codes = {owner: code for home in homes for owner, code in _recorded(tx, vault, random, home)}
        days = (NOW + timedelta(days=2 * number) for number in count(1))  # nobody is locked out by another's failures
        for home in homes:
            _patients_call(tx, vault, random, home, codes, figures)
        for home in homes:
            _housemates_call(tx, vault, random, home, days, figures)
    place.close()
    return figures


# --- who lives there --------------------------------------------------------------------------------------------------


def _household(random: Random, number: int) -> Household:
    size = random.choices(*SIZES)[0]
    line = f"+1312{number:07}" if random.random() < LANDLINE else None
    home = Household(f"{60000 + random.randrange(999)}", line)
    for place in range(size):
        child = place >= 2 and random.random() < CHILD
        born = date(2010 if child else 1930, 1, 1) + timedelta(days=random.randrange(5000 if child else 27_000))
        person = Resident(f"{number}-{place}", born, patient=random.random() < PATIENT)
        if not child and random.random() < MOBILE:
            person.mobile = f"+177{place}{number:07}"
        home.residents.append(person)
    if size >= 2 and random.random() < SHARED_MOBILE:
        home.residents[1].mobile = home.residents[0].mobile
    for person in home.residents:
        person.pin = _code(random, 4, person) if random.random() < HAS_PIN else None
        person.visit = _code(random, 6, person) if random.random() < HAS_VISIT_CODE else None
    return home


def _code(random: Random, digits: int, person: Resident) -> str:
    """A code that a site accepts."""
    while True:
        code = f"{random.randrange(10**digits):0{digits}}"
        if not guessable(code, person.born.isoformat()):
            return code


def _recorded(tx: Connection, vault: Vault, random: Random, home: Household) -> Iterator[tuple[str, str]]:
    """The household's patients in the directory; the codes of those who may call for one of them."""
    for person in home.residents:
        if person.patient:
            tx.execute(insert(PATIENTS).values(_patient_row(vault, person)))
            numbers = {person.mobile: "mobile"} if person.mobile else {}
            if home.line and random.random() < LISTED:
                numbers[home.line] = "home"
            friend = next((other for other in home.residents if other is not person and other.adult), None)
            if friend and random.random() < RELATED:
                yield from _related(tx, vault, random, person, friend, numbers)
            for number, use in numbers.items():
                row = {"number_hash": vault.digest("number", number), "number_sealed": "", "readable": True}
                tx.execute(insert(NUMBERS).values(patient_id=person.id, use=use, **row))


def _patient_row(vault: Vault, person: Resident) -> dict[str, object]:
    return {
        "id": person.id,
        "given_sealed": "",
        "family_sealed": "",
        "birth_date_sealed": "",
        "birth_date_hash": vault.digest("birth_date", person.born.isoformat()),
        "pin_hash": vault.digest(f"pin:{person.id}", person.pin) if person.pin else None,
        "visit_hash": vault.digest(f"visit:{person.id}", person.visit) if person.visit else None,
        "visit_until": NOW.replace(year=9000) if person.visit else None,
        "deceased": False,
        "fingerprint": "",
        "active": True,
    }


def _related(
    tx: Connection, vault: Vault, random: Random, person: Resident, friend: Resident, numbers: dict[str, str]
) -> Iterator[tuple[str, str]]:
    """A housemate on the patient's list; his number is on the record too."""
    if friend.mobile:
        numbers[friend.mobile] = "shared" if friend.mobile in numbers else "related"
    proxy, code = f"{friend.id}-for-{person.id}", _code(random, 6, person)
    has_code = random.random() < HAS_PROXY_CODE
    tx.execute(
        insert(PROXIES).values(
            id=proxy,
            patient_id=person.id,
            given_sealed="",
            family_sealed="",
            relationship="",
            code_hash=vault.digest(f"proxy:{proxy}:{person.id}", code) if has_code else None,
            scope="",
            fingerprint="",
            active=True,
        )
    )
    if has_code:
        yield proxy, code


# --- who calls --------------------------------------------------------------------------------------------------------


def _patients_call(
    tx: Connection, vault: Vault, random: Random, home: Household, codes: dict[str, str], figures: Figures
) -> None:
    """Each adult patient for himself, and who has a code for him."""
    for person in home.residents:
        figures.counts["patients"] += person.patient
        if person.patient and person.adult:
            _genuine(tx, vault, random, home, person, figures)
        for other in home.residents if person.patient else ():
            if code := codes.get(f"{other.id}-for-{person.id}"):
                figures.counts["proxies"] += 1
                figures.counts["proxy in"] += _entered(tx, vault, person, code, (other.mobile, NOW)) == person.id


def _housemates_call(
    tx: Connection, vault: Vault, random: Random, home: Household, days: Iterator[datetime], figures: Figures
) -> None:
    """For each adult patient one housemate tries a day long by each way to call."""
    for person in home.residents:
        mate = next((other for other in home.residents if other is not person and other.adult), None)
        if not person.patient or not person.adult or mate is None:
            continue
        figures.counts["targets"] += 1
        numbers = (home.line, mate.mobile, None, person.mobile)
        for channel, number in zip(IMPOSTOR_CALLS, numbers, strict=True):
            if number is not None or channel == WITHHELD:
                _note(figures, channel, _day_of_trying(tx, vault, random, home, person, (number, next(days))))


Way = tuple[str | None, datetime]  # the calling number, and when


def _entered(tx: Connection, vault: Vault, person: Resident, second: str, way: Way) -> str | None:
    """Who is proved by one pair of entries, as a turn decides it: locked out, or judged, and a failure counted."""
    born, (caller, at) = person.born.isoformat(), way
    match = store.check_identity(tx, vault, birth_date=born, second=second, caller=caller, now=at)
    locked = store.locked_out(tx, vault, caller=caller, patient=match.named, now=at)
    if match.patient is None:
        store.count_failure(tx, vault, caller, match.named, at)
    return None if locked else match.patient


def _note(figures: Figures, channel: str, let_in: list[bool]) -> None:
    for kind in (f" {channel}", ""):
        figures.counts[f"calls{kind}"] += len(let_in)
        figures.counts[f"in{kind}"] += sum(let_in)
    figures.counts["days"] += 1
    figures.counts["day in"] += any(let_in)


def _day_of_trying(
    tx: Connection, vault: Vault, random: Random, home: Household, person: Resident, way: Way
) -> list[bool]:
    """His calls of one day, each of three tries: whether it let him in. He stops when he is in or locked out."""
    number, at = way
    guesses = [home.zip_code, *(_code(random, 4, person) for _ in range(MOST_TRIES - 1))]
    calls: list[bool] = []
    while guesses and not any(calls) and not store.locked_out(tx, vault, caller=number, patient=person.id, now=at):
        tries, guesses = guesses[:TRIES_A_CALL], guesses[TRIES_A_CALL:]
        calls.append(any(_entered(tx, vault, person, guess, way) for guess in tries))
    return calls


def _genuine(tx: Connection, vault: Vault, random: Random, home: Household, person: Resident, figures: Figures) -> None:
    """The patient calls for himself, with the best he has and remembers, mistyping as people do."""
    place = random.choices(*CALLS_FROM)[0]
    number = {"mobile": person.mobile, "landline": home.line}.get(place)
    has = [code for code in (person.pin, person.visit) if code and random.random() < REMEMBERS]
    figures.counts["genuine"] += 1
    figures.counts["with a code"] += bool(has)
    if not has:
        figures.counts["nothing"] += 1
        return
    second = has[0]
    for _ in range(TRIES_A_CALL):
        entry = second if random.random() >= MISTYPES else _code(random, len(second), person)
        if _entered(tx, vault, person, entry, (number, NOW)) == person.id:
            figures.counts["level 2"] += 1
            return
    figures.counts["rejected"] += 1


if __name__ == "__main__":
    main()
