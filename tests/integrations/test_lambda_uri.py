"""URIs that invoke functions: what they name, and what is refused."""

from __future__ import annotations

import pytest

from wsgi_gateway.errors import ConfigError
from wsgi_gateway.integrations.lambda_uri import FunctionUri, function_uri, invokes_function

ARN = "arn:aws:lambda:eu-west-1:123456789012:function:pets"
BASE = "arn:aws:apigateway:eu-west-1:lambda:path"
BUFFERED = f"{BASE}/2015-03-31/functions/{ARN}/invocations"
STREAMING = f"{BASE}/2021-11-15/functions/{ARN}/response-streaming-invocations"


@pytest.mark.parametrize(
    ("uri", "qualifier"),
    [
        pytest.param(BUFFERED, None, id="plain"),
        pytest.param(BUFFERED.replace("path/", "path//"), None, id="two slashes"),
        pytest.param(BUFFERED.replace(":pets", ":pets:live"), "live", id="an alias"),
        pytest.param(BUFFERED.replace(":pets", ":pets:42"), "42", id="a version"),
        pytest.param(BUFFERED.replace(":pets", ":pets:$LATEST"), "$LATEST", id="the latest"),
        pytest.param(BUFFERED.replace("arn:aws:", "arn:aws-cn:"), None, id="China"),
    ],
)
def test_a_uri_names_a_function(uri, qualifier):
    assert invokes_function(uri)
    found = function_uri(uri)
    assert (found.name, found.qualifier, found.streams) == ("pets", qualifier, False)


def test_a_streaming_uri_names_one_too():
    assert function_uri(STREAMING, streams=True) == FunctionUri(ARN, "pets", None, True)


@pytest.mark.parametrize(
    "arn",
    [
        pytest.param("", id="nothing"),
        pytest.param("pets", id="a name"),
        pytest.param(ARN + ":", id="an empty alias"),
        pytest.param(ARN + ":a:b", id="two aliases"),
        pytest.param(ARN.replace(":pets", ":"), id="no name"),
        pytest.param(ARN.replace("function", "layer"), id="a layer"),
        pytest.param(ARN.replace("pets", "p ts"), id="a blank in the name"),
        pytest.param(ARN.replace("pets", "x" * 65), id="a name that is too long"),
        pytest.param(ARN + "\n", id="a line's end"),
        pytest.param(ARN + "/../other", id="a way out of the path"),
    ],
)
def test_what_is_no_function_is_refused_in_awss_words(arn):
    with pytest.raises(ConfigError, match="Invalid ARN specified in the request"):
        function_uri(f"{BASE}/2015-03-31/functions/{arn}/invocations")


@pytest.mark.parametrize(("uri", "streams"), [(BUFFERED, True), (STREAMING, False)])
def test_the_transfer_mode_has_to_agree(uri, streams):
    with pytest.raises(ConfigError, match="responseTransferMode"):
        function_uri(uri, streams=streams)


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        (f"{BASE}/2015-03-31/functions/${{stageVariables.arn}}/invocations", True),
        (f"{BASE}/2015-03-31/functions//invocations", True),
        (f"{BASE}/2015-03-31/functions/{ARN}", False),
        (f"{BASE}/2015-03-31/functions/{ARN}/invocation", False),
        (f"{BASE}/2015-03-31/functions", False),
        ("arn:aws:apigateway:eu-west-1:lambda:action/Invoke", False),
        ("arn:aws:apigateway:eu-west-1:sqs:path/2015-03-31/functions/x/invocations", False),
        ("", False),
    ],
)
def test_other_actions_of_lambdas_are_told_apart(uri, expected):
    assert invokes_function(uri) is expected
