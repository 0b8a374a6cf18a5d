"""Nobody starves: a caller is passed only by those whose head start is bigger by more than they came later."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from routing.board import Board
from routing.needs import clinician_line
from routing.policy import OWN_BONUS_MS, DutyEntry, Stand, WaitEntry, place_ms, standing_ms
from tests.routing.world import NOON

LINES = ("pt+en", "ot+en", clinician_line("ana"))
ANA = clinician_line("ana")
CALLERS = st.lists(
    st.tuples(
        st.integers(0, 600),  # came after so many seconds
        st.sampled_from((0, 60, 300)),  # with this head start
        st.sets(st.sampled_from(LINES), min_size=1),
    ),
    min_size=2,
    max_size=25,
)


@given(CALLERS)
def test_nobody_is_passed_by_more_than_the_difference_of_head_starts_and_the_small_preference(
    callers: list[tuple[int, int, set[str]]],
) -> None:
    board = Board()
    for number, (came, head_start, lines) in enumerate(callers):
        place = place_ms(NOON + timedelta(seconds=came), head_start)
        stands = (Stand(line, 0, standing_ms(place, line, "ana")) for line in sorted(lines))
        board.apply_wait(WaitEntry(str(number), 1, tuple(stands)), 0)
    left = dict(enumerate(callers))
    for version in range(1, len(callers) + 1):
        match = board.apply_duty(DutyEntry("ana", version, 0, LINES), 0)
        assert match is not None
        came, head_start, _ = left.pop(int(match.wait_id))
        for earlier, its_head_start, _lines in left.values():
            passed_by = came - earlier
            assert passed_by * 1000 <= (head_start - its_head_start) * 1000 + OWN_BONUS_MS
    assert not left, "everybody is served"
