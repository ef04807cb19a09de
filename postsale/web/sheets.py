"""Cells of files that people open in a spreadsheet: strangers chose what is in them."""

import unicodedata

#: How a formula begins, whatever width its first sign has.
FORMULA = ("=", "+", "-", "@")
#: What some spreadsheets take off the front of a cell, so that a formula could hide behind it.
BLANK = ("\t", "\r", "\n")


def harmless(cell: object) -> object:
    """The cell as it is, or as plain text where a spreadsheet would take it for a formula."""
    if not isinstance(cell, str):
        return cell
    begins = unicodedata.normalize("NFKC", cell[:64]).lstrip("\ufeff\u200b\0 \t\r\n\v\f")
    return f"'{cell}" if cell.startswith(BLANK) or begins.startswith(FORMULA) else cell
