"""``servers``, ``basePath`` and ``x-amazon-apigateway-endpoint-configuration``: what lies before the paths.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-import-api-basePath.html;
that ``split`` drops the first segment, and that a ``basePath`` variable counts unused, was recorded on AWS.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from wsgi_gateway.sources.node import Node
from wsgi_gateway.sources.openapi_extensions import PREFIX, SERVER, check_strays

_VARIABLE = re.compile(r"\{([^{}]*)\}")


def check_endpoints(root: Node) -> None:
    """Report endpoint settings, of the document and of its servers."""
    for server in _servers(root):
        check_strays(server, SERVER)
    for holder in (root, *_servers(root)):
        _check_endpoint(holder)


def _servers(root: Node) -> list[Node]:
    servers = root.get("servers")
    found = list(servers.elements()) if servers is not None else []
    for server in found:
        if not server.is_mapping:
            server.wrong_type("a mapping")
    return [server for server in found if server.is_mapping]


def _check_endpoint(holder: Node) -> None:
    """An endpoint that is to be closed, and that we would leave open, stops the load."""
    node = holder.get(PREFIX + "endpoint-configuration")
    if node is None:
        return
    if not node.is_mapping:
        node.wrong_type("a mapping")
        return
    for name, member in node.each():
        if name in ("disableExecuteApiEndpoint", "vpcEndpointIds") and member.value not in (
            False,
            "false",
            None,
            [],
        ):
            hint = "restrict the endpoint in the server in front, and remove this member"
            member.error("endpoint-unsupported", f"{name} is not supported", hint)
        else:
            member.warning("extension-ignored", f"{name[:80]} has no effect")


def base_path(root: Node, basepath: str) -> str:
    """What is put before every path: ``""`` or ``/segment...``."""
    if basepath == "ignore":
        return ""
    path = root.text("basePath") if "swagger" in root else _server_path(root)
    segments = [segment for segment in (path or "").split("/") if segment]
    if basepath == "split":
        del segments[:1]
    return "".join(f"/{segment}" for segment in segments)


def _server_path(root: Node) -> str | None:
    """The ``basePath`` variable of the first server even if its URL does not use it, else the URL's path."""
    server = next(iter(_servers(root)), None)
    if server is None:
        return None
    defaults: dict[str, str] = {}
    for name, variable in server.members("variables"):
        if variable.is_mapping:
            defaults[name] = variable.text("default") or ""
        else:
            variable.wrong_type("a mapping")
    if "basePath" in defaults:
        return defaults["basePath"]
    url = _VARIABLE.sub(lambda match: defaults.get(match[1], match[0]), server.text("url") or "")
    try:
        return urlsplit(url).path
    except ValueError:
        server.error("server-url", "the server's url is no URL")
        return None
