"""Ask the web server how it is, from a thread, so that one that hangs doesn't hang whoever asks."""

import http.client
import ipaddress
import threading
import time
from urllib.parse import urlsplit

EVERY = 1.0
TIMEOUT = 3.0


class Probe(threading.Thread):
    """Requests /healthz/ again and again; remembers when it was answered last."""

    def __init__(self, host: str, port: int, *, base_url: str) -> None:
        super().__init__(name="probe", daemon=True)
        self._address = (_reachable(host), port)
        parts = urlsplit(base_url)
        self._headers = {"Host": parts.netloc, "X-Forwarded-Proto": parts.scheme}
        self._answered: float | None = None

    def silence(self) -> float | None:
        """Seconds since the last answer; None: none yet."""
        return None if self._answered is None else time.monotonic() - self._answered

    def run(self) -> None:
        """Ask for ever."""
        while True:
            if self.ask():
                self._answered = time.monotonic()
            time.sleep(EVERY)

    def ask(self) -> bool:
        """Whether /healthz/ is answered with 200 in time."""
        connection = http.client.HTTPConnection(*self._address, timeout=TIMEOUT)
        try:
            connection.request("GET", "/healthz/", headers=self._headers)
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


def _reachable(host: str) -> str:
    """Where to knock for a server that listens on `host`: one that listens everywhere is asked here."""
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return host
    if not address.is_unspecified:
        return str(address)
    return "127.0.0.1" if address.version == 4 else "::1"
