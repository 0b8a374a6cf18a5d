"""The second ear hears danger in words that no cue has: it adds to the cues, and never takes anything from them."""

import pytest

from bench.red_flags import NAMES, corpus, corpus_hash, learn, measured
from config.content import Flag, RedFlags, SecondEar
from config.learned import HEARD, Kind, Learned, read_learned, write_learned
from ivr import second_ear
from ivr.danger import is_quiet
from ivr.listening import listen
from ivr.red_flags import Hit, Matcher, look
from ivr.second_ear import features, sound
from tests.ivr.conversation import shipped

KINDS = (Kind(HEARD, "emergency"), Kind("abuse", "nurse"))


def learned(**weights: tuple[float, float]) -> str:
    """A file in which single words speak for an emergency, or for abuse."""
    rows: dict[str, tuple[float, ...]] = {f"={word}": (1.0, *pair) for word, pair in weights.items()}
    return write_learned(Learned("corpus", KINDS, (-5.0, -5.0), rows))


def flags(**more: object) -> RedFlags:
    return RedFlags(
        flags={"heart": Flag(emergency=("chest pain",)), "abuse": Flag(quiet=True, nurse=("hits",))}, **more
    )


def test_what_no_cue_has_is_heard_by_what_was_learned():
    matcher = Matcher(flags(), "v", learned(anvil=(9, 0), bruises=(0, 9)))
    assert matcher.look("it is an anvil") == Hit(HEARD, "emergency", "v")
    assert matcher.look("look at the bruises") == Hit("abuse", "nurse", "v")
    assert matcher.look("about the appointment") is None


def test_without_a_learned_file_the_cues_alone_are_heard():
    assert Matcher(flags(), "v").look("chest pain") == Hit("heart", "emergency", "v")
    assert Matcher(flags(), "v").look("it is an anvil") is None


def test_a_cue_always_stands_however_ordinary_the_talk_around_it():
    matcher = Matcher(flags(), "v", learned(chest=(-9, -9), exercises=(-9, -9)))
    assert matcher.look("chest pain with my exercises") == Hit("heart", "emergency", "v")
    assert matcher.look("he hits me at my exercises") == Hit("abuse", "nurse", "v")


def test_a_cue_that_a_clinic_adds_stands_though_the_ear_never_learned_of_it():
    driveline = RedFlags(flags={"pump": Flag(nurse=("driveline",))})
    assert Matcher(driveline, "v", learned(question=(-9, -9))).look("a question about my driveline") == Hit(
        "pump", "nurse", "v"
    )


def test_a_cue_makes_its_own_action_likelier_than_a_more_urgent_one():
    def heard(cue_counts: float) -> Hit | None:
        second = SecondEar(sure=0.5, cue_counts=cue_counts)
        kinds = (Kind(HEARD, "emergency"), Kind(HEARD, "nurse"))
        rows: dict[str, tuple[float, ...]] = {"=calf": (1.0, 7.0, 6.0)}
        file = write_learned(Learned("corpus", kinds, (-5.0, -5.0), rows))
        return Matcher(RedFlags(flags={"leg": Flag(nurse=("calf",))}, second_ear=second), "v", file).look("my calf")

    assert heard(1) == Hit("leg", "emergency", "v")
    assert heard(8) == Hit("leg", "nurse", "v")


def test_an_emergency_that_is_denied_is_never_nothing():
    assert Matcher(flags(), "v", learned(no=(-9, -9))).look("no chest pain") == Hit("heart", "nurse", "v")


def test_the_more_urgent_of_cue_and_second_ear_decides_and_abuse_stays_quiet():
    matcher = Matcher(flags(), "v", learned(anvil=(9, 0), bruises=(-9, 9)))
    assert matcher.look("he hits me with an anvil") == Hit("abuse", "emergency", "v")
    assert matcher.look("chest pain from bruises") == Hit("heart", "emergency", "v")


def test_danger_in_a_long_talk_is_not_drowned_by_the_rest():
    talk = " ".join(["well"] * 100)
    matcher = Matcher(flags(), "v", learned(well=(-0.1, -0.1), anvil=(60, 0)))
    assert matcher.look(f"{talk} an anvil {talk}") == Hit(HEARD, "emergency", "v")


