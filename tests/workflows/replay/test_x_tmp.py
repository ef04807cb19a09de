import os, pytest, importlib.util
from tests.factories import make_tenant
from tests.workflows.replay.kit import START
from workflows.replay import parity, virtual
pytestmark = pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seed", range(int(os.environ.get("A","2")), int(os.environ.get("B","6"))))
def test_x(seed, monkeypatch):
    if os.environ.get("PATCH"):
        spec = importlib.util.spec_from_file_location("patched", "/tmp/process_patched.py"); m = importlib.util.module_from_spec(spec); spec.loader.exec_module(m)
        monkeypatch.setattr(virtual, "process_lane", m.process_lane)
    shop = make_tenant(timezone="Europe/Berlin").id
    found = parity.check(shop, workflows=int(os.environ.get("W","15")), days=int(os.environ.get("D","4")), seed=seed, start=START)
    print("SEED", seed, found.events, found.fired, len(found.differences)); print(*found.differences[:8], sep="\n")
    assert found.differences == ()
