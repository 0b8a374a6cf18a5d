"""Who takes a callback is served when he would have been; the long form is `python -m bench.callbacks`."""

from bench.callbacks import by_deadline, keep_your_place


def test_nobody_is_served_before_a_smaller_key_and_the_twin_who_stayed_is_served_alike() -> None:
    matches, out_of_order, differing = keep_your_place(25)
    assert matches == 25 * 60
    assert (out_of_order, differing) == (0, 0)


def test_a_day_of_the_surge_loses_few_and_keeps_its_promises() -> None:
    figures = by_deadline(1)
    assert figures["callbacks"] > 0.1
    assert figures["abandoned"] <= 0.02
    assert figures["online_p90_s"] <= 30
    assert figures["promises_met"] >= 0.995
