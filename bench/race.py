"""A hundred processes race for one caller and for one clinician, while Redis loses its data: exactly one must win.

    python -m bench.race [--processes 100]

`tests/routing/race.py` has the race; the tests run it with a few processes.
"""

import argparse
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from redis import Redis

from config import valkey
from config.columns import metadata
from config.database import Database
from routing.rows import CHANGES, OFFERS, PRESENCES, PROTECTIONS, WAITS
from tests.resources import fresh_database, missing, postgres_server
from tests.routing.race import race


def main() -> int:
    """Race on each database, for a caller and for a clinician."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--processes", type=int, default=100)
    processes = parser.parse_args().processes
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        redis_url = stack.enter_context(valkey.running(folder)).url
        server = None if missing("postgres") else stack.enter_context(postgres_server())
        for shared in ("caller", "clinician"):
            urls = [f"sqlite:///{folder}/{shared}.db"]
            urls += [stack.enter_context(fresh_database(server))] if server else []
            for url in urls:
                Redis.from_url(redis_url).flushall()
                database = Database(url)
                metadata.create_all(database.engine, tables=[WAITS, PRESENCES, CHANGES, PROTECTIONS, OFFERS])
                race(processes, database, url, redis_url, shared)
                database.close()
                print(f"{processes} processes, one {shared}, {url.partition(':')[0]}: exactly one won", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
