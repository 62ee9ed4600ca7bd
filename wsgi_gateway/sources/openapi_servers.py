"""``servers``, ``basePath`` and ``x-amazon-apigateway-endpoint-configuration``: what lies before the paths.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-import-api-basePath.html;
that ``split`` drops the first segment, and that a ``basePath`` variable counts unused, was recorded on AWS.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from wsgi_gateway.sources.node import Node
from wsgi_gateway.sources.openapi_extensions import PREFIX, SERVER, check_strays

_SERVER = frozenset("url description variables".split())
_VARIABLE = re.compile(r"\{([^{}]*)\}")


_CLOSING = {
    "disableExecuteApiEndpoint": "this gateway is not reached by that name",
    "vpcEndpointIds": "whoever reaches this server reaches the API",
}
_HINT = "let only your network reach it, or say who may in a resource policy"


def check_endpoints(root: Node) -> None:
    """Report endpoint settings, of the document and of its servers."""
    for server in servers_of(root):
        check_strays(server, SERVER)
        server.unread(_SERVER, "member-unknown", "a server")
    for holder in (root, *servers_of(root)):
        _check_endpoint(holder)


def servers_of(root: Node) -> list[Node]:
    """The servers of a document."""
    servers = root.get("servers")
    if servers is None:
        return []
    if servers.is_mapping:
        servers.warning("servers", "servers should be a list", "write a dash before its first member")
        return [servers]
    found = list(servers.elements())
    for server in found:
        if not server.is_mapping:
            server.wrong_type("a mapping")
    return [server for server in found if server.is_mapping]


def _check_endpoint(holder: Node) -> None:
    """Warn of what only the server in front can do."""
    node = holder.get(PREFIX + "endpoint-configuration")
    if node is None:
        return
    if not node.is_mapping:
        node.wrong_type("a mapping")
        return
    for name, member in node.each():
        if name in _CLOSING and member.value not in (False, "false", None, []):
            member.warning("without-effect", f"{name} has no effect here: {_CLOSING[name]}", _HINT)
        elif name == "types" and "PRIVATE" in node.texts("types"):
            message = "a PRIVATE endpoint is not private here: whoever reaches this server reaches the API"
            member.warning("without-effect", message, _HINT)
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
    """The first ``basePath`` variable of any server even if no URL uses it, else the first URL's path."""
    servers = servers_of(root)
    variables = [_defaults(server) for server in servers]
    for defaults in variables:
        if "basePath" in defaults:
            return defaults["basePath"]
    if not servers:
        return None
    url = _VARIABLE.sub(lambda match: variables[0].get(match[1], match[0]), servers[0].text("url") or "")
    try:
        return urlsplit(url).path
    except ValueError:
        servers[0].error("server-url", "the server's url is no URL")
        return None


def _defaults(server: Node) -> dict[str, str]:
    """The values of a server's variables."""
    found: dict[str, str] = {}
    for name, variable in server.members("variables"):
        if variable.is_mapping:
            found[name] = variable.text("default") or ""
        else:
            variable.wrong_type("a mapping")
    return found
