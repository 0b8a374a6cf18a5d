"""How long a caller will probably wait, as a formula without a clock."""


def expected_wait_seconds(ahead: int, serving: int, mean_talk_seconds: float, mean_patience_seconds: float) -> float:
    """The mean wait of a caller who finds all busy and will be served, with this many ahead of him.

    Sum over i = 0..ahead of 1 / (s mu + (i + 1) theta): of all who wait, those who are served see faster stages,
    because each stage also ends when somebody gives up. Derivation, and the 11 % by which the common form without
    "+ 1" is too long in a centre of eight: Erlang A in closed form (M/M/c+M). ValueError when nobody serves.
    """
    if serving < 1:
        raise ValueError("nobody serves: there is no wait to estimate")
    served, given_up = serving / mean_talk_seconds, 1 / mean_patience_seconds
    return sum(1 / (served + (i + 1) * given_up) for i in range(ahead + 1))
