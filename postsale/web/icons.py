"""Icons: one cached SVG sprite, made from the `lucide` wheel (ISC); nothing of it is kept in our tree."""

import hashlib
import re
import zipfile
from functools import cache
from importlib.resources import files

from django.http import Http404, HttpRequest, HttpResponse

NAMES = (
    "archive", "arrow-down", "arrow-left", "arrow-right", "arrow-up", "ban", "bell", "bell-ring", "book-open",
    "bookmark", "boxes", "building-2", "calendar", "calendar-clock", "chart-column", "chart-line", "check",
    "chevron-down", "chevron-left", "chevron-right", "chevron-up", "chevrons-up-down", "circle-alert",
    "circle-check", "circle-dot", "circle-minus", "circle-pause", "circle-play", "circle-question-mark",
    "circle-x", "clapperboard", "clipboard", "clipboard-paste", "clock", "copy", "corner-down-right", "credit-card", "crosshair",
    "download", "ellipsis", "external-link", "eye", "eye-off", "file-text", "flag", "flask-conical", "funnel",
    "gauge", "git-branch", "globe", "grip-vertical", "hand", "hash", "history", "hourglass", "house", "inbox",
    "info", "key", "key-round", "layers", "layout-dashboard", "layout-template", "life-buoy", "link", "list",
    "list-checks", "list-filter", "log-in", "log-out", "mail", "map-pin", "maximize", "megaphone", "menu", "message-square",
    "minus", "monitor", "moon", "mouse-pointer-click", "move", "octagon-alert", "package", "package-check",
    "package-search", "package-x", "palette", "pause", "pencil", "percent", "pin", "play", "plug", "plus", "power",
    "radio", "receipt", "redo-2", "refresh-cw", "repeat", "rotate-ccw", "route", "save", "scan-line", "scissors",
    "search", "send", "server", "settings", "share-2", "shield", "shield-check", "siren", "sliders-horizontal",
    "sparkles", "split", "square-check", "star", "sticky-note", "store", "sun", "tag", "tags", "target", "timer",
    "timer-reset", "toggle-right", "trash-2", "trending-up", "triangle-alert", "truck", "undo-2", "upload",
    "user", "user-check", "user-plus", "users", "webhook", "workflow", "wrench", "x", "zap", "zoom-in",
    "zoom-out",
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
