"""The room of a talk, beyond the two whose it is: guests are rung, the patient hears music, one hands over and goes.

What is true stands in SQL; each function brings the carrier to it and may be done twice. Nothing here decides: who may
be asked in is `routing/guests.py`, what a guest hears is `ivr/guest.py`.
"""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection

import calls.store
import deeds
import directory.store
import routing.store
from calls.store import Entry
from ivr.session import Stage
from ivr.signals import Party
from routing import guests, guests_store
from routing.guests import Fate, Guest, Kind
from routing.needs import Follow
from routing.offers import Offer
from telephony.carrier import CarrierError
from tools import Tools


@dataclass(frozen=True)
class Inside:
    """The two whose talk it is, as far as they are in its room: the sids of their legs."""

    offer: Offer
    patient: str | None
    clinician: str | None


def ring_guest(entry: Entry, tools: Tools) -> tuple[str, list[Entry]]:
    """Ring somebody who is asked in. The intent stands before the act, so nobody is rung twice for one invitation."""
    guest_id = int(entry.subject)
    with tools.database.transaction() as tx:
        begun = guests_store.move(tx, guest_id, guests.State.DIALLING)
        number = _number_of(tx, begun, tools) if begun else None
    if begun is None:
        return "stale", []
    if number is None:
        return "failed", _not_come(guest_id, "failed", tools)
    try:
        sid = tools.carrier.ring(
            to=number,
            url=tools.urls.guest(guest_id),
            status_url=tools.urls.guest_status(guest_id),
            fallback_url=tools.urls.fallback("clinician"),
            seconds=tools.settings.ring_seconds,
            digits=_digits_of(begun, tools),
        )
    except CarrierError as error:
        if error.maybe_done:
            return "unknown", []  # it introduces itself when it rings; else its deadline ends the invitation
        return "failed", _not_come(guest_id, "failed", tools)
    return _placed(guest_id, sid, tools)


def _placed(guest_id: int, sid: str, tools: Tools) -> tuple[str, list[Entry]]:
    """The call exists. If nobody wants the guest any more, his phone must not ring on."""
    now = tools.now()
    with tools.database.transaction() as tx:
        guests_store.adopt(tx, guest_id, sid)
        guest = guests_store.guest(tx, guest_id)
        if guest is not None and guest.state in guests.OPEN:
            return "placed", []
        return "needless", deeds.outbox(tx, [Follow("hang_up", sid)], None, now)


def _not_come(guest_id: int, cause: str, tools: Tools) -> list[Entry]:
    now = tools.now()
    with tools.database.transaction() as tx:
        return deeds.outbox(tx, deeds.guest_gone(tx, guest_id, cause, tools, now), None, now)


def _number_of(tx: Connection, guest: Guest, tools: Tools) -> str | None:
    """The number to ring: a colleague's confirmed phone, an interpreter's from the content, or one given for this."""
    if guest.kind is Kind.INTERPRETER:
        interpreter = tools.content.interpreters.get(guest.language)
        return interpreter.number if interpreter else None
    if guest.clinician_id:
        return directory.store.clinician_phone(tx, tools.vault, guest.clinician_id, tools.now())
    return tools.vault.open(guest.number_sealed) if guest.number_sealed else None


def _digits_of(guest: Guest, tools: Tools) -> str:
    interpreter = tools.content.interpreters.get(guest.language) if guest.kind is Kind.INTERPRETER else None
    return interpreter.access_keys if interpreter else ""


def settle(entry: Entry, tools: Tools) -> tuple[str, list[Entry]]:
    """Bring a room to what its people ask for: it stays while guests are there or come, else it ends with anybody."""
    found, fate = _looked_at(int(entry.subject), tools)
    if found is None:
        return "stale", []
    match fate:
        case Fate.OVER:
            tools.carrier.end_room(found.offer.room)
            return fate.value, _not_needed(found.offer.id, tools)
        case Fate.GIVE_BACK if found.patient:
            _ignoring_gone(lambda sid: tools.carrier.move(sid, tools.urls.move(found.offer.id, "back")), found.patient)
            tools.carrier.end_room(found.offer.room)  # for a supervisor who listened
        case _:
            for sid in filter(None, (found.patient, found.clinician)):
                _ignoring_gone(
                    lambda sid: tools.carrier.outlive(found.offer.room, sid, outlives=fate is Fate.STAYS), sid
                )
    return fate.value, []


