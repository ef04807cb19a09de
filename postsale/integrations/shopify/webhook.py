"""One Shopify webhook on its way through the readers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from postsale.events.kinds import Reported
from postsale.integrations.base import report, told


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """A topic, the body, the key it is recognised by again, and when it was said and came in."""

    topic: str
    key: str
    body: Mapping[str, object]
    said_at: datetime
    now: datetime
    sales_channel: str | None = None
    flags: tuple[str, ...] = ()

    def report(
        self,
        type_: str,
        data: Mapping[str, object],
        *,
        at: datetime,
        suffix: str = "",
        flags: tuple[str, ...] = (),
    ) -> Reported:
        """One canonical event of this webhook; `suffix` tells several of them apart."""
        return report(
            type_, data, external_id=self.key + suffix, occurred_at=at, now=self.now, flags=(*self.flags, *flags)
        )

    def order(self, **members: object) -> dict[str, object]:
        """An order's members with the connection's sales channel."""
        return told(sales_channel=self.sales_channel, **members)
