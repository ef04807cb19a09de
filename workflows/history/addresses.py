"""Addresses of pages that other rooms own, by their names; and which addresses somebody may be sent back to."""

from django.urls import NoReverseMatch, reverse


def address(name: str, *args: object) -> str:
    """The page of that name, or "" where an installation does without it: then nothing links there."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


def is_list_of_runs(path: str) -> bool:
    """Whether it is one of the lists of runs, so that nobody is led astray."""
    return path.startswith(("/runs/", "/workflows/")) and "\n" not in path and "\\" not in path and len(path) < 500
