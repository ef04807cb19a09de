"""Merchants' texts (RELIABILITY 2.3, T01 to T10): filled in, escaped, bounded, and never half filled."""

import time
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.catalog.texts import Escape, MissingValue, TextError, check_text, paths_in, render

BERLIN = ZoneInfo("Europe/Berlin")
MOMENT = datetime(2026, 11, 23, 10, 39, tzinfo=UTC)

VALUES: dict[str, object] = {
    "order.number": "1001",
    "order.total": Decimal("1234.50"),
    "order.tags": ("vip", "gift"),
    "order.is_gift": True,
    "order.placed_at": MOMENT,
    "order.url": "https://shop.example/orders/1/?a=1&b=2",
    "customer.first_name": "Ann",
    "customer.notes": "   ",
    "customer.last_name": None,
    "parcel.label_age": timedelta(days=2, hours=3),
    "shop.name": "Ann's Shop",
}


def filled(source: str, values: dict[str, object] | None = None, *, escape: Escape = "text") -> str:
    return render(source, VALUES | (values or {}), escape=escape, zone=BERLIN)


def problems(source: str) -> list[str]:
    return check_text(source, known=lambda path: path in VALUES)


class Order:
    """An object with something to steal."""

    number = "1001"
    secret = "sk_live"

    def __str__(self) -> str:
        return "order"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("Order {{ order.number }}.", "Order 1001."),
        ("{{order.number}}{{- order.number -}} x", "10011001x"),
        ("{{ order.total }}", "1234.50"),
        ("{{ order.tags }}", "vip, gift"),
        ("{{ order.is_gift }}", "true"),
        ("{{ order.placed_at }}", "23 Nov 2026, 11:39"),
        ("{{ parcel.label_age }} old", "2 days old"),
        ("{% if customer.last_name %}a{% else %}b{% endif %}", "b"),
        ("{% if customer.notes %}a{% elsif order.tags contains 'vip' %}b{% endif %}", "b"),
        ("{% if customer.last_name < 3 %}a{% else %}b{% endif %}", "b"),
        ("{% if customer.last_name == 'x' %}a{% else %}b{% endif %}", "b"),
        ("{% if order.total > 1000 and order.is_gift %}a{% endif %}", "a"),
        ("{% if customer.first_name %}{{ customer.first_name }}{% endif %}", "Ann"),
        ("{% unless customer.last_name %}a{% endunless %}", "a"),
        ("{% case order.number %}{% when '1', '1001' %}a{% else %}b{% endcase %}", "a"),
        ("{% case customer.last_name %}{% when 'x' %}a{% else %}b{% endcase %}", "b"),
        ("{% raw %}{{ order.number }} {% if {% endraw %}", "{{ order.number }} {% if "),
        ("{% comment %}{{ nothing }}{% endcomment %}{% # nor this %}a", "a"),
        ("{ a } %} }} {", "{ a } %} }} {"),
    ],
)
def test_a_text_is_filled_in(source: str, expected: str) -> None:
    assert filled(source) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (12, "12"),
        (12.0, "12"),
        (12.5, "12.5"),
        (1e-7, "0.0000001"),
        (Decimal("12.50"), "12.50"),
        (False, "false"),
        (date(2026, 11, 2), "2 Nov 2026"),
        (datetime(2026, 1, 2, 3, 4), "2 Jan 2026, 03:04"),  # noqa: DTZ001 - without a zone it is the tenant's own
        (timedelta(hours=25), "1 day"),
        (timedelta(hours=3, minutes=59), "3 hours"),
        (timedelta(minutes=1), "1 minute"),
        (timedelta(seconds=59), "less than a minute"),
        (timedelta(days=-1), "less than a minute"),
        (["a", 1], "a, 1"),
        (frozenset({"b", "a"}), "a, b"),
        ((), ""),
        ("a\x00b\x1b\tc\nd\ud800", "ab\tc\nd?"),
    ],
)
def test_a_value_reads_as_people_write_it(value: object, expected: str) -> None:
    assert filled("{{ x }}", {"x": value}) == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("customer.last_name | default: 'there'", "there"),
        ("customer.last_name | upcase | default: 'there'", "there"),
        ("customer.last_name | default: customer.first_name", "Ann"),
        ("customer.first_name | default: 'there'", "Ann"),
        ("customer.last_name | default", ""),
        ("'' | default: 'x'", "x"),
        ("nil | default: 'x'", "x"),
        ("'aB' | upcase", "AB"),
        ("'aB' | downcase", "ab"),
        ("'aB c' | capitalize", "Ab c"),
        ("' a ' | strip", "a"),
        ("'a' | append: 'b' | prepend: 1", "1ab"),
        ("'abcdef' | truncate: 4", "a..."),
        ("'abcdef' | truncate: 4, ''", "abcd"),
        ("'abcdef' | truncate: 2", "..."),
        ("'abc' | truncate", "abc"),
        ("'a-b' | replace: '-', '+'", "a+b"),
        ("'a-b' | replace: '-'", "ab"),
        ("'ab' | replace: '', '-'", "-a-b-"),
        ("'<a>' | escape", "&lt;a&gt;"),
        ("order.tags | join: ' + '", "vip + gift"),
        ("order.tags | first", "vip"),
        ("order.tags | last", "gift"),
        ("order.tags | size", "2"),
        ("'abc' | size", "3"),
        ("1 | plus: 2", "3"),
        ("'1.5' | minus: 2", "-0.5"),
        ("2.5 | round", "3"),
        ("2.345 | round: 2", "2.35"),
        ("1250 | money", "12.50"),
        ("order.total | money: 'EUR'", "1234.50 EUR"),
        ("'3' | money", "3.00"),
        ("order.placed_at | date", "23 Nov 2026"),
        ("order.placed_at | date: '%A, %-d %B %Y, %H:%M %Z %%'", "Monday, 23 November 2026, 11:39 CET %"),
        ("order.placed_at | date: '%-m/%-I %p'", "11/11 AM"),
        ("'2026-07-01' | date: '%d.%m.%Y'", "01.07.2026"),
        ("'2026-07-01T23:00:00Z' | date: '%e %b'", " 2 Jul"),
        ("'2026-07-01T22:05:00Z' | date: '%-H:%-M'", "0:5"),
    ],
)
def test_a_filter_does_what_it_says(expression: str, expected: str) -> None:
    assert filled(f"{{{{ {expression} }}}}") == expected