@pytest.mark.parametrize(
    ("one", "other"), [("cabeza", "kavesa"), ("hinchado", "inchado"), ("lleva", "yeba"), ("phone", "fone")]
)
def test_words_that_sound_alike_are_one(one: str, other: str):
    assert sound(one) == sound(other)


def test_a_number_is_weighed_by_its_meaning():
    def weighed(text: str) -> tuple[str, ...]:
        return features(listen(text))[0].words

    assert weighed("102") == weighed("103.5") != weighed("98.6")
    assert weighed("102") == weighed("a hundred and two"[2:])


def test_the_words_that_decided_are_named():
    ear = second_ear.SecondEar(read_learned(learned(anvil=(9, 0), my=(1, 0))))
    assert [word for word, _ in ear.deciding(listen("my anvil broke"), 0)][:2] == ["anvil", "my"]


def test_a_learned_file_says_the_same_when_read_and_written_again():
    text = learned(anvil=(1.25, -3))
    assert write_learned(read_learned(text)) == text


@pytest.mark.parametrize("line", ["=anvil\t100\tmuch\t0", "=anvil\t100\t5"])
def test_a_learned_file_that_cannot_be_read_is_refused(line: str):
    with pytest.raises(ValueError, match=r"line 5|for each kind"):
        read_learned(learned(a=(1, 1)).replace("=a\t100\t100\t100", line))


def test_a_kind_that_nobody_acts_on_is_refused():
    with pytest.raises(ValueError, match="only emergency, crisis, nurse"):
        read_learned(learned(a=(1, 1)).replace("heard/emergency", "heard/alarm"))


def test_the_same_sentences_teach_the_same():
    few = corpus()[::40]
    assert write_learned(learn(few, passes=1)) == write_learned(learn(few, passes=1))


def test_the_shipped_file_was_learned_from_the_corpus_of_the_repository():
    assert read_learned(shipped().learned).corpus == corpus_hash(corpus()), "run `python -m bench.red_flags train`"


def test_the_corpus_itself_is_heard_and_let_be():
    """No proof of anything new, for it was learned from; a change of cues or thresholds that costs much is seen.

    Its ordinary sentences were written to be full of cues, and every cue stands: more of them than of a list's.
    """
    content = shipped()
    figures = measured(Matcher(content.red_flags, "", content.learned), corpus()[::4])
    assert figures.urgent >= 0.98 * figures.danger, str(figures)
    assert figures.alarms <= 0.06 * figures.ordinary, str(figures)


def test_the_corpus_has_every_kind_in_both_languages():
    assert {(each.kind, each.language) for each in corpus()} >= {
        (kind, language) for kind in range(len(NAMES)) for language in ("en", "es")
    }


def test_abuse_that_no_cue_has_is_quiet():
    hit = look(shipped(), "the bruises on my arms aren't from falling, he reads my texts")
    assert hit is not None and is_quiet(hit, shipped())


def spoken() -> list[str]:
    """What the conversation itself asks callers to say: every listed word, dates, digits, names."""
    content = shipped()
    listed = [
        words for prompts in content.prompts.values() for key, words in prompts.items() if key.startswith("words-")
    ]
    names = [
        f"{before} {name}" for name in ("Ana", "Dr. Hart", "Luis Payne") for before in ("this is", "quiero hablar con")
    ]
    digits = ["one two three four", "nueve ocho siete seis", "4 4 1 0", "nineteen oh nine", "60614", "1 312 555 0142"]
    dates = [
        "March fourteenth nineteen fifty-seven",
        "catorce de marzo de 1957",
        "3/14/1957",
        "el dos de mayo de mil novecientos cuarenta",
    ]
    return [word.strip() for words in listed for word in words.replace("\n", ",").split(",")] + names + digits + dates


@pytest.mark.parametrize("text", spoken())
def test_what_the_conversation_asks_for_is_no_red_flag(text: str):
    assert look(shipped(), text) is None
