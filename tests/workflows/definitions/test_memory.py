"""What a process keeps."""

from workflows.definitions.memory import Memory


def memory(most: int) -> Memory[str, int]:
    return Memory(weigh=lambda value: value, most=lambda: most)


def test_what_was_asked_for_longest_ago_goes_first() -> None:
    kept = memory(3)
    for key in ("a", "b", "c"):
        kept.put(key, 1)

    kept.get("a")
    kept.put("d", 1)

    assert [kept.get(key) for key in ("a", "b", "c", "d")] == [1, None, 1, 1]


def test_the_newest_is_kept_however_heavy_it_is() -> None:
    kept = memory(3)
    kept.put("light", 1)

    kept.put("heavy", 9)

    assert (kept.get("light"), kept.get("heavy")) == (None, 9)


def test_a_value_put_again_weighs_once() -> None:
    kept = memory(3)
    kept.put("a", 1)

    for _ in range(5):
        kept.put("b", 2)

    assert (kept.get("a"), kept.get("b")) == (1, 2)


def test_what_is_cleared_is_gone() -> None:
    kept = memory(3)
    kept.put("a", 1)

    kept.clear()

    assert kept.get("a") is None
