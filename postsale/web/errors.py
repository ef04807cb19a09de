"""When something went wrong: a page for people, a problem document for programs; never a stack trace."""

import json

from django.http import HttpRequest, HttpResponse
from django.template import loader


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400."""
    return _answer(request, 400, "This request could not be read", "Go back and try again.")


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403, with the reason that the code gave for people."""
    return _answer(request, 403, "This is not for you", str(exception) or "Your role does not allow this.")


def cross_site(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: what was sent does not carry the sign that one of our own pages sent it (Django's CSRF_FAILURE_VIEW)."""
    words = (
        "It did not come from a page of this sign-in: perhaps the page was open for long, or you signed out elsewhere, or "
        "this browser keeps no cookies. Go back, load the page again, and try once more. Nothing was changed."
    )
    return _answer(request, 403, "This could not be taken", words)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404, whether it never was there or is somebody else's."""
    return _answer(request, 404, "There is nothing here", "The address is wrong, or what was here is gone.")


def broken(request: HttpRequest) -> HttpResponse:
    """500: touches neither the database nor the session, which may be what is broken."""
    return _answer(request, 500, "That went wrong on our side", "It has been noted. Try again in a moment.")


def _answer(request: HttpRequest, status: int, title: str, words: str) -> HttpResponse:
    if request.path.startswith("/api/"):
        problem = {"type": "about:blank", "title": title, "status": status, "detail": words, "errors": []}
        return HttpResponse(json.dumps(problem), status=status, content_type="application/problem+json")
    page = loader.get_template("postsale/error.html")
    return HttpResponse(page.render({"status": status, "title": title, "words": words}, request), status=status)
