"""Names things the way the carrier does: two letters and 32 hexadecimal digits, repeatable from a seed."""

from __future__ import annotations

import random


class SidMint:
    """Mints identifiers; each prefix has its own sequence, so callbacks never shift the names of calls."""

    def __init__(self, seed: int | None = None) -> None:
        self._seed = random.SystemRandom().getrandbits(64) if seed is None else seed
        self._sequences: dict[str, random.Random] = {}

    @property
    def seed(self) -> str:
        """What everything left to chance comes from."""
        return str(self._seed)

    def mint(self, prefix: str) -> str:
        """The next identifier with this two-letter prefix, such as `CA` for a call."""
        return f"{prefix}{self._sequence(prefix).getrandbits(128):032x}"

    def token(self) -> str:
        """A token in the form of a UUID, for the idempotency header."""
        digits = f"{self._sequence('token').getrandbits(128):032x}"
        return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))

    def chance(self) -> random.Random:
        """The seeded source of everything that is left to chance (dropped and shuffled callbacks)."""
        return self._sequence("chance")

    def _sequence(self, name: str) -> random.Random:
        return self._sequences.setdefault(name, random.Random(f"{self._seed}:{name}"))
