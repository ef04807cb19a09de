"""The hub's memory: who comes back gets exactly what was missed, or everything when that can't be known."""

from uuid import UUID, uuid4

import pytest

from postsale.live.hub import LATE, MEMORY, Hub
from postsale.live.push import Hint, read_hint
from postsale.live.topics import Topic

TOPIC = Topic(tenant_id=7, kind="board", key="exceptions")
OTHER = Topic(tenant_id=8, kind="board", key="exceptions")
LONG_AGO, SINCE = 10 * LATE, 100 * LATE


def hub_that_heard(*hints: Hint) -> Hub:
    """A hub that listens since long ago and heard `hints`."""
    hub = Hub()
    hub.knows_since = LONG_AGO
    for hint in hints:
        hub.hear(hint)
    return hub


def hint(seq: int, *ids: UUID, topic: Topic = TOPIC) -> Hint:
    """A hint about some rows."""
    return Hint(topic=topic, seq=seq, ids=ids)


def test_who_comes_back_gets_what_changed_meanwhile_in_this_topic_only() -> None:
    old, new, foreign = uuid4(), uuid4(), uuid4()
    hub = hub_that_heard(hint(SINCE - 2 * LATE, old), hint(SINCE + 1, new), hint(SINCE + 2, foreign, topic=OTHER))

    assert hub.missed(TOPIC, SINCE) == [new]


def test_a_hint_that_was_stamped_early_and_committed_late_is_not_missed() -> None:
    late = uuid4()
    hub = hub_that_heard(hint(SINCE - LATE // 2, late))

    assert hub.missed(TOPIC, SINCE) == [late]


@pytest.mark.parametrize("since", [None, 0, LONG_AGO, LONG_AGO + LATE - 1])
def test_who_was_away_before_the_hub_listened_gets_everything(since: int | None) -> None:
    assert hub_that_heard().missed(TOPIC, since) is None


def test_a_hint_without_ids_means_everything() -> None:
    hub = hub_that_heard(Hint(topic=TOPIC, seq=SINCE + 1, ids=None))

    assert hub.missed(TOPIC, SINCE) is None


def test_a_memory_that_has_run_over_is_not_trusted() -> None:
    hub = hub_that_heard(*(hint(SINCE + at, uuid4()) for at in range(MEMORY + 1)))

    assert hub.missed(TOPIC, SINCE + LATE) is None
    assert hub.missed(TOPIC, SINCE + LATE + 1) is not None


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", '{"t":[1,"board"],"i":[],"s":1}', '{"t":[1,"a","b"],"i":["x"],"s":1}']
)
def test_a_hint_that_is_none_of_ours_is_refused(text: str) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        read_hint(text)
