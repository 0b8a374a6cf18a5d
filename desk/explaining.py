"""Says in plain words why a call came to this clinician: what the caller needed, and how the two were matched."""

from collections.abc import Mapping

from desk import words
from desk.rows import TalkRow

BY_TRIGGER = {
    "wait": "You were ready when this call came in.",
    "duty": "This caller was the first in your lines when you became ready.",
}


def reasons(talk: TalkRow, my_id: str, colleagues: Mapping[str, str]) -> tuple[str, ...]:
    """Sentences for the card, the strongest first. `colleagues` are full names by id."""
    chosen = _relation(talk, my_id, colleagues)
    trigger = BY_TRIGGER.get(str(talk.why.get("trigger")), "")
    return tuple(sentence for sentence in (chosen, trigger) if sentence)


def _relation(talk: TalkRow, my_id: str, colleagues: Mapping[str, str]) -> str:
    own, team = talk.need.get("own"), talk.need.get("team") or ()
    if own == my_id:
        return "You are this patient's own clinician."
    absent = f"{colleagues.get(str(own), 'The own clinician')} was not free. " if own else ""
    if my_id in team:
        return f"{absent}You are on this patient's care team."
    skill, language = words.plain(str(talk.need.get("skill") or "")), words.language(talk.need.get("language"))
    return f"{absent}You take calls for {words.skill(skill)} in {language}."
