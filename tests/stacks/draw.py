"""Random stacks of stages and foreign middlewares, as data that prints."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from typing import Any

LIMIT = 40
"""Bytes of payload that a request or a buffered response may have."""

CHUNKS = (b"", b"a", b"bc", b"d" * (LIMIT + 1))
FOREIGN_KINDS = ("shouting", "heading", "tail call", "copying")


@dataclass(frozen=True)
class Program:
    """An app: what it does when called, what it does as its iterable is read, what its close() does."""

    name: str
    when_called: tuple[Any, ...] = ("start",)
    when_read: tuple[Any, ...] = ()
    shape: str = "iterator"  # or "list", or "generator", whose first half also waits for the first next()
    close_fails: bool = False


@dataclass(frozen=True)
class Hook:
    """What a hook does first, how it ends, and the app it ends with."""

    acts: tuple[str, ...]
    end: str
    app: Program


@dataclass(frozen=True)
class Layer:
    """A stage with up to three hooks, or a foreign middleware."""

    name: str
    foreign: str | None = None
    request: Hook | None = None
    response: Hook | None = None
    exception: Hook | None = None
    buffers: tuple[bool, bool] = (False, False)


@dataclass(frozen=True)
class Stack:
    """A whole case: layers outermost first, the app, the request, and how server and client behave."""

    layers: tuple[Layer, ...]
    app: Program
    length: str = "5"
    own_responder: bool = False
    server_refuses_head: bool = False
    client_leaves_after: int | None = None


def draw_program(rng: random.Random, name: str, *, obedient: bool) -> Program:
    chunks = tuple(rng.choice(CHUNKS) for _ in range(rng.randrange(4)))
    shape = rng.choice(("iterator", "list", "generator"))
    if obedient:
        starts = rng.choice(
            (("start",), ("start", "restart"), ("start", b"written"), ("start", b"w", b"", b"x"))
        )
        if shape != "list" and rng.random() < 0.3:
            return Program(name, (), ("start", *chunks, b"end"), shape)
        return Program(name, starts, chunks, shape)
    wild = ("start", "start", "start", "restart", "again", "raise", "refuse", "halt", b"w", b"")
    called = ("start",) if rng.random() < 0.6 else tuple(rng.choice(wild) for _ in range(rng.randrange(4)))
    if shape == "list":
        return Program(name, called, chunks, shape)
    if rng.random() < 0.5:
        chunks = tuple(rng.choice((*wild, *CHUNKS)) for _ in range(rng.randrange(5)))
    return Program(name, called, chunks, shape, close_fails=rng.random() < 0.25)


ACTS = {
    "request": ("reshape", "reshape afresh", "read body", "respond myself"),
    "response": ("header", "status", "set body", "read body", "drop headers"),
    "exception": (),
}
ENDS = {
    "request": ("go on",) * 5 + ("answer", "return refusal", "raise refusal", "raise", "halt"),
    "response": ("go on",) * 5 + ("answer", "itself", "return refusal", "raise refusal", "raise", "halt"),
    "exception": ("go on",) * 2 + ("answer", "return refusal", "raise refusal", "raise", "halt"),
}


def draw_hook(rng: random.Random, kind: str, name: str, *, obedient: bool) -> Hook | None:
    if rng.random() < 0.35:
        return None
    acts = tuple(act for act in ACTS[kind] if rng.random() < 0.2)
    ends = [end for end in ENDS[kind] if not (obedient and end in ("raise", "halt"))]
    return Hook(acts, rng.choice(ends), draw_program(rng, f"{name}.{kind}", obedient=obedient))


def draw_layer(rng: random.Random, name: str, *, obedient: bool) -> Layer:
    if rng.random() < 0.15:
        return Layer(name, foreign=rng.choice((*FOREIGN_KINDS, "validator") if obedient else FOREIGN_KINDS))
    hooks = {kind: draw_hook(rng, kind, name, obedient=obedient) for kind in ACTS}
    return Layer(name, buffers=(rng.random() < 0.2, rng.random() < 0.2), **hooks)


def draw_stack(rng: random.Random, *, obedient: bool = False) -> Stack:
    layers = tuple(draw_layer(rng, name, obedient=obedient) for name in "ABCDEFG"[: rng.randrange(8)])
    stack = Stack(layers, draw_program(rng, "app", obedient=obedient), own_responder=rng.random() < 0.2)
    if obedient:
        return stack
    return replace(
        stack,
        length=rng.choice(("5", "5", "5", "", "0", "9", "99", "x")),
        server_refuses_head=rng.random() < 0.1,
        client_leaves_after=rng.choice((None, None, None, 0, 1)),
    )
