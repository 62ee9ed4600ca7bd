"""What an event of type Api asks for, held against the method that is there.

Where SAM writes the definition of an API, its events make the methods. Where the author does
(``DefinitionBody``, ``DefinitionUri``, an AWS::ApiGateway::RestApi), an event makes none, on AWS either: it
only lets the API call the function, which nobody has to be let here. So its ``Auth``, ``RequestModel`` and
``RequestParameters`` are lost, unless ``MergeDefinitions`` or ``OverrideApiAuth`` brings them in.

What would protect, and the method has not, is an error: an authorizer, scopes, an API key, a resource policy,
the checks of a request. All else that is lost is a warning. ``Authorizer: NONE`` asks for nothing.

Not for: events of an API whose definition SAM writes; the translator takes all that they say or refuses it,
and :mod:`~wsgi_gateway.sources.sam_names` what it passes over.

Source: ``samtranslator.model.eventsources.push.Api``; issues 650 and 984 of aws/serverless-application-model
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any, NamedTuple

from wsgi_gateway.config import MethodConfig, RequestValidatorConfig, RestApiConfig
from wsgi_gateway.sources.cfn_options import TemplateOptions
from wsgi_gateway.sources.cfn_template import API_GATEWAY, SERVERLESS
from wsgi_gateway.sources.intrinsics import Intrinsics
from wsgi_gateway.sources.node import Node
from wsgi_gateway.sources.sam_copies import intrinsics_of, value_at
from wsgi_gateway.sources.sam_template import ApiEvent, SamTemplate

_PERMISSION = frozenset("Path Method RestApiId Stage".split())
"""Properties that make the permission to call the function, beside any definition."""

_NO_VALIDATOR = RequestValidatorConfig(name="")


class _Asked(NamedTuple):
    """Something that protects: where it is asked for, in words, and whether a method has it."""

    node: Node
    what: str
    has: Callable[[MethodConfig], bool]


def check_events(template: SamTemplate, api: RestApiConfig, options: TemplateOptions) -> None:
    """Report what events of the API that was read ask for in vain."""
    events = _Events(template, api, options)
    for event in template.events:
        is_read = options.resources.get(event.api, event.api) == api.id
        if is_read and events.is_written_by_hand(event) and events.is_there(event):
            events.check(event)


def events_that_count(
    template: SamTemplate, api: RestApiConfig, options: TemplateOptions
) -> Iterator[ApiEvent]:
    """Events of the API that was read whose ``Auth`` is a part of its definition."""
    events = _Events(template, api, options)
    for event in template.events:
        is_read = options.resources.get(event.api, event.api) == api.id
        if is_read and events.is_there(event):
            is_made = not events.is_written_by_hand(event)
            if is_made or events.counts(event, "Auth"):
                yield event


class _Events:
    def __init__(self, template: SamTemplate, api: RestApiConfig, options: TemplateOptions) -> None:
        self._template = template
        self._api = api
        self._options = options

    @cached_property
    def _intrinsics(self) -> Intrinsics:
        return intrinsics_of(self._template.root, self._options)

    def is_written_by_hand(self, event: ApiEvent) -> bool:
        """Whether the definition of an event's API is its author's."""
        resource = self._template.resource(event.api)
        if resource is not None and resource.value["Type"] == API_GATEWAY + "RestApi":
            return True
        written = (self._template.written(event.api, (name,)) for name in ("DefinitionBody", "DefinitionUri"))
        return any(node is not None for node in written)

    def is_there(self, event: ApiEvent) -> bool:
        """Whether the resource of the event is, by its condition."""
        resource = self._template.root.child("Resources").child(event.resource)
        condition = resource.text("Condition")
        return condition is None or self._intrinsics.conditions.hold(condition, resource)

    def check(self, event: ApiEvent) -> None:
        properties = event.node.child("Properties")
        methods = list(_methods(event, self._api))
        lost: set[str | int] = set()
        for asked in self._asked(event, properties):
            if not methods or not all(asked.has(method) for method in methods):
                has = f"has no {event.verb.upper()[:80]} {event.path[:200]}"
                has = "does not, for this method" if methods else has
                message = f"this event asks for {asked.what}, and the definition of {event.api[:80]} {has}"
                asked.node.error("event-protection", message, "ask for it there; an event changes nothing")
                lost.add(asked.node.members_path[len(properties.members_path)])
        if not methods and not lost:
            message = f"the event {event.name[:80]} has no effect: {event.api[:80]} has no such method"
            event.node.warning("without-effect", message)
        for name, member in properties.each():
            if name not in lost | _PERMISSION and member.value is not None and not self.counts(event, name):
                message = f"{name[:80]} has no effect: the definition of {event.api[:80]} has its methods"
                member.warning("without-effect", message, "say it there")

    def counts(self, event: ApiEvent, name: str) -> bool:
        """Whether a property of an event is brought into the definition."""
        resource = self._template.root.child("Resources").child(event.resource)
        if resource.value["Type"] != SERVERLESS + "Function":
            return False
        auth = event.node.child("Properties").get("Auth")
        is_over = name == "Auth" and auth is not None and self._is_true(auth.get("OverrideApiAuth"))
        has_body = self._template.written(event.api, ("DefinitionBody",)) is not None
        merges = self._is_true(self._template.written(event.api, ("MergeDefinitions",)))
        return has_body and (is_over or merges)

    # ------------------------------------------------------------ what is asked for

    def _asked(self, event: ApiEvent, properties: Node) -> Iterator[_Asked]:
        auth, model = properties.get("Auth"), properties.get("RequestModel")
        if auth is not None and auth.is_mapping:
            yield from self._of_auth(event, auth)
        if model is not None and model.is_mapping:
            yield from self._of_model(model)
        parameters = properties.get("RequestParameters")
        for one in parameters.elements() if parameters is not None else ():
            for name, settings in one.each() if one.is_mapping else ():
                required = settings.get("Required")
                if required is not None and self._is_true(required):
                    yield _Asked(required, name[:80], _requires(name))

    def _of_auth(self, event: ApiEvent, auth: Node) -> Iterator[_Asked]:
        authorizer, key = auth.get("Authorizer"), auth.get("ApiKeyRequired")
        scopes, policy = auth.get("AuthorizationScopes"), auth.get("ResourcePolicy")
        name = None if authorizer is None else self._value(authorizer)
        if authorizer is not None and name not in (None, "NONE"):
            yield _Asked(authorizer, "an authorizer", _asks(name))
        if key is not None and self._is_true(key):
            yield _Asked(key, "an API key", lambda method: method.api_key_required)
        if scopes is not None and scopes.value and name != "NONE":
            yield _Asked(scopes, "scopes", _takes(self._value(scopes)))
        if policy is not None and policy.value:
            has = self.counts(event, "Auth") and self._api.policy is not None
            yield _Asked(policy, "a resource policy", lambda method: has)

    def _of_model(self, model: Node) -> Iterator[_Asked]:
        checks: dict[str, tuple[str, Callable[[MethodConfig], bool]]] = {
            "ValidateBody": ("a check of the body", self._validates_body),
            "ValidateParameters": ("a check of parameters", self._validates_parameters),
            "Required": ("a body", lambda method: bool(method.request_models)),
        }
        for name, (what, has) in checks.items():
            node = model.get(name)
            if node is not None and self._is_true(node):
                yield _Asked(node, what, has)

    def _validates_body(self, method: MethodConfig) -> bool:
        return self._validator(method).validate_request_body and bool(method.request_models)

    def _validates_parameters(self, method: MethodConfig) -> bool:
        return self._validator(method).validate_request_parameters

    def _validator(self, method: MethodConfig) -> RequestValidatorConfig:
        return self._api.request_validators.get(method.request_validator or "", _NO_VALIDATOR)

    # ----------------------------------------------------------------------- values

    def _is_true(self, node: Node | None) -> bool:
        """Whether a switch is on; one that cannot be worked out is."""
        return node is not None and self._value(node) not in (None, False, "false")

    def _value(self, node: Node) -> Any:
        return value_at(node, self._intrinsics)


def _requires(name: str) -> Callable[[MethodConfig], bool]:
    return lambda method: bool(method.request_parameters.get(name))


def _asks(authorizer: Any) -> Callable[[MethodConfig], bool]:
    if authorizer == "AWS_IAM":
        return lambda method: method.authorization_type == "AWS_IAM"
    return lambda method: isinstance(authorizer, str) and method.authorizer == authorizer


def _takes(scopes: Any) -> Callable[[MethodConfig], bool]:
    """Whether a method takes no other scopes than these: one that takes more takes more callers."""
    allowed = frozenset(map(str, scopes)) if isinstance(scopes, (list, tuple)) else frozenset()
    return lambda method: (
        bool(method.authorization_scopes) and allowed.issuperset(method.authorization_scopes)
    )


def _methods(event: ApiEvent, api: RestApiConfig) -> Iterator[MethodConfig]:
    """The methods that serve what the event stands for."""
    methods = api.resources.get(event.path.rstrip("/") or "/", {})
    if event.verb == "any":
        yield from methods.values()
    elif (found := methods.get(event.verb.upper()) or methods.get("ANY")) is not None:
        yield found
