"""Storing a batch: what was decided, then what writers and watchers of upper floors make of it, in one transaction."""

from collections.abc import Sequence

from postsale.orders.change import close_book
from workflows.catalog.shelf import WATCHERS, WRITERS, Due, Unit
from workflows.runs import announce, figures, persist
from workflows.runs.decide import Decider


def batch(unit: Unit, decider: Decider, *, done: Sequence[int] = (), due: Sequence[Due] = ()) -> None:
    """Write down what `decider` came to. `done`: places in the inbox; `due`: deadlines of watchers, and their walls."""
    tenant_id, book = unit.tenant_id, decider.book
    met = list(book.new_refs)
    close_book(tenant_id, book, now=unit.now)
    persist.runs(tenant_id, list(decider.runs.values()))
    persist.keys(tenant_id, decider.keys)
    persist.events(tenant_id, decider.emitted, decider.subjects)
    persist.opt_outs(tenant_id, decider.opt_outs)
    persist.parked(tenant_id, [(arrival.id, ref) for arrival, ref in decider.parked], met)
    persist.inbox(tenant_id, done)
    figures.store(tenant_id, decider.tally)
    for key, rows in decider.performer.rows.items():
        WRITERS[key].store(unit, rows)
    told = [
        said
        for watcher in WATCHERS
        for said in watcher.follow(unit, decider.story, [each for each in due if each.kind in watcher.kinds])
    ]
    announce.announce(tenant_id, told, after=unit.now)
