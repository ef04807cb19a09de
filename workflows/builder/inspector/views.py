"""The inspector's pages: a form is shown, and every change of it becomes one operation on the working copy."""

from collections.abc import Mapping
from typing import Any, cast
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from postsale.tenants.access import BUILDERS, member_of, members_only, require_role
from postsale.tenants.middleware import TenantRequest
from postsale.tenants.models import Member
from workflows.builder import draft, operations, showing
from workflows.builder.draft import RefusedError, StaleError, Working
from workflows.builder.inspector import forms, offers, placing
from workflows.builder.inspector.controls import ABSENT, Json, Said
from workflows.builder.inspector.forms import Form
from workflows.builder.inspector.letters import LETTERS
from workflows.builder.inspector.members import NOTHING, Room
from workflows.builder.inspector.parts import Box
from workflows.builder.inspector.tree import act_on, group_at
from workflows.definitions.models import Workflow

ROOM = "workflows/builder/inspector/"
WHOLE = frozenset({"trigger", "settings"})
ON_CONDITIONS = frozenset({"add", "group", "remove", "duplicate", "up", "down"})
ON_PATHS = frozenset({"add_path", "remove_path", "path_up", "path_down"})


@members_only
@require_http_methods(["GET", "POST"])
def inspector(request: HttpRequest, pk: UUID, where: str) -> HttpResponse:
    """The form of a step, the trigger or the settings; a POST saves it, or does what its button says."""
    workflow = workflow_of(request, pk)
    if request.method == "POST":
        return _post(request, workflow, where)
    member = member_of(request)
    working = draft.load(workflow, member=member)
    step = step_of(working.document, where)
    if step is None and where not in WHOLE:
        return render(request, f"{ROOM}gone.html")
    return _form(request, working, where)


def _post(request: HttpRequest, workflow: Workflow, where: str) -> HttpResponse:
    member = require_role(request, *BUILDERS)
    said = Said(cast("Mapping[str, list[str]]", dict(request.POST.lists())))
    working = draft.load(workflow, member=member)
    step = step_of(working.document, where)
    if step is None and where not in WHOLE:
        return _into(render(request, f"{ROOM}gone.html"), "#inspector")
    room = room_of(request, working)
    act, at = said.one("act"), said.one("at")
    new = forms.changed(working.document, step, where, said, room)
    focus = _act(new, act, at) if step is not None else ""
    try:
        for op in _operations(working.document, step, where, new):
            # The log takes typing on for one change; what a button did is to be undone on its own.
            by_button = {"n": working.rev} if act in ON_CONDITIONS or act == "letter" else {}
            working = _apply(workflow, member, op | by_button, said, working)
        if act in ON_PATHS:
            working = _apply(workflow, member, _path_operation(where, act, at), said, working)
    except StaleError as stale:
        return _stale(request, stale)
    except RefusedError as refused:
        response = render(request, f"{ROOM}refused.html", {"words": str(refused)}, status=422)
        return _into(response, "#inspector-status")
    return _answer(request, working, where, said, focus=focus)


def _apply(workflow: Workflow, member: Member, op: Json, said: Said, working: Working) -> Working:
    """One operation. What the member did elsewhere meanwhile (a form still saving) is no reason to refuse."""
    seen = said.one("rev")
    is_own = working.edited_by == member.email
    rev = working.rev if is_own or working.words or not seen.isdecimal() else int(seen)
    return draft.apply(workflow, member=member, op=op, rev=rev, now=timezone.now(), names=working.names)


def _operations(document: Json, step: Json | None, where: str, new: Json) -> list[Json]:
    """What must be done to the working copy for it to say what the form says; nothing when nothing changed."""
    if step is not None:
        if new == step:
            return []
        own = {key: value for key, value in new.items() if key not in ("else", "otherwise", "paths")}
        if "paths" in new:
            own["paths"] = [{key: value for key, value in way.items() if key != "steps"} for way in new["paths"]]
        return [{"op": "update", "id": where, "step": own}]
    done: list[Json] = []
    if new["trigger"] != document["trigger"]:
        done.append({"op": "trigger", "trigger": new["trigger"]})
    said = {key: new.get(key) for key in operations.SETTINGS if new.get(key, ABSENT) != document.get(key, ABSENT)}
    if said:
        done.append({"op": "settings", **said})
    return done


def _act(step: Json, act: str, at: str) -> str:
    """Do what a button of the form says; where the person should stand then."""
    if act == "letter" and at in LETTERS and isinstance(step.get("with"), dict):
        ready = LETTERS[at]
        step["with"] |= {"body": ready.body} | ({"subject": ready.subject} if ready.subject else {})
        return "with.body"
    if act not in ON_CONDITIONS:
        return ""
    name, place = _split(at)
    before = forms.condition_at(step, name)
    condition, there = act_on(before, act, place)
    if not isinstance(condition, dict) and not _may_be_absent(name):
        condition = dict(NOTHING)
    forms.put_condition(step, name, condition)
    row = ".".join([name, *map(str, there)])
    return f"{row}@{_still(condition, act, there)}" if act in ("up", "down") else row


def _still(condition: object, act: str, place: tuple[int, ...]) -> str:
    """The button on which the person goes on after moving a row: at an end it is the one for the other direction."""
    group = group_at(condition, place[:-1])
    if group is None or not place or len(group[1]) < 2:
        return act
    return "down" if place[-1] == 0 else "up" if place[-1] == len(group[1]) - 1 else act


