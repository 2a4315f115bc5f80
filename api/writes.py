"""Who may write over HTTP."""

from hmac import compare_digest

from fastapi import Request
from starlette.exceptions import HTTPException

from api.middleware import LOOPBACK, host_name
from api.settings import Settings


def may_write(request: Request) -> None:
    """Raises HTTPException 403, with what to do, for whoever may not write.

    A page of another origin must not write through its reader's browser, so an Origin must be this server's own. On
    this machine that is all; a server that is reached from elsewhere, also through a proxy, wants its token.
    """
    settings: Settings = request.app.state.settings
    if not settings.writable:
        raise HTTPException(403, "This server is read-only; start it with --writable to allow changes.")
    host = request.headers.get("host", "")
    origin = request.headers.get("origin")
    if origin is not None and origin not in (f"{request.url.scheme}://{host}", f"https://{host}"):
        raise HTTPException(403, f"Pages of {origin[:80]} may not write here; write from this server's own page.")
    if not settings.token and host_name(settings.host) in LOOPBACK and host_name(host) in LOOPBACK:
        return
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if not settings.token:
        raise HTTPException(403, "Writes from other machines need a token; set YAODIAN_TOKEN where the server runs.")
    token = given.strip().encode("latin-1")  # as which the bytes of a header are read
    if scheme.lower() != "bearer" or not compare_digest(token, settings.token.encode("utf-8")):
        raise HTTPException(403, "The token is missing or wrong; send it as Authorization: Bearer TOKEN.")
