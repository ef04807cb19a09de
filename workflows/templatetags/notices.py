"""The bell in the top bar: how many notices are unread, live."""

from typing import Any

from django import template

from postsale.live.topics import sign_topic
from workflows.history.notices.reading import COUNT_NAME, MOST_COUNTED, topic_of, unread

register = template.Library()


@register.inclusion_tag("workflows/history/bell.html", takes_context=True)
def bell(context: template.Context) -> dict[str, Any]:
    """The bell of the member who looks; nothing for anybody else."""
    member = getattr(context.get("request"), "member", None)
    if member is None:
        return {"member": None}
    n = unread(member.tenant_id, member.id)
    topic = sign_topic(topic_of(member), member_id=member.id)
    return {"member": member, "n": n, "most": MOST_COUNTED, "topic": topic, "name": COUNT_NAME}
