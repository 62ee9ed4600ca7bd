"""Trace ids: what a client or a load balancer sent is kept and completed, wherever the root stands in it."""

from __future__ import annotations

import re

import pytest

from wsgi_gateway.identifiers import trace_id

ROOT = "Root=1-67891233-abcdef012345678912345678"
SELF = "Self=1-67891234-12456789abcdef012345678"
NEW = r"Root=1-0000000a-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0"


@pytest.mark.parametrize(
    ("given", "pattern"),
    [
        pytest.param(ROOT, ROOT + r";Parent=[0-9a-f]{16};Sampled=0", id="a root alone is completed"),
        pytest.param(f"{ROOT};Parent=p;Sampled=0", f"{ROOT};Parent=p;Sampled=0", id="a full one is kept"),
        pytest.param(f"{ROOT};Parent=p", f"{ROOT};Parent=p;Sampled=1", id="the choice is added"),
        pytest.param(
            f"{ROOT};Sampled=1", f"{ROOT};Sampled=1;Parent=[0-9a-f]{{16}}", id="the parent is added"
        ),
        pytest.param(
            f"{SELF};{ROOT}",
            f"{SELF};{ROOT};Parent=[0-9a-f]{{16}};Sampled=0",
            id="a load balancer's own goes first",
        ),
        pytest.param(
            f"Parent=p; {ROOT}; Sampled=1", f"Parent=p; {ROOT}; Sampled=1", id="the root stands in the middle"
        ),
        pytest.param("", NEW, id="none is made"),
        pytest.param("nonsense", NEW, id="nonsense is replaced"),
        pytest.param(SELF, NEW, id="without a root it is replaced"),
        pytest.param("NoRoot=1", NEW, id="another name that ends so is none"),
        pytest.param(f"{ROOT}\r\nX: y", NEW, id="a line break is replaced"),
        pytest.param("Root=" + "a" * 300, NEW, id="one without end is replaced"),
    ],
)
def test_a_trace_id(given: str, pattern: str) -> None:
    assert re.fullmatch(pattern, trace_id(given, 10.5))
