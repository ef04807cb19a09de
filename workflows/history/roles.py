"""Who may do what with workflows, runs and messages."""

from postsale.tenants.access import WORKERS
from postsale.tenants.models import Role

#: Those who change workflows and steer their runs.
BUILDERS = (Role.OWNER, Role.ADMIN, Role.BUILDER)
#: Those who send messages again.
SENDERS = WORKERS
