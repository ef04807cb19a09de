"""Addresses of pages that other rooms own, by their names."""

from django.urls import NoReverseMatch, reverse


def address(name: str, *args: object) -> str:
    """The page of that name, or "" where an installation does without it: then nothing links there."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""
