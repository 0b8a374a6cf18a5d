"""Whether clinicians have put their names to what only they may answer for: the list of red flags."""

from collections.abc import Iterator

from config.coherence import Incoherence
from config.content import Content

SIGNATURES = 2


def unapproved(content: Content) -> Iterator[Incoherence]:
    """A list of red flags that fewer than two people have approved. A content without a list has nothing to approve."""
    names = {name.strip().casefold() for name in content.red_flags.approved_by if name.strip()}
    if content.red_flags.flags and len(names) < SIGNATURES:
        found = f"{len(names)} of {SIGNATURES} signatures"
        yield ("red_flags", "approved_by"), found, 'two clinicians with a licence, each as "name, date"'
