"""What people do about the work on their lists, and how they hear a message. Shared by both kinds of pages."""

import io
from collections.abc import Collection

from flask import Response, abort, request, send_file

from calls import messages_store, work_store
from calls.work import BY_HAND, Item
from desk import looking
from desk.looking import Look
from desk.notices import tell_why_not
from desk.sessions import Person
from desk.tools import Tools

SNOOZES = (15, 30, 60)  # minutes
FASTER = "Somebody else has changed this meanwhile. It is shown as it is now."


def perform(tools: Tools, person: Person, item_id: str, what: str, by: str) -> None:
    """Claim, release, snooze or done, as the form says; 400 for a form that no button of ours sends."""
    actor = looking.actor_of(person)
    match what:
        case "claim":
            changed = tools.act.claim_work(item_id, by, actor)
        case "release":
            changed = tools.act.release_work(item_id, by, actor)
        case "snooze":
            changed = tools.act.snooze_work(item_id, _minutes(), by, actor)
        case "done":
            changed = tools.act.finish_work(item_id, _outcome(), by, actor)
        case _:
            abort(404)
    if not changed:
        tell_why_not(FASTER)


def _minutes() -> int:
    entered = request.form.get("minutes", "")
    if entered not in map(str, SNOOZES):
        abort(400)
    return int(entered)


def _outcome() -> str:
    entered = request.form.get("outcome", "")
    if entered not in BY_HAND:
        abort(400)
    return entered


def sound_of(tools: Tools, person: Person, message_id: str, allowed: Collection[str] | None) -> Response:
    """The sound of a message, for an audio element; that he listened is recorded first.

    `allowed` are the messages he may hear (None: all). What is not there, or not for him, does not exist.
    """
    if allowed is not None and message_id not in allowed:
        abort(404)
    with tools.database.reading() as tx:
        message = messages_store.message(tx, message_id)
        sealed = messages_store.sound(tx, message_id)
    if message is None or sealed is None:
        abort(404)
    if _from_the_beginning():
        looking.note(tools, person, [Look("heard_message", message.patient_id or message.call_id, message.id)])
    sound = io.BytesIO(tools.vault.open_bytes(sealed))
    return send_file(sound, mimetype="audio/wav", conditional=True, download_name="message.wav", max_age=0)


def _from_the_beginning() -> bool:
    """An audio element asks for further pieces of what it plays: that is no second look."""
    return request.range is None or any(start == 0 for start, _ in request.range.ranges)


def message_ids(items: Collection[Item]) -> set[str]:
    """The messages among these items."""
    return {item.subject for item in items}


def is_owed(tools: Tools, item_id: str) -> bool:
    """Whether there is such an item, still to be done."""
    with tools.database.reading() as tx:
        found = work_store.item(tx, item_id)
    return found is not None and found.outcome is None
