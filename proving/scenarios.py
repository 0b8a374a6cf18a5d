"""Calls that a clinic writes down: who is there, what the caller does, what he must hear, and how it must end.

A file is YAML; `docs/scenarios.md` explains it with an example. Every value is read as text, so a key such as 03141957
keeps its zero. What cannot be understood is a `Flaw`: file, line, what was found and what is accepted.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import Field, ValidationError
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.nodes import Node

from config.content import Content
from config.problems import Flaw
from config.reading import line_of, parsed_yaml
from proving.people import Names, People, Sheet
from proving.steps import NOTE, OF_CALLER, OF_CENTER, OF_PEOPLE, OTHERS, STATES, matched, shown, wanted_after

PEOPLE = "people.yaml"
CENTER = "center"
NOBODY = "nobody"


class Changes(Sheet):
    """What is otherwise with a patient in one scenario."""

    clinicians: dict[str, Names] | None = None
    avoids: Names | None = None
    prefers: str | None = None


class Head(Sheet):
    """Everything of a file but its steps."""

    title: str
    about: str = ""  # for the reader
    at: str = "monday 10:00"  # when the scenario begins, in the zone of the clinic
    caller: str = ""
    number: str = ""  # that his telephone shows, if it is not his own; "hidden"
    language: str = ""  # chosen by key as soon as he is asked
    staff: dict[str, str] = Field(default_factory=dict)  # what each clinician does; whoever is not named is at home
    patients: dict[str, Changes] = Field(default_factory=dict)
    closed_on: Names = ()  # days on which the clinic is closed for a holiday of its own
    whole_call: str = ""  # the test that plays this with the whole center
    beyond: str = ""  # what that test proves beyond this file


@dataclass(frozen=True)
class Act:
    """One step: who does or notices what. `details` are the parts of the sentence that vary."""

    line: int
    who: str
    verb: str
    details: Mapping[str, str] = field(default_factory=dict)
    text: str = ""  # as it is written


@dataclass(frozen=True)
class Scenario:
    file: str
    head: Head
    people: People
    acts: tuple[Act, ...]


S = TypeVar("S", bound="Sheet")
Reported = Callable[[tuple[str | int, ...], str, str], None]


def read_scenarios(files: Mapping[str, str]) -> tuple[list[Scenario], list[Flaw]]:
    """The scenarios of a folder's YAML files (name -> text), and everything that is wrong with them."""
    flaws: list[Flaw] = []
    people = _read_people(files, flaws)
    found = []
    for name, text in sorted(files.items()):
        if name != PEOPLE and people is not None:
            scenario = _read(name, text, people, flaws)
            found += [scenario] if scenario else []
    return found, flaws


def _read_people(files: Mapping[str, str], flaws: list[Flaw]) -> People | None:
    if PEOPLE not in files:
        flaws.append(Flaw(PEOPLE, None, "", "no such file", "a YAML file with patients and clinicians"))
        return None
    parsed = _parsed(PEOPLE, files[PEOPLE], flaws)
    return _validated(People, parsed[0], PEOPLE, parsed[1], flaws) if parsed else None


def _parsed(name: str, text: str, flaws: list[Flaw]) -> tuple[dict[str, Any], Node | None] | None:
    try:
        data, root = parsed_yaml(text, "base")
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        flaws.append(Flaw(name, line, "", str(error.problem).split("\n")[0], "YAML without duplicate keys"))
        return None
    if not isinstance(data, dict):
        flaws.append(Flaw(name, 1, "", type(data).__name__, "keys and values, such as title: Ana is free"))
        return None
    return data, root


def _validated(kind: type[S], data: Any, name: str, root: Node | None, flaws: list[Flaw]) -> S | None:
    try:
        return kind.model_validate(data)
    except ValidationError as error:
        for detail in error.errors():
            found = "nothing" if detail["type"] == "missing" else repr(detail["input"])[:80]
            known = ", ".join(field.alias or key for key, field in kind.model_fields.items())
            accepted = detail["msg"].removeprefix("Input should be ")
            if detail["type"] == "extra_forbidden":
                accepted = known if len(detail["loc"]) == 1 else "only the keys that docs/scenarios.md names"
            where = detail["loc"]
            flaws.append(Flaw(name, line_of(root, where), ".".join(map(str, where)), found, accepted))
        return None


