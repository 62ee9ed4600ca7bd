"""The development server of ``serve`` and ``demo``: wsgiref, one thread a request.

It gives the gateway what wsgiref alone does not: the request's path as it was sent (``RAW_URI``, so that
``%2F`` stays what it is), an environ without the process's own variables (``HTTP_PROXY`` among them would
be a header), no headers with underscores, which in an environ are those with dashes (a proxy in front strips
``X-Forwarded-For`` and lets ``X_Forwarded_For`` through), and no body without a declared length, because
wsgiref cannot tell where a chunked one ends.
Its log has no query strings, in which tokens travel.

Not for: production. It has no limits on time or connections.
"""

from __future__ import annotations

from http import HTTPStatus
from socketserver import TCPServer, ThreadingMixIn
from typing import IO, TYPE_CHECKING, cast
from wsgiref.simple_server import ServerHandler, WSGIRequestHandler, WSGIServer

import click

if TYPE_CHECKING:
    from wsgi_gateway.typing import WSGIApplication, WSGIEnvironment

_LONGEST_LINE = 65_536


class ThreadingWSGIServer(ThreadingMixIn, WSGIServer):
    """One daemon thread a request."""

    daemon_threads = True

    def server_bind(self) -> None:
        """Bind without asking the name service who we are, which may take seconds."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]
        self.setup_environ()


class _Answer(ServerHandler):
    os_environ: dict[str, str] = {}
    wsgi_multithread = True


class RequestHandler(WSGIRequestHandler):
    """wsgiref's, with the raw path and a log that leaks nothing, without chunked bodies or underscores."""

    server: ThreadingWSGIServer

    def handle(self) -> None:
        """Read one request and answer it."""
        self.raw_requestline = self.rfile.readline(_LONGEST_LINE + 1)
        if len(self.raw_requestline) > _LONGEST_LINE:
            self.requestline = self.request_version = self.command = ""
            self.send_error(HTTPStatus.REQUEST_URI_TOO_LONG)
        elif self.parse_request():
            answer = _Answer(self.rfile, cast("IO[bytes]", self.wfile), self.get_stderr(), self.get_environ())
            answer.request_handler = self  # type: ignore[attr-defined] # its close() logs through it
            answer.run(self.server.get_app())  # type: ignore[arg-type]

    def parse_request(self) -> bool:
        """Refuse what wsgiref cannot read to its end, and drop headers that would pass for others."""
        if not super().parse_request():
            return False
        for name in {name for name in self.headers if "_" in name}:
            del self.headers[name]
        if self.headers.get("Transfer-Encoding"):
            self.send_error(501, "the development server takes bodies with a Content-Length only")
            return False
        return True

    def get_environ(self) -> WSGIEnvironment:
        """The environ, with the target as the client wrote it."""
        environ = super().get_environ()
        environ["RAW_URI"] = self.path
        if "Content-Type" not in self.headers:
            environ.pop("CONTENT_TYPE", None)  # wsgiref says text/plain where the client said nothing
        return environ

    def address_string(self) -> str:
        """The address as it is, never looked up."""
        return str(self.client_address[0])

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Verb, path and status."""
        self.log_message(
            '"%s %s" %s', self.command, self.path.partition("?")[0], getattr(code, "value", code)
        )


def run(app: WSGIApplication, host: str, port: int) -> None:
    """Serve until interrupted. Port 0 takes any that is free; what was taken is printed.

    Raises :class:`click.ClickException` if the address cannot be had.
    """
    try:
        server = ThreadingWSGIServer((host, port), RequestHandler)
    except OSError as error:
        raise click.ClickException(f"cannot listen on {host}:{port}: {error.strerror or error}") from error
    server.set_app(app)
    with server:
        click.echo(f"listening on http://{host}:{server.server_port} (Ctrl-C stops)")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            click.echo()
