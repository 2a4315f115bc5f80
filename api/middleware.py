"""What every request passes through: who may ask, how much, and the headers of every answer. Plain ASGI."""

import re
from asyncio import CancelledError
from collections.abc import Callable
from hashlib import sha256
from ipaddress import ip_address

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import problem, unexpected

LOOPBACK = ("127.0.0.1", "localhost", "::1")
MAX_QUERY_STRING = 32 * 1024  # what servers and proxies on the way take without trouble; longer queries go by POST

# Everything comes from this server, and no script or style is inline; `data:` is for the small icons of the style.
SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}


class Gate:
    """Checks the Host header and the length of the address; adds security headers; turns faults into problems.

    The Host check is what keeps a foreign web page from reading a server on loopback under a name of its own.
    """

    def __init__(self, app: ASGIApp, hosts: tuple[str, ...]) -> None:
        self.app = app
        self.hosts = frozenset(map(host_name, hosts))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def guarded(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                headers.update(SECURITY_HEADERS)
                headers.setdefault("Cache-Control", "no-cache")  # ask again each time; mostly the answer is 304
            await send(message)

        try:
            await self._answer(scope, receive, guarded)
        except ClientDisconnect:
            return  # nobody is there to be answered, and nothing is wrong
        except CancelledError:  # the server is asked to end, and has waited long enough
            if not started:
                ending = problem(503, "The server is ending; ask again when it is back.", headers={"Retry-After": "5"})
                await ending(scope, receive, guarded)
        except Exception as error:  # noqa: BLE001 the last line: whatever went wrong is logged and answered as a 500
            response = unexpected(error)
            if not started:
                await response(scope, receive, guarded)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        hosts = Headers(scope=scope).getlist("host")
        host = hosts[0] if hosts else ""
        if len(hosts) > 1:
            refused = problem(400, f"The request has {len(hosts)} Host headers; send one.")
            await refused(scope, receive, send)
        elif not self._known(host):
            refused = problem(
                421, f"This server does not answer for the host {host[:80]!r}; see YAODIAN_ALLOWED_HOSTS."
            )
            await refused(scope, receive, send)
        elif len(scope.get("query_string", b"")) > MAX_QUERY_STRING:
            refused = problem(414, f"The address is longer than {MAX_QUERY_STRING} bytes; send a query by POST.")
            await refused(scope, receive, send)
        else:
            # HEAD is GET whose body the server leaves out; routes need not know.
            method = "GET" if scope["method"] == "HEAD" else scope["method"]
            await self.app({**scope, "method": method}, receive, send)

    def _known(self, host: str) -> bool:
        return host_name(host) in self.hosts or "*" in self.hosts


# [IPv6]:port, name:port or IPv4:port; what is neither is a name as it stands, such as an IPv6 address without brackets.
_HOST = re.compile(r"\[(?P<address>[^\[\]]*)\](?::\d*)?|(?P<name>[^:]*)(?::\d*)?")


def host_name(host: str) -> str:
    """The host alone, without port and brackets, in lower case, an address in its short form."""
    found = _HOST.fullmatch(host)
    name = (found["address"] or found["name"] or "" if found else host).lower()
    try:
        return ip_address(name).compressed
    except ValueError:
        return name


class Fresh:
    """Entity tags by state: while base and program are the same, a client that has an answer need not get it again.

    An address and an Accept header give the same answer while `state` is the same, so those make the tag.
    It is weak: `took_ms` and compression may differ.
    """

    def __init__(self, app: ASGIApp, state: Callable[[], str]) -> None:
        self.app = app
        self.state = state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http" or scope["method"] != "GET":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        tag = self._tag(scope, headers.get("accept", ""))

        async def tagged(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == 200:
                answer = MutableHeaders(scope=message)
                if "etag" not in answer and "cache-control" not in answer:
                    answer["ETag"] = tag
                    answer.add_vary_header("Accept")
            await send(message)

        if tag in (given.strip() for given in headers.get("if-none-match", "").split(",")):
            await send({"type": "http.response.start", "status": 304, "headers": [(b"etag", tag.encode())]})
            await send({"type": "http.response.body", "body": b""})
            return
        await self.app(scope, receive, tagged)

    def _tag(self, scope: Scope, accept: str) -> str:
        parts = (self.state(), scope["path"], scope.get("query_string", b"").decode("latin-1"), accept)
        return f'W/"{sha256(chr(10).join(parts).encode("utf-8", "replace")).hexdigest()[:20]}"'
