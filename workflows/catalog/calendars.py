"""A shop's working time as the engine's Calendar: its zone, days, hours, cut-off and the public holidays of its
country."""

from collections.abc import Container
from datetime import date, time
from functools import lru_cache

import holidays

from postsale.tenants.shop import Shop
from workflows.engine.calendar import Calendar


class ShopHolidays:
    """The days off of a country (PyPI `holidays`, any year) and those the shop added."""

    def __init__(self, country: str | None, subdivision: str | None, own: frozenset[date]) -> None:
        self._public = holidays.country_holidays(country, subdiv=subdivision) if country else None
        self._own = own

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and (day in self._own or (self._public is not None and day in self._public))


@lru_cache(maxsize=512)
def _holidays(country: str | None, subdivision: str | None, own: frozenset[date]) -> Container[date]:
    return ShopHolidays(country, subdivision, own)


def calendar_of(shop: Shop) -> Calendar:
    """The calendar in force; default Mon-Fri 09:00-17:00 in the shop's zone, no cut-off, no holidays."""
    said = shop.settings
    cut_off = said.get("cut_off")
    return Calendar(
        zone=shop.zone,
        working_days=frozenset(said.get("working_days", (0, 1, 2, 3, 4))),
        opens=time.fromisoformat(said.get("opens", "09:00")),
        closes=time.fromisoformat(said.get("closes", "17:00")),
        cut_off=time.fromisoformat(cut_off) if cut_off else None,
        holidays=_holidays(
            said.get("country"),
            said.get("subdivision"),
            frozenset(date.fromisoformat(day) for day in said.get("holidays", ())),
        ),
    )
