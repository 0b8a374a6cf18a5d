"""The identity rule among housemates who know all but the codes: the short form of `bench.households`."""

from bench.households import IMPOSTOR_CALLS, measured, told


def test_no_housemate_is_let_in_by_any_phone_and_no_patient_with_a_code_is_kept_out(tmp_path):
    figures = measured(150, seed=1, folder=tmp_path)
    assert figures.counts["calls"] > 1000
    assert figures.share("in", "calls") < 0.1
    for channel in IMPOSTOR_CALLS:
        assert figures.counts[f"calls {channel}"] > 100
        assert figures.share(f"in {channel}", f"calls {channel}") < 0.1, channel
    assert figures.share("rejected", "genuine") < 1
    assert figures.share("level 2", "with a code") > 99
    assert figures.counts["proxy in"] == figures.counts["proxies"] > 0
    assert len(list(told(figures))) > 8
