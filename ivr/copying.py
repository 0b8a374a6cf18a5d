"""Copies of frozen values with some fields changed: every step of a conversation makes several."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import replace as replace  # so the changes are checked as those of the standard library are
else:

    def replace(one: Any, **changes: Any) -> Any:
        """As `dataclasses.replace`, for a class that computes nothing from its fields, in a tenth of the time."""
        inside = one.__dict__ | changes
        if len(inside) != len(one.__dict__) and (unknown := changes.keys() - one.__dataclass_fields__.keys()):
            raise TypeError(f"{type(one).__name__} has no {', '.join(sorted(unknown))}")
        copy = object.__new__(type(one))
        object.__setattr__(copy, "__dict__", inside)
        return copy
