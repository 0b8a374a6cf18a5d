"""Sentences: every prompt the code speaks exists in every language, and numbers and times sound right."""

import ast
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from ivr.prompts import Speaker, UnknownPromptError, spoken_digits, spoken_time, spoken_window
from ivr.replies import Phrase
from ivr.spoken import SPOKEN, VARIABLES
from proving.sentences import sentences
from tests.ivr.conversation import shipped

IVR = Path(__file__).parents[2] / "ivr"
COMPOSED = {  # prompt names that the code puts together
    *(f"whisper-{kind}-{whose}" for kind in ("call", "callback", "proxy") for whose in ("own", "patient")),
    *(f"{wants}-about" for wants in ("callback", "message")),
}


def prompts_in_code() -> set[str]:
    """Every string in the conversation's code that is the name of a prompt, or looks like one given to `say`."""
    found: set[str] = set()
    for path in IVR.glob("*.py"):
        tree = ast.parse(path.read_text())
        strings = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and type(node.value) is str}
        if path.name != "spoken.py":
            found |= {text for text in strings if text in SPOKEN or re.fullmatch(r"[a-z]+(-[a-z]+)+", text)}
    return found


def test_every_prompt_the_code_names_is_in_the_catalogue_and_none_is_idle():
    named = prompts_in_code() - {"message"} | COMPOSED
    carriers_words = {"queue-full", "system-error", "redirected-from-bridged", "bridging-in-process", "no-answer"}
    listened_for = {name for name in named if name.startswith("words-")}
    assert named - carriers_words - listened_for == set(SPOKEN)
    for language in shipped().languages:
        assert listened_for == {name for name in shipped().prompts[language] if name.startswith("words-")}, language


def test_a_content_that_lacks_a_sentence_is_told_which():
    content = shipped()
    words = {key: words for key, words in content.prompts["es"].items() if key != "goodbye"}
    lacking = content.model_copy(update={"prompts": {**content.prompts, "es": words}})
    assert [where for where, _, _ in sentences(lacking)] == [("prompts", "es", "goodbye")]
    assert Speaker(lacking).say(Phrase("goodbye", "es")) == "Thank you. Goodbye."


@pytest.mark.parametrize("languages", [["es"], ["en", "es"]])
def test_a_content_that_lacks_a_list_of_what_callers_say_is_told_which(languages):
    lists = {
        language: {key: text for key, text in words.items() if key != "words-second" or language not in languages}
        for language, words in shipped().prompts.items()
    }
    found = [where for where, _, _ in sentences(shipped().model_copy(update={"prompts": lists}))]
    assert found == [("prompts", language, "words-second") for language in languages]


def test_a_list_of_words_that_nobody_listens_for_is_idle():
    idle = {language: {**words, "words-secnd": "two"} for language, words in shipped().prompts.items()}
    found = [(where[-1], wrong) for where, wrong, _ in sentences(shipped().model_copy(update={"prompts": idle}))]
    assert found == [("words-secnd", "a message that nothing speaks")] * 2


def test_a_phrase_becomes_a_sentence_with_its_values_and_the_prompts_they_name():
    speaker = Speaker(shipped())
    own = (("own", "Ana"), ("role", "@role-therapy"))
    assert speaker.say(Phrase("own-ready", "en", own)) == "I am calling Ana, your physical therapist."
    assert speaker.say(Phrase("own-ready", "es", own)) == "Estoy llamando a Ana, su fisioterapeuta."
    assert speaker.say(Phrase("whisper-waited", "en", (("seconds", 1),))) == "Waited 1 second."
    assert speaker.say(Phrase("whisper-waited", "es", (("seconds", 20),))) == "Esperó 20 segundos."


def test_a_sentence_that_ends_with_a_time_has_one_full_stop():
    speaker = Speaker(shipped())
    for language, when in (("en", "today at 7:00 a.m."), ("es", "hoy a las 7:00 de la mañana")):
        said = speaker.say(Phrase("message-thanks-when", language, (("when", when),)))
        assert said.endswith(f" {when.rstrip('.')}.")


def test_each_language_is_offered_in_itself():
    speaker = Speaker(shipped())
    assert speaker.say(Phrase("choose-language", "en", (("key", 1),))) == "For English, press 1."
    assert speaker.say(Phrase("choose-language", "es", (("key", 2),))) == "Para español, oprima el dos."


