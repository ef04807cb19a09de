"""First steps: what goes wrong most, where orders come from, who works here; and a look around the sample shop."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from dashboards.boards.models import Board
from dashboards.demo.opening import SLUG
from dashboards.welcome.steps import PROBLEMS, begin, is_fresh, started, steps
from postsale.tenants import audit
from postsale.tenants.access import BUILDERS, KEEPERS, member_of, members_only, require_role
from postsale.tenants.find import tenant_id_of
from postsale.tenants.ids import new_id
from postsale.tenants.middleware import switch, without_tenant
from postsale.tenants.models import Member, Role, Tenant
from postsale.tenants.scope import tenant
from postsale.tenants.shop import load_shop
from postsale.web.toasts import toast
from workflows.definitions.store import InvalidDocumentError

#: The board that a shipping manager's day begins with.
ARRIVALS = "exceptions"


@require_GET
@members_only
def start(request: HttpRequest) -> HttpResponse:
    """Where people arrive: a shipping manager at the cards that wait for them, who builds a new shop at its first
    steps, the others at Today."""
    member = member_of(request)
    if member.role in BUILDERS and is_fresh(member.tenant_id):
        return redirect("welcome")
    if member.role != Role.SHIPPING_MANAGER:
        return redirect("/")
    boards = Board.objects.filter(tenant_id=member.tenant_id, archived_at__isnull=True)
    slugs = list(boards.order_by("position", "created_at", "id").values_list("slug", flat=True))
    if not slugs:
        return redirect("boards")
    slug = ARRIVALS if ARRIVALS in slugs else slugs[0]
    return redirect(f"{reverse('board', args=[slug])}?view=todo")


@require_GET
@members_only
def page(request: HttpRequest) -> HttpResponse:
    """The first steps of this shop, those that are done ticked."""
    member = member_of(request)
    if member.role not in BUILDERS:
        return redirect("boards")
    shop = load_shop(member.tenant_id)
    listed = steps(shop, may_admin=member.role in KEEPERS)
    context = {
        "steps": listed, "done": sum(step.done for step in listed), "problems": PROBLEMS.items(),
        "started": started(shop.id), "has_sample": not shop.is_demo and _sample() is not None,
    }  # fmt: skip
    return render(request, "dashboards/welcome/welcome.html", context)


@require_GET
@members_only
def drafts(request: HttpRequest) -> HttpResponse:
    """What was begun, with what it would have done as far as that is counted."""
    context = {"started": started(member_of(request).tenant_id)}
    return render(request, "dashboards/welcome/welcome.html#started", context)


@require_POST
@members_only
def choose(request: HttpRequest) -> HttpResponse:
    """Drafts for the problems that were ticked."""
    member = require_role(request, *BUILDERS)
    keys = [key for key in dict.fromkeys(request.POST.getlist("problem")) if key in PROBLEMS]
    if not keys:
        toast(request, "Tick what goes wrong most first.", is_problem=True)
        return redirect("welcome")
    now = timezone.now()
    try:
        made = begin(keys, by=member.email, now=now)
    except InvalidDocumentError as error:
        toast(request, f"A template does not fit this shop: {error.problems[0].problem}.", is_problem=True)
        return redirect("welcome")
    for workflow in made:
        audit.write(member.tenant_id, actor=member.email, action="workflow.created", target=workflow.name, now=now)
    toast(request, f"{len(made)} draft{'s' if len(made) > 1 else ''} made. Nothing runs before you publish.")
    return redirect("welcome")


@without_tenant
@require_POST
def sample(request: HttpRequest) -> HttpResponse:
    """Go to the sample shop, as a builder there: it is everybody's to play with."""
    if not request.user.is_authenticated:
        return redirect("account_login")
    tenant_id = _sample()
    if tenant_id is None:
        raise Http404("there is no sample shop")
    now = timezone.now()
    with tenant(tenant_id):
        if not Tenant.objects.filter(id=tenant_id, is_demo=True, state="active").exists():
            raise Http404("there is no sample shop")
        if not Member.objects.filter(tenant_id=tenant_id, user_id=request.user.pk).exists():
            Member.objects.create(
                id=new_id(), tenant_id=tenant_id, user_id=request.user.pk, email=request.user.email,
                role=Role.BUILDER, created_at=now,
            )  # fmt: skip
            audit.write(tenant_id, actor=request.user.email, action="member.added", target=request.user.email, now=now)
    switch(request, tenant_id)
    return redirect("/")


def _sample() -> int | None:
    """The sample shop's tenant. None where strangers may sign up: they would see each other's addresses there."""
    return None if settings.POSTSALE_SIGNUP else tenant_id_of(SLUG)
