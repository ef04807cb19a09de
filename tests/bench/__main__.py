"""`make bench`: measure what PERFORMANCE.md names, each beside a peer or a limit of the same run.

BENCH=name,… picks rows; BENCH=full makes those long that need 1,000,000 events or more.
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import django

DATA = Path(tempfile.mkdtemp(prefix="postsale-bench-"))
DATA.chmod(0o755)  # the account that PostgreSQL runs as must get in
# The environment of whoever measures does not reach what is measured.
for _name in ("DATABASE_URL", "DATABASE_ADMIN_URL", "REDIS_URL", "EMAIL_URL", "HOST", "PORT", "BASE_URL", "DEBUG"):
    os.environ.pop(_name, None)
os.environ |= {"POSTSALE_DATA": str(DATA), "DJANGO_SETTINGS_MODULE": "postsale.settings", "LOG_LEVEL": "ERROR"}
django.setup()

# ruff: noqa: E402 -- models can be imported only once Django is set up
from postsale.service.database import Server
from tests.bench import building, flow, house, matching, pages, screens, stored, watching
from tests.bench.figures import Figure, table

type Row = Callable[[Server], list[Figure]]


def rows(*, full: bool) -> dict[str, Row]:
    """What each name measures; names that are measured together share a row."""
    together, at_size = partial(flow.bulk, full=full), partial(pages.pages, full=full)
    in_browser = partial(screens.screens, full=full)
    return {
        "match_10000": lambda _running: matching.match(full=full),
        "intake": partial(flow.intake, full=full),
        "end_to_end_1": partial(flow.end_to_end_1, full=full),
        "end_to_end_10000": partial(flow.end_to_end_10000, full=full),
        "bulk": together,
        "memory_web": together,
        "memory_worker": together,
        "deadline_claim": partial(stored.deadline_claim, full=full),
        "backtest_100k": partial(stored.backtest_100k, full=full),
        "backtest_90d": partial(stored.backtest_90d, full=full),
        "hook_to_dom": partial(watching.hook_to_dom, full=full),
        "fanout_1000": partial(watching.fanout_1000, full=full),
        "builder_op": partial(building.builder_op, full=full),
        **dict.fromkeys(pages.ROWS, at_size),
        **dict.fromkeys(screens.ROWS, in_browser),
    }


def main() -> int:
    """Measure the rows that were asked for; 1 when one of them could not be measured."""
    asked = {name for name in os.environ.get("BENCH", "").split(",") if name}
    known = rows(full="full" in asked)
    names = asked - {"full"}
    if unknown := names - known.keys():
        sys.exit(f"BENCH names {', '.join(sorted(unknown))}; there are {', '.join(known)} and full")
    figures: list[Figure] = []
    failed = 0
    with house.server() as running:
        for row in dict.fromkeys(row for name, row in known.items() if not names or name in names):
            try:
                measured = row(running)
            except Exception as error:  # noqa: BLE001 -- one row that fails must not take the others with it
                failed = 1
                print(f"bench: {type(error).__name__}: {error}", file=sys.stderr)  # noqa: T201 -- what a command says
                continue
            wanted = [figure for figure in measured if not names or figure.name in names]
            for figure in wanted:
                print(figure.line(), flush=True)  # noqa: T201 -- as above
            figures += wanted
    print(table(figures))  # noqa: T201 -- as above
    return failed


if __name__ == "__main__":
    try:
        code = main()
    finally:
        shutil.rmtree(DATA, ignore_errors=True)
    sys.exit(code)
