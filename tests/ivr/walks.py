"""What may happen to a leg: every stage it can be in, every signal it can hear, every state of the world around it."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import strategies as st

from ivr import flow
from ivr.knowledge import (
    AttemptFacts,
    IdentityFacts,
    KeptPlace,
    OutlookFacts,
    OwnClinician,
    StaffFacts,
    WaitFacts,
)
from ivr.session import Session, Stage
from ivr.signals import (
    CallArrived,
    CallEnded,
    DigitsPressed,
    Ending,
    HoldTick,
    LeftQueue,
    LegAnswered,
    MessageRecorded,
    MovedBack,
    MovedToTalk,
    NothingEntered,
    Party,
    QueueResult,
    Resumed,
    Signal,
    SpeechHeard,
    TalkLeft,
)
from routing.offers import State
from tests.ivr.conversation import GUEST, JOE, MONDAY, NOW, OFFER, PROVED, TALKED, WRONG, Leg, World

KEYS = ("1", "2", "3", "4", "7", "9", "0", "*", "#", "03141957", "02301950", "4821", "60607", "3125550123", "00", "0*1")
SIGNALS: tuple[Signal, ...] = (
    CallArrived(JOE, "+13125550100"),
    CallArrived(None, "+13125550100"),
    *(LegAnswered(party, "7") for party in Party),
    LegAnswered(Party.CLINICIAN, "nonsense"),
    *(DigitsPressed(keys) for keys in KEYS),
    SpeechHeard("my therapist please", 0.9),
    SpeechHeard("mumble", 0.1),
    SpeechHeard("chest pain", 0.1),
    NothingEntered(),
    HoldTick(),
    *(LeftQueue(result) for result in QueueResult),
    MovedToTalk(7),
    MovedBack(7),
    *(TalkLeft(ending, bridged) for ending in Ending for bridged in (True, False)),
    MessageRecorded("RE1", 9, True),
    MessageRecorded("", 0, False),
    Resumed(),
    *(CallEnded(ending) for ending in Ending),
)
WHOM = ("own", "next")
IN_QUEUE = (Stage.WAITING, Stage.CALLBACK_CONFIRM, Stage.CALLBACK_NUMBER, Stage.NO_ONE, Stage.MESSAGE, Stage.OPERATOR)
UNANSWERED = World(
    identity=None,
    locked_out=None,
    staff=None,
    wait=None,
    offer=None,
    attempt=None,
    guest=None,
    number=None,
    opens_at=None,
)
GUEST_INTERPRETS = replace(GUEST, interpreter=True, patient_shown="")
WORLDS = (
    World(),
    UNANSWERED,
    World(open=False, opens_at=MONDAY, identity=WRONG, staff=StaffFacts(0, 0), number=None),
    World(offer=OFFER, wait=WaitFacts("waiting", 5000, 1), locked_out=True),
    World(places=(KeptPlace("therapy", 1, "c1"), KeptPlace("nurse", 2, "c2"))),
    World(offer=TALKED, wait=WaitFacts("none", 0, 0)),
    World(offer=replace(TALKED, state="finished"), wait=WaitFacts("connected", 9, 0)),
    World(offer=replace(OFFER, state="rescinded", level=0, patient_shown=""), wait=WaitFacts("waiting", 9, 0)),
)


def _first(party: Party, stage: Stage) -> Session:
    return Session(
        party=party,
        stage=stage,
        caller=JOE,
        offer=7 if party is Party.CLINICIAN or stage is Stage.TALKING else None,
        attempt=5 if party is Party.RETURNED else None,
        parent="CA1" if party is Party.OPERATOR else None,
        guest=7 if party is Party.GUEST else None,
        birth_date="1957-03-14",
        service="therapy",
    )


def sessions() -> list[Session]:
    """One of every stage for every party, plain and with all that a session may hold."""
    plain = [_first(party, stage) for party in Party for stage in Stage]
    patients = [session for session in plain if session.party in flow.PATIENTS]
    lost = [replace(session, service=None, caller=None, offer=None, attempt=None) for session in plain]
    stale = [replace(session, service="no_more", menu="no_more", line="no_more") for session in patients]
    held = [replace(session, in_line=True, in_queue=True) for session in patients if session.stage in IN_QUEUE]
    tired = [replace(session, silences=2, mismatches=2, failed_proofs=2, long_waits=2) for session in [*plain, *held]]
    chose = [replace(each, whom=whom, own="ana", own_given="Ana", in_line=True) for each in patients for whom in WHOM]
    asked = [replace(session, wants=wants, service=None) for session in patients for wants in ("callback", "message")]
    red = [replace(session, red="emergency") for session in patients]
    return [*plain, *lost, *stale, *held, *tired, *chose, *asked, *red]


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """A plausible world, with any of its facts missing."""
    presence = draw(st.sampled_from(["ready", "talking", "in_visit", "away", "offline"]))
    minutes = st.none() | st.sampled_from([(0, 1), (0, 5), (2, 8), (10, 10), (20, 60)])
    free_at = st.none() | st.sampled_from([NOW + timedelta(minutes=9), NOW + timedelta(hours=9)])
    ana = (st.just("ana"), st.just("Ana"), st.booleans(), st.just(presence), st.booleans(), free_at, minutes)
    own = draw(st.none() | st.builds(OwnClinician, *ana))
    wait = st.builds(
        WaitFacts,
        st.sampled_from(["waiting", "offered", "connected", "left", "none"]),
        st.integers(0, 3000),
        st.integers(0, 2),
        st.booleans(),
    )
    outlook = st.builds(OutlookFacts, st.integers(1, 9), minutes)
    offer = st.builds(
        lambda state, talked, callback: replace(OFFER, state=state, talk_started=talked, for_callback=callback),
        st.sampled_from([state.value for state in State]),
        st.booleans(),
        st.booleans(),
    )
    attempt = st.builds(
        AttemptFacts, st.just("placed"), st.just("r-2"), st.sampled_from(["en", "es"]), st.booleans(), st.just(9)
    )
    proved = replace(PROVED, own=own)
    return World(
        identity=draw(st.sampled_from([None, proved, proved, WRONG, IdentityFacts(None, "joe", True)])),
        locked_out=draw(st.sampled_from([None, False, False, True])),
        staff=draw(st.none() | st.builds(StaffFacts, st.integers(0, 2), st.integers(0, 1))),
        wait=draw(st.none() | wait),
        outlook=draw(st.none() | outlook),
        own=own,
        offer=draw(st.none() | offer),
        attempt=draw(st.none() | attempt),
        guest=draw(st.sampled_from([None, GUEST, replace(GUEST, is_asked=False, is_in=True), GUEST_INTERPRETS])),
        number=draw(st.sampled_from([None, JOE, JOE])),
        open=draw(st.booleans()),
        opens_at=draw(st.sampled_from([None, MONDAY])),
    )


def begun(party: Party, world: World) -> tuple[Leg, Signal]:
    """A leg of this party, and the signal it begins with."""
    first: Signal = CallArrived(JOE, "+13125550100") if party is Party.PATIENT else LegAnswered(party, "7")
    return Leg(flow.first_session(first, party), world), first
