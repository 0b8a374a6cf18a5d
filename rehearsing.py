"""`access-center walk`: every path through a clinic's conversation, and the calls that the clinic wrote down.

Nothing is needed but the content: no database, no carrier, no clock.
"""

import argparse
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from config.content import Content
from config.problems import Flaw
from proving.coverage import Seen, told
from proving.playing import AT, Played, instant_of, play_all
from proving.safety import Safety
from proving.samples import names
from proving.scenarios import PEOPLE, read_scenarios
from proving.walking import Narrow

FOLDER = "scenarios"  # of a clinic's content


class CannotWalkError(Exception):
    """What was asked for is not there."""


@dataclass(frozen=True)
class Asked:
    """What the command line asks for. `scenarios` None: the paths; no path in it: the folder of the content."""

    language: str = ""
    line: str = ""
    at: str = ""
    given: tuple[str, ...] = ()
    scenarios: tuple[Path, ...] | None = None

    @classmethod
    def of(cls, options: argparse.Namespace) -> "Asked":
        """From the options of `walk`."""
        scenarios = None if options.scenarios is None else tuple(options.scenarios)
        return cls(options.language or "", options.line or "", options.at or "", tuple(options.given), scenarios)

    @property
    def is_narrow(self) -> bool:
        return bool(self.language or self.line or self.at or self.given)


def run(asked: Asked, content: Content, folder: Path) -> bool:
    """Print what was asked for; whether everything is as it must be."""
    if asked.scenarios is not None:
        return _print_scenarios(_played(asked.scenarios or (folder / FOLDER,), content))
    narrow = narrowed(asked, content)
    said: Collection[str] = ()
    sound = True
    if not asked.is_narrow and (folder / FOLDER).is_dir():
        played = _played((folder / FOLDER,), content)
        said = {key for each in played if isinstance(each, Played) for key in each.prompts}
        sound = _print_scenarios(played)
    return _print_walk(content, narrow, said) and sound


def narrowed(asked: Asked, content: Content) -> Narrow:
    """The part of all paths that is asked for."""
    if asked.language and asked.language not in content.languages:
        raise CannotWalkError(f"--language {asked.language}: accepted: {', '.join(content.languages)}")
    if asked.line and asked.line not in content.lines:
        raise CannotWalkError(f"--line {asked.line}: accepted: {', '.join(content.lines)}")
    facts = tuple(_given(text) for text in asked.given)
    zone = content.home.zone
    try:
        at = instant_of(asked.at, zone) if asked.at else None
    except ValueError as error:
        raise CannotWalkError(f"--at {error}: accepted: {AT}") from error
    return Narrow(asked.language, asked.line, at, facts)


def _given(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals and value):
        raise CannotWalkError(f"--given {text}: accepted: a fact and its value, such as own.presence=away")
    if not any(f".{known}".endswith(f".{name}") for known in names()):
        raise CannotWalkError(f"--given {text}: accepted: a value of one of these: {', '.join(names())}")
    return name, value


def _print_walk(content: Content, narrow: Narrow, said: Collection[str]) -> bool:
    seen = Seen()
    breaches = list(Safety(content, seen, narrow).breaches())
    for line in told(seen, content, said):
        print(line)
    for where, found, accepted in breaches:
        print(f"breach: {'.'.join(map(str, where))}: found {found}; accepted: {accepted}")
    print(f"{len(breaches)} breaches" if breaches else "no breach: every path ends as it must")
    return not breaches


# --- scenarios


def _played(paths: Sequence[Path], content: Content) -> list[Played | Flaw]:
    """Every scenario of these files and folders, played; and what could not be read."""
    return [each for path in paths for each in _played_of(path, content)]


def _played_of(path: Path, content: Content) -> Iterator[Played | Flaw]:
    folder = path if path.is_dir() else path.parent
    names = sorted(folder.glob("*.yaml")) if path.is_dir() else [path, folder / PEOPLE]
    if not path.exists():
        raise CannotWalkError(f"{path}: no such file or folder; docs/scenarios.md tells how to write one")
    scenarios, flaws = read_scenarios({each.name: each.read_text(encoding="utf-8") for each in names if each.is_file()})
    yield from flaws
    yield from play_all(scenarios, content)


def _print_scenarios(played: Sequence[Played | Flaw]) -> bool:
    flaws = 0
    for each in played:
        if isinstance(each, Flaw):
            flaws += 1
            print(each)
        elif each.flaw is not None:
            flaws += 1
            print(each.flaw)
        else:
            print(f"{each.scenario.file}: {each.scenario.head.title}: ends with {each.ends}")
    total = sum(isinstance(each, Played) for each in played)
    print(f"{total} scenarios played, {flaws} flaws")
    return not flaws and total > 0
