"""Whatever a leg hears, wherever it is and whatever we know: it always has something to do next."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ivr.effects import AcceptOffer, GiveBack, GuestCame, JoinLine, LeaveLine, Verified
from ivr.red_flags import remembering
from ivr.replies import (
    Ask,
    Bridge,
    Connect,
    ConnectOperator,
    HangUp,
    Hold,
    LeaveQueue,
    Nothing,
    Reply,
    TakeMessage,
)
from ivr.session import Session, Stage
from ivr.signals import CallEnded, LeftQueue, MovedBack, MovedToTalk, Party, QueueResult, Signal
from ivr.spoken import prompt_named
from tests.ivr.conversation import Leg, World, phrases_of, shipped
from tests.ivr.walks import SIGNALS, WORLDS, begun, sessions, worlds

GOES_ON = Ask | Hold | Connect | ConnectOperator | LeaveQueue | TakeMessage | HangUp
ELSEWHERE = {
    LeftQueue(QueueResult.BRIDGED),
    LeftQueue(QueueResult.BRIDGING),
    LeftQueue(QueueResult.HANGUP),
    LeftQueue(QueueResult.REDIRECTED),
    LeftQueue(QueueResult.REDIRECTED_FROM_BRIDGED),
}
PERSONAL = {"own", "given", "name", "patient"}


def has_a_next(reply: Reply | None, session: Session, signal: Signal) -> bool:
    """Whether the leg has something to do next, or is known to be elsewhere."""
    if isinstance(signal, CallEnded):
        return reply is None
    if isinstance(reply, Nothing):
        return signal in ELSEWHERE and session.party in (Party.PATIENT, Party.RETURNED)
    if isinstance(reply, Bridge):
        return session.party is Party.OPERATOR
    return isinstance(reply, GOES_ON)


def promises_kept(leg: Leg, before: Session, signal: Signal) -> None:
    """What must hold after every turn of every leg."""
    names = shipped().prompts["en"]
    for phrase in phrases_of(leg.reply):
        assert set(prompt_named(phrase.key).variables) == {name for name, _ in phrase.values}, phrase
        references = [value[1:] for _, value in phrase.values if isinstance(value, str) and value.startswith("@")]
        assert all(reference in names for reference in references), phrase
    moved = isinstance(signal, LeftQueue | MovedToTalk | MovedBack)
    if before.in_queue and leg.session.in_queue and not moved:
        assert not isinstance(leg.reply, Connect | ConnectOperator | TakeMessage), "forbidden while in the queue"
        assert not (isinstance(leg.reply, Hold) and leg.reply.entering), "he is in the queue already"
    if isinstance(leg.reply, HangUp):
        assert leg.session.stage is Stage.ENDED
        assert before.stage is Stage.ENDED or not leg.session.in_line, "hung up on, he stands in no line"
    if isinstance(leg.reply, Ask | TakeMessage | ConnectOperator):
        assert leg.reply.phrases, "a question says something"
    if isinstance(leg.reply, Hold):
        assert leg.session.in_queue


@pytest.mark.parametrize("world", WORLDS, ids=range(len(WORLDS)))
def test_every_stage_answers_every_signal(world: World):
    with remembering(shipped()):  # the same few words at every stage
        for session in sessions():
            for signal in SIGNALS:
                leg = Leg(session, world).hears(signal)
                assert has_a_next(leg.reply, session, signal), (session, signal, leg.reply)
                promises_kept(leg, session, signal)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(
    party=st.sampled_from(list(Party)),
    pieces=st.lists(worlds(), min_size=1, max_size=6),
    seed=st.randoms(use_true_random=False),
)
def test_a_walk_of_three_hundred_signals_never_strands_a_leg(party: Party, pieces: list[World], seed):
    leg, signal = begun(party, pieces[0])
    proved = taken = False
    waits = 0
    for position in range(300):
        before = leg.session
        leg.world = pieces[position * len(pieces) // 300]
        leg.hears(signal)
        assert has_a_next(leg.reply, before, signal), (before, signal, leg.reply)
        promises_kept(leg, before, signal)
        proved = proved or any(isinstance(effect, Verified) for effect in leg.effects)
        taken = taken or any(isinstance(effect, AcceptOffer | GuestCame) for effect in leg.effects)
        told = {name for phrase in phrases_of(leg.reply) for name, _ in phrase.values}
        assert proved or taken or not told & PERSONAL, "nothing personal before a proof, or before a key"
        waits += sum(isinstance(effect, JoinLine) for effect in leg.effects)
        gone = [effect for effect in leg.effects if isinstance(effect, LeaveLine | GiveBack)]
        assert not gone or waits or before.offer is not None or before.in_line, "only what is held is let go"
        if leg.session.stage is Stage.ENDED:
            leg, _ = begun(party, leg.world)
            proved = taken = False
        signal = seed.choice(SIGNALS)
