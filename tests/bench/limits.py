"""What PostgreSQL can do on this machine at this moment, by its own pgbench: the limits beside which we stand."""

import json
import re
import subprocess
from pathlib import Path

from postsale.service import places
from postsale.service.database import PORT, SUPERUSER, Server

COMMITS = "PostgreSQL insert+commit, 16 connections"
#: About what an event weighs.
_BODY = json.dumps({"parcel": {"tracking_number": "1Z999AA10123456784", "note": "x" * 500}})
_TABLE = "create table if not exists bench_limit (id uuid default gen_random_uuid() primary key, data jsonb)"


def commits_per_second(running: Server, *, name: str, seconds: int = 4) -> float:
    """Single-row inserts of an event's size, each committed, on 16 connections."""
    with running.connect(SUPERUSER, name=name) as superuser:
        superuser.execute(_TABLE.encode())
    who = places.account(running.data)
    script = Path(running.data) / "pg" / "insert.sql"
    script.write_text(f"insert into bench_limit (data) values ('{_BODY}');\n", encoding="utf-8")
    script.chmod(0o644)
    command = [
        str(places.programs(who) / "pgbench"), "-n", "-c", "16", "-j", "2", "-M", "prepared", "-T", str(seconds),
        "-f", str(script), "-h", str(places.socket_folder(running.data)), "-p", str(PORT), "-U", SUPERUSER, name,
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=seconds + 60)
    found = re.search(r"tps = ([\d.]+)", done.stdout)
    if found is None:
        raise RuntimeError(done.stdout + done.stderr)
    return float(found[1])
