"""Orders and shipments as rows: what people filter by as typed columns, the rest of the facts in `body`."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.timezone import now as clock

from postsale.tenants.ownership import TenantOwned

#: For `^@`: "starts with" under row-level security, whatever the database's collation; `=` uses such an index, too.
BY_PREFIX = ("int8_ops", "text_pattern_ops")


class Order(TenantOwned):
    """An order, one a (tenant, sales channel, number). Written only by `postsale.orders.change`."""

    sales_channel = models.CharField(max_length=120)
    number = models.CharField(max_length=200)
    number_key = models.CharField(max_length=200)
    placed_at = models.DateTimeField(null=True)
    promised_by = models.DateTimeField(null=True)
    payment_status = models.CharField(max_length=24, null=True)  # noqa: DJ001 -- missing is unknown, "" would be a value
    fulfillment_status = models.CharField(max_length=24)
    delivery_status = models.CharField(max_length=24)
    ops_status = models.CharField(max_length=40)
    email = models.CharField(max_length=254, null=True)  # noqa: DJ001 -- as above
    name_key = models.CharField(max_length=200, default="")
    tags = ArrayField(models.CharField(max_length=255), default=list)
    body = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=clock)
    updated_at = models.DateTimeField(default=clock)
    version = models.IntegerField(default=1)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant_id", "sales_channel", "number_key"], name="order_identity"),
            models.UniqueConstraint(fields=["tenant_id", "id"], name="order_of_tenant"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["tenant_id", "-id"], name="order_newest"),
            models.Index(fields=["tenant_id", "-placed_at"], name="order_placed"),
            # Hardly an update of an order leaves all its indexed columns alone, so this one costs one more entry at most.
            models.Index(fields=["tenant_id", "-updated_at", "-id"], name="order_changed"),
            models.Index(fields=["tenant_id", "number_key"], name="order_number", opclasses=BY_PREFIX),
            models.Index(fields=["tenant_id", "ops_status", "-id"], name="order_ops"),
            models.Index(fields=["tenant_id", "sales_channel", "-id"], name="order_channel"),
            models.Index(fields=["tenant_id", "delivery_status", "-placed_at"], name="order_delivery"),
            models.Index(fields=["tenant_id", "email"], name="order_email", opclasses=BY_PREFIX),
            models.Index(fields=["tenant_id", "name_key"], name="order_name", opclasses=BY_PREFIX),
        ]

    def __str__(self) -> str:
        return self.number


class OrderTag(models.Model):
    """Which orders have a tag: `Order.tags` again, in the form that keeps an index under row-level security."""

    pk = models.CompositePrimaryKey("tenant_id", "tag", "order_id")
    tenant_id = models.BigIntegerField()
    tag = models.CharField(max_length=255)
    order = models.ForeignKey(Order, on_delete=models.CASCADE, db_constraint=False, db_index=False)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["tenant_id", "order"], name="tag_order")]

    def __str__(self) -> str:
        return self.tag


class Shipment(TenantOwned):
    """A parcel, one a (tenant, carrier, tracking number). Written only by `postsale.orders.change`."""

    carrier = models.CharField(max_length=80)
    tracking_number = models.CharField(max_length=200)
    tracking_status = models.CharField(max_length=24)
    status_since = models.DateTimeField(null=True)
    label_created_at = models.DateTimeField(null=True)
    body = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=clock)
    updated_at = models.DateTimeField(default=clock)
    version = models.IntegerField(default=1)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant_id", "carrier", "tracking_number"], name="shipment_identity"),
            models.UniqueConstraint(fields=["tenant_id", "id"], name="shipment_of_tenant"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["tenant_id", "tracking_number"], name="shipment_number", opclasses=BY_PREFIX),
            models.Index(fields=["tenant_id", "tracking_status", "-id"], name="shipment_status"),
        ]

    def __str__(self) -> str:
        return self.tracking_number


class OrderShipment(models.Model):
    """Which parcels belong to which orders; many to many."""

    pk = models.CompositePrimaryKey("tenant_id", "order_id", "shipment_id")
    tenant_id = models.BigIntegerField()
    order = models.ForeignKey(Order, on_delete=models.CASCADE, db_constraint=False, db_index=False)
    shipment = models.ForeignKey(Shipment, on_delete=models.CASCADE, db_constraint=False, db_index=False)
    linked_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["tenant_id", "shipment"], name="link_shipment")]

    def __str__(self) -> str:
        return f"{self.order_id} in {self.shipment_id}"


class Reference(models.Model):
    """A partner's own id of an order or parcel: (namespace, value) → row. Namespace: "<connection id>:order" and so
    on."""

    pk = models.CompositePrimaryKey("tenant_id", "namespace", "value")
    tenant_id = models.BigIntegerField()
    namespace = models.CharField(max_length=120)
    value = models.CharField(max_length=200)
    target = models.UUIDField()

    def __str__(self) -> str:
        return f"{self.namespace} {self.value}"


class Parked(models.Model):
    """An event that names its order or parcel only by a partner's id we have not met yet; goes on when we meet it."""

    pk = models.CompositePrimaryKey("tenant_id", "namespace", "value", "event_id")
    tenant_id = models.BigIntegerField()
    namespace = models.CharField(max_length=120)
    value = models.CharField(max_length=200)
    event_id = models.UUIDField()

    def __str__(self) -> str:
        return f"{self.event_id} waits for {self.value}"


class Unreachable(TenantOwned):
    """An address that must not be mailed: opted out, bounced or complained."""

    email = models.CharField(max_length=254)
    reason = models.CharField(max_length=20)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["tenant_id", "email"], name="unreachable_once")]

    def __str__(self) -> str:
        return f"{self.email}: {self.reason}"
