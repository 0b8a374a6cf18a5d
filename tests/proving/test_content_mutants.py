"""Mistakes in a content are caught before it serves: one of each kind; all by `python -m bench.content_mutants`."""

from bench.content_mutants import OPERATORS, SHIPPED, caught, mutants
from config.reading import files_of


def test_the_content_without_a_mistake_is_not_refused():
    assert not caught(dict(files_of(SHIPPED)), walk=False)


def test_a_mistake_of_every_kind_is_caught_at_the_start_of_every_process():
    for operator, where, files in mutants(sample=1):
        assert caught(files, walk=False), f"{operator}: {where}"
    assert len(OPERATORS) >= 12
