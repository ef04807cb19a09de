"""The gallery of templates, one template with its inputs, and counting what it would have done."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from postsale.tenants import audit
from postsale.tenants.access import BUILDERS, member_of, members_only, require_role
from postsale.web.toasts import toast
from workflows.builder.gallery import counting
from workflows.builder.gallery.cards import InputsForm, card, said
from workflows.builder.inspector.offers import seen_in
from workflows.definitions import store
from workflows.definitions.library import Template, templates
from workflows.definitions.names import names_of
from workflows.engine.document import parse


@require_GET
@members_only
def gallery(request: HttpRequest) -> HttpResponse:
    """All templates, with what each would have done here."""
    member = member_of(request)
    now = timezone.now()
    names = names_of(member.tenant_id)
    counts = counting.known(member.tenant_id, now=now)
    context = {
        "cards": [card(each, names, counts) for each in templates().values()],
        "counts_all": counting.is_small(member.tenant_id, now=now),
        "may_build": member.role in BUILDERS,
    }
    return render(request, "workflows/builder/gallery/gallery.html", context)


@require_http_methods(["GET", "POST"])
@members_only
def count(request: HttpRequest, key: str) -> HttpResponse:
    """The line that says how many orders it would have acted on; POST starts counting."""
    member = member_of(request)
    now = timezone.now()
    template = _template(key)
    found = counting.known(member.tenant_id, now=now).get(key, counting.NOTHING)
    if found.state == "none" and request.method == "POST":
        found = counting.start(key, template.document(), now=now)
    context = {"card": card(template, names_of(member.tenant_id), {key: found})}
    return render(request, "workflows/builder/gallery/gallery.html#count", context)


@require_http_methods(["GET", "POST"])
@members_only
def use(request: HttpRequest, key: str) -> HttpResponse:
    """One template: its inputs, its sentence as filled in; POST makes a draft of it and opens the builder."""
    member = require_role(request, *BUILDERS)
    template = _template(key)
    names = names_of(member.tenant_id)
    form = InputsForm(
        template, request.POST or None, channels=tuple(seen_in(member.tenant_id).get("order.sales_channel", ()))
    )
    if request.method == "POST" and (document := form.document()) is not None:
        try:
            workflow = store.save(document, workflow=None, by=member.email, now=timezone.now())
        except store.InvalidDocumentError as error:
            for problem in error.problems:
                form.add_error(None, f"{problem.problem}. Expected {problem.expected}.")
        else:
            audit.write(
                member.tenant_id, actor=member.email, action="workflow.created", target=workflow.name,
                detail={"template": key}, now=timezone.now(),
            )  # fmt: skip
            toast(request, f"“{workflow.name}” is a draft now. Nothing runs before you publish it.")
            return redirect("workflow", workflow.id)
    context = {"form": form, "card": card(template, names, counting.known(member.tenant_id, now=timezone.now()))}
    return render(request, "workflows/builder/gallery/template.html", context | _sentence(form, template, names))


@require_GET
@members_only
def sentence(request: HttpRequest, key: str) -> HttpResponse:
    """The sentence with the inputs as they are typed."""
    member = member_of(request)
    template = _template(key)
    form = InputsForm(template, request.GET, channels=tuple(seen_in(member.tenant_id).get("order.sales_channel", ())))
    context = _sentence(form, template, names_of(member.tenant_id))
    return render(request, "workflows/builder/gallery/template.html#sentence", context)


def _sentence(form: InputsForm, template: Template, names: Any) -> dict[str, str]:
    document = form.document() if form.is_bound else None
    plan, _ = parse(document or template.document())
    return {"sentence": said(plan, names) if plan else ""}


def _template(key: str) -> Template:
    template = templates().get(key)
    if template is None:
        raise Http404("no such template")
    return template
