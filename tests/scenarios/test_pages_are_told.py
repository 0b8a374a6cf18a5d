"""What boards show, the pages are told of at once: also of a call that joins no line."""

from typing import Any

import app
from tests.scenarios.world import CENTER, JOE, World


def told(channel: Any) -> bool:
    """Whether something was said since we asked last."""
    said = [channel.get_message(timeout=0.2)]
    while said[-1]:
        said.append(channel.get_message(timeout=0.05))
    return len(said) > 1


def test_the_pages_are_told_that_a_call_comes_and_that_it_ends(world: World) -> None:
    channel: Any = app.redis_client(world.settings).pubsub(ignore_subscribe_messages=True)  # type: ignore[no-untyped-call]
    channel.subscribe(app.CHANNEL)
    channel.get_message(timeout=2)
    joe = world.phone(JOE)
    joe.dials(CENTER)
    world.settle()
    assert told(channel)
    world.settle()
    assert not told(channel), "nothing else happens"
    joe.hangs_up()
    world.settle()
    assert told(channel)
    channel.close()
