"""What somebody hears who is asked into a talk."""

from dataclasses import replace

from ivr.effects import GuestCame, GuestGone
from ivr.replies import Ask, Connect, HangUp, Role
from ivr.session import Stage
from ivr.signals import CallEnded, DigitsPressed, Ending, LegAnswered, NothingEntered, Party, TalkLeft
from tests.ivr.conversation import GUEST, Leg, World, phrases_of
from tests.ivr.walks import begun

IN = replace(GUEST, is_asked=False, is_in=True)


def asked(**facts: object) -> Leg:
    leg, first = begun(Party.GUEST, World(guest=replace(GUEST, **facts)))  # type: ignore[arg-type]
    return leg.hears(first)


def words(leg: Leg) -> list[str]:
    return [phrase.key for phrase in phrases_of(leg.reply)]


def test_nothing_of_the_patient_is_said_before_the_key() -> None:
    leg = asked()
    assert isinstance(leg.reply, Ask)
    assert [dict(phrase.values) for phrase in phrases_of(leg.reply)] == [{"colleague": "Ana Ruiz"}]
    leg.hears(DigitsPressed("1"))
    assert leg.effects == (GuestCame(7),)
    assert isinstance(leg.reply, Connect)
    assert (leg.reply.room, leg.reply.role, leg.reply.heard, leg.reply.heard_only_by) == ("r-1", Role.GUEST, True, "")
    assert ("patient", "Joe S.") in leg.reply.phrases[0].values


def test_an_interpreter_hears_that_he_joins_and_no_name_at_all() -> None:
    assert words(asked(interpreter=True)) == ["guest-greeting-interpreter"]
    assert words(asked(interpreter=True, patient_shown="").hears(DigitsPressed("1"))) == ["guest-joins"]


def test_one_who_listens_is_muted_and_one_who_coaches_is_heard_by_the_clinician_alone() -> None:
    listening = asked(listens=True).hears(DigitsPressed("1")).reply
    coaching = asked(coaches=True).hears(DigitsPressed("1")).reply
    assert isinstance(listening, Connect)
    assert isinstance(coaching, Connect)
    assert (listening.heard, listening.heard_only_by) == (False, "")
    assert (coaching.heard, coaching.heard_only_by) == (True, "CA7")
    assert [phrase.key for phrase in listening.phrases] == ["guest-listens"]
    assert [phrase.key for phrase in coaching.phrases] == ["guest-enters", "guest-coaches"]


def test_a_voicemail_presses_nothing_and_does_not_come() -> None:
    leg = asked().hears(NothingEntered()).hears(NothingEntered())
    assert leg.effects == (GuestGone(7, "no_key"),)
    assert isinstance(leg.reply, HangUp)


def test_one_may_pass() -> None:
    leg = asked().hears(DigitsPressed("2"))
    assert (leg.effects, words(leg)) == ((GuestGone(7, "declined"),), ["guest-thanks"])


def test_who_is_not_needed_any_more_is_told() -> None:
    assert words(asked(is_asked=False)) == ["guest-not-needed"]


def test_leaving_the_room_ends_his_leg_and_is_told() -> None:
    leg = asked().hears(DigitsPressed("1"))
    leg.world = World(guest=IN)
    leg.hears(TalkLeft(Ending.COMPLETED, True))
    assert (leg.effects, leg.session.stage) == ((GuestGone(7, "left"),), Stage.ENDED)
    assert GuestGone not in map(type, leg.hears(CallEnded(Ending.COMPLETED)).effects), "told once"


def test_a_leg_that_ends_says_how_far_it_came() -> None:
    leg, _ = begun(Party.GUEST, World())
    assert leg.hears(LegAnswered(Party.GUEST, "7")).hears(CallEnded(Ending.COMPLETED)).effects[0] == GuestGone(
        7, "hung_up"
    )
    inside = asked().hears(DigitsPressed("1"))
    assert inside.hears(CallEnded(Ending.COMPLETED)).effects[0] == GuestGone(7, "left")
