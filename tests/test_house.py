"""The rules of the house that no linter knows."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
#: What each package may not name, not even in a string: that would be an arrow that the import contracts can't see.
ABOVE = {"postsale": ("workflows", "dashboards"), "workflows": ("dashboards",)}
#: Django's settings put the house together, so they name all of it.
EXEMPT = {"postsale/settings.py"}


def _sources(package: str) -> list[Path]:
    return [path for path in sorted((ROOT / package).rglob("*.py")) if path.relative_to(ROOT).as_posix() not in EXEMPT]


@pytest.mark.parametrize("package", ABOVE)
def test_no_string_names_a_module_of_a_package_above(package: str) -> None:
    upward = re.compile(rf"^({'|'.join(ABOVE[package])})\.\w+(\.\w+)*$")

    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}: {node.value}"
        for path in _sources(package)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and upward.match(node.value)
    ]

    assert found == []


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_a_lock_names_no_host_and_hashes_everything(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    requirements = [entry.strip() for entry in re.split(r"\n(?=\S)", text) if entry.strip()]

    hosts = re.findall(r"(?i)^.*(?:://|--index|--find-links|--trusted-host|git\+).*$", text, re.MULTILINE)
    unpinned = [entry.split("\n")[0] for entry in requirements if "==" not in entry or "--hash=sha256:" not in entry]

    assert (hosts, unpinned) == ([], [])


def test_the_development_lock_holds_all_of_the_other() -> None:
    running, developing = (
        set(re.findall(r"^(\S+==\S+)", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE))
        for name in ("requirements.lock", "requirements-dev.lock")
    )

    assert running - developing == set()


def test_every_module_says_what_it_promises() -> None:
    silent = [
        path.relative_to(ROOT).as_posix()
        for package in ("postsale", "workflows", "dashboards")
        for path in _sources(package)
        if (tree := ast.parse(path.read_text(encoding="utf-8"))).body
        and ast.get_docstring(tree) is None
        and "migrations" not in path.parts
        and path.name != "apps.py"  # Django's three lines
    ]

    assert silent == []


#: What would outlive its transaction on a connection that another shop's request uses next.
OF_THE_SESSION = re.compile(
    r"""(?ix) set_config \s* \( [^)]* , \s* (?: false | f | 0 ) \s* \)
    | \b set \s+ (?: session \s+ )? (?: app\.\w+ | role \s+ (?!=) | session \s+ authorization )"""
)


def of_the_session(text: str) -> list[str]:
    """Each place in a source that sets something for the database's session."""
    return [found.group() for found in OF_THE_SESSION.finditer(text)]


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("select set_config('app.tenant', %s, false)", True),
        ("SELECT set_config('app.tenant', '7', FALSE)", True),
        ("set app.tenant = 7", True),
        ("SET SESSION app.tenant TO '7'", True),
        ("set role postsale_owner", True),
        ("select set_config('app.tenant', %s, true)", False),
        ("set local app.tenant = 7", False),
        ("update t set role = 'viewer'", False),
    ],
)
def test_a05_the_search_finds_what_it_is_for(text: str, is_one: bool) -> None:
    assert bool(of_the_session(text)) is is_one


def test_a05_nothing_is_set_for_longer_than_its_transaction() -> None:
    found = {
        path.relative_to(ROOT).as_posix(): places
        for package in ("postsale", "workflows", "dashboards")
        for path in _sources(package)
        if (places := of_the_session(path.read_text(encoding="utf-8")))
    }

    assert found == {}
