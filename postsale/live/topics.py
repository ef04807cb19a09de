"""Topics: what a page may watch, signed for one tenant and one member; a browser can't make one up or lend it on."""

from dataclasses import dataclass
from uuid import UUID

from django.core import signing

SALT = "postsale.live"
#: A page may stay open for a week; after that its topics are stale and it must be loaded anew.
OLDEST = 7 * 24 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """One thing that changes, of one tenant: `kind` says who renders it ("board"), `key` which one ("exceptions")."""

    tenant_id: int
    kind: str
    key: str

    @property
    def name(self) -> str:
        """What messages call it; the same for every watcher, so that one text serves them all."""
        return f"{self.kind}:{self.key}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """A topic and the member who may watch it."""

    topic: Topic
    member_id: UUID


def sign_topic(topic: Topic, *, member_id: UUID) -> str:
    """The text that a page gives its socket; URL-safe, without commas."""
    return signing.dumps([topic.tenant_id, topic.kind, topic.key, member_id.hex], salt=SALT)


def read_topic(text: str) -> Pass | None:
    """Who may watch what, from a signed text; None when it is forged, broken or older than a week."""
    try:
        tenant_id, kind, key, member = signing.loads(text, salt=SALT, max_age=OLDEST)
        return Pass(topic=Topic(tenant_id=tenant_id, kind=kind, key=key), member_id=UUID(member))
    except (signing.BadSignature, ValueError, TypeError):
        return None
