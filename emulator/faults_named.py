"""The faults by the names of the project's fault list (F1, F5, F17 ...): which kinds and scripts each one stands for.

A request may add or override any option of the kinds; people are named with `number` (and `other`, `numbers`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from emulator.faults import FILTERS, KINDS, BadFault

Body = Mapping[str, Any]
LONG_GREETING = ("You have reached my mailbox. I am with a patient, or out of the house, or asleep. "
                 "Leave a message after the tone and I will call back.")


@dataclass
class Plan:
    """What a named fault does: faults to switch on, and scripts of people by number."""

    faults: list[dict[str, Any]] = field(default_factory=list)
    scripts: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Named:
    """A fault of the list. `needs` must be in the request, `takes` may be beside the options of its kinds."""

    summary: str
    build: Callable[[Body], Plan]
    needs: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()


def _kind(kind: str, **given: Any) -> Callable[[Body], Plan]:
    return lambda body: Plan([{"kind": kind, **given, **_for(kind, body)}])


def _for(kind: str, body: Body) -> dict[str, Any]:
    """The part of a request that concerns a kind."""
    return {key: value for key, value in body.items()
            if key in KINDS[kind] or key in (*FILTERS, "p", "times", "numbers", "when")}


def _duplicates(body: Body) -> Plan:
    return Plan([{"kind": "duplicate_callbacks", "n": 2, "spread_s": 30, **_for("duplicate_callbacks", body)},
                 {"kind": "duplicate_webhooks", "purpose": "document", **_for("duplicate_webhooks", body)}])


def _hangs_up_while_other(event: str) -> Callable[[Body], Plan]:
    return lambda body: Plan([{"kind": "end_leg", "when": {"event": event, "number": body["other"]},
                               **_for("end_leg", body)}])


def _script(make: Callable[[Body], dict[str, Any]]) -> Callable[[Body], Plan]:
    return lambda body: Plan(scripts={str(body["number"]): make(body)})


def _machine(body: Body) -> dict[str, Any]:
    return {"voicemail": {"answer_after_s": body.get("answer_after_s", 15), "silent": bool(body.get("silent")),
                          "greeting": body.get("greeting", LONG_GREETING), "greeting_s": body.get("greeting_s", 12)}}


def _no_answer(body: Body) -> dict[str, Any]:
    ways: dict[str, dict[str, Any]] = {"no_answer": {"no_answer": True}, "busy": {"busy": True},
                                       "decline": {"decline_after_s": 3}, "unreachable": {"unreachable": True}}
    return dict(_chosen(body, "no_answer", ways))


def _chosen(body: Body, default: str, ways: Mapping[str, Any]) -> Any:
    how = body.get("how", default)
    if how not in ways:
        raise BadFault(f"how is {how!r}; accepted are {', '.join(ways)}")
    return ways[how]


def _recording(body: Body) -> Plan:
    ways = {"missing": ("drop_callbacks", {"purpose": "recording"}), "late": ("late_recording", {}),
            "empty": ("recording_length", {"seconds": 0}), "long": ("recording_length", {"seconds": 3600})}
    kind, given = _chosen(body, "missing", ways)
    return Plan([{"kind": kind, **given, **_for(kind, body)}])


def _conference(body: Body) -> Plan:
    ways = {"leave_first": ("swap_callbacks", {"event": "participant-join", "until_event": "participant-leave"}),
            "twin": ("twin_conference", {}),
            "alone": ("end_leg", {"when": {"event": "does", "text": "talking", "number": str(body.get("number", ""))}})}
    kind, given = _chosen(body, "leave_first", ways)
    return Plan([{"kind": kind, **given, **_for(kind, body)}])


NAMED: Mapping[str, Named] = {
    "F1": Named("each callback three times within 30 s, each document asked for twice, with one token", _duplicates),
    "F2": Named("an event (ringing) arrives after another (completed); or all within window_s in any order",
                lambda body: _kind("shuffle_callbacks")(body) if "window_s" in body
                else _kind("swap_callbacks", event="ringing", until_event="completed")(body)),
    "F3": Named("a callback (completed) never comes", _kind("drop_callbacks", event="completed")),
    "F4": Named("callbacks come ten minutes late", _kind("delay_callbacks", delay_s=600)),
    "F5": Named("`number` hangs up `after_s` the phone of `other` began to ring", _hangs_up_while_other("ringing"),
                ("number", "other"), ("other",)),
    "F6": Named("`number` hangs up just before a Calls update reaches its leg: 21220",
                lambda body: Plan([{"kind": "end_leg", "when": {"event": "rest", "text": "/Calls/", "method": "POST"},
                                    **_for("end_leg", body)}]), ("number",)),
    "F7": Named("the leg of `number` is moved to `url` while it talks in a Dial: two documents are asked for",
                lambda body: Plan([{"kind": "move_leg", "when": {"event": "does", "text": "talking",
                                                                 "number": body["number"]},
                                    **_for("move_leg", body)}]), ("number", "url")),
    "F8": Named("the phone of `number` is answered by a machine; `silent` leaves out its greeting", _script(_machine),
                ("number",), ("silent", "greeting", "greeting_s", "answer_after_s")),
    "F9": Named("`number` does not answer (`how`: no_answer, busy, decline, unreachable)", _script(_no_answer),
                ("number",), ("how",)),
    "F10": Named("`number` answers and does nothing", _script(lambda body: {
        "answer_after_s": body.get("answer_after_s", 2)}), ("number",), ("answer_after_s",)),
    "F11": Named("the owners of `numbers` press a key in the same instant, after_s all have answered",
                 _kind("press_together", after_s=5), ("numbers",)),
    "F16": Named("a burst of 429", _kind("rest_status", status=429, times=5)),
    "F17": Named("a call is created, and 500 answered",
                 _kind("rest_status", status=500, before_effect=0, path_contains="/Calls.json", method="POST")),
    "F18": Named("a call is created (effect 0: not), and nothing answered for after_s real seconds",
                 _kind("rest_timeout", path_contains="/Calls.json", method="POST", after_s=40)),
    "F19": Named("no connection for for_s real seconds", _kind("refuse_connections")),
    "F20": Named("a code the carrier refuses with (21220 ...)",
                 _kind("rest_status", status=400, code=21220, before_effect=1, path_contains="/Calls")),
    "F21": Named("created calls stay queued for three minutes", _kind("hold_queued", delay_s=180)),
    "F22": Named("503 everywhere for ten minutes of the clock; callbacks come when it is over", _kind("outage")),
    "F38": Named("a document cannot be had: the fallback URL is called with ErrorCode",
                 _kind("fail_webhooks", purpose="document")),
    "F40": Named("a recording (`how`): callback missing, file late, empty, an hour long", _recording, (), ("how",)),
    "F41": Named("a conference (`how`): leave_first, twin of the same name, alone (`number` goes as the talk begins)",
                 _conference, (), ("how",)),
    "F46": Named("the callback of patient `number` is answered by a machine", _script(_machine), ("number",),
                 ("silent", "greeting", "greeting_s", "answer_after_s")),
    "F53": Named("the auth token becomes `token`: the old one gets 401, webhooks are signed with the new one",
                 _kind("rotate_token"), ("token",)),
    "F54": Named("webhooks bring an unknown field, upper-case or unknown statuses", _kind("strange_fields",
                                                                                        upper_case=1)),
}


def plan_of(name: str, body: Body) -> Plan:
    """What the named fault stands for. Raises BadFault."""
    named = NAMED.get(name)
    if named is None:
        raise BadFault(f"name is {name!r}; accepted are {', '.join(NAMED)}")
    lacking = [need for need in named.needs if not body.get(need)]
    if lacking:
        raise BadFault(f"{name} needs {', '.join(lacking)}: {named.summary}")
    plan = named.build(body)
    accepted = {"name", "p", "times", "when", *FILTERS, *named.takes, *named.needs,
                *(option for one in plan.faults for option in KINDS[one["kind"]])}
    unknown = sorted(set(body) - accepted)
    if unknown:
        raise BadFault(f"{name} does not know {', '.join(unknown)}; accepted are {', '.join(sorted(accepted))}")
    return plan
