"""`/settings/members/` and `/settings/keys/`: who works here, and which programs may. Owners and admins only."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from postsale.backoffice.guide import tabs_for
from postsale.backoffice.people.forms import RIGHTS, SCOPE_WORDS, InviteForm, KeyForm
from postsale.integrations import post_office
from postsale.tenants import audit, keys, people, visiting
from postsale.tenants.access import KEEPERS, members_only, require_role
from postsale.tenants.middleware import TenantRequest
from postsale.tenants.models import ApiKey, Invitation, Member, Role, User
from postsale.tenants.people import LASTS, NotAllowedError
from postsale.tenants.settings import read
from postsale.web.toasts import toast

PAGE = 50
SUBJECT = "{by} asks you to join {shop} on Postsale"
LETTER = """{by} asks you to join {shop} on Postsale as {role}.

Open this address to join:

{link}

It works once, until {until}. If you don't know what this is about, leave it be.
"""


@members_only
@require_GET
def members(request: TenantRequest) -> HttpResponse:
    """The members, those who were invited, and what each role may do."""
    return _members(request, require_role(request, *KEEPERS))


@members_only
@require_POST
def invite(request: TenantRequest) -> HttpResponse:
    """Ask somebody in: the link goes out by mail, and is shown this once."""
    member = require_role(request, *KEEPERS)
    form = InviteForm(request.POST, may_owner=member.role == Role.OWNER)
    if form.is_valid():
        said = form.cleaned_data
        try:
            return _invited(request, member, said["email"], said["role"])
        except NotAllowedError as error:
            form.add_error("email", str(error))
    return _members(request, member, form=form)


@members_only
@require_POST
def invite_again(request: TenantRequest, pk: UUID) -> HttpResponse:
    """A new link for somebody who was invited; the old one leads nowhere from now on."""
    member = require_role(request, *KEEPERS)
    found = Invitation.objects.filter(tenant_id=request.tenant_id, id=pk).first()
    try:
        if found is None:
            raise NotAllowedError("This invitation was used or taken back before.")  # noqa: TRY301 -- one way out
        return _invited(request, member, found.email, found.role)
    except NotAllowedError as error:
        toast(request, str(error), is_problem=True)
    return redirect("settings_members")


@members_only
@require_POST
def withdraw(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Take an invitation back."""
    return _done(
        request, lambda by, now: f"{people.withdraw(pk, by=by, now=now).email} can't use the invitation any more."
    )


