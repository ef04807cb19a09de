"""A story that plays while people watch: sent by a thread of the web process, to itself, over HTTP as partners do."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings
from django.utils import timezone

from dashboards.demo import sending
from dashboards.demo.bodies import Delivery
from dashboards.demo.sending import Hook, NotRunningError
from dashboards.demo.stories import Story

#: Between two deliveries (seconds), so that people see them come; a large story hurries.
BEAT = 0.25
LONGEST = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One delivery that was sent."""

    words: str
    happened_at: datetime
    is_accepted: bool
    answer: str


@dataclass(slots=True)
class Play:
    """A story on its way. Written by one thread, read by others: lists only grow."""

    story: Story
    told: Sequence[Delivery]
    said: list[Said] = field(default_factory=list)
    problem: str = ""
    is_over: bool = False

    @property
    def orders(self) -> list[str]:
        """The numbers of its orders, as they appear."""
        return list(dict.fromkeys(each.order for each in self.told))

    @property
    def share(self) -> int:
        """How much of it was sent, in per cent."""
        return 100 * len(self.said) // max(1, len(self.told))

    def perform(self, url: str, hooks: dict[str, Hook]) -> None:
        """Send all of it."""
        rest, beat = threading.Event(), min(BEAT, LONGEST / max(1, len(self.told)))
        try:
            with sending.at(url, hooks) as sender:
                for delivery in self.told:
                    sent = sender.send(delivery, now=timezone.now())  # noqa: TID251 -- a thread of its own is an edge
                    self.said.append(
                        Said(
                            words=delivery.words,
                            happened_at=delivery.at,
                            is_accepted=sent.is_accepted,
                            answer=sent.words,
                        )
                    )
                    rest.wait(beat)
        except NotRunningError as error:
            self.problem = str(error)
        finally:
            self.is_over = True


class Stage:
    """At most one story at a time plays in each shop."""

    def __init__(self) -> None:
        self._plays: dict[int, Play] = {}
        self._lock = threading.Lock()

    def of(self, tenant_id: int) -> Play | None:
        """What plays in this shop, or played last."""
        return self._plays.get(tenant_id)

    def begin(self, tenant_id: int, play: Play, hooks: dict[str, Hook]) -> bool:
        """Let it play; False while another one does."""
        with self._lock:
            current = self._plays.get(tenant_id)
            if current is not None and not current.is_over:
                return False
            self._plays[tenant_id] = play
        url = f"http://{settings.HOST}:{settings.PORT}"
        threading.Thread(target=play.perform, args=(url, hooks), name="story", daemon=True).start()
        return True


STAGE = Stage()
