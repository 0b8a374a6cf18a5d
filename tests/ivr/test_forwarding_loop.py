"""A call of ours that a phone forwards to the center is cut at its first hop (F45)."""

from ivr import flow
from ivr.replies import HangUp
from ivr.session import Session, Stage
from ivr.signals import CallArrived, Party
from tests.ivr.conversation import World, calling

CENTER, JOE = "+13125550100", "+13125550142"


def test_a_call_from_the_very_number_it_calls_is_hung_up_and_does_nothing() -> None:
    turn = flow.step(Session(party=Party.PATIENT), CallArrived(CENTER, CENTER), World().now(()))
    assert isinstance(turn.reply, HangUp)
    assert (turn.session.stage, turn.effects) == (Stage.ENDED, ())


def test_anybody_else_is_heard_also_one_who_withholds_his_number() -> None:
    for caller in (JOE, None):
        assert calling(caller).session.stage is not Stage.ENDED
