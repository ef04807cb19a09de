"""The `{{ variables }}` of texts: every field by its path, and a few that only texts need."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.conf import settings

from workflows.catalog.fields import FIELDS, known

#: What texts may say beside the fields: path → what it is.
EXTRA: Mapping[str, str] = {
    "shop.name": "The name of your shop.",
    "order.url": "The address of the order's page in Postsale.",
}
AGES = frozenset(path for path, field in FIELDS.items() if field.kind == "age")
MONEY = frozenset(path for path, field in FIELDS.items() if field.kind == "money")


def is_variable(path: str) -> bool:
    """May a text say `{{ path }}`? Every field may, shop.name, order.url, and whatever an event brought along."""
    return path in EXTRA or known(path) or (path.startswith("event.") and len(path) > len("event."))


def values_for_text(
    facts: Mapping[str, object], *, shop_name: str, now: datetime, order_id: UUID | None, base_url: str | None = None
) -> Mapping[str, object]:
    """The values that a text sees, path → plain value: ages are timedeltas, money is a Decimal of the main unit.

    A missing value is absent. `order.url` is the order's page under `base_url`, by default the installation's BASE_URL.
    """
    root = settings.BASE_URL if base_url is None else base_url
    return _Values(facts, shop_name=shop_name, now=now, order_id=order_id, root=root)


class _Values(Mapping[str, object]):
    """Looked up as they are asked for: a text names few of the hundred fields."""

    def __init__(
        self, facts: Mapping[str, object], *, shop_name: str, now: datetime, order_id: UUID | None, root: str
    ) -> None:
        self._facts = facts
        self._now = now
        self._own: dict[str, object] = {"shop.name": shop_name}
        if order_id is not None:
            self._own["order.url"] = f"{root}/orders/{order_id}/"

    def __getitem__(self, path: str) -> object:
        value = self._own.get(path)
        if value is None:
            value = self._facts.get(path)
        if value is None:
            raise KeyError(path)
        if path in AGES and isinstance(value, datetime):
            return self._now - value
        if path in MONEY:
            return _in_main_unit(value)
        return value

    def __iter__(self) -> Iterator[str]:
        yield from self._own
        yield from self._facts

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _in_main_unit(value: object) -> object:
    """Facts hold money in minor units; of items there is one amount each."""
    if isinstance(value, tuple):
        return tuple(_in_main_unit(each) for each in value)
    return Decimal(value).scaleb(-2) if isinstance(value, int) else value
