"""MethodRequest: the public interface; required parameters and the body's model.

::

    from wsgi_gateway import MethodConfig, MethodRequest, ModelConfig

    app = MethodRequest(
        app,
        MethodConfig(
            http_method="POST",
            request_parameters={"method.request.querystring.page": True},
            request_models={"application/json": "Pet"},
        ),
        models={"Pet": ModelConfig(name="Pet", schema={"type": "object", "required": ["name"]})},
    )

Parameters come before the body: with both wrong only the parameters are reported (recorded on AWS), as
``Missing required request parameters: [header, path, query names]``; a blank value counts as missing and
types are never checked. The body's model is chosen by Content-Type, then ``$default``; no Content-Type counts
as ``application/json``, an empty body as ``{}``, and a type without model is not checked at all: to refuse
it, use the passthrough behaviour NEVER. The client reads ``Invalid request body``; every violation is kept
for ``$context.error.validationErrorString``.

The body is read only for a Content-Type that has a model; others stream by.

Source:
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-request-validation.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from wsgi_gateway.config.default_models import DEFAULT_MODELS
from wsgi_gateway.config.method import RequestValidatorConfig
from wsgi_gateway.context import Context
from wsgi_gateway.errors import BAD_REQUEST_BODY, BAD_REQUEST_PARAMETERS, ConfigError, GatewayError, Problem
from wsgi_gateway.mapping.content import by_media_type, media_type
from wsgi_gateway.mapping.documents import strict_json
from wsgi_gateway.mapping.models import Model
from wsgi_gateway.pipeline import LifecycleStage

if TYPE_CHECKING:
    from wsgi_gateway.config import MethodConfig, ModelConfig
    from wsgi_gateway.typing import WSGIApplication

EVERYTHING = RequestValidatorConfig(
    name="everything", validate_request_body=True, validate_request_parameters=True
)
"""The validator of a stage made by hand: whoever makes one asks for its checks."""

_PREFIX = "method.request."
Getter = Callable[[Context], str | None]


class MethodRequest(LifecycleStage):
    """Refuses requests that lack a required parameter or whose body does not fit its model.

    :param method: the declared method.
    :param models: the API's models by name, declared or compiled; those the method names must be
        among them, but for those that every API has.
    :param validator: which of the two checks are made.

    Raises ConfigError for an unknown model, a schema that is none, a parameter key of another form.
    """

    def __init__(
        self,
        app: WSGIApplication,
        method: MethodConfig,
        *,
        models: Mapping[str, ModelConfig | Model] | None = None,
        validator: RequestValidatorConfig = EVERYTHING,
    ) -> None:
        super().__init__(app)
        required = method.request_parameters if validator.validate_request_parameters else {}
        # Sorted whole keys give AWS's order: headers, then path, then query string.
        self._required = tuple(_parameter(key) for key, needed in sorted(required.items()) if needed)
        named = method.request_models if validator.validate_request_body else {}
        self._models = by_media_type({media: _model(name, models or {}) for media, name in named.items()})

    def on_request(self, ctx: Context) -> GatewayError | None:
        """Check the parameters, then the body."""
        if self._required:
            missing = [name for name, get in self._required if not (get(ctx) or "").strip()]
            if missing:
                message = f"Missing required request parameters: [{', '.join(missing)}]"
                return GatewayError(BAD_REQUEST_PARAMETERS, message)
        return self._check_body(ctx) if self._models else None

    def _check_body(self, ctx: Context) -> GatewayError | None:
        model = self._models.get(media_type(ctx.environ.get("CONTENT_TYPE"))) or self._models.get("$default")
        if model is None:
            return None
        try:
            document = strict_json(ctx.body() or b"{}")
        except ValueError as error:
            return GatewayError(BAD_REQUEST_BODY, validation_errors=["invalid JSON"], reason=str(error))
        violations = model.violations(document)
        return GatewayError(BAD_REQUEST_BODY, validation_errors=violations) if violations else None


def _model(name: str, models: Mapping[str, ModelConfig | Model]) -> Model:
    found = models.get(name) or DEFAULT_MODELS.get(name)
    if found is None:
        raise ConfigError([Problem("unknown-model", f"Invalid model identifier specified: {name}")])
    return found if isinstance(found, Model) else compile_model(found, models)


def compile_model(config: ModelConfig, models: Mapping[str, ModelConfig | Model]) -> Model:
    """A declared model, compiled; it may refer to the others, and to those that every API has.

    Raises ConfigError that names the model.
    """
    schemas = {name: other.schema for name, other in {**DEFAULT_MODELS, **models}.items()}
    try:
        return Model(config.schema, schemas)
    except ConfigError as error:
        raise ConfigError(
            Problem(problem.code, f"model {config.name!r}: {problem.message}", config.place, problem.hint)
            for problem in error.problems
        ) from error


def _parameter(key: str) -> tuple[str, Getter]:
    """``method.request.header.x-crew`` to its bare name and a look-up."""
    location, _, name = key.removeprefix(_PREFIX).partition(".")
    if not key.startswith(_PREFIX) or not name:
        raise ConfigError(f"Invalid mapping expression parameter specified: {key}")
    if location == "header":
        return name, lambda ctx: ctx.header(name)
    if location == "path":
        return name, lambda ctx: ctx.path_parameters.get(name)
    if location == "querystring":
        return name, lambda ctx: ctx.query_parameters.get(name)
    raise ConfigError(f"Invalid mapping expression parameter specified: {key}")
