"""No cell of an exported file is a formula (RELIABILITY.md G01)."""

import csv
import io

import pytest

from postsale.web.sheets import harmless


@pytest.mark.parametrize(
    "cell",
    [
        "=1+1", "+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "  \t =1", "\uff1d1", "\uff0b1", "\uff0d1", "\uff20x", "\ufe661",
        "\u00a0=1", "\u3000=1", "\ufeff=1", "\u200b=1", "\0=1", "\ttext", "=" * 5_000,
    ],
)  # fmt: skip
def test_g01_what_a_spreadsheet_takes_for_a_formula_becomes_text(cell: str) -> None:
    assert harmless(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["", "1001", "#1001", "a=b", "'=1", "Müller & Söhne", "1-2", 7, -7, 1.5, None])
def test_g01_anything_else_stays_as_it_is(cell: object) -> None:
    assert harmless(cell) == cell


def test_g01_a_neutral_cell_survives_the_file() -> None:
    written = io.StringIO()
    csv.writer(written).writerow([harmless('=HYPERLINK("http://evil","x")'), harmless("\n=1")])

    assert next(csv.reader(io.StringIO(written.getvalue(), newline=""))) == ['\'=HYPERLINK("http://evil","x")', "'\n=1"]
