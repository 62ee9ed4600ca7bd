"""What an API holds and nobody may see: hidden by whoever has the API, and no part of what the API is."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

import pytest

from wsgi_gateway.config import ApiKeyConfig, IntegrationConfig, MethodConfig, RestApiConfig
from wsgi_gateway.config.check import check
from wsgi_gateway.config.secrets import Secrets, hides_secrets
from wsgi_gateway.errors import ConfigError, Place, Problem

SECRET = "hunter2given"
BESIDE = "of-the-database"
SECRETS = Secrets([SECRET, BESIDE])
INTEGRATION = IntegrationConfig(type="HTTP_PROXY", http_method="GET", uri=f"http://{SECRET}.example/")
API = RestApiConfig(
    api_key_source=SECRET,
    resources={"/a": {"GET": MethodConfig(http_method="GET", integration=INTEGRATION)}},
    secrets=SECRETS,
)


def test_short_ones_are_none_and_cut_ones_are_hidden() -> None:
    secrets = Secrets(["abcd", "abcdefgh", "xyz", ""])
    assert secrets.hidden("abcdefgh 'ABCDEF' xyz") == "**** '****' xyz"
    assert secrets.hidden("") == ""
    assert not Secrets(["abc"])


def test_a_problem_has_asterisks_in_all_of_its_parts() -> None:
    problem = Problem("code", f"no {SECRET}", Place(path=f"$.a[{SECRET!r}]"), f"not {SECRET}")
    told = SECRETS.masked(problem)
    assert str(told) == "$.a['****']: error: no **** [code] (not ****)"
    assert SECRETS.masked(replace(problem, hint=None)).hint is None
    assert Secrets().masked(problem) is problem


def test_two_are_those_of_both() -> None:
    both = Secrets(["first"]) | Secrets(["second"])
    assert both.hidden("first second") == "**** ****"
    assert (Secrets() | both).hidden("first") == (both | Secrets()).hidden("first") == "****"


@pytest.mark.parametrize("given", [5, None, "text", [1], ["text", None]])
def test_what_is_no_list_of_texts_is_refused(given: Any) -> None:
    with pytest.raises(ConfigError, match="secrets are a list of texts"):
        Secrets(given)


def test_an_error_and_warnings_are_hidden_on_their_way_out() -> None:
    warnings = [Problem("kept", SECRET)]
    with pytest.raises(ConfigError) as caught, SECRETS.hiding(warnings):  # noqa: PT012
        warnings.append(Problem("told", SECRET))
        raise ConfigError(f"no {SECRET}")
    assert str(caught.value) == "$: error: no **** [option]"
    assert [problem.message for problem in warnings] == [SECRET, "****"]
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_a_function_of_an_api_tells_none_of_its_secrets() -> None:
    @hides_secrets
    def told(api: RestApiConfig, *, warnings: list[Problem] | None = None, fails: bool = False) -> str:
        """The docstring."""
        if fails:
            raise ConfigError(api.api_key_source)
        (warnings if warnings is not None else []).append(Problem("told", api.api_key_source))
        return api.name

    warnings: list[Problem] = []
    assert told(API, warnings=warnings) == told(api=API) == "api"
    assert [problem.message for problem in warnings] == ["****"]
    with pytest.raises(ConfigError) as caught:
        told(API, fails=True)
    assert SECRET not in str(caught.value)
    assert told.__doc__ == "The docstring."


# ------------------------------------------------------------ a part of the API


def test_they_are_no_part_of_what_an_api_is() -> None:
    plain = replace(API, secrets=Secrets())
    assert plain == API
    assert hash(plain) == hash(API)
    assert replace(API, name="other").secrets is SECRETS


def test_no_repr_has_them() -> None:
    assert repr(SECRETS) == str(SECRETS) == "<Secrets: 2>"
    assert SECRET not in repr(API)
    assert "http://****.example/" in repr(API)
    assert repr(RestApiConfig()) == repr(RestApiConfig(secrets=Secrets(["other"])))
    assert repr(RestApiConfig(name="a")).startswith("RestApiConfig(name='a', id='local', version=None")


def test_no_text_of_all_fields_has_them() -> None:
    unused = replace(API, api_key_source="HEADER", resources={}, secrets=SECRETS)
    text = json.dumps(asdict(unused), default=str)
    assert SECRET not in text
    assert BESIDE not in text


@pytest.mark.parametrize(
    "twin",
    [copy.copy, copy.deepcopy, lambda api: pickle.loads(pickle.dumps(api))],
    ids=["copy", "deepcopy", "pickle"],
)
def test_twins_hide_what_they_have(twin: Callable[[RestApiConfig], RestApiConfig]) -> None:
    twin_of_it = twin(API)
    assert twin_of_it == API
    assert twin_of_it.secrets.hidden(SECRET) == "****"
    assert twin(replace(API, secrets=Secrets())).secrets.hidden(SECRET) == SECRET


def test_a_pickle_has_none_that_are_not_in_the_api_anyway() -> None:
    key = ApiKeyConfig(id="k", name="k", value="\u00e9t\u00e9-" * 6)
    api = replace(API, api_keys=[key], secrets=Secrets([SECRET, BESIDE, key.value]))
    assert BESIDE.encode() not in pickle.dumps(api)
    assert pickle.loads(pickle.dumps(api)).secrets.hidden(f"{SECRET} {key.value}") == "**** ****"


def test_what_is_wrong_with_an_api_is_told_without_them() -> None:
    told = "".join(map(str, check(API)))
    assert "the API key source '****' is unknown" in told
    assert SECRET not in told


@pytest.mark.parametrize("given", [None, "text", ["a list of texts"], 5])
def test_secrets_that_are_none_are_a_problem_and_no_traceback(given: Any) -> None:
    api = replace(API, secrets=given)
    assert [str(problem) for problem in check(api)] == [
        f"$.secrets: error: Secrets was expected, not {type(api.secrets).__name__} [wrong-type]"
    ]
    assert repr(api).startswith("RestApiConfig(")
    assert pickle.loads(pickle.dumps(api)) == api
