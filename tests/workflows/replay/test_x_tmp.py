import os, pytest, importlib.util
from tests.factories import make_tenant
from tests.workflows.replay.kit import START
from workflows.replay import parity, virtual
pytestmark = pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seed", range(int(os.environ.get("A","2")), int(os.environ.get("B","6"))))
def test_x(seed, monkeypatch):
    if 0:
        spec = importlib.util.spec_from_file_location("patched", "/tmp/process_patched.py"); m = importlib.util.module_from_spec(spec); spec.loader.exec_module(m)
        from workflows.runs.decide import Decider
        real = Decider._revisit
        def revisit(self, turn, now): real(self, turn, now); self._drain_cascade(now)
        monkeypatch.setattr(Decider, "_revisit", revisit)
        monkeypatch.setattr(virtual, "process_lane", m.process_lane)
    shop = make_tenant(timezone="Europe/Berlin").id
    found = parity.check(shop, workflows=int(os.environ.get("W","15")), days=int(os.environ.get("D","4")), seed=seed, start=START)
    print("SEED", seed, found.events, found.fired, len(found.differences)); print(*found.differences[:8], sep="\n")
    if found.differences and os.environ.get("DBG"):
        import re
        from postsale.tenants.scope import tenant
        from django.db import connection
        oid = re.search(r"order='([^']+)'", found.differences[0]).group(1); pid = re.search(r"parcel='([^']*)'", found.differences[0]).group(1)
        wid = re.search(r"workflow='([^']+)'", found.differences[0]).group(1)
        with tenant(shop), connection.cursor() as c:
            c.execute("select e.received_at, e.type, e.source, e.data::text from postsale_event e where id in (select event_id from postsale_eventsubject where subject_id::text in (%s,%s)) order by received_at, id", [oid, pid])
            for r in c.fetchall(): print(r[0].strftime("%d %H:%M:%S.%f"), r[1], r[2], r[3][:150])
            c.execute("select workflow_id, order_id, shipment_id, state, subject, started_at, machine->>'phase', nth, reason, wake_at from workflows_run where order_id::text=%s or shipment_id::text=%s or subject in (select 'customer:'||email from postsale_order where id::text=%s)", [oid,pid,oid])
            for r in c.fetchall(): print(*r)
            c.execute("select workflow_id, subject, nth, run_id, fired_at from workflows_runkey where workflow_id::text=%s", [wid])
            print("KEYS"); [print(*r) for r in c.fetchall()]
            from workflows.definitions.compile import load_rules
            from workflows.definitions.publish import revision_of
            import uuid
            print(load_rules(shop, revision_of(shop)).by_id[uuid.UUID(wid)].plan)
        print(oid, pid, wid)
        print(*found.differences, sep="\n")
    assert found.differences == ()
    
