"""Random calendars, moments, facts and conditions: small worlds in which everything meets everything."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from workflows.engine.calendar import Calendar
from workflows.engine.grammar import Condition, Duration, Group, Leaf

ZONES = (
    "UTC",
    "America/New_York",
    "America/Sao_Paulo",
    "America/St_Johns",
    "Europe/Berlin",
    "Africa/Casablanca",
    "Africa/Cairo",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Auckland",
    "Pacific/Apia",
    "America/Nuuk",
)
KINDS = {
    "order.total": "money",
    "order.placed_at": "datetime",
    "order.promised_by": "datetime",
    "order.age": "age",
    "order.tags": "set",
    "order.number": "text",
    "order.held": "bool",
    "items.sku": "text",
    "items.quantity": "number",
    "parcel.tracking_status": "choice",
    "parcel.attempts": "number",
}
STATUSES = ("awaiting_carrier", "in_transit", "exception")
# The clock changes of 2026 in most of the zones lie in March and around the end of October.
FIRST = datetime(2026, 3, 1, tzinfo=UTC)


def kind_of(field: str) -> str:
    return KINDS.get(field, "any")


def moments(*, days: int = 300) -> st.SearchStrategy[datetime]:
    """Moments from March 2026 on, most of them on the quarter of an hour, so that they meet boundaries."""
    quarters = st.integers(0, days * 96).map(lambda count: FIRST + timedelta(minutes=15 * count))
    return st.one_of(quarters, st.integers(0, days * 86_400).map(lambda count: FIRST + timedelta(seconds=count)))


def calendars() -> st.SearchStrategy[Calendar]:
    """Working times between 05:00 and 22:00, where no zone moves its clocks, with some holidays at the year's end."""
    holidays = st.frozensets(st.sampled_from([date(2026, 12, day) for day in (24, 25, 28, 31)] + [date(2026, 4, 6)]))
    return st.builds(
        Calendar,
        zone=st.sampled_from(ZONES).map(ZoneInfo),
        working_days=st.frozensets(st.integers(0, 6), min_size=1),
        opens=st.integers(5, 12).map(time),
        closes=st.integers(13, 22).map(time),
        cut_off=st.none() | st.just(time(12, 30)),
        holidays=holidays,
    )


def durations() -> st.SearchStrategy[dict[str, float]]:
    """Documents of durations, a few days at most."""
    return st.one_of(
        st.fixed_dictionaries({"days": st.integers(1, 4)}),
        st.fixed_dictionaries({"minutes": st.integers(15, 6_000)}),
        st.fixed_dictionaries({"business_days": st.integers(1, 3)}),
        st.fixed_dictionaries({"business_hours": st.integers(1, 20)}),
        st.fixed_dictionaries({"days": st.integers(1, 2), "hours": st.integers(1, 30)}),
    )


def spans() -> st.SearchStrategy[Duration]:
    return st.one_of(
        st.builds(Duration, days=st.integers(1, 4)),
        st.builds(Duration, seconds=st.integers(60, 400_000)),
        st.builds(Duration, business_days=st.integers(1, 3)),
        st.builds(Duration, business_hours=st.integers(1, 20)),
    )


