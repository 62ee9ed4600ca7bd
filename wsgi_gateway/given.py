"""What a Gateway is given beside the definition: functions, apps, verifiers and credentials, by name.

A definition names functions by Lambda ARN; what serves one is looked up here by the function's name::

    lambdas={"guard": check_token}                                 # a callable
    lambdas={"guard": "shop.auth:check_token"}                     # imported
    lambdas={"guard": "arn:aws:lambda:eu-west-1:123456789012:function:guard"}
    lambdas={"guard": "https://auth.internal/decide"}
    lambdas={"guard:beta": new_guard, "guard": check_token}        # a version or alias, and all others
    lambdas={"*": "aws"}                                           # all others: the function its ARN names
    authorizers={"login": "keys.json"}                             # of an authorizer of tokens: its keys

An ARN is invoked at AWS by boto3, or where ``aws`` says that AWS is, or boto3's settings
(``AWS_ENDPOINT_URL_LAMBDA``); a URL is
sent the event, see :mod:`wsgi_gateway.integrations.lambda_service` and
:mod:`wsgi_gateway.integrations.function_url`. Nothing is called that is not named here.

Not for: what the definition itself says.

Source: this project's own; AWS looks functions up by ARN.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from wsgi_gateway.authorizers.jwks import KeySet
from wsgi_gateway.errors import ConfigError, Problem
from wsgi_gateway.functions import imported
from wsgi_gateway.integrations.aws_services import AwsServices
from wsgi_gateway.integrations.http_backends import ANY_BACKEND, HttpBackends
from wsgi_gateway.integrations.lambda_service import LambdaService, remote_function

if TYPE_CHECKING:
    from wsgi_gateway.typing import Clock, Store, WSGIApplication

_FUNCTION_NAME = re.compile(r":function:([^:/]+)(?::([^/]+))?(?:/|$)")
_WHOLE_ARN = re.compile(r"arn:[\w-]+:lambda:[\w-]+:[0-9]{12}:function:[^:/]+(?::[^:/]+)?")

ANY = "*"
"""The name under ``lambdas`` that stands for every function not named."""

_WHERE = (
    "lambdas={...}, WSGI_GATEWAY_LAMBDAS or serve --lambda; serve --local-functions runs the Python "
    "functions of a template"
)

AT_AWS = "aws"
"""What stands under it: the function is invoked at AWS."""

Function = Callable[..., Any]


class Given:
    """``app``, ``store``, ``credentials``, ``clock``, options, and mappings by name; see :class:`Gateway
    <wsgi_gateway.gateway.Gateway>`. Raises ConfigError for mappings that are none.
    """

    def __init__(
        self,
        *,
        app: WSGIApplication | None,
        store: Store | None,
        rate_limit_headers: bool = False,
        lambdas: Mapping[str, Function | str] | None,
        integrations: Mapping[str, WSGIApplication] | None,
        authorizers: Mapping[str, Any] | None,
        credentials: Any,
        clock: Clock,
        aws: AwsServices | str | None = None,
        http: HttpBackends = ANY_BACKEND,
    ) -> None:
        self.app, self.store, self.credentials, self.clock = app, store, credentials, clock
        self.rate_limit_headers = rate_limit_headers
        self._aws, self._wants_aws = AwsServices.of(aws), aws is not None
        if not isinstance(http, HttpBackends):
            raise ConfigError(f"http is an HttpBackends, not a {type(http).__name__}")
        self.http = http
        self._named: dict[str, Mapping[str, Any]] = {}
        for option, names in (
            ("lambdas", lambdas),
            ("integrations", integrations),
            ("authorizers", authorizers),
        ):
            if names is not None and not isinstance(names, Mapping):
                raise ConfigError(f"{option} is a mapping from names, not a {type(names).__name__}")
            self._named[option] = names or {}
        self._used: dict[str, set[str]] = {option: set() for option in self._named}
        self._functions: dict[str, Any] = {}
        self._texts: list[tuple[str, Any]] = []

    def function(self, uri: str) -> Function:
        """The function that a Lambda ARN, or an authorizer's URI with one in it, names. Raises
        ConfigError.
        """
        found = _FUNCTION_NAME.search(uri)
        name = found[1] if found else uri
        lambdas = self._named["lambdas"]
        if found and f"{found[1]}:{found[2]}" in lambdas:
            name = f"{found[1]}:{found[2]}"
        if name in lambdas:
            self._used["lambdas"].add(name)
            function: Function = self._once(f"lambdas[{name!r}]", lambdas[name])
            return function
        if ANY in lambdas:
            self._used["lambdas"].add(ANY)
            return self._at_aws(uri, lambdas[ANY])
        raise _unknown("function", name, lambdas, _WHERE)

    def authorizer(self, name: str) -> Any:
        """What is given for the authorizer of this name; None if nothing is. Raises ConfigError."""
        if name not in self._named["authorizers"]:
            return None
        self._used["authorizers"].add(name)
        text = self._named["authorizers"][name]
        if isinstance(text, str) and text.endswith(".json"):
            return self._keys(text)
        return self._once(f"authorizers[{name!r}]", self._named["authorizers"][name])

    def wsgi_app(self, name: str) -> WSGIApplication:
        """The app of this name under ``integrations``. Raises ConfigError."""
        apps = self._named["integrations"]
        if name not in apps:
            raise _unknown("integration", name, apps, "integrations={...}")
        self._used["integrations"].add(name)
        app: WSGIApplication = apps[name]
        return app

    def aws_services(self) -> AwsServices:
        """How AWS's services are reached, by all integrations the same."""
        self._wants_aws = False
        return self._aws

    def name_of(self, function: Any) -> str | None:
        """The text by which a function was given, which means the same in every process; None for others."""
        return next((text for text, made in self._texts if made is function), None)

    def check_authorizers(self, declared: Mapping[str, Any]) -> None:
        """Raise ConfigError for authorizers given that the definition has not: a name misspelled protects
        nothing.
        """
        for name in self._named["authorizers"]:
            if name not in declared:
                raise _unknown("authorizer", name, declared, "the definition", "is declared")

    def unused(self) -> Iterator[Problem]:
        """A warning for every name that was given and that nothing asked for."""
        if self._wants_aws:
            yield Problem("name-unused", "aws is used by no method", severity="warning")
        for option, names in self._named.items():
            for name in names:
                if name not in self._used[option]:
                    message = f"{option}[{name!r}] is used by no method"
                    yield Problem("name-unused", message, severity="warning")

    def _keys(self, path: str) -> Any:
        """The key set in a file, the same for all methods."""
        if path not in self._functions:
            self._functions[path] = KeySet(path)
        return self._functions[path]

    def _once(self, option: str, given: Any) -> Any:
        """A callable as it is; text made into one, the same for all methods."""
        if not isinstance(given, str):
            return given
        if option not in self._functions:
            self._functions[option] = self._elsewhere(given, option) or imported(given, option)
            self._texts.append((given, self._functions[option]))
        return self._functions[option]

    def _at_aws(self, uri: str, given: Any) -> Function:
        if given != AT_AWS:
            raise ConfigError(
                f"lambdas[{ANY!r}] can be {AT_AWS!r} only: call every function where its ARN says"
            )
        arn = _WHOLE_ARN.search(uri)
        if arn is None:
            raise ConfigError(f"{uri!r} has no whole ARN of a Lambda function, so it cannot be called at AWS")
        if arn[0] not in self._functions:
            self._functions[arn[0]] = LambdaService(arn[0], endpoint_url=self._functions_are_at())
            self._texts.append((arn[0], self._functions[arn[0]]))
        function: Function = self._functions[arn[0]]
        return function

    def _functions_are_at(self) -> str | None:
        """Where functions at AWS are called: a local stack that stands for AWS stands for Lambda too."""
        url = self._aws.url_of_functions()
        if url is not None:
            self._wants_aws = False
        return url

    def _elsewhere(self, given: str, option: str) -> Function | None:
        """A function of another process, if the text names one."""
        try:
            return remote_function(given, self._functions_are_at() if given.startswith("arn:") else None)
        except ConfigError as error:
            raise ConfigError(
                Problem(one.code, f"{option}: {one.message}", one.place, one.hint) for one in error.problems
            ) from error


def _unknown(
    kind: str, name: str, known: Mapping[str, Any], option: str, what: str = "is given"
) -> ConfigError:
    near = get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"give it by {option}"
    return ConfigError([Problem(f"unknown-{kind}", f"no {kind} of the name {name!r} {what}", hint=hint)])
