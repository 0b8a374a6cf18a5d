"""What a content must pass before it may serve.

Every process proves the sentences when it starts: that takes a moment. The walk over the conversation takes seconds:
`access-center check-config` does it, and the release step before the processes start.
"""

from collections.abc import Iterator

from config.coherence import Incoherence
from config.content import Content
from proving.coverage import Seen
from proving.safety import Safety
from proving.sentences import sentences

__all__ = ["Seen", "sentences", "walked"]


def walked(content: Content, seen: Seen | None = None) -> Iterator[Incoherence]:
    """Every breach that a walk over the whole conversation finds; `seen` is told what was covered."""
    yield from Safety(content, seen or Seen()).breaches()
