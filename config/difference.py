"""What changed between two versions of a content, in words: "Monday closes at 16:00 instead of 19:00"."""

from collections.abc import Iterator, Mapping
from typing import Any

from config.content import Content, Hours, Menu

DAYS = {
    "mon": "Monday",
    "tue": "Tuesday",
    "wed": "Wednesday",
    "thu": "Thursday",
    "fri": "Friday",
    "sat": "Saturday",
    "sun": "Sunday",
}


def difference(before: Content, after: Content) -> list[str]:
    """One sentence for each thing that changed; none when nothing did."""
    return [
        *_languages(before, after),
        *_named("line", before.lines, after.lines, _settings),
        *_named("menu", before.menus, after.menus, _menu),
        *_named("service", before.services, after.services, _settings),
        *_named("ladder", before.ladders, after.ladders, _settings),
        *_named("hours of", before.hours, after.hours, _hours),
        *_prompts(before, after),
        *(["the second ear of the red flags learned anew"] if before.learned != after.learned else []),
        *_rest(before, after),
    ]


_TOLD = {"languages", "lines", "menus", "services", "ladders", "hours", "prompts", "learned", "version"}


def _rest(before: Content, after: Content) -> Iterator[str]:
    """Parts without words of their own: each setting that changed."""
    for name in type(after).model_fields.keys() - _TOLD:
        yield from _leaves(name, _plain(getattr(before, name)), _plain(getattr(after, name)))


def _languages(before: Content, after: Content) -> Iterator[str]:
    if before.languages != after.languages:
        yield f"languages are {', '.join(after.languages)} instead of {', '.join(before.languages)}"


def _named(what: str, before: Mapping[str, Any], after: Mapping[str, Any], told: Any) -> Iterator[str]:
    """Parts that came and went, and what changed in those that stayed."""
    for name in sorted(before.keys() | after.keys()):
        if name not in before:
            yield f"{what} {name} is new"
        elif name not in after:
            yield f"{what} {name} is gone"
        elif before[name] != after[name]:
            yield from (f"{what} {name}: {sentence}" for sentence in told(before[name], after[name]))


def _settings(before: Any, after: Any) -> Iterator[str]:
    for key, value in _plain(after).items():
        yield from _leaves(key, _plain(before)[key], value)


def _plain(part: Any) -> Any:
    return part.model_dump() if hasattr(part, "model_dump") else part


def _leaves(way: str, before: Any, after: Any) -> Iterator[str]:
    """Every setting below `way` that differs."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted(before.keys() | after.keys(), key=str):
            yield from _leaves(f"{way}.{key}", before.get(key), after.get(key))
    elif before != after:
        yield f"{way} is {_value(after)} instead of {_value(before)}"


def _value(value: Any) -> str:
    if value is None or value in ("", ()):
        return "nothing"
    if isinstance(value, tuple):
        return ", ".join(map(_value, value))
    return ", ".join(f"{key} {_value(each)}" for key, each in value.items()) if isinstance(value, dict) else str(value)


def _menu(before: Menu, after: Menu) -> Iterator[str]:
    old, new = ({option.key: option for option in menu.options} for menu in (before, after))
    for key in sorted(old.keys() | new.keys()):
        if key not in new:
            yield f"key {key} is gone; it led to {old[key].leads_to}"
        elif key not in old:
            yield f"key {key} is new and leads to {new[key].leads_to}"
        else:
            if old[key].leads_to != new[key].leads_to:
                yield f"key {key} now leads to {new[key].leads_to} instead of {old[key].leads_to}"
            for name in ("label", "short", "words"):
                yield from _leaves(f"key {key} {name}", getattr(old[key], name), getattr(new[key], name))


def _hours(before: Hours, after: Hours) -> Iterator[str]:
    for day, name in DAYS.items():
        old, new = _spans(before, day), _spans(after, day)
        if len(old) == len(new) == 1 and old != new:
            (was_opens, was_closes), (opens, closes) = old[0], new[0]
            changes = [f"opens at {opens} instead of {was_opens}"] if opens != was_opens else []
            changes += [f"closes at {closes} instead of {was_closes}"] if closes != was_closes else []
            yield f"{name} {' and '.join(changes)}"
        elif old != new:
            yield f"{name} is {_day(new)} instead of {_day(old)}"
    old_days, new_days = ({each.date: each for each in hours.exceptions} for hours in (before, after))
    for date in sorted(old_days.keys() | new_days.keys()):
        if old_days.get(date) != new_days.get(date):
            found = new_days.get(date)
            special = [(found.opens, found.closes)] if found and found.opens and found.closes else []
            yield f"{date} is {_day(special)}" if found else f"{date} is a day like others"
    for setting in ("zone", "holidays"):
        yield from _leaves(setting, getattr(before, setting), getattr(after, setting))


def _spans(hours: Hours, day: str) -> list[tuple[str, str]]:
    return sorted((span.opens, span.closes) for span in hours.weekly if day in span.days)


def _day(spans: list[tuple[str, str]]) -> str:
    return "open " + " and ".join(f"{opens} to {closes}" for opens, closes in spans) if spans else "closed"


def _prompts(before: Content, after: Content) -> Iterator[str]:
    for language in after.languages:
        old, new = before.prompts.get(language, {}), after.prompts[language]
        for key in sorted(old.keys() | new.keys()):
            if key not in old:
                yield f'{language}: {key} is new: "{new[key]}"'
            elif key not in new:
                yield f"{language}: {key} is gone"
            elif old[key] != new[key]:
                yield f'{language}: {key} says "{new[key]}" instead of "{old[key]}"'
