"""How many mistakes in a content are caught before it serves: python -m bench.content_mutants [--sample N] [--walk].

Each operator makes one mistake everywhere it can be made in the shipped content. A mutant is caught when check-config
would refuse it; --walk also walks the conversation with every survivor, as check-config does (seconds for each).

Longer than 300 lines because each kind of mistake is an operator of its own, and their list is what the number means.
"""

import argparse
import json
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from config.problems import ContentError
from config.reading import content_of, files_of
from proving.proofs import sentences, walked

SHIPPED = Path(__file__).parent.parent / "config"
MESSAGE = re.compile(r"(?ms)^([a-z][\w-]*) = (.*?)(?=^[a-z#]|\Z)")
DIGIT = re.compile(r"(?<![\w$\[])\d")
NOT_SPOKEN = "words-"

Files = dict[str, str]
Mutant = tuple[str, Files]  # where, and all the files
Operator = Callable[[Files], Iterator[Mutant]]


def _sheet(files: Files, name: str) -> Any:
    return YAML(typ="safe", pure=True).load(files[name])


def _with(files: Files, name: str, data: Any) -> Files:
    return {**files, name: json.dumps(data, ensure_ascii=False)}  # JSON is YAML


def _messages(files: Files) -> Iterator[tuple[str, re.Match[str]]]:
    for name, text in files.items():
        if name.endswith(".ftl"):
            yield from ((name, found) for found in MESSAGE.finditer(text) if not found[1].startswith(NOT_SPOKEN))


def _said(files: Files, name: str, found: re.Match[str], words: str) -> Mutant:
    text = files[name]
    return f"{name}: {found[1]}", {**files, name: text[: found.start()] + words + text[found.end() :]}


def drop_a_prompt(files: Files) -> Iterator[Mutant]:
    """A sentence is gone in one language."""
    return (_said(files, name, found, "") for name, found in _messages(files))


def empty_a_prompt(files: Files) -> Iterator[Mutant]:
    """A sentence says nothing."""
    return (_said(files, name, found, f'{found[1]} = {{ "" }}\n') for name, found in _messages(files))


def break_a_placeholder(files: Files) -> Iterator[Mutant]:
    """A variable is mistyped."""
    for name, found in _messages(files):
        if "$" in found[0]:
            yield _said(files, name, found, found[0].replace("$", "$x", 1))


def break_the_syntax(files: Files) -> Iterator[Mutant]:
    """A brace is lost."""
    for name, found in _messages(files):
        if "{" in found[0]:
            yield _said(files, name, found, found[0].replace("}", "", 1))


def swap_a_digit(files: Files) -> Iterator[Mutant]:
    """A sentence names another key or number than the one beside it."""
    for name, found in _messages(files):
        if digit := DIGIT.search(found[2]):
            other = str((int(digit[0]) + 3) % 10)
            words = f"{found[1]} = {found[2][: digit.start()]}{other}{found[2][digit.end() :]}"
            yield _said(files, name, found, words)


def stray_mark(files: Files) -> Iterator[Mutant]:
    """An invisible mark was pasted in."""
    return (_said(files, name, found, found[0].replace("=", "= \u2068", 1)) for name, found in _messages(files))


def leave_untranslated(files: Files) -> Iterator[Mutant]:
    """A sentence of another language stands in English."""
    english = {found[1]: found[2] for found in MESSAGE.finditer(files["prompts/en.ftl"])}
    for name, found in _messages(files):
        if name != "prompts/en.ftl" and found[1] in english and len(english[found[1]].split()) > 3:
            yield _said(files, name, found, f"{found[1]} = {english[found[1]]}")


def say_a_name(files: Files) -> Iterator[Mutant]:
    """A sentence that anybody hears names his own clinician."""
    for name, found in _messages(files):
        if "own" not in found[0]:
            yield _said(files, name, found, found[0].rstrip() + " { $own }.\n")


def rename_a_message(files: Files) -> Iterator[Mutant]:
    """The name of a sentence is mistyped."""
    for name, found in _messages(files):
        yield _said(files, name, found, found[0].replace(found[1], found[1] + "x", 1))


def _changed(files: Files, sheet: str, change: Callable[[Any], Iterator[tuple[str, Any]]]) -> Iterator[Mutant]:
    for where, data in change(_sheet(files, sheet)):
        yield f"{sheet}: {where}", _with(files, sheet, data)


