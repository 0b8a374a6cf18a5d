"""Measures the directory: patients imported a second and peak memory, and how long `who` takes, at several sizes.

    .venv/bin/python -m bench.directory                  # 1,000 and 100,000 patients
    .venv/bin/python -m bench.directory 1000 10000

Each size is a process of its own, so that its peak memory is its own. Each patient comes with a care team, two
encounters and a number, as NDJSON. The reference is `json.loads` over the same file in the same process: ratios count.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet
from sqlmodel import SQLModel

from config.catalogue import SHIPPED, SNOMED, read_catalogue
from config.database import Database
from config.vault import Vault
from directory import store
from directory.fhir import Import, Rules

NOW = datetime(2026, 11, 23, 16, tzinfo=UTC)
LOOKS = 2000
PER_CLINICIAN = 100  # patients


def main() -> None:
    """Measure each size in a process of its own, and print the lines."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("patients", nargs="*", type=int, default=[1000, 100_000])
    options.add_argument("--here", action="store_true", help="measure the one size in this process")
    chosen = options.parse_args()
    for patients in chosen.patients:
        if chosen.here:
            measure(patients)
        else:
            subprocess.run([sys.executable, "-m", "bench.directory", "--here", str(patients)], check=True)


def measure(patients: int) -> None:
    """Import so many patients twice, then ask for own clinicians; one line of figures each."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "directory.ndjson"
        lines = write(path, patients)
        reference = timed(lambda: parse_alone(path))
        database, vault = Database(f"sqlite:///{folder}/bench.db"), Vault([Fernet.generate_key().decode()])
        SQLModel.metadata.create_all(database.engine)
        before = peak_mib()
        first = timed(lambda: bring(database, vault, path))
        again = timed(lambda: bring(database, vault, path))
        print(f"{patients} patients, {lines} resources: {patients / first:.0f} patients/s of processor time")
        print(f"  {first / reference:.1f} times json.loads; the same again: {again / first:.2f} of the first")
        print(f"  peak memory {peak_mib():.0f} MiB, {before:.0f} MiB before the import")
        look(database, patients)
        database.close()


def write(path: Path, patients: int) -> int:
    """A directory of NDJSON; how many resources."""
    count = 0
    with path.open("w", encoding="utf-8") as file:
        for found in resources(patients):
            file.write(json.dumps(found) + "\n")
            count += 1
    return count


def resources(patients: int) -> Iterator[dict[str, Any]]:
    """Clinicians with a role each, and patients with team, number and visits."""
    therapist = [{"coding": [{"system": SNOMED, "code": "36682004"}]}]
    clinicians = max(1, patients // PER_CLINICIAN)
    for number in range(clinicians):
        name = [{"family": f"Family{number}", "given": ["Given"]}]
        yield {"resourceType": "Practitioner", "id": f"c{number}", "name": name}
        whose = {"practitioner": {"reference": f"Practitioner/c{number}"}, "code": therapist}
        yield {"resourceType": "PractitionerRole", "id": f"r{number}", **whose}
    for number in range(patients):
        subject, own = {"reference": f"Patient/p{number}"}, {"reference": f"Practitioner/c{number % clinicians}"}
        yield {
            "resourceType": "Patient",
            "id": f"p{number}",
            "name": [{"family": f"Family{number}", "given": ["Given"]}],
            "birthDate": f"{1930 + number % 70}-{1 + number % 12:02}-{1 + number % 28:02}",
            "telecom": [{"system": "phone", "value": f"+1 312 555 01{number % 100:02}"}],
            "address": [{"postalCode": "60607"}],
        }
        team = {"status": "active", "subject": subject, "participant": [{"role": therapist, "member": own}]}
        yield {"resourceType": "CareTeam", "id": f"t{number}", **team}
        for visit, day in enumerate(("2026-09-01", "2026-11-01")):
            seen = {"subject": subject, "participant": [{"individual": own}], "period": {"start": day}}
            yield {"resourceType": "Encounter", "id": f"e{number}-{visit}", "status": "finished", **seen}


def parse_alone(path: Path) -> None:
    """The least that anybody who reads the file must do."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            json.loads(line)


def bring(database: Database, vault: Vault, path: Path) -> None:
    """One import of the file as the whole directory."""
    imported = Import(Rules(read_catalogue(SHIPPED), NOW))
    imported.read_files([path])
    store.import_into(database, vault, imported, now=NOW, whole=True, many_gone=False, dry=False)
    imported.spool.close()


def look(database: Database, patients: int) -> None:
    """Ask for the own clinicians of patients all over the directory, each in a reading of its own."""
    times, own = list[float](), list[float]()
    for number in range(LOOKS):
        patient = f"p{number * 7919 % patients}"
        begun, worked = time.perf_counter(), time.process_time()
        with database.reading() as tx:
            found = store.who(tx, patient, "physical_therapy", NOW)
        times.append((time.perf_counter() - begun) * 1000)
        own.append((time.process_time() - worked) * 1000)
        if found["level"] != 1:
            raise SystemExit(f"the directory is wrong: {found['level']}")
    for name, taken in (("elapsed", times), ("processor", own)):  # they differ by what else the machine does
        cuts = statistics.quantiles(taken, n=100)
        print(f"  who, {name} ms: p50 {cuts[49]:.2f}, p99 {cuts[98]:.2f}, most {max(taken):.2f}, over {LOOKS} looks")


def timed(work: Callable[[], None]) -> float:
    """Seconds of processor time that some work takes."""
    begun = time.process_time()
    work()
    return time.process_time() - begun


def peak_mib() -> float:
    """The most memory that this process ever had, in MiB (Linux counts in KiB)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
