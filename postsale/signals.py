"""What the shop announces to the floors above, which it does not know."""

from django.dispatch import Signal

#: A tenant was made; receivers add what a new tenant starts with. Arguments: tenant_id, now. Sent inside its transaction.
tenant_created = Signal()

#: `up` has opened the doors; receivers may begin a thread that ends with its process.
house_opened = Signal()
