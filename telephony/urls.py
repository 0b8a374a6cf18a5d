"""Every URL that the carrier is given. Ids only: nothing in a URL is about a person.

The part behind `#` holds Twilio's connection overrides: it is not sent, and tells the carrier to try again when a
process of ours dies under a request. Repeating is safe: the same fetch gets the same document.
"""

from dataclasses import dataclass

OVERRIDES = "#ct=2000&rt=7000&tt=15000&rc=3&rp=all"


@dataclass(frozen=True)
class Urls:
    """URLs under one public origin (no trailing slash); fallback documents lie elsewhere, if anywhere."""

    origin: str
    fallbacks: str | None = None

    def _at(self, path: str) -> str:
        return f"{self.origin}{path}{OVERRIDES}"

    def fallback(self, party: str) -> str | None:
        """The static document for a "patient" or a "clinician" when we do not answer at all."""
        return f"{self.fallbacks}/{party}" if self.fallbacks else None

    def incoming(self) -> str:
        """Where a number's calls are answered."""
        return self._at("/voice/incoming")

    def dial_in(self) -> str:
        """Where calls of clinicians are answered."""
        return self._at("/voice/dial-in")

    def message_sound(self, token: str) -> str:
        """The sound of a message; the token opens it, for a few minutes."""
        return f"{self.origin}/media/message/{token}"

    def status(self) -> str:
        """Where the end of a number's call is told."""
        return self._at("/voice/status")

    def turn(self, turn: int, what: str, *, waiting: bool = False, staff: bool = False) -> str:
        """The next document of a leg; `waiting` while the carrier's queue holds it (fewer verbs are allowed there).

        `staff`: a clinician's or the operator's leg, which must never be rescued as a patient's.
        """
        place = "wait" if waiting else "staff" if staff else "turn"
        return self._at(f"/voice/{place}/{turn}/{what}")

    def left_queue(self, turn: int) -> str:
        """Where the carrier tells that a leg left its queue, which it entered in `turn`."""
        return self._at(f"/voice/left/{turn}")

    def offer(self, offer: int) -> str:
        """What a clinician hears who answers an offer."""
        return self._at(f"/voice/offer/{offer}")

    def offer_status(self, offer: int) -> str:
        """Where the progress of an offer's call is told."""
        return self._at(f"/voice/offer/{offer}/status")

    def returned(self, attempt: int) -> str:
        """What a patient hears whom we ring back."""
        return self._at(f"/voice/return/{attempt}")

    def returned_status(self, attempt: int) -> str:
        """Where the progress of a returned call is told."""
        return self._at(f"/voice/return/{attempt}/status")

    def guest(self, guest: int) -> str:
        """What somebody hears who is asked into a talk."""
        return self._at(f"/voice/guest/{guest}")

    def guest_status(self, guest: int) -> str:
        """Where the progress of a guest's call is told."""
        return self._at(f"/voice/guest/{guest}/status")

    def move(self, offer: int, where: str) -> str:
        """Where a leg is moved to: a patient "in" the room of an offer or "back" out of it, a clinician "gone"."""
        return self._at(f"/voice/move/{offer}/{where}")

    def whisper(self, sid: str) -> str:
        """What the operator hears before a patient's leg is joined to his."""
        return self._at(f"/voice/whisper/{sid}")

    def room(self) -> str:
        """Where conference events are told."""
        return self._at("/voice/room")

    def recording(self) -> str:
        """Where the end of a recording is told."""
        return self._at("/voice/recording")

    def music(self, *, short: bool = False) -> str:
        """Hold music: public, the same for everyone."""
        return f"{self.origin}/media/hold{'-short' if short else ''}.wav"

    def recording_of(self, file: str) -> str:
        """A sound of the clinic's content, "media/<name>.wav": public, like the usual music."""
        return f"{self.origin}/media/clinic/{file.removeprefix('media/')}"

    def room_music(self) -> str:
        """What one hears alone in a room."""
        return self._at("/media/room")
