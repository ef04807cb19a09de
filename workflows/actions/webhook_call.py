"""The action `webhook.call`: POST to an address that the merchant chose, signed as Standard Webhooks when it has a secret."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings

from postsale.integrations.http import problem_with_header, problem_with_url
from postsale.integrations.models import Connection
from postsale.integrations.ours import own_hosts
from workflows.actions.members import Said, check_members
from workflows.actions.outbox_rows import OUTBOX, Message, event_of
from workflows.actions.webhook_body import default_body
from workflows.catalog.shelf import ActionFailedError, Moment, Outcome, ShopNames
from workflows.catalog.texts import Escape, TextError, check_text, render
from workflows.catalog.variables import is_variable, values_for_text
from workflows.engine.grammar import Problem

MEMBERS = ("url", "headers", "body", "secret_ref")
MOST_HEADERS = 20
JSON = "application/json"


def secret_names(tenant_id: int) -> frozenset[str]:
    """What `secret_ref` may say: the names and the ids of the tenant's connections, whose secrets sign."""
    rows = Connection.objects.filter(tenant_id=tenant_id).values_list("id", "name")
    return frozenset(name for row_id, connection in rows for name in (str(row_id), connection))


@dataclass(frozen=True, slots=True)
class WebhookCall:
    """Call a web address."""

    key: str = "webhook.call"
    label: str = "Call a web address"
    is_outside: bool = True

    def problems(self, with_: Mapping[str, object], path: str, shop: ShopNames) -> list[Problem]:
        """Unknown or missing members, an address or headers that can't be used, a body that can't be filled in."""
        unknown = [
            Problem(path=f"{path}.{name}", problem=f"{name!r} is not known here", expected=f"only {', '.join(MEMBERS)}")
            for name in with_ if name not in MEMBERS
        ]  # fmt: skip
        body = {"body": with_["body"]} if "body" in with_ else {}
        secret = {"secret_ref": with_["secret_ref"]} if "secret_ref" in with_ else {}
        return [
            *unknown,
            *_of_url(with_.get("url"), f"{path}.url"),
            *_of_headers(with_.get("headers", {}), f"{path}.headers"),
            *check_members(body, path, shop, members={"body": Said("text", required=False)}),
            *check_members(secret, path, shop, members={"secret_ref": Said("line", required=False)}),
        ]

    def do(self, moment: Moment) -> Outcome:
        """Queue the call. Raises ActionFailedError for a missing value, secret, or a body that is not the JSON it claims."""
        url = str(moment.with_["url"])
        secret_ref = moment.with_.get("secret_ref")
        if secret_ref is not None and str(secret_ref) not in moment.look_up(secret_names):
            raise ActionFailedError(f"there is no connection {str(secret_ref)!r} whose secret could sign")
        headers = _headers(moment)
        content: dict[str, object] = {"url": url, "headers": headers, "body": _body(moment, headers)}
        if secret_ref is not None:
            content["secret_ref"] = str(secret_ref)
        message = Message(
            kind="webhook", to=url, content=content, run_id=moment.run_id, step=moment.step, order_id=moment.order_id,
            shipment_id=moment.shipment_id, at=moment.now, event=event_of(moment),
        )  # fmt: skip
        moment.write(OUTBOX, message)
        return Outcome(state="done", words=f"call to {url} queued", result={"to": url})


def _headers(moment: Moment) -> dict[str, str]:
    said = moment.with_.get("headers")
    headers = {
        str(name): moment.text(str(value), escape="header")
        for name, value in (said.items() if isinstance(said, Mapping) else ())
    }
    for name, value in headers.items():
        if problem := problem_with_header(name, value):
            raise ActionFailedError(problem)
    return headers


def _body(moment: Moment, headers: Mapping[str, str]) -> str:
    kind = next((value for name, value in headers.items() if name.lower() == "content-type"), JSON)
    is_json = "json" in kind.lower()
    said = moment.with_.get("body")
    if said is None:
        return default_body(moment)
    body = _filled_in(moment, str(said), escape="json" if is_json else "text")
    if is_json:
        try:
            json.loads(body)
        except ValueError as error:
            raise ActionFailedError(f"the body is not JSON once it is filled in: {error}") from error
    return body


def _filled_in(moment: Moment, source: str, *, escape: Escape) -> str:
    """As `moment.text`, which knows nothing of JSON."""
    values = values_for_text(moment.facts, shop_name=moment.shop.name, now=moment.now, order_id=moment.order_id)
    try:
        return render(source, values, escape=escape, zone=moment.shop.zone)
    except TextError as problem:
        raise ActionFailedError(str(problem)) from problem


def _of_url(url: object, path: str) -> list[Problem]:
    expected = "a public address that begins with https://"
    if not isinstance(url, str):
        return [Problem(path=path, problem="is missing" if url is None else "is not a text", expected=expected)]
    problem = problem_with_url(url, allow=settings.POSTSALE_EGRESS_ALLOW, own_hosts=own_hosts())
    return [Problem(path=path, problem=problem, expected=expected)] if problem else []


def _of_headers(headers: object, path: str) -> list[Problem]:
    if not isinstance(headers, Mapping) or len(headers) > MOST_HEADERS:
        return [
            Problem(path=path, problem="are not headers", expected=f"at most {MOST_HEADERS} names with a text each")
        ]
    found: list[Problem] = []
    for name, value in headers.items():
        at = f"{path}.{name}"
        if not isinstance(value, str):
            found.append(Problem(path=at, problem="is not a text", expected="the header's value"))
            continue
        if problem := problem_with_header(str(name), value):
            found.append(Problem(path=at, problem=problem, expected="a header that may be set"))
        found += [Problem(path=at, problem=words, expected="a text that can be filled in")
                  for words in check_text(value, known=is_variable)]  # fmt: skip
    return found


WEBHOOK_CALL = WebhookCall()
