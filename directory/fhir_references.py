"""Finds the resource that a FHIR reference means: by relative or absolute address, by urn:uuid, or by identifier.

Never by display: two people may have one name.
"""

from typing import Protocol

from directory.fhir_resources import Identifier, Reference


class Index(Protocol):
    """Where the resources of an import can be looked up by key ("Patient/123"), bundle address, or identifier."""

    def has(self, key: str) -> bool:
        """Whether there is such a resource."""

    def at_address(self, address: str) -> str | None:
        """The key of the resource that a bundle gives this address."""

    def identified(self, kind: str, system: str | None, value: str) -> list[str]:
        """Two at most of the keys with this identifier; `system` None means any."""


def find(index: Index, reference: Reference | None, *kinds: str) -> str | None:
    """The key of the resource of one of these kinds that is meant; None when it is not there, or not one alone."""
    if reference is None:
        return None
    found = [key for key in _keys(index, reference, kinds) if key.partition("/")[0] in kinds and index.has(key)]
    return found[0] if len(found) == 1 else None


def why_not(reference: Reference) -> str:
    """Why a reference was not resolved, by its form; no value of it."""
    text = reference.reference or ""
    if text.startswith("#"):
        return "means a contained resource, which has no identity of its own"
    if text:
        return "means a resource that the import lacks, or more than one"
    if reference.identifier is not None:
        return "means an identifier that nobody, or more than one, has"
    return "has a display only; nobody is found by name"


def names_kind(reference: Reference | None, *kinds: str) -> bool:
    """Whether a reference says by its form that it means one of these kinds."""
    text = reference.reference if reference else None
    return text is not None and any(f"{kind}/" in f"/{text}" or text.startswith(f"{kind}?") for kind in kinds)


def _keys(index: Index, reference: Reference, kinds: tuple[str, ...]) -> list[str]:
    text = (reference.reference or "").partition("/_history/")[0]
    if not text:
        return _by_identifier(index, reference.identifier, kinds)
    addressed = index.at_address(text)
    if addressed is not None:
        return [addressed]
    path, mark, query = text.partition("?identifier=")
    if mark:
        system, bar, value = query.partition("|")
        return index.identified(path.rpartition("/")[2], system if bar else None, value if bar else system)
    return ["/".join(text.split("/")[-2:])]


def _by_identifier(index: Index, identifier: Identifier | None, kinds: tuple[str, ...]) -> list[str]:
    if identifier is None or not identifier.value:
        return []
    return [key for kind in kinds for key in index.identified(kind, identifier.system, identifier.value)]
