"""What must be true of a content before it may serve, beyond hanging together: the conversation can be held with it."""

from collections.abc import Iterator

from config.coherence import Incoherence, Where, variables
from config.content import Content
from ivr.spoken import SPOKEN


def unspeakable(content: Content) -> Iterator[Incoherence]:
    """Every sentence the conversation speaks that some language lacks, or words with other variables."""
    for language, words in content.prompts.items():
        for key, prompt in SPOKEN.items():
            where: Where = ("prompts", language, key)
            if key not in words:
                yield where, "no such message", "a message, as the conversation speaks it"
            elif variables(words[key]) != set(prompt.variables):
                yield where, _listed(variables(words[key])), _listed(prompt.variables)


def _listed(names: frozenset[str] | tuple[str, ...]) -> str:
    return ", ".join(f"${name}" for name in sorted(names)) or "no variables"