@members_only
@require_POST
def role(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Give a member another role."""
    wanted = request.POST.get("role", "")

    def change(by: Member, now: datetime) -> str:
        changed = people.change_role(pk, wanted, by=by, now=now)
        return f"{changed.email} is {_with_article(changed.role)} now."

    return _done(request, change)


@members_only
@require_POST
def remove(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Take a member out of the shop."""
    return _done(request, lambda by, now: f"{people.remove(pk, by=by, now=now).email} is no longer a member.")


@members_only
@require_http_methods(["GET", "POST"])
def api_keys(request: TenantRequest) -> HttpResponse:
    """The keys in force; a new one shows its secret in the answer, and never again."""
    member, now = require_role(request, *KEEPERS), timezone.now()
    form, said = KeyForm(), dict[str, Any]()
    if request.method == "POST":
        form = KeyForm(request.POST)
        if form.is_valid():
            name, scopes = form.cleaned_data["name"], form.cleaned_data["scopes"]
            made, secret = keys.create(request.tenant_id, name=name, scopes=scopes, created_by=member.email, now=now)
            detail = {"name": name, "scopes": made.scopes}
            audit.write(
                request.tenant_id, actor=member.email, action="key.created", target=name, detail=detail, now=now
            )
            form, said = KeyForm(), {"made": made, "secret": secret}
    after = request.GET.get("after", "")
    rows = ApiKey.objects.filter(tenant_id=request.tenant_id, revoked_at=None).order_by("-id")
    found = list((rows.filter(id__lt=_uuid(after)) if _uuid(after) else rows)[: PAGE + 1])
    said |= {"keys": [(key, [SCOPE_WORDS[scope] for scope in key.scopes]) for key in found[:PAGE]]}
    said |= {"more": found[PAGE - 1].id if len(found) > PAGE else "", "form": form}
    return _page(request, member, "keys", said)


@members_only
@require_POST
def revoke(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Take a key out of force."""
    member, now = require_role(request, *KEEPERS), timezone.now()
    key = ApiKey.objects.filter(tenant_id=request.tenant_id, id=pk).first()
    if key is not None and keys.revoke(request.tenant_id, pk, now=now):
        audit.write(request.tenant_id, actor=member.email, action="key.revoked", target=key.name, now=now)
        toast(request, f"The key “{key.name}” is revoked.")
    else:
        toast(request, "This key was revoked before.", is_problem=True)
    return redirect("settings_keys")


@members_only
@require_POST
def send_out(request: TenantRequest, pk: UUID) -> HttpResponse:
    """End the visit of somebody of the platform's staff."""
    member = require_role(request, *KEEPERS)
    now = timezone.now()
    for visitor in visiting.visitors(request.tenant_id, now=now):
        if visitor.id == pk:
            visiting.leave(visitor, by=member.email, now=now)
            toast(request, f"{visitor.email} is out of your shop.")
    return redirect("settings_members")


def _members(request: TenantRequest, member: Member, *, form: InviteForm | None = None, **said: Any) -> HttpResponse:
    after, text = request.GET.get("after", "")[:254], request.GET.get("q", "").replace("\0", "")[:100].strip().lower()
    rows = Member.objects.filter(tenant_id=request.tenant_id, email__gt=after).order_by("email")
    found = list((rows.filter(email__contains=text) if text else rows)[: PAGE + 1])
    shown = found[:PAGE]
    users = {user.pk: user for user in User.objects.filter(id__in=[row.user_id for row in shown])}
    factors = set(
        Authenticator.objects.filter(user_id__in=list(users))
        .exclude(type=Authenticator.Type.RECOVERY_CODES)
        .values_list("user_id", flat=True)
    )
    owners = Member.objects.filter(tenant_id=request.tenant_id, role=Role.OWNER).count()
    lines = [
        {
            "member": row,
            "name": users[row.user_id].name,
            "is_me": row.id == member.id,
            "has_second": row.user_id in factors,
            "may": people.may_manage(member, row.role) and (row.role != Role.OWNER or owners > 1),
        }
        for row in shown
    ]
    invited = list(Invitation.objects.filter(tenant_id=request.tenant_id).order_by("email")[: people.MOST_INVITED])
    may_owner = member.role == Role.OWNER
    context = {
        "lines": lines, "more": shown[-1].email if len(found) > PAGE else "", "q": text,
        "invited": [{"row": row, "is_old": row.expires_at <= timezone.now()} for row in invited],
        "form": form or InviteForm(may_owner=may_owner), "roles": [(r.value, r.label) for r in Role],
        "given": [(r.value, r.label) for r in Role if may_owner or r != Role.OWNER],
        "visitors": visiting.visitors(request.tenant_id, now=timezone.now()),
        "rights": [(what, [r in who for r in Role]) for what, who in RIGHTS], **said,
    }  # fmt: skip
    return _page(request, member, "members", context)


def _invited(request: TenantRequest, member: Member, email: str, wanted: str) -> HttpResponse:
    """Invite, mail the link, and show both. Raises NotAllowedError."""
    now = timezone.now()
    made, token = people.invite(email, role=wanted, by=member, now=now)
    link = f"{settings.BASE_URL}{reverse('invitation', args=[token])}"
    until = timezone.localtime(now + LASTS)
    text = LETTER.format(
        by=member.email, shop=request.shop.name, role=_with_article(made.role), link=link,
        until=f"{until:%-d %B %Y, %H:%M} ({until.tzname()})",
    )  # fmt: skip
    posted = post_office.post(
        request.shop, to=made.email, subject=SUBJECT.format(by=member.email, shop=post_office.one_line(request.shop.name)),
        text=text, sender=read(request.tenant).sender, now=now,
    )  # fmt: skip
    return _members(request, member, fresh={"email": made.email, "link": link, "posted": posted})


def _done(request: TenantRequest, act: Callable[[Member, datetime], str]) -> HttpResponse:
    """Do it for an owner or admin, say so, and come back."""
    member = require_role(request, *KEEPERS)
    try:
        toast(request, act(member, timezone.now()))
    except NotAllowedError as error:
        toast(request, str(error), is_problem=True)
    return redirect("settings_members")


def _page(request: HttpRequest, member: Member, page: str, said: dict[str, Any]) -> HttpResponse:
    context = {"tabs": tabs_for(member.role), "tab": f"settings_{page}", **said}
    return render(request, f"postsale/backoffice/{page}.html", context)


def _with_article(role_name: str) -> str:
    label = Role(role_name).label.lower()
    return f"{'an' if label[0] in 'aeiou' else 'a'} {label}"


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
