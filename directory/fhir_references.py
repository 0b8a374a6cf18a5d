"""Finds the resource that a FHIR reference means: by relative or absolute address, by urn:uuid, or by identifier.

Never by display: two people may have one name.
"""

from typing import Any

from directory.fhir_resources import Identifier, Reference, Resource


class References:
    """An index over the resources of one import. `kind` of a found key stands before its slash."""

    def __init__(self) -> None:
        self._by_key: dict[str, Resource] = {}
        self._by_address: dict[str, str] = {}
        self._by_identifier: dict[tuple[str, str | None, str], set[str]] = {}

    def add(self, resource: Resource, full_url: str | None) -> None:
        """Make a resource findable; `full_url` is its address in a bundle."""
        self._by_key[resource.key] = resource
        if full_url:
            self._by_address[full_url] = resource.key
        for system, value in _identifiers(resource.identifier):
            for named in {system, None}:  # a reference may leave the system out
                self._by_identifier.setdefault((resource.kind, named, value), set()).add(resource.key)

    def find(self, reference: Reference | None, *kinds: str) -> Resource | None:
        """The resource of one of these kinds that is meant; None when it is not in the import, or not one alone."""
        for key in self._keys(reference, kinds):
            if key.partition("/")[0] in kinds and key in self._by_key:
                return self._by_key[key]
        return None

    def _keys(self, reference: Reference | None, kinds: tuple[str, ...]) -> list[str]:
        if reference is None:
            return []
        text = reference.reference or ""
        if text in self._by_address:
            return [self._by_address[text]]
        kind, mark, query = text.partition("?identifier=")
        if mark:
            system, bar, value = query.partition("|")
            return self._identified(kind, system if bar else None, value if bar else system)
        return ["/".join(text.split("/")[-2:])] if text else self._by_identifier_of(reference.identifier, kinds)

    def _by_identifier_of(self, identifier: Identifier | None, kinds: tuple[str, ...]) -> list[str]:
        if identifier is None or identifier.value is None:
            return []
        return [key for kind in kinds for key in self._identified(kind, identifier.system, identifier.value)]

    def _identified(self, kind: str, system: str | None, value: str) -> list[str]:
        found = self._by_identifier.get((kind, system, value), set())
        return list(found) if len(found) == 1 else []


def names_kind(reference: Reference | None, *kinds: str) -> bool:
    """Whether a reference says by its form that it means one of these kinds."""
    text = reference.reference if reference else None
    return text is not None and any(f"{kind}/" in text or text.startswith(f"{kind}?") for kind in kinds)


def _identifiers(listed: Any) -> list[tuple[str | None, str]]:
    entries = [entry for entry in (listed if isinstance(listed, list) else []) if isinstance(entry, dict)]
    pairs = [(entry.get("system"), entry.get("value")) for entry in entries]
    return [(system, value) for system, value in pairs if isinstance(value, str) and isinstance(system, str | None)]
