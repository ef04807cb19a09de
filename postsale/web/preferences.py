"""What a person prefers to see: theme, density, single-letter keys. Kept with the user, so that no page flashes."""

from collections.abc import Mapping
from typing import Any

THEMES = ("system", "light", "dark")
DENSITIES = ("compact", "comfortable")
DEFAULTS: Mapping[str, Any] = {"theme": "system", "density": "compact", "single_keys": True}


def read(user: Any) -> dict[str, Any]:
    """The preferences of a user, or the defaults for nobody."""
    kept = getattr(user, "preferences", None)
    return {**DEFAULTS, **(kept if isinstance(kept, dict) else {})}


def checked(said: Mapping[str, Any]) -> dict[str, Any]:
    """What of `said` is a preference with a value that there is; the rest is left out."""
    good: dict[str, Any] = {}
    if said.get("theme") in THEMES:
        good["theme"] = said["theme"]
    if said.get("density") in DENSITIES:
        good["density"] = said["density"]
    if isinstance(said.get("single_keys"), bool):
        good["single_keys"] = said["single_keys"]
    return good