def _ways(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every leaf."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from _ways(each, (*way, key))
    elif isinstance(value, list) and value and not all(isinstance(each, str | int) for each in value):
        for at, each in enumerate(value):
            yield from _ways(each, (*way, at))
    else:
        yield way


def _put(data: Any, way: tuple[Any, ...], value: Any) -> Any:
    changed = deepcopy(data)
    inner = changed
    for part in way[:-1]:
        inner = inner[part]
    if value is None:
        del inner[way[-1]]
    else:
        inner[way[-1]] = value
    return changed


def _leaf(data: Any, way: tuple[Any, ...]) -> Any:
    for part in way:
        data = data[part]
    return data


NAMES = {
    *("menu", "hours", "general", "leads_to", "label", "short", "ladder", "callback_ladder", "spoken_role", "skill"),
    *("wait", "next", "zone", "holidays", "greeting", "closed"),
}


def mistype_a_name(files: Files) -> Iterator[Mutant]:
    """A reference, a skill or a zone is mistyped."""
    for sheet in ("lines.yaml", "menus.yaml", "services.yaml", "hours.yaml"):
        data = _sheet(files, sheet)
        for way in _ways(data):
            if way[-1] in NAMES and isinstance(_leaf(data, way), str):
                yield f"{sheet}: {way}", _with(files, sheet, _put(data, way, _leaf(data, way)[:-1] + "q"))


def mistype_a_setting(files: Files) -> Iterator[Mutant]:
    """The key of a setting is mistyped."""
    for sheet in ("lines.yaml", "menus.yaml", "services.yaml", "hours.yaml"):
        data = _sheet(files, sheet)
        for way in _ways(data):
            if isinstance(way[-1], str) and way[-2:-1] != ("words",) and len(way) > 2:
                changed = _put(_put(data, way, None), (*way[:-1], way[-1] + "s"), _leaf(data, way))
                yield f"{sheet}: {way}", _with(files, sheet, changed)


def _options(files: Files, change: Callable[[list[Any], int], Iterator[list[Any]]]) -> Iterator[Mutant]:
    data = _sheet(files, "menus.yaml")
    for name, menu in data["menus"].items():
        for at in range(len(menu["options"])):
            for options in change(deepcopy(menu["options"]), at):
                changed = {"menus": {**data["menus"], name: {**menu, "options": options}}}
                yield f"menus.yaml: {name} option {at}", _with(files, "menus.yaml", changed)


def repeat_a_key(files: Files) -> Iterator[Mutant]:
    """Two options have one key."""

    def repeated(options: list[Any], at: int) -> Iterator[list[Any]]:
        options[at]["key"] = options[at - 1]["key"]
        yield options

    return _options(files, repeated)


def swap_keys(files: Files) -> Iterator[Mutant]:
    """Two options have each other's key."""

    def swapped(options: list[Any], at: int) -> Iterator[list[Any]]:
        options[at]["key"], options[at - 1]["key"] = options[at - 1]["key"], options[at]["key"]
        yield options

    return _options(files, swapped)


def drop_an_option(files: Files) -> Iterator[Mutant]:
    """A choice is gone, and with it the way to a service or a person."""
    return _options(files, lambda options, at: iter([options[:at] + options[at + 1 :]]))


def drop_the_words(files: Files) -> Iterator[Mutant]:
    """A choice cannot be spoken in one language."""

    def dropped(options: list[Any], at: int) -> Iterator[list[Any]]:
        for language in list(options[at].get("words", {})):
            words = {key: value for key, value in options[at]["words"].items() if key != language}
            yield [*options[:at], {**options[at], "words": words}, *options[at + 1 :]]

    return _options(files, dropped)


def orphan_a_menu(files: Files) -> Iterator[Mutant]:
    """A menu that nothing leads to."""
    data = _sheet(files, "menus.yaml")
    for name, menu in data["menus"].items():
        yield f"menus.yaml: {name}", _with(files, "menus.yaml", {"menus": {**data["menus"], f"{name}-2": menu}})


def overlap_hours(files: Files) -> Iterator[Mutant]:
    """A day is open twice at the same time."""
    data = _sheet(files, "hours.yaml")
    for name, hours in data["hours"].items():
        for at, span in enumerate(hours["weekly"]):
            for day in span["days"]:
                again = {"days": [day], "opens": "06:00", "closes": "23:00"}
                changed = {**hours, "weekly": [*hours["weekly"], again]}
                yield f"hours.yaml: {name} {at} {day}", _with(files, "hours.yaml", _put(data, ("hours", name), changed))


def never_open(files: Files) -> Iterator[Mutant]:
    """No hours at all are left."""
    data = _sheet(files, "hours.yaml")
    for name in data["hours"]:
        yield f"hours.yaml: {name}", _with(files, "hours.yaml", _put(data, ("hours", name, "weekly"), []))


def cut_a_fall_through(files: Files) -> Iterator[Mutant]:
    """A ladder loses its last rung, or its last rung serves not any."""
    data = _sheet(files, "services.yaml")
    for name, ladder in data["ladders"].items():
        rungs = ladder["rungs"]
        for what, cut in (("last", rungs[:-1]), ("any", [*rungs[:-1], {**rungs[-1], "serve": ["own"]}])):
            changed = _put(data, ("ladders", name, "rungs"), cut)
            yield f"services.yaml: {name} {what}", _with(files, "services.yaml", changed)


def remove_an_owner(files: Files) -> Iterator[Mutant]:
    """A service, and with it the owner of its promises, is gone."""
    data = _sheet(files, "services.yaml")
    for name in data["services"]:
        yield f"services.yaml: {name}", _with(files, "services.yaml", _put(data, ("services", name), None))


def lower_a_level(files: Files) -> Iterator[Mutant]:
    """A number of a service or a rung is below what can be."""
    data = _sheet(files, "services.yaml")
    for way in _ways(data):
        if isinstance(_leaf(data, way), int) and not isinstance(_leaf(data, way), bool):
            yield f"services.yaml: {way}", _with(files, "services.yaml", _put(data, way, -1))
    for name in data["services"]:
        yield f"services.yaml: {name} level", _with(files, "services.yaml", _put(data, ("services", name, "level"), -1))


def move_the_emergency(files: Files) -> Iterator[Mutant]:
    """The emergency sentence says something else, and its words stand elsewhere."""
    for name, found in _messages(files):
        if found[1] == "emergency":
            where, changed = _said(files, name, found, "emergency = Thank you for calling.\n")
            yield where, {**changed, name: changed[name].replace("welcome = ", f"welcome = {found[2].strip()} ", 1)}


OPERATORS: tuple[Operator, ...] = (
    drop_a_prompt, empty_a_prompt, break_a_placeholder, break_the_syntax, swap_a_digit, stray_mark, leave_untranslated,
    say_a_name, rename_a_message, mistype_a_name, mistype_a_setting, repeat_a_key, swap_keys, drop_an_option,
    drop_the_words, orphan_a_menu, overlap_hours, never_open, cut_a_fall_through, remove_an_owner, lower_a_level,
    move_the_emergency,
)  # fmt: skip


def mutants(sample: int | None = None) -> Iterator[tuple[str, str, Files]]:
    """Operator, place and files of each mutant, or of `sample` of each operator, always the same."""
    files = {name: str(text) for name, text in files_of(SHIPPED).items()}
    for operator in OPERATORS:
        made = list(operator(files))
        for where, changed in random.Random(1).sample(made, min(sample or len(made), len(made))):
            yield operator.__name__, where, changed


def caught(files: Files, *, walk: bool) -> bool:
    """Whether check-config would refuse these files."""
    try:
        content_of(files, sentences, *([walked] if walk else []))
    except ContentError:
        return True
    return False


def main() -> None:
    """The table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--sample", type=int, help="so many of each operator")
    options.add_argument("--walk", action="store_true", help="walk the conversation with each survivor")
    given = options.parse_args()
    made, found, survivors = Counter[str](), Counter[str](), []
    for operator, where, files in mutants(given.sample):
        made[operator] += 1
        if caught(files, walk=False) or (given.walk and caught(files, walk=True)):
            found[operator] += 1
        else:
            survivors.append(f"{operator}: {where}")
    for operator, total in made.items():
        print(f"{operator:22} {found[operator]:4} of {total:4}")
    print(f"{'all':22} {found.total():4} of {made.total():4}  {found.total() / made.total():.1%}")
    for survivor in survivors:
        print("survived ", survivor)


if __name__ == "__main__":
    main()
