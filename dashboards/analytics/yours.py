"""Yours: the cards that one person should look at first."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Yours:
    """A card in one line."""

    id: UUID
    board: str
    board_name: str
    order: UUID | None
    number: str
    reason: str
    severity: str
    opened_at: datetime
    due_at: datetime | None
    is_mine: bool


def yours(tenant_id: int, email: str, *, most: int = 6) -> list[Yours]:
    """The member's open cards, then nobody's, each the most severe and oldest first. One query."""
    with connection.cursor() as cursor:
        cursor.execute(YOURS, {"tenant": tenant_id, "email": email, "most": most})
        return [
            Yours(
                id=row[0], board=row[1], board_name=row[2], order=row[3], number=row[4] or row[5] or "", reason=row[6],
                severity=row[7], opened_at=row[8], due_at=row[8] + timedelta(hours=row[9]) if row[9] else None,
                is_mine=row[10] == email,
            )
            for row in cursor
        ]  # fmt: skip


YOURS = """
select c.id, b.slug, b.name, c.order_id, o.number, s.tracking_number, c.reason, c.severity, c.opened_at,
  (b.settings->>'sla_hours')::float8, c.assignee
from (select * from dashboards_case
    where tenant_id = %(tenant)s and state = 'open' and (assignee = %(email)s or assignee is null)
    order by assignee nulls last, array_position(array['critical', 'warning', 'info'], severity::text), opened_at
    limit %(most)s) c
join dashboards_board b on b.tenant_id = %(tenant)s and b.id = c.board_id and b.archived_at is null
left join postsale_order o on o.tenant_id = %(tenant)s and o.id = c.order_id
left join postsale_shipment s on s.tenant_id = %(tenant)s and s.id = c.shipment_id
order by c.assignee nulls last, array_position(array['critical', 'warning', 'info'], c.severity::text), c.opened_at"""
