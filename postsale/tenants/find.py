"""Find a tenant by its slug, for commands: behind the wall no role sees other tenants' rows, so a door leads there."""

import hashlib

from postsale.tenants.ids import new_id
from postsale.tenants.models import Door

KIND = "slug"


def tenant_id_of(slug: str) -> int | None:
    """The id of the tenant with `slug`, or None."""
    return Door.objects.filter(digest=_digest(slug), kind=KIND).values_list("tenant", flat=True).first()


def name_door(tenant_id: int, slug: str) -> None:
    """Let `slug` lead to the tenant; in the transaction that makes it."""
    Door.objects.create(digest=_digest(slug), kind=KIND, tenant=tenant_id, target=new_id())


def _digest(slug: str) -> bytes:
    # Tokens and keys are hashed alone; the NUL keeps a slug from ever being taken for one.
    return hashlib.sha256(b"slug\0" + slug.encode()).digest()
