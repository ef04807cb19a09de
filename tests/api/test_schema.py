"""The description is true: whatever it allows, and much that it doesn't, is answered as it says and by no fault of ours."""

from functools import cache
from typing import Any

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from postsale.tenants.models import Tenant
from postsale.tenants.scope import tenant
from tests.api.kit import Furnished, furnish
from workflows.api.docs import description

pytestmark = pytest.mark.django_db(transaction=True)

CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_headers_conformance,
    response_schema_conformance,
]  # fmt: skip
#: The intake answers these before Django does, and has tests of its own.
NOT_DJANGOS = ("/api/v1/events/", "/hooks/{token}/")
EXAMPLES = 8


def _operations() -> list[tuple[str, str]]:
    paths = description()["paths"]
    return [(path, method) for path in paths if path not in NOT_DJANGOS for method in paths[path]]


@cache
def _schema() -> Any:
    return schemathesis.openapi.from_wsgi("/api/v1/schema/", get_wsgi_application())


@pytest.mark.parametrize(("path", "method"), _operations())
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["right", "wrong"])
def test_every_answer_is_as_described(path: str, method: str, mode: GenerationMode) -> None:
    shop = furnish()
    with tenant(shop.shop.id):
        Tenant.objects.filter(id=shop.shop.id).update(settings={"limits": {"writes_per_second": 10_000}})
    operation = _schema()[path][method]
    headers = {"Authorization": f"Bearer {shop.shop.api_key}"}

    @settings(
        max_examples=EXAMPLES, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(data=st.data())
    def ask(data: Any) -> None:
        case = data.draw(operation.as_strategy(generation_mode=mode))
        _lead_home(case, shop, path)
        answer = case.call(headers=headers)
        case.validate_response(answer, checks=CHECKS, headers=headers)

    ask()


def _lead_home(case: Any, shop: Furnished, path: str) -> None:
    """Ids that are there, for a made-up id ends every request at 404."""
    noun = path.removeprefix("/api/v1/").split("/")[0]
    if "id" in (case.path_parameters or {}) and noun in shop.ids:
        case.path_parameters["id"] = str(shop.ids[noun])
    if "slug" in (case.path_parameters or {}):
        case.path_parameters["slug"] = "exceptions"