def _split(at: str) -> tuple[str, tuple[int, ...]]:
    """The name of a condition and the place in it: "paths.0.if.1.2" is ("paths.0.if", (1, 2))."""
    parts = at.split(".")
    place: list[int] = []
    while len(parts) > 1 and parts[-1].isdecimal():
        place.insert(0, int(parts.pop()[:6]))
    return ".".join(parts), tuple(place)


def _may_be_absent(name: str) -> bool:
    return name in ("guard", "until_event.if")


def _path_operation(step_id: str, act: str, at: str) -> Json:
    n = int(at) if at.isdecimal() else 0
    match act:
        case "add_path":
            return {"op": "add_path", "id": step_id}
        case "remove_path":
            return {"op": "remove_path", "id": step_id, "n": n}
        case "path_up":
            return {"op": "move_path", "id": step_id, "n": n, "to": n - 1}
    return {"op": "move_path", "id": step_id, "n": n, "to": n + 1}


def _answer(request: HttpRequest, working: Working, where: str, said: Said, *, focus: str) -> HttpResponse:
    """What changed because of it: problems, parts to show anew, the card, the top bar, the sentence."""
    act, at = said.one("act"), said.one("at")
    if act in ON_PATHS or act == "letter":
        focus = focus or _path_after(act, at, step_of(working.document, where))
        response = _into(_form(request, working, where, focus=focus, is_saved=True), "#inspector")
    else:
        context = _context(request, working, where)
        form: Form = context["form"]
        question = placing.question_in(form, _split(at)[0]) if act in ON_CONDITIONS else None
        # What is shown anew as a whole brings its own places for problems along.
        inside = {node.error_id for node in placing.nodes_of(question.node)} if question is not None else set()
        elsewhere = {place: words for place, words in context["said"].items() if place not in inside}
        context |= {
            "anew": placing.anew(form.parts, said),
            "question": question,
            "focus": focus,
            "elsewhere": elsewhere,
        }
        response = render(request, f"{ROOM}saved.html", context)
    response.write(showing.pieces(request, working, step_ids=[where]))
    response["HX-Trigger"] = "inspector-saved, builder-refresh" if act in ON_PATHS else "inspector-saved"
    return response


def _path_after(act: str, at: str, step: Json | None) -> str:
    """The name of the path on which the person goes on after one was added, moved or removed."""
    n = int(at) if at.isdecimal() else 0
    last = len((step or {}).get("paths", ())) - 1
    stands = {"add_path": last, "path_up": n - 1, "path_down": n + 1, "remove_path": n}.get(act, n)
    return f"paths.{min(max(stands, 0), last)}.name"


def _into(response: HttpResponse, target: str) -> HttpResponse:
    """The same answer, shown inside `target` whatever was asked for."""
    response["HX-Retarget"], response["HX-Reswap"] = target, "innerHTML"
    return response


def _stale(request: HttpRequest, stale: StaleError) -> HttpResponse:
    """Somebody else was quicker: the newest canvas, a line that says so, and the form is asked for anew."""
    response = showing.stale(request, stale)
    response["HX-Trigger"] = "inspector-stale"
    return response


def _form(
    request: HttpRequest, working: Working, where: str, *, focus: str = "", is_saved: bool = False
) -> HttpResponse:
    context = _context(request, working, where)
    context |= {"focus": focus, "is_saved": is_saved, **_picks(context["form"], cast("Room", context["room"]))}
    return render(request, f"{ROOM}form.html", context)


def _context(request: HttpRequest, working: Working, where: str) -> dict[str, Any]:
    room = room_of(request, working)
    step = step_of(working.document, where)
    form = forms.form_of(working.document, step, where, room)
    about = where if step is not None or where == "trigger" else None
    problems = [problem for problem in working.problems if problem.step_id == about]
    return {
        "working": working, "workflow": working.workflow, "form": form, "room": room, "step": step, "where": where,
        "said": placing.said_at(form, problems, working.document), "problems": problems,
        "url": f"/workflows/{working.workflow.id}/inspector/{where}/",
        "may_edit": showing.may_build(request, working),
    }  # fmt: skip


def _picks(form: Form, room: Room) -> dict[str, Any]:
    """The long lists that the form may open."""
    lists: list[tuple[str, str, list[offers.Group]]] = [
        ("fields", "What should be looked at?", offers.fields_to_pick(room))
    ]
    if form.where == "trigger":
        lists = [("triggers", "What starts it?", offers.triggers_to_pick())]
    elif form.where == "settings":
        lists = []
    elif form.parts and any(part.name == "wait" for part in form.parts if isinstance(part, Box)):
        lists.append(("events", "What is waited for?", offers.events_to_pick()))
    if form.has_texts:
        lists.append(("variables", "Which variable?", offers.variables_to_pick(room)))
    return {"lists": lists}


# What other views of this room need, too


def workflow_of(request: HttpRequest, pk: UUID) -> Workflow:
    """The shop's workflow. Raises Http404."""
    return get_object_or_404(Workflow, tenant_id=shop_request(request).tenant_id, id=pk)


def shop_request(request: HttpRequest) -> TenantRequest:
    """The request as views inside a shop see it."""
    return cast("TenantRequest", request)


def room_of(request: HttpRequest, working: Working) -> Room:
    """What the forms of the request's shop may offer."""
    return offers.room_of(shop_request(request).shop, working.names)


def step_of(document: Json, where: str) -> Json | None:
    """The step of that id; None when there is none."""
    return next((step for step in operations.steps_of(document) if step["id"] == where), None)
