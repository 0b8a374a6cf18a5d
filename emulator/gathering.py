"""Gather: collects keys and words, by the carrier's rules of time."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from emulator import speaking
from emulator.frame import Frame, Step
from emulator.leg import Input
from emulator.twiml import Verb
from emulator.verbs import Gather, read_gather
from emulator.webhooks_out import Params


@dataclass
class Collected:
    """What the caller entered so far. `words_from_ms` is when the first words were heard."""

    keys: str = ""
    words: str = ""
    confidence: float = 0.0
    finished_on: str = ""
    words_from_ms: int | None = None
    partials: int = 0

    def params(self, gather: Gather) -> Params:
        """How the action is told."""
        if self.words:
            return (("SpeechResult", self.words), ("Confidence", str(self.confidence)), ("msg", "Gather End"))
        if not gather.keys:
            return (("SpeechResult", ""), ("Confidence", "0.0"), ("msg", "Gather End"))
        return (("Digits", self.keys), ("FinishedOnKey", self.finished_on), ("msg", "Gather End"))


async def gather_verb(frame: Frame, verb: Verb) -> Step | None:
    """Prompts, listens, and hands what was entered to the action; nothing entered goes to the next verb."""
    gather = read_gather(verb, frame.note)
    if gather.action:
        frame.resolve(gather.action)  # an address that is relative to nothing stops the call before it is spoken to
    with frame.leg.listening() as inbox:
        for piece in gather.prompts:
            await speaking.prompt(frame, piece, inbox if gather.barge_in else None)
        frame.leg.does("listening for an answer")
        with frame.leg.exchange.ears.span(frame.leg, "asked"):
            collected = await _collect(frame, gather, inbox)
    if collected.keys or collected.words or gather.action_on_empty:
        return frame.goto(gather.action or "", gather.method, collected.params(gather))
    return None


async def _collect(frame: Frame, gather: Gather, inbox: deque[Input]) -> Collected:
    """Listens until the finish key, the last digit, the end of the words, or the end of patience."""
    collected = Collected()
    while not _complete(collected, gather):
        if not await frame.leg.wait(for_ms=_patience_ms(frame, gather, collected), inbox=inbox):
            break
        _take(frame, gather, collected, inbox.popleft())
    return collected


def _patience_ms(frame: Frame, gather: Gather, collected: Collected) -> float:
    """How long the next key or word may take; speech is listened to for `max_speech` seconds at most."""
    if collected.words_from_ms is None:
        return gather.timeout * 1000
    left = collected.words_from_ms + gather.max_speech * 1000 - frame.leg.exchange.clock.now_ms()
    return max(0.0, min(gather.speech_timeout * 1000, left))


def _complete(collected: Collected, gather: Gather) -> bool:
    return bool(collected.finished_on) or (gather.num_digits is not None
                                           and len(collected.keys) >= gather.num_digits)


def _take(frame: Frame, gather: Gather, collected: Collected, given: Input) -> None:
    """The first kind of input decides: keys shut out words, words shut out keys."""
    if given.words and gather.speech and not collected.keys:
        if collected.words_from_ms is None:
            collected.words_from_ms = frame.leg.exchange.clock.now_ms()
        collected.words = f"{collected.words} {given.words}".strip()
        collected.confidence = given.confidence
        _report_partial(frame, gather, collected)
    elif given.key and gather.keys and not collected.words:
        if given.key in gather.finish_on_key:
            collected.finished_on = given.key
        else:
            collected.keys += given.key


def _report_partial(frame: Frame, gather: Gather, collected: Collected) -> None:
    if gather.partial_callback:
        params = frame.tells((("UnstableSpeechResult", collected.words), ("StableSpeechResult", ""),
                              ("SequenceNumber", str(collected.partials))))
        collected.partials += 1
        url = frame.resolve(gather.partial_callback)
        frame.leg.exchange.callbacks.send(url, gather.partial_method, params, frame.leg)
