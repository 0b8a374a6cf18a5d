"""Today's figures are those of the whole journal, whatever of it was read before."""

from datetime import UTC, datetime, timedelta

from calls.figures import Switches, figures
from calls.intervals import Interval
from calls.metrics import Entry, fold
from calls.stays import amounts
from desk.counting import KEPT, LATE, RECOUNTED, Day, Today

MIDNIGHT = datetime(2031, 3, 3, 6, tzinfo=UTC)
SWITCHES = Switches()
FACTS = ("call_arrived", "joined_line", "talk_started", "talk_ended", "call_ended")


class Journal:
    """A journal that is written behind the reader's back; `asked` keeps behind which ids he asked."""

    def __init__(self) -> None:
        self.rows: list[tuple[int, Entry]] = []
        self.asked: list[int] = []

    def call(self, name: str, at: float, first_id: int) -> None:
        """One call with its five facts, ten seconds each, beginning so many seconds after midnight."""
        for step, fact in enumerate(FACTS):
            entry = Entry(MIDNIGHT + timedelta(seconds=at + 10 * step), name, fact)
            self.rows.append((first_id + step, entry))

    def since(self, since: datetime, after: int) -> list[tuple[int, Entry]]:
        self.asked.append(after)
        return [(number, entry) for number, entry in self.rows if number > after and entry.at >= since]


def counted(journal: Journal, now: datetime) -> Day:
    """By the whole journal."""
    entries = [entry for _, entry in sorted(journal.rows, key=lambda row: row[0]) if entry.at >= MIDNIGHT]
    until = Interval(MIDNIGHT, now + timedelta(microseconds=1))
    return Day(fold(entries), figures(amounts(entries), until, SWITCHES))


def test_what_is_counted_bit_by_bit_is_what_the_whole_journal_says() -> None:
    today, journal = Today(), Journal()
    for number in range(20):
        journal.call(f"call-{number % 15}", at=30 * number, first_id=100 * number + 1)
        now = MIDNIGHT + timedelta(seconds=30 * number + 41)
        assert today.day(MIDNIGHT, now, SWITCHES, journal.since) == counted(journal, now)
    assert journal.asked[0] == 0 and all(journal.asked[1:]), "only the first reading is of the whole day"


def test_an_entry_that_is_committed_after_one_with_a_higher_id_is_counted() -> None:
    today, journal, noon = Today(), Journal(), MIDNIGHT + timedelta(hours=6)

    def arrives(number: int, seconds: float) -> None:
        journal.rows.append((number, Entry(noon + timedelta(seconds=seconds), f"call-{number}", "call_arrived")))

    def calls(seconds: float) -> int:
        return today.day(MIDNIGHT, noon + timedelta(seconds=seconds), SWITCHES, journal.since).counts.calls

    arrives(10, -60)
    arrives(20, -LATE.total_seconds() + 1)
    assert calls(0) == 2
    arrives(15, -1)  # its transaction took a while
    assert calls(2) == 3
    arrives(5, -61)  # and this one too long: until all is counted anew
    assert calls(4) == 3
    assert calls(RECOUNTED.total_seconds()) == 4


def test_nothing_is_read_again_for_a_moment() -> None:
    today, journal = Today(), Journal()
    for _ in range(3):
        today.day(MIDNIGHT, MIDNIGHT + timedelta(seconds=60), SWITCHES, journal.since)
    assert len(journal.asked) == 1


def test_a_new_day_begins_with_nothing() -> None:
    today, journal = Today(), Journal()
    journal.call("joe", at=0, first_id=1)
    today.day(MIDNIGHT, MIDNIGHT + timedelta(hours=1), SWITCHES, journal.since)
    tomorrow = MIDNIGHT + timedelta(days=1)
    assert today.day(tomorrow, tomorrow + KEPT, SWITCHES, journal.since).counts.calls == 0