def _read(name: str, text: str, people: People, flaws: list[Flaw]) -> Scenario | None:
    parsed = _parsed(name, text, flaws)
    if parsed is None:
        return None
    data, root = parsed
    steps = data.pop("steps", None)
    before = len(flaws)

    def wrong(where: tuple[str | int, ...], found: str, accepted: str) -> None:
        flaws.append(Flaw(name, line_of(root, where), ".".join(map(str, where)), found, accepted))

    head = _validated(Head, data, name, root, flaws)
    if not isinstance(steps, list) or not steps:
        wrong(("steps",), repr(steps or "nothing")[:80], "a list of steps, such as - press: 1")
        return None
    if head is None:
        return None
    people = _with_changes(head, people, wrong)
    _known(head, people, wrong)
    acts = tuple(act for at, step in enumerate(steps) if (act := _act(step, at, head, people, root, wrong)))
    return Scenario(name, head, people, acts) if len(flaws) == before else None


def _with_changes(head: Head, people: People, wrong: Reported) -> People:
    """Everybody as he is in this scenario."""
    changed = dict(people.patients)
    for name, change in head.patients.items():
        if name not in changed:
            wrong(("patients", name), repr(name), "a patient of people.yaml: " + ", ".join(changed))
            continue
        update = change.model_dump(exclude_none=True)
        if "clinicians" in update:
            update["clinicians"] = {**changed[name].clinicians, **update["clinicians"]}
        changed[name] = changed[name].model_copy(update=update)
    return people.model_copy(update={"patients": changed})


def _known(head: Head, people: People, wrong: Reported) -> None:
    """Everybody named is somebody."""
    if head.caller and head.caller not in people.phones():
        wrong(("caller",), repr(head.caller), "somebody of people.yaml: " + ", ".join(people.phones()))
    for name, state in head.staff.items():
        if name not in people.clinicians:
            wrong(("staff", name), repr(name), "a clinician of people.yaml: " + ", ".join(people.clinicians))
        if matched(state, STATES) is None:
            wrong(("staff", name), repr(state), shown(STATES))


def _act(step: Any, at: int, head: Head, people: People, root: Node | None, wrong: Reported) -> Act | None:
    where: tuple[str | int, ...] = ("steps", at)
    if not isinstance(step, dict) or len(step) != 1:
        wrong(where, repr(step)[:80], "one thing in each step, such as - press: 1, or - ana: answers")
        return None
    ((key, value),) = step.items()
    text = "" if value is None else str(value)
    line = line_of(root, where) or 0
    if key == NOTE:
        return Act(line, "", NOTE, {}, text)
    forms, who, sentence = OTHERS.get(key, ()), head.caller, text
    if key in OF_CALLER:
        forms, sentence = OF_PEOPLE, f"{OF_CALLER[key]} {text}".strip()
        if not head.caller:
            wrong(where, key, "a line caller: joe above, as it says who does this")
            return None
    elif key == CENTER:
        forms, who = OF_CENTER, CENTER
    elif key in people.phones():
        forms, who = OF_PEOPLE, key
    if not forms:
        accepted = ", ".join((*OF_CALLER, *OTHERS, NOTE, CENTER, *people.phones()))
        wrong(where, repr(key), accepted)
        return None
    found = matched(sentence, forms)
    if found is None:
        accepted = wanted_after(key, forms)
        wrong((*where, key), repr(text), accepted)
        return None
    return Act(line, who, *found, f"{key}: {text}" if text else key)


def problems_of(scenario: Scenario, content: Content) -> Iterator[Flaw]:
    """What a scenario names that the content does not have."""
    people = scenario.people
    services = (*content.services,)
    wanted: dict[str, tuple[str, ...]] = {
        "line": (*content.lines, CENTER),
        "service": services,
        "person": (*people.phones(),),
        "ladder": (*content.ladders,),
        "language": content.languages,
    }
    if scenario.head.language and scenario.head.language not in content.languages:
        yield Flaw(scenario.file, None, "language", repr(scenario.head.language), ", ".join(content.languages))
    for name, patient in people.patients.items():
        for service, clinicians in patient.clinicians.items():
            if service not in services:
                yield Flaw(PEOPLE, None, f"{name}.clinicians", repr(service), ", ".join(services))
            for clinician in clinicians:
                if clinician.rstrip("?") not in (*people.clinicians, NOBODY):
                    yield Flaw(PEOPLE, None, f"{name}.clinicians", repr(clinician), ", ".join(people.clinicians))
    for act in scenario.acts:
        for kind, known in wanted.items():
            named = act.details.get(kind)
            if named is not None and named not in known:
                yield Flaw(scenario.file, act.line, act.text, repr(named), ", ".join(known))
