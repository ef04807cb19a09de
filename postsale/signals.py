"""What the shop announces to the floors above, which it does not know."""

from django.dispatch import Signal

#: A tenant was made; receivers add what a new tenant starts with. Arguments: tenant_id, now. Sent inside its transaction.
tenant_created = Signal()
