"""`dashboard.count`: by day of the shop's zone, carrier and sales channel; added up, never counted on a page."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from dashboards.analytics.counting import Count, CountOnDashboard, store
from dashboards.analytics.queries import Measure, measure
from postsale.tenants.models import Tenant
from postsale.tenants.scope import tenant
from postsale.tenants.shop import load_shop
from tests.dashboards.kit import NAMES, Batch, Standing, make_shop
from workflows.catalog.shelf import ActionFailedError

FACTS = {"parcel.carrier": "ups", "order.sales_channel": "shopify-us"}


@pytest.mark.parametrize(
    ("with_", "paths"),
    [
        ({"dashboard": "operations", "measure": "late_handoffs"}, []),
        ({}, ["with.dashboard", "with.measure"]),
        (
            {"dashboard": "elsewhere", "measure": "Late handoffs", "by": "x"},
            ["with.by", "with.dashboard", "with.measure"],
        ),
        ({"dashboard": "operations", "measure": "a" * 41}, ["with.measure"]),
    ],
)
def test_what_is_wrong_is_said_when_it_is_saved(with_: Mapping[str, object], paths: list[str]) -> None:
    problems = CountOnDashboard().problems(with_, "with", NAMES)

    assert [problem.path for problem in problems] == paths


@pytest.mark.django_db(transaction=True)
def test_a_day_is_the_shops_day() -> None:
    shop = make_shop()
    with tenant(shop.id):
        Tenant.objects.filter(id=shop.id).update(timezone="Pacific/Auckland")
        shop = load_shop(shop.id)
    late = datetime(2026, 11, 20, 23, 0, tzinfo=UTC)
    moment = Standing(shop=shop, with_={"dashboard": "operations", "measure": "late"}, facts=FACTS, now=late)

    with tenant(shop.id):
        CountOnDashboard().do(moment)

    assert shop.zone == ZoneInfo("Pacific/Auckland")
    assert moment.rows[0][1].day == date(2026, 11, 21)


@pytest.mark.django_db(transaction=True)
def test_an_unknown_dashboard_fails_with_its_name() -> None:
    moment = Standing(shop=make_shop(), with_={"dashboard": "gone", "measure": "late"})

    with tenant(moment.shop.id), pytest.raises(ActionFailedError, match="there is no dashboard 'gone'"):
        CountOnDashboard().do(moment)


@pytest.mark.django_db(transaction=True)
def test_counts_add_up_over_batches_days_carriers_and_channels() -> None:
    shop = make_shop()
    ups = Count(dashboard="operations", measure="late", day=date(2026, 11, 20), carrier="ups", sales_channel="eu")
    dhl = Count(dashboard="operations", measure="late", day=date(2026, 11, 21), carrier="dhl", sales_channel="eu")
    with tenant(shop.id):
        store(Batch(shop=shop), [ups, ups, dhl])
        store(Batch(shop=shop), [ups])
        store(Batch(shop=shop, is_backfill=True), [ups])

        found = measure(shop.id, dashboard="operations", name="late")
        one_day = measure(
            shop.id, dashboard="operations", name="late", first=date(2026, 11, 21), last=date(2026, 11, 21)
        )

    assert found == Measure(
        total=4, series=[(date(2026, 11, 20), 3), (date(2026, 11, 21), 1)], by_carrier={"dhl": 1, "ups": 3},
        by_sales_channel={"eu": 4},
    )  # fmt: skip
    assert one_day.total == 1


@pytest.mark.django_db(transaction=True)
def test_what_was_never_counted_is_zero() -> None:
    shop = make_shop()

    with tenant(shop.id):
        found = measure(shop.id, dashboard="operations", name="never")

    assert found == Measure(total=0, series=[], by_carrier={}, by_sales_channel={})
