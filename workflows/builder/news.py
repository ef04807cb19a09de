"""What pages that show a working copy hear: its revision, so that they fetch it when somebody else changed it."""

from collections.abc import Sequence
from uuid import UUID

from postsale.live.renderers import Picture, Renderer
from workflows.builder.models import Draft
from workflows.definitions.store import tenant_at_work


def _picture(key: str, ids: Sequence[UUID] | None) -> Picture:
    rev = Draft.objects.filter(tenant_id=tenant_at_work(), workflow_id=UUID(key)).values_list("rev", flat=True).first()
    return Picture(counts={"rev": rev or 0})


def _is_there(key: str) -> bool:
    try:
        return Draft.objects.filter(tenant_id=tenant_at_work(), workflow_id=UUID(key)).exists()
    except ValueError:
        return False


DRAFT_RENDERER = Renderer(kind="draft", picture=_picture, is_there=_is_there)
