"""The walk over the conversation: the shipped content passes; what would harm a caller is found, with the way to it."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from config.coherence import Incoherence
from config.content import Content, Limit, Limits, Menu
from ivr import caller, flow, no_one, spoken
from ivr.replies import Ask, HangUp, Keys
from ivr.session import Session, Stage
from ivr.turn import Move, Part, say
from proving.proofs import Seen, sentences, walked
from tests.ivr.conversation import shipped


def stumbles(*_: object) -> Move:
    raise ZeroDivisionError


def small() -> Content:
    """One service, one menu of one choice: a conversation that is walked in a moment."""
    content = shipped()
    service = content.services["therapy"].model_copy(update={"identify": False, "own_offer": None})
    options = tuple(option for option in content.menus["main"].options if option.key in "10")
    line = content.lines["center"].model_copy(update={"general": "therapy"})
    update = {"services": {"therapy": service}, "menus": {"main": Menu(options=options)}, "lines": {"center": line}}
    return content.model_copy(update=update)


def found(content: Content) -> Iterator[str]:
    return (told for _, told, _ in walked(content))


def test_the_shipped_content_may_serve():
    seen = Seen()
    assert list(sentences(shipped())) == []
    breaches: list[Incoherence] = list(walked(shipped(), seen))
    assert breaches == []
    assert set(Stage) - seen.stages <= {Stage.NEW}, "every stage is walked"
    elsewhere = ("text-", "limit-")  # written, or said only by a content with limits: the next but one looks at those
    sentences_said = {key for key in spoken.SPOKEN if not key.startswith(elsewhere)}
    assert len(seen.prompts & sentences_said) >= 0.9 * len(sentences_said), "nine in ten are heard"


def test_a_small_content_may_serve():
    assert list(found(small())) == []


def test_a_content_with_limits_may_serve():
    content = small()
    limits = Limits(nobody_ready="message", waiting=Limit(most=3, exit="callback"))
    limited = content.services["therapy"].model_copy(update={"limits": limits})
    seen = Seen()
    assert list(walked(content.model_copy(update={"services": {"therapy": limited}}), seen)) == []
    assert {"limit-busy", "limit-many"} <= seen.prompts


@pytest.mark.parametrize(
    ("stage", "part", "told"),
    [
        (Stage.MENU, Part(caller.speak_menu, lambda session, *_: Move(session)), "silence never leaves menu"),
        (
            Stage.NO_ONE,
            Part(no_one.speak_no_one, lambda session, *_: Move(session, reply=HangUp((say(session, "goodbye"),)))),
            "ends in no_one without a promise",
        ),
        (
            Stage.MENU,
            Part(lambda session, _: Ask((say(session, "own-gone", own="Ana"),), Keys()), caller.hear_menu),
            "own-gone at level 0",
        ),
        (
            Stage.MENU,
            Part(lambda session, _: Ask((say(session, "whisper-unproved"),), Keys()), caller.hear_menu),
            "whisper-unproved said to the patient",
        ),
        (Stage.LANGUAGE, Part(lambda session, _: Ask((say(session, "goodbye"),)), caller.hear_language), "first words"),
        (Stage.MENU, Part(caller.speak_menu, stumbles), "ZeroDivisionError"),
    ],
)
def test_what_would_harm_a_caller_is_found(monkeypatch, stage: Stage, part: Part, told: str):
    monkeypatch.setitem(flow.HANDLERS, stage, part)
    assert any(told in one for one in found(small())), list(found(small()))


def test_a_key_that_means_something_else_is_found(monkeypatch):
    monkeypatch.setattr(flow, "ZERO_IS_A_PERSON", frozenset())
    assert any(one.startswith("0 in ") for one in found(small()))


def test_star_must_not_count_as_a_mistake(monkeypatch):
    def hear(session: Session, signal: object, now: object) -> Move:
        return Move(replace(session, mismatches=session.mismatches + 1))

    monkeypatch.setitem(flow.HANDLERS, Stage.MENU, Part(caller.speak_menu, hear))
    assert any(one.startswith("* in menu") for one in found(small()))
