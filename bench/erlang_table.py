"""The reference table of Erlang C and A, and how far our functions are from it: `python -m bench.erlang_table`.

The table prints four to six digits after the point, so agreement with it can be shown to a unit of its last digit
and no closer. A second computation by another way (the caller's chances followed stage by stage in small steps of
chance, by uniformization) shows the rest.
"""

from dataclasses import asdict, dataclass
from math import exp, inf

from routing.erlang import Performance, erlang_a, erlang_c

_C = "waiting speed_of_answer level queue"
_A = "waiting abandoned mean_wait speed_of_answer level level_of_served level_of_stayed occupancy"
# calls an hour, mean talk, [mean patience,] clinicians, target; then the figures named above
_TABLE_C = """
100 180 6 20     0.587516 105.7530 0.474267 2.9376
100 180 8 20     0.167267 10.0360 0.880148 0.2788
240 180 14 20    0.481705 43.3535 0.614280 2.8902
240 300 24 20    0.298072 22.3554 0.771698 1.4904
600 240 44 20    0.431700 25.9020 0.690673 4.3170
360 600 64 30    0.506866 76.0299 0.585013 7.6030
2400 360 250 20  0.412139 14.8370 0.763534 9.8913
60 300 6 20      0.587516 176.2549 0.450374 2.9376
30 300 4 20      0.319857 63.9713 0.710582 0.5331
504 600 90 30    0.411957 41.1957 0.694815 5.7674
252 120 12 20    0.183888 6.1296 0.899080 0.4291
"""
_TABLE_A = """
100 180 120 5 20     0.517074 0.192370 23.0844 19.0941 0.579988 0.718136 0.624625 0.80763
100 180 120 6 20     0.355834 0.112336 13.4803 10.8464 0.731965 0.824597 0.768339 0.73972
240 300 300 20 20    0.529743 0.088835 26.6506 25.1698 0.583222 0.640084 0.601517 0.91116
240 300 300 18 20    0.702972 0.146251 43.8754 42.8490 0.400222 0.468781 0.417761 0.94861
240 300 180 22 30    0.318111 0.057814 10.4065 9.3076 0.824990 0.875612 0.856331 0.85653
600 240 240 40 20    0.521029 0.062947 15.1073 14.5283 0.671699 0.716821 0.695030 0.93705
60 300 300 5 20      0.559507 0.175467 52.6402 46.3267 0.496873 0.602612 0.514480 0.82453
60 300 300 6 20      0.384039 0.098660 29.5979 25.2902 0.670526 0.743921 0.686274 0.75112
2400 360 360 240 20  0.508584 0.025743 9.2674 9.1276 0.789208 0.810061 0.804342 0.97426
504 600 600 90 30    0.270355 0.017200 10.3201 9.9292 0.855064 0.870028 0.863590 0.91728
"""


@dataclass(frozen=True)
class Row:
    """One center, and its figures as printed, by the name of a field of `Performance`."""

    calls_per_hour: float
    talk: float
    patience: float
    servers: int
    target: float
    printed: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        patience = "" if self.patience == inf else f" patience {self.patience:g}"
        return f"{self.calls_per_hour:g}/h {self.talk:g} s{patience} {self.servers} clinicians"

    def computed(self) -> Performance:
        """What our functions say of it."""
        if self.patience == inf:
            return erlang_c(self.calls_per_hour, self.talk, self.servers, self.target)
        return erlang_a(self.calls_per_hour, self.talk, self.patience, self.servers, self.target)


def _rows(table: str, names: str) -> tuple[Row, ...]:
    return tuple(_row(line.split(), names.split()) for line in table.strip().splitlines())


def _row(words: list[str], names: list[str]) -> Row:
    center, figures = words[: -len(names)], words[-len(names) :]
    calls, talk, *patience, servers, target = (float(word) for word in center)
    printed = tuple(zip(names, figures, strict=True))
    return Row(calls, talk, patience[0] if patience else inf, int(servers), target, printed)


ERLANG_C, ERLANG_A = _rows(_TABLE_C, _C), _rows(_TABLE_A, _A)
ROWS = (*ERLANG_C, *ERLANG_A)


def units_off(row: Row) -> float:
    """The largest difference from what is printed, in units of the last digit printed. Up to 0.5 is rounding."""
    found: dict[str, float] = asdict(row.computed())
    return max(abs(found[name] - float(text)) * 10.0 ** len(text.partition(".")[2]) for name, text in row.printed)


def relative_error(row: Row) -> float:
    """The largest relative difference from the figures of `stage_by_stage`."""
    found: dict[str, float] = asdict(row.computed())
    return max(abs(found[name] - exact) / exact for name, exact in stage_by_stage(row).items())


def stage_by_stage(row: Row) -> dict[str, float]:
    """The row's figures by brute force: every state's chance, and a tagged caller followed through the line."""
    arrivals, service = row.calls_per_hour / 3600, 1 / row.talk
    give_up = 0.0 if row.patience == inf else 1 / row.patience
    free, places = _chances(arrivals, service, give_up, row.servers)
    stay, answered = _tagged(places, row.servers * service, give_up, row.target)
    queue = sum(ahead * chance for ahead, chance in enumerate(places))
    abandoned = give_up * queue / arrivals
    return {"waiting": 1 - free, "mean_wait": queue / arrivals, "level": free + answered, "queue": queue} | (
        {"abandoned": abandoned, "level_of_stayed": (free + answered) / (free + answered + stay)} if give_up else {}
    )


def _chances(arrivals: float, service: float, give_up: float, servers: int) -> tuple[float, list[float]]:
    weights = [1.0]
    for n in range(1, servers * 4 + 4000):
        weights.append(weights[-1] * arrivals / (min(n, servers) * service + max(0, n - servers) * give_up))
        if weights[-1] > 1e200:
            weights = [weight / 1e200 for weight in weights]
    total = sum(weights)
    return sum(weights[:servers]) / total, [weight / total for weight in weights[servers:]]


def _tagged(places: list[float], out: float, give_up: float, target: float) -> tuple[float, float]:
    """Of callers who find `places` ahead: the chances to wait still at the target, and to be answered before it."""
    length = max(n for n, chance in enumerate(places) if chance > 1e-16) + 1
    pace = (out + (length + 1) * give_up) or out
    at, answered, total_answered, total_stay = places[:length], 0.0, 0.0, 0.0
    each = exp(-pace * target)
    seen = steps = 0.0
    while seen < 1 - 1e-15 and steps < 100_000:
        total_answered, total_stay = total_answered + each * answered, total_stay + each * sum(at)
        seen, steps = seen + each, steps + 1
        answered, at = answered + at[0] * out / pace, _one_step(at, out, give_up, pace)
        each *= pace * target / steps
    return total_stay, total_answered


def _one_step(at: list[float], out: float, give_up: float, pace: float) -> list[float]:
    """Chances of the places one step of the clock later: the one before him goes, he gives up, or nothing happens."""
    nearer = [at[n + 1] * (out + (n + 1) * give_up) / pace for n in range(len(at) - 1)] + [0.0]
    stay = [chance * (1 - (out + (n + 1) * give_up) / pace) for n, chance in enumerate(at)]
    return [a + b for a, b in zip(nearer, stay, strict=True)]


if __name__ == "__main__":
    print(f"erlang_max_rel_err {max(map(relative_error, ROWS)):.1e} over {len(ROWS)} rows (bar: 1e-6)")
    print(f"printed table: off by at most {max(map(units_off, ROWS)):.2f} units of its last digit")