def test_a_date_is_a_day_in_every_zone() -> None:
    assert filled("{{ x | date: '%d %H' }}", {"x": date(2026, 7, 1)}) == "01 00"


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("'a' | plus: 1", "plus needs a number of at most 18 digits"),
        ("1 | plus: order.is_gift", "plus needs a number of at most 18 digits"),
        ("'nan' | round", "round needs a number of at most 18 digits"),
        ("'1e999999999' | plus: 1", "plus needs a number of at most 18 digits"),
        ("'" + "1" * 50 + "' | money", "money needs a number of at most 18 digits"),
        ("1 | round: 'x'", "round needs a whole number from 0 to 20000"),
        ("'a' | truncate: 99999", "truncate needs a whole number from 0 to 20000"),
        ("'a' | join", "join needs a list"),
        ("1 | size", "size needs a text or a list"),
        ("'soon' | date", "date needs a date, such as 2026-11-20"),
        ("'now' | date: '%Y'", "date needs a date, such as 2026-11-20"),
        ("1 | date", "date needs a date, such as 2026-11-20"),
        ("nil", "there is nothing to print: nil has no value"),
        ("order.placed_at | date: '%9999999999Y'", "date knows only the signs"),
        ("order.placed_at | date: '%s'", "date knows only the signs"),
        ("order.placed_at | date: '" + "%A" * 51 + "'", "date knows only the signs"),
        ("'9999-12-31T23:30:00Z' | date", "lies outside the calendar"),
    ],
)
def test_a_filter_says_what_it_needs(expression: str, words: str) -> None:
    with pytest.raises(TextError, match=words):
        filled(f"{{{{ {expression} }}}}")


@pytest.mark.parametrize(
    "source", ["{{ order.user.password }}", "{{ order.__class__ }}", "{{ order.number.__class__ }}"]
)
def test_t01_nothing_behind_a_value_can_be_reached(source: str) -> None:
    assert problems(source) == [f"there is no variable {source}"]
    with pytest.raises(MissingValue):
        filled(source, {"order": Order()})


def test_t01_another_language_is_only_text() -> None:
    source = "{order.__init__.__globals__[os].environ} ${7*7} <%= 7*7 %> #{7*7}"

    assert (filled(source), problems(source)) == (source, [])


@pytest.mark.parametrize("escape", ["text", "html", "header", "json", "url"])
def test_t01_an_object_is_never_printed(escape: Escape) -> None:
    with pytest.raises(TextError, match="a value of the kind Order can't be printed"):
        filled("{{ x }}", {"x": Order()}, escape=escape)


