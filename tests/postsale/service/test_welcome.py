"""What `up` says once it is up."""

import io
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from pytest_django import Settings

from postsale.management.commands.up import SIGN_INS, Command

pytestmark = pytest.mark.django_db(transaction=True)


def _welcome() -> str:
    said = io.StringIO()
    Command(stdout=said)._welcome()
    return said.getvalue()


def test_the_demo_s_sign_ins_are_shown_at_each_start(settings: Settings, tmp_path: Path) -> None:
    settings.POSTSALE_DATA = tmp_path
    (tmp_path / SIGN_INS).write_text("owner@demo.test  password: demo\n")

    said = _welcome()

    assert "owner@demo.test  password: demo\n" in said
    assert "create_tenant" not in said


def test_a_house_with_people_does_not_explain_how_to_make_the_first(settings: Settings, tmp_path: Path) -> None:
    settings.POSTSALE_DATA = tmp_path
    get_user_model().objects.create(email="somebody@shop.test")

    assert "create_tenant" not in _welcome()


def test_an_empty_house_says_how_to_make_a_shop(settings: Settings, tmp_path: Path) -> None:
    settings.POSTSALE_DATA = tmp_path

    assert "/setup/?token=" in _welcome()
