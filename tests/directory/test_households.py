"""The identity rule among housemates who know all but the codes: the short form of `bench.households`."""

from bench.households import IN_HAND, measured, told


def test_no_housemate_is_let_in_and_no_patient_with_a_code_is_kept_out(tmp_path):
    figures = measured(150, seed=1, folder=tmp_path)
    assert figures.counts["calls"] > 1000
    assert figures.share("in", "calls") < 0.1
    assert figures.share("strict in", "strict") < 0.1, "who did not say that his phone is his alone is safe from it too"
    assert figures.share("rejected", "genuine") < 1
    assert figures.share("level 2", "genuine") > 60
    assert figures.counts["proxy in"] == figures.counts["proxies"] > 0
    assert figures.counts[f"in {IN_HAND}"] > 0, "the one way that is left open is told, not hidden"
    assert len(list(told(figures))) > 10
