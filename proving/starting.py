"""What every process proves of its content when it starts. Apart from the walk, which no process that serves loads."""

from config.approval import unapproved
from config.holding import playable
from config.reading import Proof
from config.settings import Settings
from proving.sentences import sentences


def proofs(settings: Settings) -> tuple[Proof, ...]:
    """What must be true of a content before it may serve here; in production clinicians have signed the red flags."""
    always = (sentences, playable(settings.clinic_config))
    return (*always, unapproved) if settings.in_production else always