@pytest.mark.parametrize(
    "source",
    [
        "{% include '/etc/passwd' %}",
        "{% render 'x' %}",
        "{% extends 'x' %}",
        "{% for i in (1..1000000000) %}x{% endfor %}",
        "{% for i in (1..9999) %}{% for j in (1..9999) %}{% endfor %}{% endfor %}",
        "{% tablerow i in (1..1000000000) %}{% endtablerow %}",
        "{% assign a = 'aaaaaaaaaa' %}" + "{% assign a = a | append: a %}" * 40 + "{{ a | size }}",
        "{% capture x %}a{% endcapture %}",
        "{% increment x %}",
        "{% cycle 'a', 'b' %}",
        "{% liquid\nassign a = 1\n%}",
        "{% echo 'a' %}",
        "{% doc %}{% enddoc %}",
        "{% ifchanged %}{% endifchanged %}",
        "{% load static %}",
        "{% debug %}",
        "{%%}",
    ],
)
def test_t02_t03_t04_only_our_tags_exist(source: str) -> None:
    assert problems(source)[0].startswith("line 1: there is no tag {% ")
    with pytest.raises(TextError, match="there is no tag"):
        filled(source)


def test_t03_a_range_is_refused() -> None:
    words = "ranges such as (1..5) can't be used in texts"

    for source in (
        "{{ (1..1000000000) | join }}",
        "{% if (1..1000000000) contains 5 %}{% endif %}",
        "{{ 1 | plus: (1..2) }}",
    ):
        assert problems(source) == [words]
        with pytest.raises(TextError):
            filled(source)


def test_t05_replacing_in_one_chain_can_not_grow() -> None:
    source = "{{ 'aaaaaaaaaa'" + " | replace: 'a','aaaaaaaaaa'" * 12 + " | size }}"

    with pytest.raises(TextError, match="the filter replace would make more than 20000 characters"):
        filled(source)


@pytest.mark.parametrize(
    "expression", ["x | append: x", "x | prepend: x", "y | join: x", "'a' | replace: 'a', x | append: x", "z | upcase"]
)
def test_t05_no_filter_makes_more_than_its_share(expression: str) -> None:
    with pytest.raises(TextError, match="would make more than 20000 characters"):
        filled(f"{{{{ {expression} }}}}", {"x": "a" * 15_000, "y": ("a", "b", "c"), "z": "a" * 20_001})


def test_t05_many_filters_share_one_budget() -> None:
    with pytest.raises(TextError, match="the text's filters do too much work"):
        filled("{{ x | upcase | downcase | upcase | downcase | size }}" * 100, {"x": "a" * 15_000})


@pytest.mark.parametrize(
    "name", ["safe", "split", "concat", "map", "where", "base64_decode", "times", "url_decode", "sum"]
)
def test_t06_only_our_filters_exist(name: str) -> None:
    (problem,) = problems(f"{{{{ order.number | {name} }}}}")

    assert problem.startswith(f"there is no filter {name}; there are append, capitalize, date, ")


@pytest.mark.parametrize(
    "name", ["{{ secrets }}", "{% raw %}", "{{ '{{' }}", "{% endif %}", "}}", "{{ order.number | upcase }}"]
)
def test_t07_what_a_customer_writes_is_never_a_template(name: str) -> None:
    source = "{% if customer.first_name %}Hello {{ customer.first_name }}{% endif %}"

    assert filled(source, {"customer.first_name": name}) == f"Hello {name}"
    assert filled("{{ x | append: '' }}", {"x": name}) == name


@pytest.mark.parametrize(
    "source", ["{{ customer.last_name }}", "{{ customer.last_name | upcase }}", "{{ customer.notes }}"]
)
def test_t08_a_missing_value_is_named_and_nothing_is_half_filled(source: str) -> None:
    assert problems(source.replace("notes", "last_name")) == []
    with pytest.raises(MissingValue, match=r"has no value here; \{\{ customer\.\w+ \| default: ") as caught:
        filled(f"Hello {source}!")

    assert caught.value.path in {"customer.last_name", "customer.notes"}


@pytest.mark.parametrize(
    "source", ["{{ 'a' | append: y.z }}", "{{ y.x | default: y.z }}", "{{ order.number | default: 1 | append: y.z }}"]
)
def test_t08_a_value_missing_in_a_filter_is_named(source: str) -> None:
    with pytest.raises(MissingValue) as caught:
        filled(source)

    assert caught.value.path == "y.z"


TWO_TAGS = [(2, "for"), (3, "render")]


