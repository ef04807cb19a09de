"""Log lines are events with fields, and no secret gets into them."""

import json
import logging
import logging.config

import pytest
import structlog

from postsale.service import logs


def test_fields_that_smell_of_secrets_are_blanked() -> None:
    event = {"event": "sent", "api_key": "k", "Authorization": "b", "webhook_secret": "s", "body": "Dear…", "run": 7}

    shown = logs.hide_secrets(None, "info", event)

    assert {key for key, value in shown.items() if value == logs.BLANK} == {
        "api_key", "Authorization", "webhook_secret", "body",
    }  # fmt: skip
    assert shown["run"] == 7


def test_our_lines_and_the_libraries_take_the_same_way(capsys: pytest.CaptureFixture[str]) -> None:
    before = logging.root.handlers[:], logging.root.level
    logging.config.dictConfig(logs.configure(level="INFO"))
    try:
        structlog.get_logger("postsale.test").warning("delivered", run=7, password="hunter2")
        logging.getLogger("some.library").warning("plain %s", "words")
    finally:
        logging.root.handlers[:], logging.root.level = before

    ours, theirs = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    assert (ours["event"], ours["run"], ours["password"], ours["level"]) == ("delivered", 7, logs.BLANK, "warning")
    assert (theirs["event"], theirs["logger"]) == ("plain words", "some.library")


def test_g08_what_strangers_wrote_can_not_make_a_line_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    before = logging.root.handlers[:], logging.root.level
    logging.config.dictConfig(logs.configure(level="INFO"))
    wrote = 'x\n[INFO] admin logged in\r\n{"event": "signed_in"}\u2028\x1b[2J'
    try:
        structlog.get_logger("postsale.test").warning("refused", path=wrote)
        logging.getLogger("some.library").warning("Not Found: %s", wrote)
    finally:
        logging.root.handlers[:], logging.root.level = before

    ours, theirs = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    assert (ours["event"], ours["path"]) == ("refused", wrote)
    assert theirs["event"] == f"Not Found: {wrote}"
