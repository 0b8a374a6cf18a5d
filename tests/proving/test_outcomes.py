"""What is found once for many sessions is what the step decides for each of them by itself."""

from collections.abc import Iterator
from dataclasses import fields

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr import flow
from ivr.copying import replace
from ivr.knowledge import ClinicNow
from ivr.replies import HangUp
from ivr.session import Session, Stage
from ivr.signals import DigitsPressed, Party, Signal
from ivr.turn import Move, Part, Turn, say
from proving.outcomes import Outcomes
from proving.samples import NOW, Calendars, Telling, known, unasked
from proving.walking import Narrow
from tests.ivr.conversation import shipped
from tests.ivr.walks import SIGNALS, sessions

SESSIONS = sessions()
NAMES = {one.name for one in fields(Session)}
ONE = DigitsPressed("1")


def decided_alone(session: Session, signal: Signal) -> Iterator[Turn]:
    """The turn of this very session by the usual facts, and with each fact that it reads as it may be otherwise."""
    asked = frozenset(question.fills for question in flow.questions(session, signal))
    first = Telling(dict(unasked(asked)), Narrow().values)
    yield _turn(session, signal, first)
    for fork in first.forks:
        for chosen in first.otherwise(fork):
            yield _turn(session, signal, Telling(chosen, Narrow().values))


def _turn(session: Session, signal: Signal, told: Telling) -> Turn:
    now = ClinicNow(NOW, shipped(), known(told), Calendars(shipped(), told, None))
    return flow.step(session, signal, now)


@settings(deadline=None, max_examples=30)
@given(st.sampled_from(SESSIONS), st.sampled_from(SESSIONS), st.sampled_from(SIGNALS))
def test_what_is_found_once_is_what_each_session_decides(one: Session, other: Session, signal: Signal) -> None:
    outcomes = Outcomes(shipped(), Narrow().values)
    outcomes.of(one, signal)  # so that a session may be taken for it that differs in one field
    for name in sorted(NAMES):
        mixed = replace(one, **{name: getattr(other, name)})
        found = [outcome.turn for outcome in outcomes.of(mixed, signal)]
        for turn in decided_alone(mixed, signal):
            assert turn in found, name


def handled(monkeypatch: pytest.MonkeyPatch, hear: object) -> Outcomes:
    part = Part(lambda session, _: HangUp((say(session, "goodbye"),)), hear)  # type: ignore[arg-type]
    monkeypatch.setitem(flow.HANDLERS, Stage.DUTY_MENU, part)
    return Outcomes(shipped(), Narrow().values)


def after(outcomes: Outcomes, session: Session) -> Session:
    (outcome,) = outcomes.of(session, ONE)
    assert outcome.turn is not None
    return outcome.turn.session


PLAIN = Session(Party.DIALIN, Stage.DUTY_MENU)


def test_what_a_step_does_not_read_stays_as_it_is(monkeypatch) -> None:
    heard: list[Session] = []

    def hear(session: Session, *_: object) -> Move:
        heard.append(session)
        return Move(replace(session, reason="visit"))

    outcomes = handled(monkeypatch, hear)
    assert after(outcomes, PLAIN).reason == "visit"
    other = replace(PLAIN, reason="break", passed=("m1",))
    assert after(outcomes, other) == replace(other, stage=Stage.ENDED, reason="visit")
    assert len(heard) == 1, "the step was not taken again"


def test_what_a_step_reads_of_a_copy_decides(monkeypatch) -> None:
    def hear(session: Session, *_: object) -> Move:
        copied = replace(session, reason="")
        return Move(replace(copied, message="once" if copied.passed else "never"))

    outcomes = handled(monkeypatch, hear)
    assert [after(outcomes, replace(PLAIN, passed=each)).message for each in ((), ("m1",))] == ["never", "once"]


def test_a_field_that_is_set_to_what_it_was_is_set_for_all(monkeypatch) -> None:
    outcomes = handled(monkeypatch, lambda session, *_: Move(replace(session, reason="")))
    assert after(outcomes, PLAIN).reason == after(outcomes, replace(PLAIN, reason="visit")).reason == ""


def test_a_session_that_is_compared_as_a_whole_is_read_as_a_whole(monkeypatch) -> None:
    def hear(session: Session, *_: object) -> Move:
        return Move(replace(session, message="plain" if session == PLAIN else "other"))

    outcomes = handled(monkeypatch, hear)
    assert after(outcomes, PLAIN).message == "plain"
    assert after(outcomes, replace(PLAIN, told_high=9)).message == "other"


def test_two_outcomes_are_one_only_for_whom_they_are_the_same(monkeypatch) -> None:
    def hear(session: Session, _: Signal, now: ClinicNow) -> Move:
        return Move(replace(session, reason="") if now.open else session)

    outcomes = handled(monkeypatch, hear)
    assert len(outcomes.of(replace(PLAIN, reason=""), ONE)) == 1
    assert len(outcomes.of(replace(PLAIN, reason="visit"), ONE)) == 2
    assert len(outcomes.of(replace(PLAIN, reason="", passed=("m1",)), ONE)) == 1
