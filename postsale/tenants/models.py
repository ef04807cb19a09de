"""Tenants, the people in them, their keys, the doors that lead to them, and the log of who did what."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.utils.timezone import now as clock

from postsale.tenants.ownership import TenantOwned


class Role(models.TextChoices):
    """What a member may do, from everything to looking."""

    OWNER = "owner", "Owner"
    ADMIN = "admin", "Admin"
    BUILDER = "builder", "Builder"
    SHIPPING_MANAGER = "shipping_manager", "Shipping manager"
    VIEWER = "viewer", "Viewer"


class Users(BaseUserManager["User"]):
    """Makes users by e-mail address."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Make a user; the address is stored in lower case, for people don't remember how they typed it."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Make a user of the platform's staff."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A person who signs in, by e-mail address; members of any number of tenants.

    `preferences` is read through `postsale.web.preferences`.
    """

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120, blank=True)
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(default=clock)
    preferences = models.JSONField(default=dict)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects: ClassVar[Users] = Users()

    def __str__(self) -> str:
        return self.name or self.email


class Tenant(models.Model):
    """One merchant. `settings` is read through `postsale.tenants.shop`; `revision` grows with every change of it."""

    id = models.BigAutoField(primary_key=True)
    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    timezone = models.CharField(max_length=64, default="UTC")
    state = models.CharField(max_length=16, default="active")
    is_demo = models.BooleanField(default=False)
    settings = models.JSONField(default=dict)
    revision = models.IntegerField(default=1)
    created_at = models.DateTimeField(default=clock)

    def __str__(self) -> str:
        return self.name


class Residents(models.Manager["Member"]):
    """The people of a shop, without staff who visit it."""

    def get_queryset(self) -> models.QuerySet["Member"]:
        """Members who stay."""
        return super().get_queryset().filter(visits_until=None)


class Member(TenantOwned):
    """A person in a tenant, with one role. `everybody` also knows staff of the platform, who are there until
    `visits_until` for a reason, are told nothing and given no work (`postsale.tenants.visiting`)."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    email = models.EmailField()
    role = models.CharField(max_length=20, choices=Role)
    created_at = models.DateTimeField(default=clock)
    last_seen_at = models.DateTimeField(null=True)
    visits_until = models.DateTimeField(null=True)
    visit_reason = models.CharField(max_length=300, blank=True, default="", db_default="")

    objects: ClassVar[Residents] = Residents()
    everybody: ClassVar[models.Manager["Member"]] = models.Manager()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["tenant_id", "user"], name="member_once")]
        indexes: ClassVar = [models.Index(fields=["user"], name="member_user")]

    def __str__(self) -> str:
        return f"{self.email} ({self.role})"


class Invitation(TenantOwned):
    """Somebody who was asked to join, with one role. Only the SHA-256 of the link's token is kept, and a door leads to it
    until it is used, taken back or too old."""

    email = models.EmailField()
    role = models.CharField(max_length=20, choices=Role)
    digest = models.BinaryField(max_length=32)
    invited_by = models.CharField(max_length=254)
    created_at = models.DateTimeField(default=clock)
    expires_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["tenant_id", "email"], name="invited_once")]

    def __str__(self) -> str:
        return f"{self.email} ({self.role})"


class ApiKey(TenantOwned):
    """A key for programs. Only its SHA-256 is kept; `prefix` lets people recognise it."""

    name = models.CharField(max_length=120)
    prefix = models.CharField(max_length=16)
    digest = models.BinaryField(max_length=32)
    scopes = models.JSONField(default=list)
    created_at = models.DateTimeField(default=clock)
    created_by = models.CharField(max_length=254, blank=True)
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["tenant_id", "digest"], name="key_digest")]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


class Door(models.Model):
    """Which tenant a secret token leads to: the one look-up made before a tenant is known. Holds digests and ids
    only."""

    digest = models.BinaryField(max_length=32, primary_key=True)
    kind = models.CharField(max_length=8)
    tenant = models.BigIntegerField()
    target = models.UUIDField()

    def __str__(self) -> str:
        return f"{self.kind} of {self.tenant}"


class AuditEntry(TenantOwned):
    """Who did what, append-only: the application's role may insert and read, nothing else."""

    at = models.DateTimeField(default=clock)
    actor = models.CharField(max_length=254)
    action = models.CharField(max_length=60)
    target = models.CharField(max_length=200, blank=True)
    detail = models.JSONField(default=dict)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["tenant_id", "-at"], name="audit_newest")]

    def __str__(self) -> str:
        return f"{self.actor} {self.action} {self.target}"