REL = ' rel="noopener noreferrer"'


def unknown(*paths: str) -> list[str]:
    return [f"there is no variable {{{{ {path} }}}}" for path in paths]


def dots_only(expression: str, path: str) -> list[str]:
    return [f"{{{{ {expression} }}}}: write variables with dots only", *unknown(path)]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{{ order.nmber }}{{ shop.nme | upcase }}", unknown("order.nmber", "shop.nme")),
        ("{% if a.b == order.number %}{% endif %}", unknown("a.b")),
        ("{% if order.url %}{% elsif a.b %}{{ c }}{% else %}{{ d }}{% endif %}", unknown("a.b", "c", "d")),
        ("{% case a %}{% when b %}{{ c }}{% else %}{{ d }}{% endcase %}", unknown("a", "b", "c", "d")),
        ("{{ order.number | default: a }}", unknown("a")),
        ("{{ order['number'] }}", []),
        ("{{ order[order.number] }}", dots_only("order[order.number]", "order.order.number")),
        ("{{ order.tags[0] }}", dots_only("order.tags[0]", "order.tags.0")),
        ("{{ order.number | upcase: 1 }}", ["the filter upcase takes 0 values after its colon, not 1"]),
        ("{{ order.number | replace }}", ["the filter replace takes 1 to 2 values after its colon, not 0"]),
        ("{{ order.number | default: 1, allow_false: true }}", ["the filter default takes no named values"]),
        (
            "a\n{% for %}\n{% render %}",
            [f"line {n}: there is no tag {{% {tag} %}} in texts; use if, unless or case" for n, tag in TWO_TAGS],
        ),
        ("a\n{% if %}b{% endif %}", ["line 2: missing expression"]),
        ("{% if order.number %}", ["expected tag endif, found end of expression"]),
        ("{% endif %}", ["line 1: unexpected tag 'endif'"]),
        ("{{ }}", ["expected a primitive expression, found end of expression"]),
        ("{{ order.number order.number }}", ["line 1: expected end of expression, found word"]),
        ("{% if order.url %}a{% else %}b{% else %}c{% endif %}", ["line 1: expected tag endif, found tag"]),
        ("a\n{{ order.number", ["line 2: {{ needs a }} within 500 characters"]),
        ("{% if", ["line 1: {% needs a %} within 500 characters"]),
        ("{% raw %}{{", ["line 1: {% raw %} needs an {% endraw %}"]),
        ("{{ order.number " + " " * 500 + "}}", ["line 1: {{ needs a }} within 500 characters"]),
        ("{% if true %}" * 11 + "{% endif %}" * 11, ["{% if %} can be nested at most 9 deep"]),
        ("{{ order.number }}" * 501, ["a text has at most 500 variables and tags"]),
    ],
)
def test_t08_a_wrong_text_is_explained_when_it_is_saved(source: str, expected: list[str]) -> None:
    assert problems(source) == expected


def test_a_comparison_of_unlike_things_is_explained() -> None:
    with pytest.raises(TextError, match=r"^line 2: '<' and '>' are not supported between 'datetime' and 'int'$"):
        filled("a\n{% if order.placed_at < 3 %}{% endif %}")


def test_t09_a_text_that_is_too_long_is_refused() -> None:
    source = "a" * 50_001

    assert problems(source) == ["a text has at most 50,000 characters"]
    assert paths_in(source) == frozenset()
    with pytest.raises(TextError, match="a text has at most 50,000 characters"):
        filled(source)