def _not_needed(offer_id: int, tools: Tools) -> list[Entry]:
    """Nobody is there to whom somebody on his way could come. Who answered his phone hears so at his key."""
    now = tools.now()
    with tools.database.transaction() as tx:
        coming = [each for each in guests_store.open_of(tx, offer_id) if each.state is not guests.State.IN_ROOM]
        follows = [follow for each in coming for follow in deeds.guest_gone(tx, each.id, "not_needed", tools, now)]
        rings = [each.sid for each in coming if each.sid and calls.store.leg(tx, each.sid) is None]
        return deeds.outbox(tx, [*follows, *(Follow("hang_up", sid) for sid in rings)], None, now)


def _looked_at(offer_id: int, tools: Tools) -> tuple[Inside | None, Fate]:
    with tools.database.reading() as tx:
        found = inside(tx, offer_id)
        if found is None or found.offer.talk_started_at is None:
            return None, Fate.OVER
        room = guests_store.room_of(
            tx, offer_id, patient=found.patient is not None, clinician=found.clinician is not None
        )
    return found, guests.fate(room)


def hold(entry: Entry, tools: Tools) -> tuple[str, list[Entry]]:
    """Let the patient hear music, or let him back into the talk, as SQL says."""
    with tools.database.reading() as tx:
        found = inside(tx, int(entry.subject))
    if found is None or found.patient is None:
        return "stale", []
    music = tools.urls.room_music() if found.offer.held_at else None
    _ignoring_gone(lambda sid: tools.carrier.hold(found.offer.room, sid, music), found.patient)
    return "held" if music else "back", []


def mute(entry: Entry, tools: Tools) -> tuple[str, list[Entry]]:
    """Let nobody hear the clinician, or let him be heard again, as SQL says."""
    with tools.database.reading() as tx:
        found = inside(tx, int(entry.subject))
    if found is None or found.clinician is None:
        return "stale", []
    muted = found.offer.muted_at is not None
    _ignoring_gone(lambda sid: tools.carrier.mute(found.offer.room, sid, muted=muted), found.clinician)
    return "muted" if muted else "heard", []


def hand_over(entry: Entry, tools: Tools) -> tuple[str, list[Entry]]:
    """The clinician goes and the others stay: first the room must outlive him, then his leg is told and ended."""
    found, fate = _looked_at(int(entry.subject), tools)
    if found is None or found.clinician is None:
        return "stale", []
    if fate is not Fate.STAYS:  # she stays, and her page says that he hears music
        hold(entry, tools)
        return "stale", []
    for sid in filter(None, (found.patient, found.clinician)):
        _ignoring_gone(lambda sid: tools.carrier.outlive(found.offer.room, sid, outlives=True), sid)
    hold(entry, tools)
    _ignoring_gone(lambda sid: tools.carrier.move(sid, tools.urls.move(found.offer.id, "gone")), found.clinician)
    return "handed_over", []


def inside(tx: Connection, offer_id: int) -> Inside | None:
    """Who of the two is in the room of an offer; None for an unknown offer."""
    offer = routing.store.offer(tx, offer_id)
    if offer is None:
        return None
    talking = [leg for leg in calls.store.open_legs(tx, offer.call_id) if leg.stage == Stage.TALKING]
    patient = [leg.sid for leg in talking if leg.party in (Party.PATIENT, Party.RETURNED) and leg.offer_id == offer_id]
    clinician = [leg.sid for leg in talking if leg.party == Party.CLINICIAN and leg.offer_id == offer_id]
    return Inside(offer, next(iter(patient), None), next(iter(clinician), None))


def _ignoring_gone(request: Callable[[str], None], sid: str) -> None:
    """Ask the carrier; whoever is gone meanwhile needs nothing."""
    try:
        request(sid)
    except CarrierError as error:
        if not error.gone:
            raise
