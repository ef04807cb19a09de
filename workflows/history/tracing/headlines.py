"""The head of a trace: what became of the run, and why, in one line and a few sentences."""

from collections.abc import Sequence
from dataclasses import dataclass

from workflows.catalog.vocabulary import VOCABULARY
from workflows.history.tracing.reading import Trace
from workflows.history.tracing.runs import run_label
from workflows.history.tracing.trace import Line, first_of, has_acted, why_not
from workflows.history.words import humane, moment_words, sentence_case

RETRY = "Put right what it names, then retry: only the failed step is done again."


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """`label`, `tone` and `icon` make the badge; `title` and `words` say it in full."""

    label: str
    tone: str
    icon: str
    title: str
    words: str = ""
    advice: str = ""


def headline(trace: Trace) -> Headline:
    """What became of the run."""
    label, tone, icon = run_label(trace.run, acted=has_acted(trace.lines))
    title, words, advice = _said(trace)
    return Headline(label=label, tone=tone, icon=icon, title=title, words=words, advice=advice)


def _said(trace: Trace) -> tuple[str, str, str]:
    match trace.run.state:
        case "running":
            return "Running now", "", ""
        case "waiting":
            return _waiting(trace)
        case "failed":
            return _failed(trace)
        case "cancelled":
            return "Cancelled", f"{_reason(trace)}.", ""
        case "stopped":
            return _stopped(trace)
    return _done(trace)


def _waiting(trace: Trace) -> tuple[str, str, str]:
    run = trace.run
    until = moment_words(run.wake_at, trace.shop) if run.wake_at is not None else ""
    title = f"Waiting until {until}" if until else "Waiting"
    phase = run.machine.get("phase")
    if phase == "link":
        words = "The parcel is known, its order is not yet. It decides as soon as an order names this parcel."
        return "Waiting for the parcel's order", f"{words} It gives up on {until}." if until else words, ""
    if phase == "patient":
        return title, "Only time can decide its conditions. It looks again then, and whenever the order changes.", ""
    if phase == "retry":
        return f"Failed, tries again on {until}", f"{_reason(trace)}.", "Resume now to try at once."
    waits_for = run.machine.get("waits_for")
    if waits_for:
        return title, f"It goes on as soon as this happens: {VOCABULARY.trigger(waits_for)}.", ""
    return title, "Then it goes on with the next step.", ""


def _failed(trace: Trace) -> tuple[str, str, str]:
    line = first_of(trace.lines, "failed")
    where = f"Failed at “{line.title}”" if line is not None else "Failed"
    return where, f"{_reason(trace)}.", RETRY


def _stopped(trace: Trace) -> tuple[str, str, str]:
    line = first_of(trace.lines, "not_met")
    acted = has_acted(trace.lines)
    if line is None:
        return "Stopped" if acted else "Did not act", f"{_reason(trace)}.", ""
    title = f"Stopped at “{line.name or line.title}”"
    return (f"{title}, after it had acted" if acted else f"{title}: nothing was done"), why_not(line), ""


def _done(trace: Trace) -> tuple[str, str, str]:
    did = _titles(trace.lines, "would" if trace.run.is_watch else "done")
    if trace.run.is_watch:
        title = "Would have acted" if did else "Would not have acted"
        return title, f"Watch mode: nothing was sent or changed. It would: {did}." if did else "", ""
    held = _titles(trace.lines, "suppressed")
    if not did and not held:
        branch = next((line for line in trace.lines if line.kind == "branch" and line.state == "done"), None)
        words = "None of its paths was the right one" if branch is not None else "None of its actions was due"
        return "Did not act: there was nothing to do", f"{words}.", ""
    if not did:
        return "Did not act", f"Not sent: {held}.", ""
    return "Acted", f"{did}." + (f" Not sent: {held}." if held else ""), ""


def _titles(found: Sequence[Line], state: str) -> str:
    said = [line.title for line in found if line.kind == "action" and line.state == state]
    said = said[:1] + [words[:1].lower() + words[1:] for words in said[1:]]
    return " and ".join(filter(None, [", ".join(said[:-1]), *said[-1:]]))


def _reason(trace: Trace) -> str:
    return sentence_case(humane(trace.run.reason, trace.shop)).rstrip(".") or "No reason was recorded"
