"""What a request must bring: parameters and bodies, where a request validator checks them.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-request-validation.html
"""

from __future__ import annotations

from collections.abc import Iterator

from wsgi_gateway.config import MethodConfig, RequestValidatorConfig, RestApiConfig
from wsgi_gateway.config.default_models import DEFAULT_MODELS
from wsgi_gateway.exports.diff.change import BREAKING, COMPATIBLE, UNCLEAR, Change
from wsgi_gateway.exports.diff.schemas import schema_changes

_AREA = "validation"
_OFF = RequestValidatorConfig(name="")
_SHOWN = 10


def requests(
    where: str, before: MethodConfig, after: MethodConfig, old: RestApiConfig, new: RestApiConfig
) -> Iterator[Change]:
    """What changes for the requests of one method."""
    one, other = _validator(before, old), _validator(after, new)
    yield from _parameters(where, _required(before, one), _required(after, other))
    models = _models(before, one), _models(after, other)
    for media_type in sorted(models[0].keys() | models[1].keys()):
        names = models[0].get(media_type), models[1].get(media_type)
        what = f"bodies of {media_type[:80]}"
        if names[0] is None:
            yield Change(_AREA, where, f"{what} are validated now", BREAKING)
        elif names[1] is None:
            yield Change(_AREA, where, f"{what} are not validated any more", COMPATIBLE)
        else:
            yield from _schemas(where, what, names[0], names[1], old, new)


def _validator(method: MethodConfig, api: RestApiConfig) -> RequestValidatorConfig:
    return api.request_validators.get(method.request_validator or "", _OFF)


def _required(method: MethodConfig, validator: RequestValidatorConfig) -> set[str]:
    """The parameters without which a request is refused; those of the path are always there."""
    if not validator.validate_request_parameters:
        return set()
    found = {
        key.removeprefix("method.request.") for key, wanted in method.request_parameters.items() if wanted
    }
    return {name for name in found if not name.startswith("path.")}


def _models(method: MethodConfig, validator: RequestValidatorConfig) -> dict[str, str]:
    return dict(method.request_models) if validator.validate_request_body else {}


def _parameters(where: str, before: set[str], after: set[str]) -> Iterator[Change]:
    for name in sorted(after - before):
        yield Change(_AREA, where, f"{name[:120]} is required now", BREAKING)
    for name in sorted(before - after):
        yield Change(_AREA, where, f"{name[:120]} is not required any more", COMPATIBLE)


def _schemas(
    where: str, what: str, before: str, after: str, old: RestApiConfig, new: RestApiConfig
) -> Iterator[Change]:
    models = {**DEFAULT_MODELS, **old.models}, {**DEFAULT_MODELS, **new.models}
    if before not in models[0] or after not in models[1]:
        return
    changes = schema_changes(models[0][before].schema, models[1][after].schema)
    for narrows, words, effect in (
        (True, "validation is stricter", BREAKING),
        (False, "validation is looser", COMPATIBLE),
        (None, "validation changed", UNCLEAR),
    ):
        paths = [one.path for one in changes if one.narrows is narrows]
        if paths:
            more = f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else ""
            message = f"{what}: {words} at {', '.join(paths[:_SHOWN])}{more}"
            yield Change(_AREA, where, message, effect)
