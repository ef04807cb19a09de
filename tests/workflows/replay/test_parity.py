"""What was lived and what is played back are the same, whatever the workflows, the batches and the lateness."""

import pytest

from tests.factories import make_tenant
from tests.workflows.replay.kit import START
from workflows.replay import parity

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("seed", [1, 9, 12])
def test_random_workflows_do_the_same_live_and_played_back(seed: int) -> None:
    shop = make_tenant(timezone="Europe/Berlin").id

    found = parity.check(shop, workflows=15, days=4, seed=seed, start=START)

    assert found.differences == ()
    assert found.fired > 20
