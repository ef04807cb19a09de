"""Topics are signed: nobody can make one up, change one, or use one for ever."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import time_machine

from postsale.live.topics import Pass, Topic, read_topic, sign_topic

TOPIC = Topic(tenant_id=7, kind="board", key="exceptions")


def test_a_signed_topic_says_who_may_watch_what() -> None:
    member = uuid4()

    signed = sign_topic(TOPIC, member_id=member)

    assert read_topic(signed) == Pass(topic=TOPIC, member_id=member)
    assert "," not in signed


@pytest.mark.parametrize("forged", ["", "board:exceptions", "../8", "x" * 4000, "a:b:c", "☃:1:2"])
def test_a_topic_that_was_made_up_is_none(forged: str) -> None:
    assert read_topic(forged) is None


def test_a_topic_whose_letters_were_changed_is_none() -> None:
    signed = sign_topic(TOPIC, member_id=uuid4())

    changed = [read_topic(f"{signed[:at]}{'A' if signed[at] != 'A' else 'B'}{signed[at + 1 :]}") for at in range(20)]

    assert changed == [None] * 20


def test_a_topic_is_stale_after_a_week() -> None:
    now = datetime(2026, 11, 20, tzinfo=UTC)
    with time_machine.travel(now, tick=False):
        signed = sign_topic(TOPIC, member_id=uuid4())

    with time_machine.travel(now + timedelta(days=7, seconds=1), tick=False):
        assert read_topic(signed) is None
