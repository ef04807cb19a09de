"""Schedules in words: the simple ones as days and a time, the others as they are written."""

import pytest

from workflows.engine.schedules import schedule_words, simple_schedule


@pytest.mark.parametrize(
    ("at", "words"),
    [
        ("0 9 * * *", "every day at 09:00"),
        ("5 8 * * 1-5", "Monday to Friday at 08:05"),
        ("5 8 * * mon-fri", "Monday to Friday at 08:05"),
        ("0 9 * * mon", "every Monday at 09:00"),
        ("0 9 * * 1,4", "every Monday and Thursday at 09:00"),
        ("0 9 * * mon,wed,sun", "every Monday, Wednesday and Sunday at 09:00"),
        ("0 9 * * 0", "every Sunday at 09:00"),
        ("0 9 * * 7", "every Sunday at 09:00"),
        ("*/5 * * * *", "on the schedule “*/5 * * * *”"),
        ("61 9 * * *", "on the schedule “61 9 * * *”"),
        ("0 24 * * *", "on the schedule “0 24 * * *”"),
        ("0 9 * * fri-mon", "on the schedule “0 9 * * fri-mon”"),
        ("0 9 * * 8", "on the schedule “0 9 * * 8”"),
    ],
)
def test_a_schedule_is_said_as_people_say_it(at: str, words: str) -> None:
    assert schedule_words(at) == words


def test_a_simple_schedule_is_its_days_and_time() -> None:
    assert simple_schedule(" 0 9 * * TUE,sat ") == (("tue", "sat"), "09:00")
