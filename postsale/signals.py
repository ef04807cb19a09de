"""What the shop announces to the floors above, which it does not know."""

from django.dispatch import Signal

#: A tenant was made; receivers add what a new tenant starts with. Arguments: tenant_id, now. Sent inside its transaction.
tenant_created = Signal()

#: `up` has opened the doors; receivers may begin a thread that ends with its process.
house_opened = Signal()

#: A shop has another time zone, other working hours or holidays: what waits for business time has to be reckoned anew.
#: Arguments: tenant_id, now. Sent inside the tenant's transaction.
calendar_changed = Signal()

#: A member has another address now; receivers follow in what names members by it. Arguments: tenant_id, before, after.
#: Sent inside the tenant's transaction.
member_renamed = Signal()
