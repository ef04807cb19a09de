"""The command works beside everything else, in a database of its own, and says what it found in its last line."""

import json
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connections

from postsale.tenants.models import User

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "admin"])


def test_check_parity_ends_with_its_counts_and_leaves_this_database_alone() -> None:
    before = connections["default"].settings_dict["NAME"]
    said = StringIO()

    call_command("check_parity", workflows=6, days=2, seed=1, stdout=said)

    last = json.loads(said.getvalue().splitlines()[-1])
    assert list(last) == ["workflows", "days", "seed", "events", "fired", "differences"]
    assert (last["workflows"], last["days"], last["seed"], last["differences"]) == (6, 2, 1, 0)
    assert last["fired"] > 0
    assert connections["default"].settings_dict["NAME"] == before
    assert not User.objects.exists()


@pytest.mark.parametrize("option", ["workflows", "days"])
def test_check_parity_refuses_to_prove_nothing(option: str) -> None:
    with pytest.raises(SystemExit) as ended:
        call_command("check_parity", **{option: 0}, stderr=StringIO())

    assert ended.value.code == 2
