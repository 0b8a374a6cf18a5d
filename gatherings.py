"""What people do in a talk from their pages: ask somebody in, send him out, let the patient hear music, hand over.

Each is one transaction with its outbox entry, its fact in the call's story and its audit row. A refusal is a sentence.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

import calls.store
import deeds
import directory.store
import rooms
import routing.store
from calls import alarms, alarms_store, audit_store
from calls.alarms import Reading
from calls.store import Entry, Fact
from carrying import carry_out
from refused import Refused
from routing import guests, guests_store
from routing.guests import Guest, Kind, Part
from routing.guests_store import AlreadyAsked
from routing.needs import LOOK_AGAIN, Follow
from routing.offers import Offer
from tools import Tools

NO_TALK = "You are in no call with a patient now."
RING_LONGER = timedelta(seconds=30)  # beyond ringing: for the key


@dataclass(frozen=True)
class Gatherings:
    """Gatherings over one set of tools."""

    tools: Tools

    def ask_colleague(self, clinician_id: str, colleague_id: str) -> str:
        """Ask a colleague into the talk of a clinician. "" or why not."""
        return carry_out(self.tools, lambda tx: self._asked_colleague(tx, clinician_id, colleague_id))

    def ask_interpreter(self, clinician_id: str, language: str) -> str:
        """Ask an interpreter of a language into the talk of a clinician. "" or why not."""
        return carry_out(self.tools, lambda tx: self._asked_interpreter(tx, clinician_id, language))

    def sit_in(self, offer_id: int, part: str, number: str, by: str) -> str:
        """Ring a supervisor's phone to listen to a talk, coach the clinician, or join. "" or why not."""
        return carry_out(self.tools, lambda tx: self._sat_in(tx, offer_id, Part(part), number, by))

    def send_out(self, clinician_id: str, guest_id: int) -> str:
        """Send a guest out of the talk of a clinician, or take the invitation back. "" or why not."""
        return carry_out(self.tools, lambda tx: self._sent_out(tx, clinician_id, guest_id))

    def hold(self, clinician_id: str, *, held: bool) -> str:
        """Let the patient hear music while the others talk, or let him back in. "" or why not."""
        return carry_out(self.tools, lambda tx: self._held(tx, clinician_id, held=held))

    def mute(self, clinician_id: str, *, muted: bool) -> str:
        """Let nobody in the room hear the clinician, who hears them all, or let him be heard again. "" or why not."""
        return carry_out(self.tools, lambda tx: self._muted(tx, clinician_id, muted=muted))

    def ask_help(self, clinician_id: str, *, wanted: bool) -> str:
        """Ask the supervisors for help in the talk of a clinician, or say that none is needed. "" or why not."""
        return carry_out(self.tools, lambda tx: self._asked_help(tx, clinician_id, wanted=wanted))

    def hand_over(self, clinician_id: str) -> str:
        """Leave the talk to the guests. One who is still on his way is awaited by the patient, with music."""
        return carry_out(self.tools, lambda tx: self._handed_over(tx, clinician_id))

    def _asked_colleague(self, tx: Connection, clinician_id: str, colleague_id: str) -> list[Entry]:
        talk = self._talk(tx, clinician_id)
        colleague = directory.store.clinician(tx, colleague_id)
        if colleague is None or colleague_id == clinician_id:
            raise Refused("Nobody of that name works here.")
        if directory.store.clinician_phone(tx, self.tools.vault, colleague_id, self.tools.now()) is None:
            raise Refused(f"{colleague.given} {colleague.family} has no phone that we may ring.")
        me = directory.store.clinician(tx, clinician_id)
        asker = f"{me.given} {me.family}" if me else ""
        return self._ask(tx, talk, Kind.COLLEAGUE, asker, clinician_id, clinician_id=colleague_id)

    def _asked_interpreter(self, tx: Connection, clinician_id: str, language: str) -> list[Entry]:
        known = self.tools.content.interpreters
        if language not in known:
            raise Refused(f"There is an interpreter for: {', '.join(sorted(known)) or 'no language'}.")
        talk = self._talk(tx, clinician_id)
        return self._ask(tx, talk, Kind.INTERPRETER, "", clinician_id, language=language)

    def _sat_in(self, tx: Connection, offer_id: int, part: Part, number: str, by: str) -> list[Entry]:
        talk = routing.store.offer(tx, offer_id)
        if talk is None or talk.talk_started_at is None or talk.ended_at is not None:
            raise Refused("That talk is over.")
        sealed = self.tools.vault.seal(number)
        return self._ask(tx, talk, Kind.SUPERVISOR, by, by, part=part, number_sealed=sealed)

    def _ask(
        self,
        tx: Connection,
        talk: Offer,
        kind: Kind,
        asked_by: str,
        actor: str,
        *,
        part: Part = Part.TALK,
        clinician_id: str | None = None,
        language: str = "",
        number_sealed: str | None = None,
    ) -> list[Entry]:
        why_not = self._why_not(tx, talk, kind)
        if why_not:
            raise Refused(why_not[:1].upper() + why_not[1:] + ".")
        now = self.tools.now()
        try:
            guest = guests_store.invite(
                tx,
                offer_id=talk.id,
                call_id=talk.call_id,
                kind=kind,
                part=part,
                clinician_id=clinician_id,
                language=language,
                asked_by=asked_by[:80],
                asked_at=now,
                deadline=now + timedelta(seconds=self.tools.settings.ring_seconds) + RING_LONGER,
                number_sealed=number_sealed,
            )
        except AlreadyAsked:
            raise Refused("He is asked into a talk, or in one, already.") from None
        details = {"guest": guest.id, "kind": kind.value, "part": part.value, "clinician": clinician_id}
        self._told(tx, talk, f"guest_asked:{guest.id}", "guest_asked", details, actor, now)
        follows = [deeds.room_follow(talk.id), Follow("ring_guest", str(guest.id), 0)]
        return deeds.outbox(tx, follows, talk.call_id, now)

    def _why_not(self, tx: Connection, talk: Offer, kind: Kind) -> str:
        inside = rooms.inside(tx, talk.id)
        if inside is None:
            return "nobody is in the room"
        room = guests_store.room_of(
            tx, talk.id, patient=inside.patient is not None, clinician=inside.clinician is not None
        )
        return guests.may_invite(room, [guest.kind for guest in guests_store.open_of(tx, talk.id)], kind)

    def _sent_out(self, tx: Connection, clinician_id: str, guest_id: int) -> list[Entry]:
        talk = self._talk(tx, clinician_id)
        guest = guests_store.guest(tx, guest_id)
        if guest is None or guest.offer_id != talk.id or guest.state not in guests.OPEN:
            raise Refused("That guest is not in this call any more.")
        now = self.tools.now()
        self._told(tx, talk, f"guest_sent:{guest.id}", "guest_sent_out", {"guest": guest.id}, clinician_id, now)
        return deeds.outbox(tx, _ends(tx, guest, self.tools, now), talk.call_id, now)

    def _held(self, tx: Connection, clinician_id: str, *, held: bool) -> list[Entry]:
        talk, now = self._talk(tx, clinician_id), self.tools.now()
        if held is (talk.held_at is not None):
            return []
        guests_store.hold(tx, talk.id, now if held else None)
        fact = "held" if held else "back_from_hold"
        self._told(tx, talk, f"{fact}:{talk.id}:{_stamp(now)}", fact, {"offer": talk.id}, clinician_id, now)
        return deeds.outbox(tx, [Follow("hold", str(talk.id), LOOK_AGAIN)], talk.call_id, now)

    def _muted(self, tx: Connection, clinician_id: str, *, muted: bool) -> list[Entry]:
        talk, now = self._talk(tx, clinician_id), self.tools.now()
        if muted is (talk.muted_at is not None):
            return []
        guests_store.mute(tx, talk.id, now if muted else None)
        fact = "muted" if muted else "heard_again"
        self._told(tx, talk, f"{fact}:{talk.id}:{_stamp(now)}", fact, {"offer": talk.id}, clinician_id, now)
        return deeds.outbox(tx, [Follow("mute", str(talk.id), LOOK_AGAIN)], talk.call_id, now)

    def _asked_help(self, tx: Connection, clinician_id: str, *, wanted: bool) -> list[Entry]:
        talk, now = self._talk(tx, clinician_id), self.tools.now()
        asked = alarms_store.open_of(tx, alarms.Kind.HELP, str(talk.id))
        if wanted is (asked is not None):
            return []
        if asked:
            alarms_store.clear(tx, [asked], now)
        else:
            alarms_store.raise_(tx, [Reading(alarms.Kind.HELP, str(talk.id), 1.0)], now)
        fact = "help_asked" if wanted else "help_not_needed"
        self._told(tx, talk, f"{fact}:{talk.id}:{_stamp(now)}", fact, {"offer": talk.id}, clinician_id, now)
        return []

    def _handed_over(self, tx: Connection, clinician_id: str) -> list[Entry]:
        talk, now = self._talk(tx, clinician_id), self.tools.now()
        others = [each for each in guests_store.open_of(tx, talk.id) if each.kind is Kind.COLLEAGUE]
        if not others:
            raise Refused("Ask a colleague in first: the patient must not be left alone.")
        there = any(each.state is guests.State.IN_ROOM for each in others)
        guests_store.hold(tx, talk.id, None if there else talk.held_at or now)
        details = {"offer": talk.id, "warm": there}
        self._told(tx, talk, f"handed_over:{talk.id}:{_stamp(now)}", "handed_over", details, clinician_id, now)
        return deeds.outbox(tx, [Follow("hand_over", str(talk.id), LOOK_AGAIN)], talk.call_id, now)

    def _talk(self, tx: Connection, clinician_id: str) -> Offer:
        talk = guests_store.talk_of(tx, clinician_id)
        if talk is None:
            raise Refused(NO_TALK)
        return talk

    def _told(
        self, tx: Connection, talk: Offer, key: str, fact: str, details: Mapping[str, object], actor: str, now: datetime
    ) -> None:
        calls.store.write_journal(tx, [Fact(key, talk.call_id, fact, now, None, details)])
        audited = {name: str(value) for name, value in details.items() if value is not None}
        audit_store.record(tx, actor=actor, action=fact, subject=talk.call_id, details=audited, now=now)


def _ends(tx: Connection, guest: Guest, tools: Tools, now: datetime) -> list[Follow]:
    """He is not wanted any more: his leg ends, or the invitation does where there is none."""
    if guest.sid is not None:
        return [Follow("hang_up", guest.sid)]
    return deeds.guest_gone(tx, guest.id, "not_needed", tools, now)


def _stamp(now: datetime) -> int:
    return int(now.timestamp() * 1_000_000)
