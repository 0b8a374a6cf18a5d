"""What every process proves of its content when it starts. Apart from the walk, which no process that serves loads."""

from config.approval import unapproved
from config.reading import Proof
from proving.sentences import sentences


def proofs(*, in_production: bool) -> tuple[Proof, ...]:
    """What must be true of a content before it may serve; in production clinicians have signed the red flags."""
    return (sentences, unapproved) if in_production else (sentences,)
