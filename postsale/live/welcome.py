"""Who may watch: the session's person, a member of the topic's tenant, from a page of our own."""

from collections.abc import Mapping, Sequence
from importlib import import_module
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import get_user
from django.http.cookie import parse_cookie
from django.http.request import split_domain_port, validate_host

from postsale.live.renderers import RENDERERS
from postsale.live.topics import Pass
from postsale.tenants.models import Member, Tenant
from postsale.tenants.scope import tenant


def welcome(session_key: str, passes: Sequence[Pass]) -> int | None:
    """The user behind `session_key`, if that person may watch all of `passes` today; else None. Asks the database."""
    if not passes or len({(each.topic.tenant_id, each.member_id) for each in passes}) != 1:
        return None
    session = import_module(settings.SESSION_ENGINE).SessionStore(session_key or None)
    request: Any = SimpleNamespace(session=session)
    user = get_user(request)
    if not user.is_authenticated or user.pk is None:
        return None
    with tenant(passes[0].topic.tenant_id) as tenant_id:
        is_member = Member.everybody.filter(tenant_id=tenant_id, id=passes[0].member_id, user_id=user.pk).exists()
        is_open = is_member and Tenant.objects.filter(id=tenant_id, state="active").exists()
        return user.pk if is_open and all(_is_there(each) for each in passes) else None


def session_key_of(scope: Mapping[str, Any]) -> str:
    """The session's key in a socket's cookies, or ""."""
    cookies = _header(scope, b"cookie") or ""
    return parse_cookie(cookies).get(settings.SESSION_COOKIE_NAME, "")


def is_own_origin(scope: Mapping[str, Any]) -> bool:
    """Whether the socket was opened by a page of ours: exactly BASE_URL's origin, or the very host it was asked of.

    Scheme, host and port must all be the same; a missing or doubled Origin is nobody's.
    """
    origin = _header(scope, b"origin")
    if not origin:
        return False
    own = urlsplit(settings.BASE_URL)
    if origin == f"{own.scheme}://{own.netloc}":
        return True
    host = _header(scope, b"host") or ""
    scheme = "https" if scope.get("scheme") == "wss" else "http"
    if own.scheme == "https" and scheme == "http":
        return False
    is_ours = validate_host(split_domain_port(host)[0], settings.ALLOWED_HOSTS)
    return is_ours and origin == f"{scheme}://{host}"


def _is_there(each: Pass) -> bool:
    renderer = RENDERERS.get(each.topic.kind)
    return renderer is not None and renderer.is_there(each.topic.key)


def _header(scope: Mapping[str, Any], name: bytes) -> str | None:
    values = [value for key, value in scope["headers"] if key == name]
    return values[0].decode("latin-1") if len(values) == 1 else None
