"""The difference between two versions of a content is told in a clinic's words."""

from typing import Any

from config.content import Content
from config.difference import difference
from config.reading import content_of, files_of
from tests.resources import ROOT


def changed(*spoilt: tuple[str, str, str]) -> list[str]:
    """What is told of the shipped content when texts in its files are replaced."""
    files: dict[str, str] = dict(files_of(ROOT / "config"))
    before: Content = content_of(files)
    for name, old, new in spoilt:
        assert old in files[name]
        files[name] = files[name].replace(old, new, 1)
    return difference(before, content_of(files))


def test_the_same_content_differs_in_nothing():
    assert changed() == []


def test_hours_are_told_by_the_day():
    told = changed(("hours.yaml", 'closes: "12:00"', 'closes: "11:00"'))
    assert told == ["hours of center: Saturday closes at 11:00 instead of 12:00"]
    told = changed(("hours.yaml", "    holidays", '    exceptions: [{date: "2026-12-24"}]\n    holidays'))
    assert told == ["hours of center: 2026-12-24 is closed"]
    told = changed(("hours.yaml", "days: [sat]", "days: [sun]"))
    assert "hours of center: Saturday is closed instead of open 08:00 to 12:00" in told
    assert "hours of center: Sunday is open 08:00 to 12:00 instead of closed" in told


def test_menus_are_told_by_the_key_and_sentences_by_their_words():
    swapped: tuple[Any, ...] = (
        ("menus.yaml", "leads_to: service:nurse", "leads_to: service:x"),
        ("menus.yaml", "leads_to: service:clinic", "leads_to: service:nurse"),
        ("menus.yaml", "leads_to: service:x", "leads_to: service:clinic"),
    )
    assert "menu main: key 2 now leads to service:clinic instead of service:nurse" in changed(*swapped)
    told = changed(("prompts/en.ftl", "goodbye = Thank you. Goodbye.", "goodbye = Goodbye."))
    assert told == ['en: goodbye says "Goodbye." instead of "Thank you. Goodbye."']
    told = changed(("services.yaml", "head_start_seconds: 60", "head_start_seconds: 90"))
    assert told == ["service nurse: head_start_seconds is 90 instead of 60"]
