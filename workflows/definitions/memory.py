"""What a process keeps because somebody will ask again: bounded, what was asked for longest ago goes first."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock


class Memory[K: Hashable, V]:
    """Values by key, together never heavier than `most()`, but the newest is always kept. Safe between threads."""

    def __init__(self, *, weigh: Callable[[V], int], most: Callable[[], int]) -> None:
        self._weigh = weigh
        self._most = most
        self._kept: OrderedDict[K, V] = OrderedDict()
        self._lock = Lock()

    def get(self, key: K) -> V | None:
        """The value kept under `key`, or None."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def put(self, key: K, value: V) -> None:
        """Keep `value`; others may have to go."""
        with self._lock:
            self._kept[key] = value
            self._kept.move_to_end(key)
            weight = sum(map(self._weigh, self._kept.values()))
            while weight > self._most() and len(self._kept) > 1:
                weight -= self._weigh(self._kept.popitem(last=False)[1])

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._kept.clear()