def test_t09_an_output_that_is_too_long_is_refused() -> None:
    with pytest.raises(TextError, match="the finished text would be longer than 100,000 bytes"):
        filled("{{ x }}" * 6, {"x": "a" * 20_000})


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("<b>{{ x }}</b>", "<b>&lt;script&gt;&amp;\"'</b>"),
        ("{{ x | escape }}", "&lt;script&gt;&amp;\"'"),
        ("<a href='{{ order.url }}'>a</a>", f'<a href="https://shop.example/orders/1/?a=1&amp;b=2"{REL}>a</a>'),
        ("<a href='mailto:a@x.example'>a</a>", f'<a href="mailto:a@x.example"{REL}>a</a>'),
        ("<a href='javascript:alert(1)'>a</a>", f"<a{REL}>a</a>"),
        ("<a href='JaVa\tscript:alert(1)'>a</a>", f"<a{REL}>a</a>"),
        ("<a href='{{ js }}'>a</a>", f"<a{REL}>a</a>"),
        ("<a href='data:text/html,x'>a</a>", f"<a{REL}>a</a>"),
        ("<a href={{ y }}>a</a>", f'<a href="x"{REL}>a</a>'),
        ("a<img src='http://10.0.0.1/pixel'>b", "ab"),
        ("a<style>@import 'http://x'</style><link rel=stylesheet href='http://x'>b", "ab"),
        ("a<script>alert(1)</script><iframe src='http://x'></iframe>b", "ab"),
        ("<p style='background: url(http://x)' onclick='x()' class='y'>a</p>", "<p>a</p>"),
        ("<form action='http://x'><input name='password'>a</form>", "a"),
        ("<b>open", "<b>open</b>"),
    ],
)
def test_t06_t10_html_keeps_harmless_markup_only(source: str, expected: str) -> None:
    values: dict[str, object] = {"x": "<script>&\"'", "js": "javascript:alert(1)", "y": "x onclick=alert(1)"}

    assert filled(source, values, escape="html") == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a\r\nBcc: v@x.example", "a Bcc: v@x.example"),
        ("a\u2028b\u2029c\x85d\tg", "a b c d g"),
        ("\u202egnp.exe", "gnp.exe"),
        ("x" * 300, "x" * 250),
    ],
)
def test_e01_a_header_is_one_short_line(value: str, expected: str) -> None:
    assert filled("{{ x }}", {"x": value}, escape="header") == expected
    assert filled(value, escape="header") == expected


@given(st.text(max_size=400))
def test_e01_no_value_breaks_a_header(value: str) -> None:
    line = filled("Order {{ x | default: '' }}", {"x": value}, escape="header")

    assert len(line.splitlines()) == 1
    assert line.isprintable() or not any(ord(sign) < 32 or 127 <= ord(sign) < 160 for sign in line)
    assert len(line) <= 250


def test_json_and_addresses_are_escaped_for_their_inside() -> None:
    values: dict[str, object] = {"x": 'a "b"\\ \n/&?', "n": 5}

    assert filled('{"note": "{{ x }}", "n": {{ n }}}', values, escape="json") == (
        '{"note": "a \\"b\\"\\\\ \\n/&?", "n": 5}'
    )
    assert (
        filled("https://x.example/{{ x }}", values, escape="url") == "https://x.example/a%20%22b%22%5C%20%0A%2F%26%3F"
    )


def test_the_variables_of_a_text_are_known() -> None:
    source = "{% if customer.email %}{{ x | default: shop.name }}{% endif %}{% comment %}{{ y }}{% endcomment %}"

    assert paths_in(source) == {"customer.email", "x", "shop.name"}
    assert paths_in("{{ broken") == frozenset()


BOMBS = [
    "{{" + " " * 49_900,
    "{{ " * 16_000,
    "{%raw%}" * 7_000,
    "{% comment %}" + "{% raw %}" * 5_000,
    "{% comment %}" + "{% " + " " * 60 + "raw %}" * 5_000,
    ("{{ 1" + " " * 490 + " }}") * 100,
    ("{{ " + "(" * 494 + "}}") * 100,
    ("{{ " + "'" * 495 + "}}") * 100,
    ("{{ " + "a[" * 247 + "}}") * 100,
    ("{% if " + "a and " * 80 + "a %}{% endif %}") * 98,
    ("{{ 'a'" + "|upcase" * 68 + " }}") * 100,
    ("{{ big" + "|upcase" * 60 + " }}") * 110,
    ("{% if big contains '" + "a" * 450 + "' %}{% endif %}") * 100,
    "{% if true %}" * 500,
    "{{ 999999999 | plus: 999999999 }}" * 400,
    "<div>" * 9_000,
]


@pytest.mark.parametrize("source", BOMBS, ids=range(len(BOMBS)))
def test_t09_no_text_takes_long(source: str) -> None:
    values: dict[str, object] = {"big": "ab" * 9_999}
    began = time.process_time()

    check_text(source, known=lambda _: True)
    with suppress(TextError):
        filled(source, values, escape="html")

    assert time.process_time() - began < 2


@given(st.text(alphabet="{}%-| .:'\"abif raw end\n(0)[]", max_size=120))
def test_whatever_is_written_is_a_text_or_a_problem(source: str) -> None:
    wrong = check_text(source, known=lambda _: True)

    outcome = "filled"
    try:
        filled(source)
    except MissingValue:
        outcome = "missing"
    except TextError as error:
        outcome = str(error)

    assert wrong == [] or outcome == wrong[0]
