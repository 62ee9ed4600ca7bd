"""Security schemes and requirements: who may call a method.

============================================== =====================================================
security scheme                                becomes
============================================== =====================================================
with ``x-amazon-apigateway-authorizer``        an authorizer; methods CUSTOM, COGNITO_USER_POOLS or JWT
``x-amazon-apigateway-authtype: awsSigv4``     methods AWS_IAM
apiKey, in header, named ``x-api-key``         methods with ``api_key_required``
anything else                                  an error where a method requires it
============================================== =====================================================

AWS ignores the last kind in silence, which leaves a method open that its author believes closed. Where that
is wanted, ``x-amazon-apigateway-auth: {type: NONE}`` on the operation says so.

What lost its members (``security:`` and nothing below it) is refused, and so are members whose names speak of
protection where nothing reads them.

All schemes of a requirement list are demanded together, as API Gateway writes them in its own exports.
Root-level ``security`` counts for every operation without its own, as recorded on AWS.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-authorizer.html
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from wsgi_gateway.config import AuthorizerConfig
from wsgi_gateway.config.check_method import UNKNOWN_AUTHORIZER
from wsgi_gateway.config.spelling import did_you_mean
from wsgi_gateway.sources.node import Node
from wsgi_gateway.sources.openapi_authorizer import read_authorizer
from wsgi_gateway.sources.openapi_extensions import PREFIX, SECURITY_SCHEME, check_extensions
from wsgi_gateway.sources.protection import EMPTY_CODE, empty, refuse_empty

AUTHORIZATION_TYPE = {
    "TOKEN": "CUSTOM",
    "REQUEST": "CUSTOM",
    "COGNITO_USER_POOLS": "COGNITO_USER_POOLS",
    "JWT": "JWT",
}
"""Type of an authorizer to the authorization type of the methods it guards."""

USUAL_AUTHTYPE = {"COGNITO_USER_POOLS": "cognito_user_pools", "JWT": "jwt"}
"""What ``x-amazon-apigateway-authtype`` says by type of authorizer where nobody chose it; else ``custom``."""

_SCHEME = frozenset(
    "type name in description flow authorizationUrl tokenUrl scopes scheme bearerFormat flows "
    "openIdConnectUrl $ref".split()
)


_API_KEY = "the scheme of API keys is {type: apiKey, name: x-api-key, in: header}"
_CHECK_IT = (
    "give the scheme an x-amazon-apigateway-authorizer, "
    "or the operations x-amazon-apigateway-auth: {type: NONE}"
)


class Security:
    """The security schemes of one document."""

    def __init__(self, root: Node) -> None:
        self._schemes: dict[str, Node] = {}
        components = root.get("components")
        for holder, member in ((root, "securityDefinitions"), (components, "securitySchemes")):
            schemes = holder.get(member) if holder is not None else None
            if schemes is not None:
                check_extensions(schemes, "the security schemes")
            for name, node in holder.members(member) if holder is not None else ():
                resolved = node.resolve()
                if resolved is not None and resolved.is_mapping:
                    self._schemes[name] = resolved
                elif resolved is not None:
                    node.wrong_type("a mapping")
        refuse_empty(root, "security")
        self._default = root.get("security")
        self.authorizers: dict[str, AuthorizerConfig] = {}
        self._unchecked: dict[str, tuple[Node, int]] = {}
        for name, scheme in self._schemes.items():
            self._read_scheme(name, scheme)

    def _read_scheme(self, name: str, scheme: Node) -> None:
        check_extensions(scheme, SECURITY_SCHEME)
        scheme.mostly(_SCHEME, "member-unknown", "a security scheme")
        extension = scheme.get(PREFIX + "authorizer")
        if extension is None:
            return
        authorizer = read_authorizer(name, extension, _header(scheme))
        if authorizer is not None:
            usual = USUAL_AUTHTYPE.get(authorizer.type, "custom")
            written = scheme.text(PREFIX + "authtype")
            self.authorizers[name] = replace(authorizer, auth_type=None if written == usual else written)

    def of(self, operation: Node) -> dict[str, Any]:
        """The ``MethodConfig`` fields by which an operation is protected."""
        refuse_empty(operation, "security")
        own = operation.get("security")
        requirements = self._default if own is None else own
        auth = _auth_type(operation)
        demands = _Demands(self, open_allowed=auth == "NONE")
        for requirement in requirements.elements() if requirements is not None else ():
            for name, scopes in requirement.each():
                demands.add(name, scopes, own is not None)
        if auth == "AWS_IAM":
            demands.authorize("AWS_IAM", None, operation)
        return demands.fields()

    def unchecked(self, name: str, requirement: Node) -> None:
        """A method requires a scheme that nothing checks, or that is not there."""
        first, methods = self._unchecked.get(name, (requirement, 0))
        self._unchecked[name] = first, methods + 1

    def report_unchecked(self) -> None:
        """Report every such scheme once, where it is first required; not once for every method."""
        for name, (first, methods) in self._unchecked.items():
            more = f", which {methods} methods require" if methods > 1 else ""
            if name in self._schemes:
                message = f"nothing checks the security scheme {name[:80]!r}{more}"
                is_key = str(self._schemes[name].value.get("type")).lower() == "apikey"
                way_out = f"{_API_KEY}; of any other scheme: {_CHECK_IT}" if is_key else _CHECK_IT
                first.error("security-scheme-unsupported", message, way_out)
            else:
                hint = did_you_mean(name, self._schemes, "declare it among the security schemes")
                message = f"no security scheme named {name[:80]!r}{more}: {UNKNOWN_AUTHORIZER}"
                first.error("security-scheme-unknown", message, hint)

    def scheme(self, name: str) -> Node | None:
        """A declared scheme."""
        return self._schemes.get(name)

    @property
    def names(self) -> list[str]:
        """All declared schemes."""
        return list(self._schemes)


class _Demands:
    """What the requirements of one operation add up to."""

    def __init__(self, security: Security, *, open_allowed: bool) -> None:
        self.security = security
        self.open_allowed = open_allowed
        self.type: str | None = None
        self.authorizer: str | None = None
        self.scopes: tuple[str, ...] = ()
        self.api_key = False

    def fields(self) -> dict[str, Any]:
        return {
            "authorization_type": self.type or "NONE",
            "authorizer": self.authorizer,
            "authorization_scopes": self.scopes,
            "api_key_required": self.api_key,
        }

    def add(self, name: str, scopes: Node, explicit: bool) -> None:
        scheme = self.security.scheme(name)
        if scheme is None:
            self.security.unchecked(name, scopes)
        elif PREFIX + "authorizer" in scheme.value:
            self._authorizer(name, scopes, explicit)
        elif _is_sigv4(scheme):
            self._closed("AWS_IAM", None, scopes, explicit)
        elif _is_api_key(scheme):
            self.api_key = True
        elif not self.open_allowed and not _is_undecided(scheme):
            self.security.unchecked(name, scopes)

    def _authorizer(self, name: str, scopes: Node, explicit: bool) -> None:
        authorizer = self.security.authorizers.get(name)
        if authorizer is None:
            return
        kind = AUTHORIZATION_TYPE[authorizer.type]
        if scopes.value is None and kind != "CUSTOM":
            scopes.error(EMPTY_CODE, f"the scopes of {name[:80]} are empty", "write [] where none are wanted")
        found = tuple(_scope(element) for element in _scopes(scopes))
        again = self.authorizer == name
        if not self._closed(kind, name, scopes, explicit):
            return
        if again and set(found) != set(self.scopes):
            scopes.error(
                "security-conflict",
                f"{name[:80]} is required twice, with different scopes",
                "name it once, with the scopes of which a token must have one",
            )
        self.scopes = found

    def _closed(self, kind: str, name: str | None, node: Node, explicit: bool) -> bool:
        if not self.open_allowed:
            return self.authorize(kind, name, node)
        if explicit:
            node.error("security-conflict", "x-amazon-apigateway-auth says NONE, security says otherwise")
        return False

    def authorize(self, kind: str, name: str | None, node: Node) -> bool:
        """Demand one authorization; a second, different one cannot be served."""
        if self.type is not None and (self.type, self.authorizer) != (kind, name):
            node.error(
                "security-conflict",
                "a method has one authorizer; two are required here",
                "remove one of them",
            )
            return False
        self.type, self.authorizer = kind, name
        return True


def _scopes(node: Node) -> list[Node]:
    return [] if node.value is None else list(node.elements())


def _scope(node: Node) -> str:
    text = node.as_text()
    if text is not None and (not text or any(char.isspace() for char in text)):
        node.error("security-scope", "a scope is a text without blanks, and not empty")
    return text or ""


def _header(scheme: Node) -> str | None:
    """The header in which a scheme's credentials travel, None if they travel elsewhere."""
    kind = scheme.text("type")
    if kind == "apiKey":
        return scheme.text("name") if scheme.text("in") == "header" else None
    return "Authorization"


def _is_sigv4(scheme: Node) -> bool:
    kind = scheme.value.get(PREFIX + "authtype")
    return isinstance(kind, str) and kind.lower() == "awssigv4"


def _is_undecided(scheme: Node) -> bool:
    """Whether its type lost its value, which is reported."""
    return PREFIX + "authtype" in scheme.value and PREFIX + "authtype" not in scheme


def _is_api_key(scheme: Node) -> bool:
    name = scheme.value.get("name")
    return (
        scheme.value.get("type") == "apiKey"
        and scheme.value.get("in") == "header"
        and isinstance(name, str)
        and name.lower() == "x-api-key"
        and PREFIX + "authtype" not in scheme.value
    )


def _auth_type(operation: Node) -> str | None:
    node = operation.get(PREFIX + "auth")
    if node is None:
        return None
    if not node.is_mapping:
        node.wrong_type("a mapping")
        return None
    if not node.value:
        empty(node)
        return None
    node.only({"type"}, "auth-field", "x-amazon-apigateway-auth")
    if "type" not in node:
        node.error("auth-type", "x-amazon-apigateway-auth needs a type", "NONE or AWS_IAM")
    return node.choice("type", {"NONE", "AWS_IAM"}, "auth-type")
