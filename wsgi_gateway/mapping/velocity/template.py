"""`compile_template`, and the `Template` it gives.

Compiled templates are kept, the least recently used going first; the same text in the same profile is
compiled once::

    >>> from wsgi_gateway.mapping.velocity import compile_template
    >>> template = compile_template('#set($who = $input.name)Hello $who!')
    >>> template.render({'input': {'name': 'Ada'}})
    'Hello Ada!'
"""

import re
import time
import types
from collections.abc import Mapping
from functools import lru_cache
from sys import getsizeof
from typing import Any

from wsgi_gateway.mapping.velocity import arithmetic, budget, methods, printing, runtime, strings, values
from wsgi_gateway.mapping.velocity.compiler import Compiler, NotPlain
from wsgi_gateway.mapping.velocity.errors import Refusal, TemplateRuntimeError, syntax_error
from wsgi_gateway.mapping.velocity.hosts import HOST_GLOBALS
from wsgi_gateway.mapping.velocity.observed import Observation, ObservedRender
from wsgi_gateway.mapping.velocity.unknown import WATCHED_LOOKUPS

_EVALUATED = 64
_MAX_PROGRAM = 1_000_000
"""Characters of generated code."""
_PROGRAM = 160
"""Bytes that Python takes to compile a character of it, at most."""
PROFILES = ("aws", "stock")
_GATEWAY_NAMES = frozenset(("input", "context", "stageVariables", "util"))
_SURROGATE = re.compile("[\ud800-\udfff]")
_GLOBALS: dict[str, Any] = {
    # Names of the module are found a little faster than built-in ones.
    "__builtins__": {},
    **{kind.__name__: kind for kind in (type, str, int, float, dict, bool, range, enumerate)},
    "len": len,
    "repr": repr,
    "missing": (KeyError, TypeError, IndexError),
    "Output": budget.Output,
    "join": budget.join,
    **HOST_GLOBALS,
    "L": 2**53,
    "LISTS": frozenset((list, values.JsonArray)),
    "map_key": values.map_key,
    "text": printing.text,
    **{
        name: getattr(methods, name)
        for name in ("call", "get_property", "get_index", "set_property", "set_index")
    },
    **{
        name: getattr(arithmetic, name)
        for name in ("add", "subtract", "multiply", "divide", "modulo", "equal")
    },
    **{
        name: getattr(arithmetic, name)
        for name in ("not_equal", "less", "less_equal", "greater", "greater_equal")
    },
    **{
        name: getattr(runtime, name)
        for name in (
            "iterable",
            "number_range",
            "watched",
            "fail",
            "raise_break",
            "Stop",
            "ScopeBreak",
            "WRONG",
        )
    },
}


class Template:
    """A compiled template. It may be shared by threads; a rendering shares nothing."""

    def __init__(self, source: str, profile: str, name: str, code: "_Code") -> None:
        self.source = source
        self.profile = profile
        self.name = name
        self._code = code

    @property
    def references(self) -> frozenset[str]:
        """The names the template reads at its top level; with `#evaluate`, any of the gateway's besides."""
        return self._code.references

    def render(self, references: Mapping[str, Any], *, seconds: float = runtime.SECONDS) -> str:
        """The template's text with these values, or `TemplateRuntimeError`."""
        code, out = self._code, budget.Output()
        macros = code.macros.copy() if code.macros or code.everything else code.macros
        try:
            variables = references if code.plain else code.variables(references)
            render = code.render(out, macros, self._evaluated, time.monotonic() + seconds, variables)
            return _clean(self._run(render))
        except TemplateRuntimeError as error:
            raise self._placed(error.message, error) from None
        except RecursionError as error:
            raise self._placed("values or macros are nested too deeply", error) from None
        except Exception as error:
            raise self._placed(f"{type(error).__name__}: {error}"[:300], error) from error

    def _run(self, render: runtime.Render) -> str:
        out = render.out
        before = budget.start(render)
        try:
            self._code.function(render, render.variables, out.append)
            return out.text(budget.LARGE)
        except runtime.Stop as stop:
            out.extend(getattr(stop, "partial", ()))
            return out.text(budget.LARGE)
        finally:
            budget.start(before)

    def observe(self, references: Mapping[str, Any], *, seconds: float = runtime.SECONDS) -> Observation:
        """Render a template that was compiled with `observed`, and tell of every step.

        Raises nothing for what the template does: `error` has it.
        """
        code, out, failed = self._code, budget.Output(), None
        end = time.monotonic() + seconds
        render = ObservedRender(out, code.macros.copy(), self._evaluated, end, code.variables(references))
        try:
            self._run(render)
        except TemplateRuntimeError as error:
            failed = self._placed(error.message, error)
        except RecursionError as error:
            failed = self._placed("values or macros are nested too deeply", error)
        except Exception as error:
            failed = self._placed(f"{type(error).__name__}: {error}"[:300], error)
        text = _clean("".join(out))
        return Observation(text, tuple(render.seen), failed, render.complete)

    def _evaluated(self, source: str, macros: frozenset[str]) -> "_Code":
        budget.charge(_EVALUATED * len(source))
        compiled = _evaluated if len(source) <= budget.SMALL else _Code
        try:
            return compiled(source, self.profile, macros, True)
        except Refusal as refusal:
            raise TemplateRuntimeError(f"in #evaluate: {refusal.message}") from None
        except (RecursionError, MemoryError, SyntaxError) as error:
            raise TemplateRuntimeError(f"#evaluate is too complex ({type(error).__name__})") from None

    def _placed(self, message: str, error: BaseException) -> TemplateRuntimeError:
        """Say where in the template the generated code was."""
        frame, offset = error.__traceback__, None
        while frame is not None:
            if frame.tb_frame.f_code.co_filename == self._code.filename:
                offset = self._code.marks.get(frame.tb_lineno, offset)
            frame = frame.tb_next
        if offset is None:
            return TemplateRuntimeError(message, name=self.name)
        place = syntax_error(self.source, self.name, Refusal(message, offset))
        return TemplateRuntimeError(message, name=self.name, line=place.line, column=place.column)


