"""Documents travel as YAML and come back the same; what is hostile is refused in words."""

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.workflows.generated import documents
from workflows.definitions.portable import from_yaml, to_yaml

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=10,
)


@given(documents())
@settings(max_examples=50, deadline=None)
def test_a_document_comes_back_as_it_was(document: object) -> None:
    assert from_yaml(to_yaml(document)) == (document, [])


@given(JSON)
@settings(max_examples=200, deadline=None)
def test_any_json_comes_back_as_it_was_from_every_reader(value: object) -> None:
    written = to_yaml(value)

    assert from_yaml(written) == (value, [])
    assert yaml.safe_load(written) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{op: on, value: 2026-11-20}", {"op": "on", "value": "2026-11-20"}),
        ("[yes, no, off, y, ~, null, true, 1e3, 012, 1_000, 0x1F]",
         ["yes", "no", "off", "y", None, None, True, 1000.0, "012", "1_000", "0x1F"]),
        ("a: 12:30:45", {"a": "12:30:45"}),
        ("<<: {a: 1}", {"<<": {"a": 1}}),
        ("__proto__: 1", {"__proto__": 1}),
        ("", None),
    ],
)  # fmt: skip
def test_plain_words_mean_what_they_say(text: str, value: object) -> None:
    assert from_yaml(text) == (value, [])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: &x 1", "not YAML: anchors are not allowed (line 1, column 4)"),
        ("a: *x", "not YAML: aliases are not allowed (line 1, column 4)"),
        ("a: 1\na: 2", "not YAML: 'a' is there twice (line 2, column 1)"),
        ("[a]: 1", "not YAML: a name that is not plain (line 1, column 1)"),
        ("[" * 100_000, "not YAML: nested more than 64 deep (line 1, column 66)"),
        ("- " * 100_000 + "x", "not YAML: nested more than 64 deep (line 1, column 131)"),
        ("{a: b", "not YAML: expected ',' or '}', but got '<stream end>' (line 1, column 6)"),
        ("a: !!python/object/apply:os.system [ls]",
         "not YAML: tags are not allowed (line 1, column 4)"),
        ("x" * 300_000, "the YAML is too long"),
        ("ü" * 200_000, "the YAML is too long"),
    ],
    ids=["anchor", "alias", "twice", "key", "flow", "block", "open", "tag", "long", "bytes"],
)  # fmt: skip
def test_hostile_yaml_is_refused_in_words(text: str, words: str) -> None:
    value, problems = from_yaml(text)

    assert value is None
    assert [problem.problem for problem in problems] == [words]


@pytest.mark.parametrize("text", ["a: \0", "!!timestamp x", "!!binary ü", "a: " + "9" * 5_000])
def test_what_yaml_itself_can_not_read_is_a_problem_too(text: str) -> None:
    value, problems = from_yaml(text)

    assert (value, len(problems)) == (None, 1)
