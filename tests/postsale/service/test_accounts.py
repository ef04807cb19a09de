"""Strangers may sign up only where the setting says so."""

import pytest
from django.test import RequestFactory
from pytest_django import Settings

from postsale.service.accounts import AccountAdapter


@pytest.mark.parametrize("is_open", [True, False])
def test_the_setting_decides_who_may_sign_up(settings: Settings, rf: RequestFactory, is_open: bool) -> None:
    settings.POSTSALE_SIGNUP = is_open

    assert AccountAdapter().is_open_for_signup(rf.get("/")) is is_open