def test_no_sentence_holds_marks_that_a_voice_stumbles_over():
    speaker = Speaker(shipped())
    for language in shipped().languages:
        for key, prompt in SPOKEN.items():
            values = tuple((name, VARIABLES[name].example) for name in prompt.variables)
            sentence = speaker.say(Phrase(key, language, values))
            assert not set(sentence) & set("{}$@\n<>&*#_\u2068\u2069"), sentence


def test_spanish_says_oprima_for_keys_and_usted_for_people():
    for key, pattern in shipped().prompts["es"].items():
        assert not re.search(r"\b(presione|pulse|tu|tú|tus|te)\b", pattern, re.IGNORECASE), key


def test_an_unknown_prompt_is_an_error_and_an_unknown_language_the_default():
    speaker = Speaker(shipped())
    with pytest.raises(UnknownPromptError):
        speaker.say(Phrase("no-such-thing", "en"))
    assert speaker.say(Phrase("goodbye", "vi")) == "Thank you. Goodbye."


def test_numbers_are_read_digit_by_digit():
    assert spoken_digits("0142") == "0, 1, 4, 2"
    assert spoken_digits("3125550142") == "3, 1, 2. 5, 5, 5. 0, 1, 4, 2"


NOW = datetime(2026, 3, 13, 15, 0, tzinfo=UTC)  # a Friday, 10 in the morning in Chicago


@pytest.mark.parametrize(
    ("day", "hour", "minute", "english", "spanish"),
    [
        (13, 7, 0, "today at 7:00 a.m.", "hoy a las 7:00 de la mañana"),
        (13, 12, 0, "today at 12:00 noon", "hoy a las 12:00 del mediodía"),
        (13, 12, 30, "today at 12:30 p.m.", "hoy a las 12:30 de la tarde"),
        (13, 19, 0, "today at 7:00 p.m.", "hoy a las 7:00 de la noche"),
        (14, 0, 30, "tomorrow at 12:30 a.m.", "mañana a las 12:30 de la noche"),
        (14, 13, 30, "tomorrow at 1:30 p.m.", "mañana a la 1:30 de la tarde"),
        (12, 9, 15, "yesterday at 9:15 a.m.", "ayer a las 9:15 de la mañana"),
        (16, 7, 0, "on Monday, March 16, at 7:00 a.m.", "el lunes 16 de marzo a las 7:00 de la mañana"),
    ],
)
def test_times_are_told_in_local_time_and_in_words(day, hour, minute, english, spanish):
    instant = datetime(2026, 3, day, hour, minute, tzinfo=ZoneInfo("America/Chicago")).astimezone(UTC)
    assert spoken_time(instant, NOW, "America/Chicago", "en") == english
    assert spoken_time(instant, NOW, "America/Chicago", "es") == spanish


def test_no_on_stands_after_no_later_than():
    for days, words in ((0, "today at 10:00 a.m."), (3, "Monday, March 16, at 10:00 a.m.")):
        assert spoken_time(NOW + timedelta(days=days), NOW, "America/Chicago", "en", latest=True) == words


def test_a_span_tells_the_part_of_the_day_once_unless_it_lies_in_two():
    zone = ZoneInfo("America/Chicago")
    for start, english, spanish in (
        ((9, 0), "9:00 and 9:15 a.m.", "las 9:00 y las 9:15 de la mañana"),
        ((11, 45), "11:45 a.m. and 12:00 noon", "las 11:45 de la mañana y las 12:00 del mediodía"),
        ((12, 50), "12:50 and 1:05 p.m.", "las 12:50 y la 1:05 de la tarde"),
    ):
        starts = datetime(2026, 3, 13, *start, tzinfo=zone)
        ends = starts + timedelta(minutes=15)
        assert spoken_window(starts, ends, NOW, "America/Chicago", "en") == f"today between {english}"
        assert spoken_window(starts, ends, NOW, "America/Chicago", "es") == f"hoy entre {spanish}"


def test_a_language_without_a_pattern_still_tells_the_time():
    assert "2026" in spoken_time(datetime(2026, 3, 16, 12, 0, tzinfo=UTC), NOW, "America/Chicago", "vi")


def test_a_language_without_a_pattern_tells_one_instant_in_each_zone_by_its_own_clock():
    chicago, new_york = (spoken_time(NOW, NOW, f"America/{city}", "vi") for city in ("Chicago", "New_York"))
    assert "10:00" in chicago and "11:00" in new_york
