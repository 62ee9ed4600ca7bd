"""Whatever is handed in as a template, the engine answers: with text or with an error of its own.

Templates are made of pieces of the language, so that most get past the scanner; bodies are JSON of any kind.
"""

from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from wsgi_gateway.mapping.jsonpath import compile_path
from wsgi_gateway.mapping.velocity import Input, TemplateError, Util, compile_template, parse_json
from wsgi_gateway.mapping.velocity.printing import double, json_text

PIECES = r"""
$ $! ${ $!{ } # \ \\ . ! ( ) [ ] { : , .. ' " = == != < >= && || + - * / % ## #* *# #** #[[ ]]#
@ in $v $n $l $m $undef $foreach $foreach.hasNext $v.length() $l[0] $m.a $m['a'] .size() .get(0)
.put('k',$m) .add($l) .keySet() .iterator() .split(',') .replaceAll('(a|b)','$1')
.substring(1,-1) .class .toString() #if($v) #if( #else #elseif($n) #end #set($v= #set(
#foreach($i #foreach($i$l) #macro(q $a) #q($v) #q #@q() #define($v) #evaluate($v)
#evaluate("$v") #break #stop #include('x') #parse #literal() #{end} #{else} 1 -1 0 2147483648
1.5 1e400 'a' "$v" "#if(" true null [1..3] [1..999999999] {} {'a':1} é 😀 $input.body
$input.path('$') $input.json('$..*') $input.path( $input.params() $util.parseJson($v)
$util.urlDecode('%C3') $util.base64Decode('/w==') $util.escapeJavaScript($v)
""".split()
TEMPLATES = st.lists(
    st.sampled_from([*PIECES, " ", "\n", "\r\n", "\t"]) | st.text(max_size=3), max_size=14
).map("".join)
JSON: Any = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
DATA = {"v": "a,b", "n": 7, "l": [3, None, "x"], "m": {"a": {"b": [1.5]}}}


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(template=TEMPLATES, profile=st.sampled_from(["aws", "stock"]), body=JSON)
@example(template="#foreach($i$l)$l.add($l)$l", profile="aws", body=None)
@example(template="$m.put('k',$m)$m$m.hashCode()$m.equals($m)", profile="stock", body=[])
def test_a_template_gives_text_or_an_error_of_ours(template: str, profile: str, body: Any) -> None:
    references = {
        "input": Input(lambda: json_text(body), lambda: {"path": {"v": "x"}}, compile_path),
        "util": Util(),
        "context": {"requestOverride": {"header": {}}},
        **parse_json(json_text(DATA)),
    }
    text, error = "", None
    try:
        text = compile_template(template, profile=profile).render(references, seconds=0.2)
    except TemplateError as refused:
        error = refused
    assert text.encode("utf-8") or not text
    assert error is None or error.__cause__ is None, "an exception of Python's came out of the engine"


@given(st.floats(allow_nan=False, allow_infinity=False))
@example(5e-324)
@example(2e23)
def test_a_printed_double_reads_back_as_itself(value: float) -> None:
    assert float(double(value)) == value


@given(JSON)
def test_what_is_printed_as_json_reads_back(value: Any) -> None:
    assert parse_json(json_text(value)) == value
