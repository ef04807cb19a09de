"""How a shop's mail to its customers looks: the words as they were written, and around them the shop's name and colour.

Built without images, scripts or outside files, so that it reads the same everywhere; the plain text says all of it, too.
"""

import re
from collections.abc import Mapping
from html import escape

from postsale.tenants.settings_shapes import COLOUR
from postsale.tenants.shop import Shop

#: Why somebody gets this, in the languages of `settings_shapes.LANGUAGES`; {} is the shop.
BECAUSE: Mapping[str, str] = {
    "en": "You get this e-mail because you ordered from {}.",
    "de": "Sie erhalten diese E-Mail, weil Sie bei {} bestellt haben.",
    "es": "Recibe este correo porque hizo un pedido en {}.",
    "fr": "Vous recevez cet e-mail car vous avez commandé chez {}.",
    "it": "Riceve questa e-mail perché ha ordinato da {}.",
    "nl": "U ontvangt deze e-mail omdat u bij {} hebt besteld.",
    "pl": "Otrzymujesz tę wiadomość, ponieważ złożono zamówienie w {}.",
    "pt": "Recebe este e-mail porque fez uma encomenda na {}.",
}
_LINK = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]]")
_FONT = "font-family:-apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"


def dressed(text: str, shop: Shop) -> tuple[str, str | None]:
    """A customer's letter as it leaves: its plain text and its HTML; without branding the text as it is, and None."""
    branding = shop.settings.get("branding") or {}
    if not branding.get("is_on"):
        return text, None
    name, footer = branding.get("name") or shop.name, str(branding.get("footer") or "").strip()
    language = branding.get("language", "en")
    because = BECAUSE.get(language, BECAUSE["en"]).format(name)
    below = "\n\n".join(part for part in (footer, because) if part)
    plain = f"{text.rstrip()}\n\n-- \n{below}\n"
    return plain, _page(text, name=name, below=below, colour=branding.get("colour") or COLOUR, language=language)


def on_colour(colour: str) -> str:
    """Black or white, whichever is read better on `colour` ("#rrggbb"); one of them always has 4.5:1 or more."""
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return "#000000" if (luminance + 0.05) / 0.05 > 1.05 / (luminance + 0.05) else "#ffffff"


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)


def _page(text: str, *, name: str, below: str, colour: str, language: str) -> str:
    head = f"background:{colour};color:{on_colour(colour)};padding:16px 24px;font-size:18px;font-weight:600;margin:0"
    return f"""<!DOCTYPE html>
<html lang="{escape(language)}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(name)}</title></head>
<body style="margin:0;padding:24px 12px;background:#f4f2ee">
<div style="max-width:560px;margin:0 auto;background:#ffffff;color:#1b1f24;{_FONT};font-size:16px;line-height:1.5">
<p style="{head}">{escape(name)}</p>
<div style="padding:24px">
{_paragraphs(text, "margin:0 0 16px")}
</div>
<div style="padding:16px 24px;border-top:1px solid #ddd8cf;color:#4a5059;font-size:13px">
{_paragraphs(below, "margin:0 0 8px")}
</div>
</div>
</body>
</html>
"""


def _paragraphs(text: str, style: str) -> str:
    parts = [part.strip("\n") for part in re.split(r"\n[ \t]*\n", text.replace("\r\n", "\n")) if part.strip()]
    return "\n".join(f'<p style="{style}">{_inline(part)}</p>' for part in parts)


def _inline(text: str) -> str:
    """The text with its links as links and its lines as lines, everything else escaped."""
    found, at = [], 0
    for link in _LINK.finditer(text):
        address = escape(link[0])
        found += [escape(text[at : link.start()]), f'<a href="{address}" style="color:#0e6a7d">{address}</a>']
        at = link.end()
    return "".join([*found, escape(text[at:])]).replace("\n", "<br>\n")
