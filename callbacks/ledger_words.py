"""The ledger as a table: one row a promise, ids and instants, no name and no number of a patient. Pure."""

from datetime import datetime

from callbacks.ledger import Kept, Totals, standing, why

Cell = str | int | None
HEADER = (
    "promise", "booked_at", "service", "language", "kind", "asked_by", "promised_from", "promise_by", "for", "kept_by",
    "attempts", "outcome", "ended_at", "why",
)  # fmt: skip


def row(kept: Kept, now: datetime) -> tuple[Cell, ...]:
    """One promise, in the order of HEADER."""
    promise = kept.promise
    return (
        promise.id,
        promise.booked_at.isoformat(),
        promise.service,
        promise.language,
        promise.kind.value,
        promise.asked_by,
        promise.promised_from.isoformat(),
        promise.promise_by.isoformat(),
        promise.own_id,
        kept.by,
        len(kept.attempts),
        standing(promise, now).value,
        promise.ended_at.isoformat() if promise.ended_at else None,
        why(kept, now),
    )


def summary(found: Totals) -> str:
    """What a ledger comes to, in a line."""
    share = "-" if found.kept_share is None else f"{found.kept_share:.1%}"
    usual = "-" if found.usual_seconds is None else f"{found.usual_seconds / 60:.0f} min"
    return (
        f"{found.promised} promised: {found.kept} kept, {found.kept_late} kept late, {found.to_person} with a person, "
        f"{found.cancelled} taken back, {found.open} open, {found.late} late. Kept in time: {share}; usual time to the "
        f"talk: {usual}; {found.attempts} tries, {found.rang} of them rang."
    )
