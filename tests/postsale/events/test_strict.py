"""Strict JSON: hostile bodies end in a reason, never in another exception (RELIABILITY.md I10, I11, I12, I14)."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postsale.events.strict import Unreadable, find_nul, parse_json

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


@given(JSON, st.sampled_from([None, 2]))
def test_json_is_read_as_it_was_written(value: object, indent: int | None) -> None:
    assert parse_json(json.dumps(value, indent=indent).encode()) == value


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    with suppress(Unreadable):
        parse_json(raw)


@pytest.mark.parametrize(
    ("raw", "is_malformed", "reason"),
    [
        (b"", True, "the body is empty"),
        (b"  \n", True, "the body is empty"),
        (b"\xff\xfe{\x00}\x00", True, "the body is not UTF-8"),
        (b'{"a":"\xff"}', True, "the body is not UTF-8"),
        (b'{"a":"\xed\xa0\x80"}', True, "the body is not UTF-8"),
        (b"a=1&b=2", True, "not JSON: Expecting value: line 1 column 1 (char 0)"),
        (b'{"a":1', True, "not JSON: Expecting ',' delimiter: line 1 column 7 (char 6)"),
        (b'{"a":"\x00"}', True, "not JSON: Invalid control character at: line 1 column 7 (char 6)"),
        (b'{"a":NaN}', False, "NaN is not a number of JSON"),
        (b"[-Infinity]", False, "-Infinity is not a number of JSON"),
        (b"[1e400]", False, "a number is out of range"),
        (b"[1E200000]", False, "a number is out of range"),
        (b"[" + b"1" * 5000 + b"]", False, "a number has too many digits"),
        (b'{"a":"\\ud800"}', False, "a string has half a surrogate pair"),
        (b'["\\udc00\\ud800"]', False, "a string has half a surrogate pair"),
        (b'{"status":"ok","status":"exception"}', False, "the key 'status' stands there twice"),
        (b'{"a":{"b":1, "\\u0062" : 2}}', False, "the key 'b' stands there twice"),
        (b"[" * 65 + b"]" * 65, False, "nested more than 64 deep"),
        (b'{"a":' * 200 + b"1" + b"}" * 200, False, "nested more than 64 deep"),
        (b"[" * 200_000, False, "nested more than 64 deep"),
        (b'{"a":' + b"[" * 5_000 + b"]" * 5_000 + b"}", False, "nested more than 64 deep"),
        (json.dumps({"k" * 100_000: 1}).encode(), False, "a key is longer than 1 kB"),
        (json.dumps({"é" * 600: 1}).encode(), False, "a key is longer than 1 kB"),
        (json.dumps({str(n): n for n in range(200_000)}).encode(), False, "more than 10,000 keys"),
    ],
    ids=lambda value: str(value)[:24],
)
def test_a_hostile_body_is_refused_with_its_reason(raw: bytes, is_malformed: bool, reason: str) -> None:
    with pytest.raises(Unreadable) as refusal:
        parse_json(raw)

    assert (refusal.value.malformed, refusal.value.reason) == (is_malformed, reason)


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b"[9007199254740993, 820982911946154508]", [9007199254740993, 820982911946154508]),
        (b"[123456789012345678901234567890]", [123456789012345678901234567890]),
        (b'"x"', "x"),
        (b'{"say":"a \\"b\\": c","k":1}', {"say": 'a "b": c', "k": 1}),
        (b'[{"a":1},{"a":1}]', [{"a": 1}, {"a": 1}]),
        (b"[" * 64 + b"]" * 64, json.loads("[" * 64 + "]" * 64)),
        (json.dumps([{str(n): n for n in range(9_000)}] * 2).encode(), [{str(n): n for n in range(9_000)}] * 2),
        (json.dumps({"é" * 300: 1}).encode(), {"é" * 300: 1}),
    ],
    ids=lambda value: str(value)[:24],
)
def test_what_looks_hostile_but_is_not_is_kept_exactly(raw: bytes, value: object) -> None:
    assert parse_json(raw) == value


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ({"a": [{"b": "x\x00"}]}, "a[0].b"),
        ({"a": {"b\x00": 1}}, "a"),
        (["x", "\x00"], "[1]"),
        ({"a": ["x", {"b": 1}], "c": 2}, None),
    ],
)
def test_a_nul_is_found_where_it_is(value: object, path: str | None) -> None:
    assert find_nul(value) == path