def timed_leaves() -> st.SearchStrategy[Leaf]:
    """Leaves that time alone can turn."""
    moment_ops = st.sampled_from(("older_than", "within_last", "within_next"))
    fields = st.sampled_from(("order.placed_at", "order.promised_by"))
    age_ops = ("gt", "gte", "lt", "lte", "older_than", "within_last")
    state_ops = st.sampled_from(("has_been", "has_not_been", "was"))
    clock_time = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.sampled_from((0, 30, 59)))
    clock_ops = st.sampled_from(("gt", "gte", "lt", "lte", "is", "is_not"))
    weekday = st.sampled_from(("mon", "wed", "sat", "sun"))
    return st.one_of(
        st.builds(Leaf, field=fields, op=moment_ops, value=durations()),
        st.builds(Leaf, field=st.just("order.age"), op=st.sampled_from(age_ops), value=durations()),
        st.builds(
            Leaf,
            field=st.just("parcel.tracking_status"),
            op=state_ops,
            value=st.sampled_from(STATUSES),
            for_=spans(),
        ),
        st.builds(Leaf, field=st.just("now.time_of_day"), op=clock_ops, value=clock_time),
        st.builds(
            Leaf,
            field=st.just("now.time_of_day"),
            op=st.just("between"),
            value=st.lists(clock_time, min_size=2, max_size=2),
        ),
        st.builds(Leaf, field=st.just("now.weekday"), op=st.sampled_from(("is", "is_not")), value=weekday),
        st.builds(Leaf, field=st.just("now.weekday"), op=st.just("in"), value=st.lists(weekday, min_size=1)),
        st.builds(Leaf, field=st.just("now.is_business_time"), op=st.sampled_from(("is_true", "is_false"))),
    )


def plain_leaves() -> st.SearchStrategy[Leaf]:
    """Leaves that only facts can turn."""
    status = st.sampled_from(STATUSES)
    return st.one_of(
        st.builds(Leaf, field=st.just("parcel.tracking_status"), op=st.sampled_from(("is", "is_not")), value=status),
        st.builds(
            Leaf,
            field=st.just("parcel.tracking_status"),
            op=st.sampled_from(("in", "not_in")),
            value=st.lists(status, min_size=1, max_size=2),
        ),
        st.builds(Leaf, field=st.just("order.total"), op=st.sampled_from(("gt", "lte")), value=st.integers(1, 5)),
        st.builds(
            Leaf, field=st.just("order.number"), op=st.sampled_from(("contains", "starts_with")), value=st.just("a")
        ),
        st.builds(Leaf, field=st.just("order.held"), op=st.sampled_from(("is_true", "is_false"))),
        st.builds(Leaf, field=st.just("order.notes"), op=st.sampled_from(("is_empty", "is_not_empty"))),
        st.builds(Leaf, field=st.just("order.tags"), op=st.just("has"), value=st.just("vip")),
        st.builds(Leaf, field=st.just("items.sku"), op=st.sampled_from(("is", "is_not")), value=st.just("A")),
    )


def conditions(leaves: st.SearchStrategy[Leaf] | None = None, *, depth: int = 2) -> st.SearchStrategy[Condition]:
    """Conditions of up to `depth` groups inside one another."""
    condition: st.SearchStrategy[Condition] = (
        leaves if leaves is not None else st.one_of(plain_leaves(), timed_leaves())
    )
    for _ in range(depth):
        children = st.lists(condition, min_size=1, max_size=3).map(tuple)
        groups = st.builds(Group, kind=st.sampled_from(("all", "any", "none")), of=children)
        some = st.builds(Group, kind=st.just("at_least"), of=children, k=st.integers(1, 3))
        condition = st.one_of(condition, groups, some)
    return condition


@st.composite
def facts(draw: st.DrawFn) -> dict[str, object]:
    """Facts of one subject, any of them missing."""
    possible: dict[str, st.SearchStrategy[object]] = {
        "order.placed_at": moments(days=20),
        "order.promised_by": moments(days=20),
        "order.age": moments(days=20),
        "order.total": st.integers(0, 600),
        "order.number": st.sampled_from(("A1", "b2")),
        "order.held": st.booleans(),
        "order.tags": st.sampled_from(((), ("VIP",), ("old", "new"))),
        "order.notes": st.sampled_from(("", "fragile")),
        "items.sku": st.sampled_from(((), ("A",), ("a", "B"), ("B", None))),
        "parcel.tracking_status": st.sampled_from(STATUSES),
        "parcel.tracking_status@since": moments(days=20),
        "parcel.tracking_status@history": st.lists(
            st.tuples(moments(days=20), st.sampled_from(STATUSES)), max_size=4
        ).map(tuple),
    }
    return {field: draw(value) for field, value in possible.items() if draw(st.integers(0, 5))}
