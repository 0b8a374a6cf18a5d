"""When nobody more can wait for a service: its limits, asked at its entry and at each look at a wait."""

from config.content import Limits, Service
from ivr.knowledge import CrowdFacts

WHY = {
    "nobody_logged_in": "nobody-on-duty",
    "nobody_unpaused": "limit-away",
    "nobody_ready": "limit-busy",
    "waiting": "limit-many",
    "per_clinician": "limit-many",
    "wait_seconds": "limit-long",
}
"""Each limit in the order in which they are asked, and the prompt that says why."""


def reached(service: Service | None, crowd: CrowdFacts | None, waited: int | None) -> str:
    """The first limit that a caller meets, or "". `waited`: seconds that he has; None for one who comes."""
    held = service.limits.exits() if service else {}
    if service is None or not held or crowd is None:
        return ""
    over = _over(service.limits, crowd, crowd.longest_seconds if waited is None else waited)
    return next((name for name in WHY if name in held and over[name]), "")


def _over(limits: Limits, crowd: CrowdFacts, seconds: int) -> dict[str, bool]:
    per = limits.per_clinician
    return {
        "nobody_logged_in": crowd.logged_in == 0,
        "nobody_unpaused": crowd.on_duty == 0,
        "nobody_ready": crowd.ready == 0,
        "waiting": limits.waiting is not None and crowd.ahead >= limits.waiting.most,
        "per_clinician": per is not None and 0 < crowd.on_duty * per.most < crowd.ahead + 1,
        "wait_seconds": limits.wait_seconds is not None and seconds > limits.wait_seconds.most,
    }