runtime.Render.top = Template._run.__code__


class _Code:
    """What the compiler made of one text: functions, and what they need to know."""

    def __init__(
        self, source: str, profile: str, macros: frozenset[str], shared: bool, observed: bool = False
    ) -> None:
        aws = profile == "aws"
        try:
            compiler = Compiler(source, aws, macros, shared, observed)
        except NotPlain:
            compiler = Compiler(source, aws, macros, True, observed)
        self.text, self.marks = compiler.module()
        if len(self.text) > _MAX_PROGRAM:
            raise Refusal("the template is too large", len(source))
        budget.charge(_PROGRAM * len(self.text))  # an `#evaluate` is on its rendering's account
        self.filename = f"<velocity {id(self):x}>"
        module = _GLOBALS | {name: text for text, name in compiler.texts.items()}
        module |= WATCHED_LOOKUPS if observed else {}
        exec(compile(self.text, self.filename, "exec"), module)  # the text is ours: see writer.py
        self.function: types.FunctionType = module["render"]
        self.macros: dict[str, runtime.Macro] = {}
        for name, parameters, function in compiler.macros:
            self.macros.setdefault(name, (parameters, module[function]))
        self.everything = compiler.survey.everything
        self.plain = compiler.plain
        self.render = ObservedRender if observed else runtime.Render
        self.references = frozenset(compiler.names) | (_GATEWAY_NAMES if self.everything else frozenset())

    def variables(self, references: Mapping[str, Any]) -> dict[str, Any]:
        """The rendering's own dict of variables. A plain template needs none: it only reads."""
        if self.everything:
            return dict(references)
        return {name: references[name] for name in self.references if name in references}


def _clean(text: str) -> str:
    """Half a character cannot be sent: it becomes a replacement character."""
    # Half a character takes two bytes, and so do all others of its text.
    if text.isascii() or getsizeof(text) < 2 * len(text) or not _SURROGATE.search(text):
        return text
    return budget.in_slices(_whole, strings.whole_pieces(text))


def _whole(text: str) -> str:
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


@lru_cache(maxsize=64)
def _evaluated(source: str, profile: str, macros: frozenset[str], shared: bool) -> _Code:
    """Apart from the templates of the API and only short ones: these may be made of a caller's data."""
    return _Code(source, profile, macros, shared)


@lru_cache(maxsize=1024)
def _compiled(source: str, profile: str, observed: bool) -> _Code:
    return _Code(source, profile, frozenset(), False, observed)


def compile_template(
    source: str, *, profile: str = "aws", name: str = "<template>", observed: bool = False
) -> Template:
    """Compile a template for `profile`: `aws` (API Gateway) or `stock` (Apache Velocity 1.7).

    `observed`: so that its `observe` works. Raises `TemplateSyntaxError`.
    """
    if profile not in PROFILES:
        raise ValueError(f"profile must be one of {PROFILES}, not {profile!r}")
    try:
        return Template(source, profile, name, _compiled(source, profile, observed))
    except Refusal as refusal:
        raise syntax_error(source, name, refusal) from None
    except (RecursionError, MemoryError, SyntaxError) as error:
        refused = Refusal(f"the template is too complex ({type(error).__name__})", 0)
        raise syntax_error(source, name, refused) from None
