"""Configuration cannot be changed after its birth, and still compares, prints, copies and pickles as data."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from dataclasses import FrozenInstanceError, dataclass, field, fields, is_dataclass, replace
from typing import Any

import pytest

from wsgi_gateway import config
from wsgi_gateway.config import (
    ApiKeyConfig,
    ApiStageConfig,
    AuthorizerConfig,
    GatewayResponseConfig,
    IntegrationConfig,
    IntegrationResponseConfig,
    MethodConfig,
    MethodResponseConfig,
    ModelConfig,
    QuotaConfig,
    RequestValidatorConfig,
    RestApiConfig,
    StageConfig,
    ThrottleConfig,
    UsagePlanConfig,
)
from wsgi_gateway.config.frozen import Declared, FrozenDict, freeze, thaw
from wsgi_gateway.errors import Place

CHANGES: dict[str, Callable[[Any], Any]] = {
    "set an item": lambda d: d.__setitem__("b", 2),
    "delete an item": lambda d: d.__delitem__("a"),
    "clear": lambda d: d.clear(),
    "pop": lambda d: d.pop("a"),
    "popitem": lambda d: d.popitem(),
    "setdefault": lambda d: d.setdefault("b", 2),
    "update": lambda d: d.update(b=2),
    "or-equals": lambda d: d.__ior__({"b": 2}),
}

A_WHOLE_API = RestApiConfig(
    name="pets",
    resources={
        "/pets/{id}": {
            "GET": MethodConfig(
                http_method="GET",
                request_parameters={"method.request.path.id": True},
                method_responses={200: MethodResponseConfig(status_code=200)},
                integration=IntegrationConfig(
                    type="MOCK",
                    request_templates={"application/json": '{"statusCode": 200}'},
                    integration_responses=(IntegrationResponseConfig(status_code=200),),
                ),
                place=Place("api.yaml", 3),
            )
        }
    },
    models={"Pet": ModelConfig(name="Pet", schema={"type": "object", "required": ["name"]})},
    request_validators={"all": RequestValidatorConfig(name="all", validate_request_body=True)},
    authorizers={"token": AuthorizerConfig(name="token")},
    gateway_responses={"THROTTLED": GatewayResponseConfig(response_type="THROTTLED")},
    api_keys=(ApiKeyConfig(id="k", value="hunter2hunter2hunter2"),),
    usage_plans=(
        UsagePlanConfig(
            id="p",
            keys=("k",),
            api_stages=(
                ApiStageConfig(stage="dev", throttle={"*/*": ThrottleConfig(rate_limit=1, burst_limit=2)}),
            ),
            quota=QuotaConfig(limit=1, period="DAY"),
        ),
    ),
    policy={"Statement": [{"Effect": "Allow"}]},
)
EVERY_CONFIG = [getattr(config, name) for name in config.__all__]


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_frozen_dict_refuses(change: Callable[[Any], Any]) -> None:
    frozen = FrozenDict({"a": 1})
    with pytest.raises(TypeError, match="immutable"):
        change(frozen)
    assert frozen == {"a": 1}


def test_a_frozen_dict_is_otherwise_the_dict_it_was_made_of() -> None:
    data = {"a": 1, "b": (2,)}
    frozen = FrozenDict(data)
    assert frozen == data
    assert repr(frozen) == repr(data)
    assert hash(frozen) == hash(FrozenDict(reversed(data.items())))


@pytest.mark.parametrize(
    "twin",
    [copy.copy, copy.deepcopy, lambda d: pickle.loads(pickle.dumps(d))],
    ids=["copy", "deepcopy", "pickle"],
)
@pytest.mark.parametrize(
    "value", [FrozenDict({"a": FrozenDict({"b": (1,)})}), A_WHOLE_API], ids=["dict", "api"]
)
def test_twins_are_equal_and_as_frozen(value: Any, twin: Callable[[Any], Any]) -> None:
    twin_of_it = twin(value)
    assert twin_of_it == value
    assert hash(twin_of_it) == hash(value)
    assert not any_mutable(twin_of_it)


def any_mutable(value: Any) -> bool:
    """Whether anything that can be changed is left anywhere inside."""
    if isinstance(value, FrozenDict):
        return any(any_mutable(item) for item in value.values())
    if isinstance(value, (tuple, frozenset)):
        return any(any_mutable(item) for item in value)
    if is_dataclass(value):
        return any(any_mutable(getattr(value, one.name)) for one in fields(value))
    return isinstance(value, (dict, list, set, bytearray))


@pytest.mark.parametrize(
    "value",
    [
        {"a": [1, {"b": [2]}]},
        [[{"a": {}}]],
        {"a": {1, 2}},
        ({"a": 1},),
        FrozenDict({"a": [1]}),
        {"deep": FrozenDict({"a": {"b": []}})},
    ],
    ids=[
        "dict of lists",
        "list of lists",
        "set inside",
        "tuple of dicts",
        "frozen only outside",
        "frozen half way",
    ],
)
def test_freezing_leaves_nothing_mutable_at_any_depth(value: Any) -> None:
    assert any_mutable(value)
    assert not any_mutable(freeze(value))


def test_what_is_changed_after_freezing_does_not_reach_the_frozen() -> None:
    mine = {"a": [1]}
    frozen = freeze(mine)
    mine["a"].append(2)
    assert frozen == {"a": (1,)}


def test_thawing_gives_plain_dicts_and_lists_that_may_be_changed() -> None:
    plain = {"a": [1, {"b": [2]}], "c": {}}
    thawed = thaw(freeze(plain))
    assert thawed == plain
    assert (type(thawed), type(thawed["a"]), type(thawed["a"][1])) == (dict, list, dict)


def test_scalars_are_frozen_and_thawed_as_themselves() -> None:
    for scalar in (None, True, 0, 1.5, "text", b"bytes"):
        assert freeze(scalar) is scalar
        assert thaw(scalar) is scalar


@dataclass(frozen=True, slots=True, kw_only=True)
class Example(Declared):
    names: Any = ()
    table: Any = field(default_factory=dict)


@pytest.mark.parametrize("given", [["b", "a"], {"a", "b"}, ("b", "a")], ids=["list", "set", "tuple"])
def test_collections_given_to_a_config_are_frozen_at_birth(given: Any) -> None:
    assert not any_mutable(Example(names=given, table={"a": given}))


def test_a_whole_api_has_nothing_mutable_in_it_and_hashes() -> None:
    assert not any_mutable(A_WHOLE_API)
    assert len({A_WHOLE_API, replace(A_WHOLE_API)}) == 1
    assert replace(A_WHOLE_API, name="dogs") != A_WHOLE_API


@pytest.mark.parametrize("kind", EVERY_CONFIG, ids=lambda kind: kind.__name__)
def test_every_config_is_frozen_slotted_keyword_only_and_freezes_what_it_is_given(kind: Any) -> None:
    assert issubclass(kind, Declared)
    assert kind.__dataclass_params__.frozen
    assert "__dict__" not in dir(kind)
    assert all(one.kw_only for one in fields(kind))
    with pytest.raises(TypeError):
        kind("positional")


def test_a_field_cannot_be_set() -> None:
    with pytest.raises(FrozenInstanceError):
        A_WHOLE_API.name = "other"  # type: ignore[misc]


def test_the_place_in_the_document_does_not_make_configs_differ() -> None:
    one, other = (MethodConfig(http_method="GET", place=Place("a.yaml", line)) for line in (1, 2))
    assert one == other
    assert hash(one) == hash(other)
    assert "a.yaml" not in repr(one)


def test_the_value_of_an_api_key_is_in_no_repr() -> None:
    assert "hunter2" not in repr(A_WHOLE_API)


def test_a_stage_freezes_its_variables() -> None:
    variables = {"url": "example.com"}
    stage = StageConfig(variables=variables)
    variables["url"] = "evil.example"
    assert stage.variables == {"url": "example.com"}
