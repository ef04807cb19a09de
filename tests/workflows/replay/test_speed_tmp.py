import os, time, pytest
from datetime import timedelta
from postsale.events.kinds import Reported
from postsale.events.record import record
from tests.factories import make_tenant
from tests.workflows.replay.kit import *
from workflows.replay import backtest
pytestmark = pytest.mark.django_db(transaction=True)
def test_speed():
    shop = make_tenant().id
    n=4000
    for k in range(n//1000):
        ev=[]
        for i in range(k*1000,(k+1)*1000):
            num=str(i); d={"order": {"number": num, "sales_channel": "shopify-us"}, "parcel": {"carrier":"ups","tracking_number":"1Z"+num}}
            ev.append(Reported(type="label.created", external_id=f"a{i}", occurred_at=START, data=d))
            for j,s in enumerate(("accepted","in_transit","exception","out_for_delivery")):
                ev.append(Reported(type="tracking.updated", external_id=f"b{i}-{j}", occurred_at=START+timedelta(hours=j+1), data={**d,"parcel":{**d["parcel"],"status":s}}))
        record(shop, ev, source="t", now=START+k*HOUR)
    with tenant(shop):
        backtest.create(dict(SHIPMENT_EXCEPTION), from_at=START-DAY, to_at=START+9*DAY, now=START)
    import cProfile,pstats
    p=cProfile.Profile(); t=time.process_time(); 
    if os.environ.get("PROF"): p.enable()
    backtest.run_next()
    p.disable(); print("SECONDS for", n*5, time.process_time()-t)
    if os.environ.get("PROF"): pstats.Stats(p).sort_stats("cumtime").print_stats(45)
    from workflows.replay.models import Backtest
    with tenant(shop): r=Backtest.objects.get(tenant_id=shop).result; r.pop("runs"); print(r)
