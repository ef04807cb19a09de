"""Icons: one cached SVG sprite, made from the `lucide` wheel (ISC); nothing of it is kept in our tree."""

import hashlib
import re
import zipfile
from functools import cache
from importlib.resources import files

from django.http import Http404, HttpRequest, HttpResponse

NAMES = (
    "archive", "arrow-left", "bell", "bookmark", "chart-column", "check", "circle-alert", "circle-check", "clock",
    "house", "inbox", "info", "log-out", "menu", "moon", "package", "package-check", "search", "settings",
    "triangle-alert", "undo-2", "user", "user-check", "workflow", "x", "zap",
)  # fmt: skip


@cache
def sprite() -> tuple[str, str]:
    """The sprite and its hash. Raises KeyError when the wheel lacks one of NAMES."""
    symbols = []
    with zipfile.ZipFile(str(files("lucide") / "lucide.zip")) as wheel:
        found = {
            name.rsplit("/", 1)[-1].removesuffix(".svg"): name for name in wheel.namelist() if name.endswith(".svg")
        }
        for name in NAMES:
            drawn = re.search(r"<svg[^>]*>(.*)</svg>", wheel.read(found[name]).decode(), re.DOTALL)
            lines = re.sub(r"\s+", " ", drawn[1]).strip() if drawn else ""
            symbols.append(
                f'<symbol id="{name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" '
                f'stroke-linecap="round" stroke-linejoin="round">{lines}</symbol>'
            )
    text = f'<svg xmlns="http://www.w3.org/2000/svg">{"".join(symbols)}</svg>'
    return text, hashlib.sha256(text.encode()).hexdigest()[:12]


def icons(request: HttpRequest, version: str) -> HttpResponse:
    """The sprite, to be kept for a year; a version that is not ours is 404."""
    text, current = sprite()
    if version != current:
        raise Http404
    return HttpResponse(
        text, content_type="image/svg+xml", headers={"Cache-Control": "public, max-age=31536000, immutable"}
    )
