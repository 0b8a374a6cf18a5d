"""A copy with changes is what the standard library makes of it."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.copying import replace
from ivr.session import Session
from ivr.signals import Party

NAMES = [one.name for one in dataclasses.fields(Session)]


@given(st.dictionaries(st.sampled_from(NAMES), st.integers() | st.text(max_size=3)))
def test_a_copy_is_that_of_the_standard_library(changes: dict[str, object]) -> None:
    before = Session(Party.PATIENT, language="es")
    assert replace(before, **changes) == dataclasses.replace(before, **changes)  # type: ignore[arg-type]
    assert before == Session(Party.PATIENT, language="es")


def test_a_field_that_is_not_there_is_refused() -> None:
    with pytest.raises(TypeError, match="langauge"):
        replace(Session(Party.PATIENT), langauge="es")  # type: ignore[call-arg]
