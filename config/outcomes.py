"""How talks may end: the codes of the content, and the site's own word about them, which stands above it. Pure."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from config.content import Content

Where = tuple[str | int, ...]

MOST_OUTCOMES = 15  # of one service: a longer list is not read, but its first line taken
LONGEST_LABEL = 60
KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True)
class SiteWord:
    """What the site says of one outcome of one service: one more, other words for it, or (not `active`) none."""

    service: str
    key: str
    label: str
    active: bool


def incoherent(content: Content) -> Iterator[tuple[Where, str, str]]:
    """Codes that are none, named twice or by nobody, and labels that cannot be read: where, found, accepted."""
    for key, outcome in content.outcomes.items():
        if not KEY.fullmatch(key):
            yield ("outcomes", key), repr(key), "a key of small letters, digits and underscores"
        if not 1 <= len(outcome.label.strip()) <= LONGEST_LABEL:
            yield ("outcomes", key, "label"), repr(outcome.label), f"1 to {LONGEST_LABEL} characters"
    for name, service in content.services.items():
        where: Where = ("services", name, "outcomes")
        for place, key in enumerate(service.outcomes):
            if key not in content.outcomes:
                known = ", ".join(sorted(content.outcomes)) or "nothing; no outcome is defined"
                yield (*where, place), repr(key), known
            if key in service.outcomes[:place]:
                yield (*where, place), repr(key), "each outcome once"
        if len(service.outcomes) > MOST_OUTCOMES:
            yield where, f"{len(service.outcomes)} outcomes", f"at most {MOST_OUTCOMES}"
    named = {key for service in content.services.values() for key in service.outcomes}
    for key in content.outcomes.keys() - named:
        yield ("outcomes", key), "an outcome that no service names", "a service whose outcomes name it"


def offered(content: Content, service: str, words: Iterable[SiteWord]) -> dict[str, str]:
    """The outcomes that a talk about a service may have, key and label, in the order in which they are offered."""
    known = content.services.get(service)
    labels = {key: content.outcomes[key].label for key in (known.outcomes if known else ())}
    for word in words:
        if word.service == service and word.active:
            labels[word.key] = word.label
        elif word.service == service:
            labels.pop(word.key, None)
    return labels


def label_of(content: Content, service: str, key: str, words: Iterable[SiteWord]) -> str:
    """An outcome in words, also one that is offered no more."""
    said = next((word.label for word in words if (word.service, word.key) == (service, key)), None)
    if said is not None:
        return said
    known = content.outcomes.get(key)
    return known.label if known else key.replace("_", " ").capitalize()
