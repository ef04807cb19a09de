"""Sending a test to one of our own hooks, as its partner would."""

import json
import urllib.error
import urllib.request
from dataclasses import dataclass

from postsale.integrations.http import tls_context
from postsale.integrations.samples import Sample

SECONDS = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back, in words."""

    is_taken: bool
    words: str


def send(url: str, sample: Sample) -> Answer:
    """POST the sample to `url`, a hook of ours. Never raises for what the network or the hook says."""
    headers = {"Content-Type": "application/json", "User-Agent": "Postsale-test", **sample.headers}
    asked = urllib.request.Request(url, data=sample.body, headers=headers, method="POST")  # noqa: S310 -- our own address
    context = tls_context() if url.startswith("https:") else None
    try:
        with urllib.request.urlopen(asked, timeout=SECONDS, context=context) as answer:  # noqa: S310 -- as above
            said = json.loads(answer.read(10_000) or b"{}")
    except urllib.error.HTTPError as error:
        return Answer(
            is_taken=False, words=f"The address answered {error.code}: {WORDS.get(error.code, error.reason)}."
        )
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
        return Answer(is_taken=False, words=f"{url.partition('/hooks/')[0]} could not be reached from here: {reason}.")
    if said.get("quarantined"):
        return Answer(is_taken=False, words="It was signed rightly, but could not be read; it is in quarantine below.")
    return Answer(is_taken=True, words=f"It arrived: {sample.words}.")


WORDS = {
    401: "the signature was refused",
    404: "the connection is paused",
    429: "the shop's limit is reached, try again in a moment",
    503: "the database is busy, try again in a moment",
}
