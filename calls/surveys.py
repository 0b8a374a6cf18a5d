"""What patients answered after their talks, folded from the journal. Pure. Answers belong to calls, never to names."""

from collections import defaultdict
from collections.abc import Iterable

from calls.metrics import Entry


def answers(entries: Iterable[Entry]) -> dict[str, dict[str, float]]:
    """For each question: how many answered (the last answer of a call counts), and the mean to two places."""
    latest: dict[str, dict[str, int]] = defaultdict(dict)
    for entry in entries:
        if entry.fact == "survey_answered":
            latest[str(entry.details["question"])][entry.call_id] = int(entry.details["answer"])
    return {
        question: {"answered": len(of_calls), "mean": round(sum(of_calls.values()) / len(of_calls), 2)}
        for question, of_calls in sorted(latest.items())
    }
