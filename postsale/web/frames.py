"""Content security policies of the two kinds of views that are not like all others: a page that frames a letter, and
the letter."""

from typing import Any

from django.conf import settings
from django.utils.csp import CSP

#: The page: as everywhere, and it may frame our own letter.
WITH_FRAME: dict[str, Any] = {**settings.SECURE_CSP, "frame-src": [CSP.SELF]}
#: The letter: its own styles and embedded pictures only; an origin of its own, without scripts, forms or pop-ups.
LETTER: dict[str, Any] = {
    "default-src": [CSP.NONE],
    "style-src": [CSP.UNSAFE_INLINE],
    "img-src": ["data:"],
    "base-uri": [CSP.NONE],
    "form-action": [CSP.NONE],
    "frame-ancestors": [CSP.SELF],
    "sandbox": True,
}
