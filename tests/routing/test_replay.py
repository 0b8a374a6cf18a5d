"""Simulated decisions, stored and decided again."""

from tempfile import TemporaryFile

from bench.routing_replay import replayed, simulated


def test_simulated_decisions_are_the_same_when_decided_again():
    with TemporaryFile("w+") as file:
        needs = simulated(file, 500)
        file.seek(0)
        assert replayed(file, needs) == (500, 0, 0)


def test_a_record_that_was_changed_is_told_from_the_others():
    with TemporaryFile("w+") as file:
        needs = simulated(file, 50)
        file.seek(0)
        text = file.read().replace('"match": {"wait_id": "00000007"', '"match": {"wait_id": "00000008"')
        file.seek(0)
        file.write(text)
        file.seek(0)
        decisions, _, whole = replayed(file, needs)
        assert (decisions, whole) == (50, 1)
