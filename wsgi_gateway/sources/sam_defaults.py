"""``DefaultAuthorizer`` and ``ApiKeyRequired`` of an API, held against every method that was made.

The translator puts them to the methods that it finds: those with an integration, written out or below one
``Fn::If``. It passes over a method without one, over one that another function gives, and a condition within
a condition, in silence and on AWS, too. So a method that lacks what its API asks of all is refused.

What SAM lets go stays as it is: a method whose event says ``Authorizer: NONE`` or ``ApiKeyRequired: false``
(or whose definition does, by ``api_key_false``), and OPTIONS where ``AddDefaultAuthorizerToCorsPreflight`` or
``AddApiKeyRequiredToCorsPreflight`` is false.

Source: ``iter_on_all_methods_for_path``, ``set_path_default_authorizer`` and
``set_path_default_apikey_required`` of ``samtranslator.swagger.swagger.SwaggerEditor``
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from wsgi_gateway.config import MethodConfig, RestApiConfig
from wsgi_gateway.sources.cfn_options import TemplateOptions
from wsgi_gateway.sources.intrinsics import Intrinsics
from wsgi_gateway.sources.node import Node
from wsgi_gateway.sources.sam_copies import intrinsics_of, text_at, value_at
from wsgi_gateway.sources.sam_events import events_that_count
from wsgi_gateway.sources.sam_template import IMPLICIT, ApiEvent, SamTemplate

_OFF = (None, False, "", "false", "NONE")
_KEY_OFF = "api_key_false"
"""The scheme by which SAM writes that a method needs no key; it takes it out again."""


class _Default(NamedTuple):
    """What an API asks of all its methods.

    ``own``: the member of an event's ``Auth`` that says otherwise. ``preflight``: the API's, for OPTIONS.
    """

    member: str
    own: str
    preflight: str
    has: Callable[[MethodConfig], bool]


_DEFAULTS = (
    _Default(
        "DefaultAuthorizer",
        "Authorizer",
        "AddDefaultAuthorizerToCorsPreflight",
        lambda method: method.authorization_type != "NONE",
    ),
    _Default(
        "ApiKeyRequired",
        "ApiKeyRequired",
        "AddApiKeyRequiredToCorsPreflight",
        lambda method: method.api_key_required,
    ),
)


def check_defaults(template: SamTemplate, api: RestApiConfig, options: TemplateOptions) -> None:
    """Report methods of the API that was read which the defaults of its ``Auth`` do not reach."""
    for name in dict.fromkeys((*template.apis(), IMPLICIT)):
        if options.resources.get(name, name) == api.id:
            _check(name, template, api, options)


def _check(name: str, template: SamTemplate, api: RestApiConfig, options: TemplateOptions) -> None:
    intrinsics = intrinsics_of(template.root, options)
    for default in _DEFAULTS:
        node = template.written(name, ("Auth", default.member))
        if node is None or value_at(node, intrinsics) in _OFF:
            continue
        preflight = template.written(name, ("Auth", default.preflight))
        is_open = preflight is not None and value_at(preflight, intrinsics) in _OFF
        events = [one for one in events_that_count(template, api, options) if one.api == name]
        let_go = set(_let_go(events, default, intrinsics))
        if default.own == "ApiKeyRequired":
            let_go.update(_without_key(template.written(name, ("DefinitionBody", "paths")), intrinsics))
        for path, methods in api.resources.items():
            for verb, method in methods.items():
                is_left = (path, verb) in let_go or (verb == "OPTIONS" and is_open)
                if not default.has(method) and not is_left:
                    message = (
                        f"{default.member} does not reach {verb} {path[:200]}: SAM puts it to methods that "
                        "are written out with an integration, and passes over functions"
                    )
                    node.error("auth-unreached", message, "say it in the definition, by security")


def _let_go(events: list[ApiEvent], default: _Default, intrinsics: Intrinsics) -> Iterator[tuple[str, str]]:
    """Paths and verbs of which events say that they need no default."""
    for event in events:
        properties = event.node.child("Properties")
        auth = properties.get("Auth")
        own = auth.get(default.own) if auth is not None and auth.is_mapping else None
        if own is None or value_at(own, intrinsics) not in _OFF:
            continue
        path, verb = (text_at(properties.child(one), intrinsics) for one in ("Path", "Method"))
        yield _place(path or "", verb or "")


def _without_key(paths: Node | None, intrinsics: Intrinsics) -> Iterator[tuple[str, str]]:
    """Paths and verbs of which a definition says that they need no key."""
    found: Any = None if paths is None else value_at(paths, intrinsics)
    for path, item in found.items() if isinstance(found, dict) else ():
        for verb, method in item.items() if isinstance(item, dict) else ():
            security = method.get("security") if isinstance(method, dict) else None
            if isinstance(security, list) and any(
                isinstance(one, dict) and _KEY_OFF in one for one in security
            ):
                yield _place(path, verb)


def _place(path: str, verb: str) -> tuple[str, str]:
    verb = verb.upper()
    return path.rstrip("/") or "/", "ANY" if verb == "X-AMAZON-APIGATEWAY-ANY-METHOD" else verb
