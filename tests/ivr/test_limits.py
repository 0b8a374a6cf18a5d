"""Each limit of a service, at its entry and while one waits, with each exit: nobody is lost, nobody waits beyond it."""

from dataclasses import replace

import pytest

from config.content import Content, Limit, Limits
from ivr.effects import BookCallback, JoinLine, LeaveLine, LimitReached
from ivr.knowledge import CrowdFacts, WaitFacts
from ivr.limits import WHY, reached
from ivr.replies import ConnectOperator, Hold, LeaveQueue, TakeMessage
from ivr.session import Stage
from ivr.signals import DigitsPressed, HoldTick, LeftQueue, NothingEntered, QueueResult
from tests.ivr.conversation import Leg, calling, shipped

CROWD = CrowdFacts(ahead=4, longest_seconds=300, logged_in=3, on_duty=2, ready=1)  # within all the limits below, just
BEYOND = {  # what is one too much for each limit, for one who comes and for one who waits
    "nobody_logged_in": replace(CROWD, logged_in=0, on_duty=0, ready=0),
    "nobody_unpaused": replace(CROWD, on_duty=0, ready=0),
    "nobody_ready": replace(CROWD, ready=0),
    "waiting": replace(CROWD, ahead=5),
    "per_clinician": replace(CROWD, ahead=4, on_duty=1),
    "wait_seconds": replace(CROWD, longest_seconds=301),
}
MOST = {"waiting": 5, "per_clinician": 3, "wait_seconds": 300}
STAGES = {
    "callback": Stage.CALLBACK_CONFIRM,
    "message": Stage.MESSAGE,
    "operator": Stage.OPERATOR,
    "service:nurse": Stage.WAITING,
}


def limited(exit_: str, *names: str) -> Content:
    """The shipped content with these limits on therapy."""
    held = Limits(**{name: Limit(most=MOST[name], exit=exit_) if name in MOST else exit_ for name in names})
    services = dict(shipped().services)
    services["therapy"] = services["therapy"].model_copy(update={"limits": held})
    return shipped().model_copy(update={"services": services})


def entering(content: Content, crowd: CrowdFacts | None) -> Leg:
    """Joe proves who he is for therapy: the entry."""
    joe = calling(content=content, crowd=crowd)
    for keys in ("1", "1", "03141957", "4821"):
        joe.hears(DigitsPressed(keys))
    return joe


def waiting(content: Content, crowd: CrowdFacts | None, seconds: int = 20) -> Leg:
    """Joe waits for therapy, and the limit is met at a later look."""
    joe = entering(content, CROWD).hears(HoldTick())
    assert isinstance(joe.reply, Hold) and joe.session.in_line
    return joe.hears(HoldTick(), crowd=crowd, wait=WaitFacts("waiting", seconds, on_duty=2))


def test_every_limit_has_a_case():
    assert set(BEYOND) == set(WHY) == set(Limits.model_fields)


@pytest.mark.parametrize("exit_", STAGES)
@pytest.mark.parametrize("limit", WHY)
def test_a_limit_at_the_entry_leads_to_its_exit(limit: str, exit_: str):
    joe = entering(limited(exit_, limit), BEYOND[limit])
    assert LimitReached(limit, exit_) in joe.effects
    assert not any(isinstance(effect, JoinLine) and effect.service == "therapy" for effect in joe.effects)
    assert joe.keys[0] == WHY[limit]
    if exit_ == "service:nurse":
        assert any(isinstance(effect, JoinLine) and effect.service == "nurse" for effect in joe.effects)
        assert joe.session.stage is Stage.WAITING and joe.keys[1] == "limit-other"
    else:
        assert joe.session.stage is STAGES[exit_] and not joe.session.in_line


@pytest.mark.parametrize("exit_", STAGES)
@pytest.mark.parametrize("limit", WHY)
def test_a_limit_while_he_waits_leads_to_its_exit(limit: str, exit_: str):
    joe = waiting(limited(exit_, limit), BEYOND[limit], seconds=301 if limit == "wait_seconds" else 20)
    assert LimitReached(limit, exit_) in joe.effects
    assert joe.keys[0] == WHY[limit]
    match exit_:
        case "callback":
            assert joe.session.stage is Stage.CALLBACK_CONFIRM
            assert joe.session.in_line, "he keeps his place until the promise is written"
        case "service:nurse":
            assert joe.effects[1] == LeaveLine("limit") and joe.session.stage is Stage.WAITING
            assert any(isinstance(effect, JoinLine) and effect.service == "nurse" for effect in joe.effects)
        case _:
            assert isinstance(joe.reply, LeaveQueue) and LeaveLine(exit_) in joe.effects
            wanted = TakeMessage if exit_ == "message" else ConnectOperator
            assert isinstance(joe.hears(LeftQueue(QueueResult.LEAVE)).reply, wanted)


@pytest.mark.parametrize("limit", WHY)
def test_within_its_limits_a_service_is_waited_for(limit: str):
    service = limited("callback", limit).services["therapy"]
    assert reached(service, CROWD, None) == "" == reached(service, CROWD, 300)
    assert reached(service, None, 9999) == "", "nobody looked"
    assert reached(service, BEYOND[limit], 301) == limit


def test_his_own_wait_counts_and_not_that_of_those_before_him():
    service = limited("callback", "wait_seconds").services["therapy"]
    assert reached(service, BEYOND["wait_seconds"], 10) == ""
    assert reached(service, CROWD, 301) == "wait_seconds"


def test_the_callback_of_a_limit_is_no_way_back_into_the_wait():
    joe = waiting(limited("callback", "waiting"), BEYOND["waiting"])
    assert "callback-keep-waiting" not in joe.keys
    assert joe.hears(DigitsPressed("#")).keys[0] == "limit-many", "the other ways, and why"
    joe.hears(DigitsPressed("1"))
    for _ in range(2):
        assert joe.hears(NothingEntered()).session.stage is Stage.CALLBACK_CONFIRM
    assert joe.hears(DigitsPressed("1")).session.stage is not Stage.WAITING
    assert any(isinstance(effect, BookCallback) for effect in joe.effects)


def test_silence_at_the_callback_of_a_limit_ends_at_a_person():
    joe = waiting(limited("callback", "waiting"), BEYOND["waiting"])
    for _ in range(3):
        joe.hears(NothingEntered())
    assert joe.session.stage is Stage.OPERATOR and joe.effects == (LeaveLine("operator"),)


def test_who_has_danger_in_his_words_is_kept_in_line():
    joe = entering(limited("message", "waiting"), CROWD)
    joe.session = replace(joe.session, red="nurse")
    assert isinstance(joe.hears(HoldTick(), crowd=BEYOND["waiting"]).reply, Hold)


def test_who_is_promised_a_call_joins_at_his_place_and_is_looked_at_there():
    joe = calling(content=limited("message", "waiting"), crowd=BEYOND["waiting"])
    joe.world.identity = replace(joe.world.identity, promised=True)  # type: ignore[type-var]
    for keys in ("1", "1", "03141957", "4821"):
        joe.hears(DigitsPressed(keys))
    assert joe.session.stage is Stage.WAITING
