"""Lint of mapping templates: what each rule finds, and what it leaves alone."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from wsgi_gateway.mapping.lint import RULES, Finding, lint

UNQUOTE = r""".replaceAll("\\'", "'")"""


def codes(source: str, **options: str) -> list[str]:
    return [finding.code for finding in lint(source, **options)]


BAD = [
    pytest.param("#if($a)", "syntax", 1, 7, id="a template that is no Velocity"),
    pytest.param(
        "#if($input.path('$.a') == null)x#end", "null-literal", 1, 27, id="null is no word of Velocity"
    ),
    pytest.param(
        """{"a": "$input.params('a')"}""", "unescaped-input", 1, 8, id="a parameter inside a JSON string"
    ),
    pytest.param("""{"a": "$input.path('$.a')"}""", "unescaped-input", 1, 8, id="a value of the payload"),
    pytest.param("""{"a": "x $input.body"}""", "unescaped-input", 1, 10, id="the payload's text"),
    pytest.param(
        """#set($r = $input.path('$'))\n{"a": "$r.x.y"}""",
        "unescaped-input",
        2,
        8,
        id="a member of a variable that holds the payload",
    ),
    pytest.param(
        """[#foreach($e in $input.path('$.l'))"$e.n"#if($foreach.hasNext),#end#end]""",
        "unescaped-input",
        1,
        37,
        id="the variable of a loop over the payload",
    ),
    pytest.param(
        """#set($a = "x")#if($input.body != "")#set($a = "<$input.body>")#end{"a": "$a"}""",
        "unescaped-input",
        1,
        74,
        id="a variable that one way through the template makes dangerous",
    ),
    pytest.param(
        """{"a": "$context.identity.userAgent"}""", "unescaped-input", 1, 8, id="the user agent of the client"
    ),
    pytest.param(
        """{"a": "$context.authorizer.claims.email"}""",
        "unescaped-input",
        1,
        8,
        id="a claim that users choose",
    ),
    pytest.param(
        """{#foreach($k in $input.params().querystring.keySet())"$k":1#if($foreach.hasNext),#end#end}""",
        "unescaped-input",
        1,
        55,
        id="names of query parameters",
    ),
    pytest.param(
        """#define($d)"$input.params('a')"#end{"a": $d}""",
        "unescaped-input",
        1,
        13,
        id="a block, looked at where it prints",
    ),
    pytest.param(
        """{"a": "$util.escapeJavaScript($input.params('a'))"}""",
        "escape-javascript-quote",
        1,
        8,
        id="an apostrophe that is escaped",
    ),
    pytest.param("""{"a": "$input.json('$.a')"}""", "json-in-quotes", 1, 8, id="JSON between quotes"),
    pytest.param("""{"a": $input.path('$.a')}""", "path-for-json", 1, 7, id="a map where JSON is due"),
    pytest.param(
        """#set($r = $input.path('$')){"a": $r}""", "path-for-json", 1, 34, id="the payload as Java prints it"
    ),
    pytest.param(
        """#set($r = $input.path('$')){"a": $r.user, "n": "#if($r.user.age != "")y#end"}""",
        "path-for-json",
        1,
        34,
        id="something whose members are read elsewhere",
    ),
    pytest.param(
        """[#foreach($v in $input.params().header.values())"$v"#if($foreach.hasNext),#end#end]""",
        "unescaped-input",
        1,
        50,
        id="values of headers",
    ),
    pytest.param("$util.urlEncode", "unknown-member", 1, 7, id="a function of $util without its parentheses"),
    pytest.param("  \n", "empty-template", 1, 1, id="nothing but blanks"),
    pytest.param("#set($a = 1)\n## done\n", "empty-template", 1, 1, id="nothing but #set and comments"),
    pytest.param("$nmae", "undefined-name", 1, 1, id="a variable that nothing sets"),
    pytest.param("$util.toJson('a')", "unknown-member", 1, 7, id="a function of AppSync"),
    pytest.param("$input.header", "unknown-member", 1, 8, id="a member that $input does not have"),
    pytest.param("$input.params.id", "unknown-member", 1, 8, id="a function without its parentheses"),
    pytest.param("$input.body.id", "unknown-member", 1, 13, id="a member of a text"),
    pytest.param("$context.identity.sourceIP", "unknown-member", 1, 19, id="a member in the wrong case"),
    pytest.param("$context.sourceIp", "unknown-member", 1, 10, id="a member of another map"),
    pytest.param("$context.status", "unknown-member", 1, 10, id="a member that access logs have"),
    pytest.param(
        "#set($context.responseOverride.headers.a = 1)x",
        "unknown-member",
        1,
        32,
        id="an override that acts on nothing",
    ),
    pytest.param("$input.json('$.a[?(')", "jsonpath-syntax", 1, 13, id="a broken JSONPath"),
    pytest.param(
        "#if($input.params('a'))x#end", "always-true-condition", 1, 5, id="a parameter as condition"
    ),
    pytest.param(
        "#if(!$input.path('$.a'))x#end", "always-true-condition", 1, 6, id="the contrary of a value"
    ),
    pytest.param(
        "#if($context.authorizer.isAdmin)x#end", "always-true-condition", 1, 5, id="the text false is true"
    ),
    pytest.param(
        """#set($r = $input.path('$'))#if($r.next)"$r.next.url"#end""",
        "always-true-condition",
        1,
        32,
        id="a member asked for being there",
    ),
    pytest.param("""{"a": 1,}""", "trailing-comma", 1, 8, id="a comma before the end"),
    pytest.param(
        """[#foreach($e in $input.path('$.l')){"a": 1},#end]""",
        "trailing-comma",
        1,
        44,
        id="a comma after the last turn of a loop",
    ),
    pytest.param(
        """{"a": 1, #if($input.params('b') != "")"b": 2#end}""",
        "trailing-comma",
        1,
        8,
        id="a comma before a member that is optional",
    ),
    pytest.param(
        """{#if($input.params('b') != "")"b": 2#end, "a": 1}""",
        "extra-comma",
        1,
        41,
        id="a comma after a member that is optional",
    ),
    pytest.param(
        """[#foreach($e in $input.path('$.l')){"a": 1}#end]""",
        "missing-comma",
        1,
        36,
        id="turns of a loop without a comma",
    ),
    pytest.param("""{"a": "b" "c": 1}""", "missing-comma", 1, 11, id="two members without a comma"),
    pytest.param("""{"a": , "b": 1}""", "missing-value", 1, 5, id="a member without a value"),
    pytest.param("""{"a": "b}""", "invalid-json", 1, 7, id="a string that is not closed"),
    pytest.param("""{"a": [1}""", "invalid-json", 1, 9, id="a bracket that closes another"),
    pytest.param("""{"a": {"b": 1}""", "invalid-json", 1, 1, id="a bracket that is not closed"),
    pytest.param("""{"a": "b\n"}""", "invalid-json", 1, 7, id="a line end inside a string"),
    pytest.param("#macro(m)x#end#m()", "not-on-aws", 1, 1, id="a macro"),
    pytest.param('#evaluate("x")', "not-on-aws", 1, 1, id="evaluate"),
    pytest.param('#parse("x")', "not-on-aws", 1, 1, id="parse"),
    pytest.param('#include("x")', "not-on-aws", 1, 1, id="include"),
    pytest.param(
        "#set($a = 1)#foreach($i in [$a..$a])x#end", "not-on-aws", 1, 28, id="a range between references"
    ),
    pytest.param("#set($a = 1)#elif($a)", "unknown-directive", 1, 13, id="another language's directive"),
    pytest.param("# set($a = 1) $a", "unknown-directive", 1, 1, id="a blank after the hash"),
    pytest.param("#set(${a} = 1)x", "unreadable-set", 1, 6, id="#set with braces"),
    pytest.param("#foreach($i in [1..1001])x#end", "loop-limit", 1, 16, id="too many turns"),
    pytest.param("x" * (300 * 1024 + 1), "template-size", 1, 1, id="a template that is too large"),
    pytest.param(
        "## lint: disable=nonsense\nx", "unknown-rule", 1, 1, id="a lint comment that names no rule"
    ),
    pytest.param("#define($d)$d$d#end[$d]", "not-checked", 1, 23, id="a block that prints itself"),
]


@pytest.mark.parametrize(("source", "code", "line", "column"), BAD)
def test_a_mistake_is_found_where_it_stands(source: str, code: str, line: int, column: int) -> None:
    found = {(finding.code, finding.line, finding.column) for finding in lint(source)}
    assert (code, line, column) in found


def test_every_rule_has_a_bad_template_here() -> None:
    assert {str(case.values[1]) for case in BAD} == set(RULES)


@pytest.mark.parametrize(("source", "code", "line", "column"), BAD)
def test_a_finding_says_what_to_do_and_shows_the_line(source: str, code: str, line: int, column: int) -> None:
    for finding in lint(source):
        assert finding.message
        assert finding.hint
        assert finding.text == source.split("\n")[finding.line - 1]


ALL_PARAMETERS = r"""
## passes everything on
#set($groups = $input.params())
{
  "payload": $input.json('$'),
  "request": {
  #foreach($part in $groups.keySet())
    #set($values = $groups.get($part))
    "$part": {
    #foreach($nm in $values.keySet())
      "$nm": "$util.escapeJavaScript($values.get($nm)).replaceAll("\\'", "'")"#if($foreach.hasNext),#end

    #end
    }#if($foreach.hasNext),#end

  #end
  },
  "stage": {
  #foreach($nm in $stageVariables.keySet())
    "$nm": "$util.escapeJavaScript($stageVariables.get($nm))"#if($foreach.hasNext),#end

  #end
  },
  "who": {"key": "$context.identity.apiKey", "by": "$context.authorizer.principalId",
          "from": "$context.identity.sourceIp", "arn": "$context.identity.userArn"},
  "what": "$context.httpMethod $context.resourcePath"
}
"""
ALBUM = """
#set($top = $input.path('$'))
{
  "page": $top.album.page,
  "shots": [
#foreach($shot in $top.album.shots)
    {"no": $shot.no, "title": $input.json("$.album.shots[$foreach.index].title")}#if($foreach.hasNext),#end

#end
  ]
}
"""
STREAM = r"""
{
  "StreamName": "$util.escapeJavaScript($input.params('stream')).replaceAll("\\'", "'")",
  "ShardCount": #if($input.path('$.shards') == '') 5 #else $input.path('$.shards') #end,
  "Records": [
    #foreach($each in $input.path('$.records'))
      {"Data": "$util.base64Encode($each.data)", "Key": "$context.requestId"}#if($foreach.hasNext),#end
    #end
  ]
}
"""
EMBEDDED = r"""
#set($inner = "")
#foreach($nm in $input.params().header.keySet())
  #set($inner = "$inner @@$nm@@: @@$util.escapeJavaScript($input.params().header.get($nm))@@")
  #if($foreach.hasNext)
    #set($inner = "$inner,")
  #end
#end
#set($inner = $inner.replaceAll("@@", '"'))
{"stateMachineArn": "arn:x", "input": "{$util.escapeJavaScript($inner).replaceAll("\\'", "'")}"}
"""
BLOCKS = r"""
#define($members)
  {
  #foreach($nm in $from.keySet())
    #set($v = $util.escapeJavaScript($from.get($nm)).replaceAll("\\'", "'"))
    "$nm": "$v"#if($foreach.hasNext),#end
  #end
  }
#end
{
  #set($from = $context.authorizer)
  "authorizer": $members,
  #set($from = $input.params().path)
  "path": $members
}
"""
GOOD = [
    pytest.param(ALL_PARAMETERS, id="all parameters passed on"),
    pytest.param(ALBUM, id="a photo album"),
    pytest.param(STREAM, id="records for a stream"),
    pytest.param(EMBEDDED, id="JSON inside a JSON string, put together piece by piece"),
    pytest.param(BLOCKS, id="a block printed twice"),
    pytest.param("$input.json('$')", id="the payload as it is"),
    pytest.param('{"statusCode": 200}', id="a constant"),
    pytest.param(
        """{#if($input.params('s') == "in")"statusCode": 200#else"statusCode": 500#end}""", id="two ways"
    ),
    pytest.param(
        "#set($context.responseOverride.status = 400)",
        id="an override without a body is a purpose of its own",
    ),
    pytest.param(
        "Action=SendMessage&MessageBody=$util.urlEncode($input.body)", id="a form that is no JSON at all"
    ),
    pytest.param("<a>$input.path('$.a')</a>", id="XML"),
    pytest.param("""{"Key": {"id": {"N": "$input.json('$.n')"}}}""", id="DynamoDB's way to write numbers"),
    pytest.param("""{"a": "#fff", "b": "#1", "c": "5 # 6"}""", id="a hash that is text"),
    pytest.param(r"""{"\$schema": "x"}""", id="an escaped dollar"),
    pytest.param("""#if($input.path('$.a') == $null)x#end""", id="a comparison with a name left unset"),
    pytest.param("""#set($a = $input.params('a'))#if($a && $a != "")x#end""", id="a condition that compares"),
    pytest.param("""#set($a = $input.params('a'))#if($a && $a.length() != 0)x#end""", id="one that measures"),
    pytest.param("""#set($r = $input.path('$'))#if($r.active)x#end""", id="a flag of the payload"),
    pytest.param(
        """#if($input.params('a').matches("[a-z]+")){"a": "$input.params('a')"}#else{}#end""",
        id="a value that was matched",
    ),
    pytest.param(
        """#if($input.params('a') == "x"){"a": "$input.params('a')"}#else{}#end""", id="a value that is known"
    ),
    pytest.param(
        """[#foreach($i in [1..3])#if($foreach.index > 0),#end{"a": $i}#end]""", id="a comma before each turn"
    ),
    pytest.param(
        """#set($sep = "")[#foreach($i in [1..3])$sep{"a": $i}#set($sep = ",")#end]""",
        id="a separator kept in a variable",
    ),
    pytest.param(
        """[#foreach($i in [1..3]){"a": $i}#if($foreach.count != 3),#end#end]""", id="a comma by counting"
    ),
    pytest.param(
        """#set($k = $input.params('k')){"v": #if($k == "a"){"a": 1}#end #if($k == "b"){"b": 1}#end}""",
        id="values of which one is printed",
    ),
    pytest.param(
        """#set($k = $input.params('k')){"v": 1, #if($k == "a")"a": 1#end #if($k != "a")"b": 1#end}""",
        id="a condition and its contrary",
    ),
    pytest.param(
        """#set($k = $input.params('k')){#if($k == "a")"v": 1, #if($k == "a")"a": 1#end #end}""",
        id="a condition inside itself",
    ),
    pytest.param(
        """#set($k = $input.params('k')){"v": 1, #if($k == "a")"a": 1#elseif($k == "b")"b": 1#end}""",
        id="a list of cases that may be complete",
    ),
    pytest.param(
        """#if($input.params('a') == ""){"e": 1}#stop#end{"ok": 1}""", id="an early end of the template"
    ),
    pytest.param(
        """{"a": "$util.escapeJavaScript($input.body.replaceAll("'", ""))"}""",
        id="apostrophes taken out before",
    ),
    pytest.param(
        """#set($s = "$util.escapeJavaScript($input.body) $foreach.parent"){"a": "$s"}""",
        id="a text of which a part is not known",
    ),
    pytest.param("""{"a": "\\"x\\"", "b": "C:\\\\"}""", id="escapes in a JSON string"),
    pytest.param(
        """#if($input.body == ""){"a": 1}#stop#else{"a": 2}#stop#end}}""", id="text that is never reached"
    ),
    pytest.param(
        """#foreach($e in $input.path('$.errors')){"error": 1}#stop#end{"ok": 1}""",
        id="a loop that ends it all",
    ),
    pytest.param("$context.get('stage')$context['stage']", id="members of $context by their names"),
    pytest.param("$context.connectionId $context.routeKey", id="members of WebSocket APIs"),
    pytest.param("$context.requestOverride.note", id="a member of one's own in an override"),
    pytest.param("#foreach($i in [1..1000])x#end", id="as many turns as there may be"),
    pytest.param('#set($q = \'"\'){"a": ${q}b$q}', id="quotes kept in a variable"),
]


@pytest.mark.parametrize("source", GOOD)
def test_a_good_template_has_no_finding(source: str) -> None:
    assert lint(source) == ()


def test_the_hint_is_the_right_form() -> None:
    (finding,) = lint("""{"a": "$!{input.path('$.a')}"}""")
    assert (
        finding.hint
        == f"$util.escapeJavaScript($input.path('$.a')){UNQUOTE}, or $input.json('$.a') without the quotes"
    )


def test_the_hint_heals_the_template() -> None:
    source = """{"a": "<$input.params('a')>"}"""
    (finding,) = lint(source)
    assert lint(source.replace("$input.params('a')", finding.hint)) == ()


@pytest.mark.parametrize(
    ("source", "hint"),
    [
        ("#set($customer = 1)$custmer", "did you mean $customer?"),
        ("$ctx.args", "$ctx is AppSync's"),
        ("$util.escapeJavascript('a')", "did you mean $util.escapeJavaScript?"),
        ("$input.jsn('$')", "did you mean $input.json?"),
        ("$context.requestid", "did you mean $context.requestId?"),
        ("$context.userAgent", "did you mean $context.identity.userAgent?"),
        ("#foreach($i in [1..2])#if($foreach.hasnext),#end#end", "did you mean $foreach.hasNext?"),
        ("#set($a = 1)#forech($i in [1..2])", "did you mean #foreach?"),
    ],
)
def test_a_slip_is_answered_with_the_nearest_name(source: str, hint: str) -> None:
    assert any(finding.hint.startswith(hint) for finding in lint(source))


@pytest.mark.parametrize(
    ("source", "hint"),
    [
        pytest.param("#if($a === 1)x#end", "== and != are the only", id="three equals signs"),
        pytest.param("#if($a = 1)x#end", "== compares", id="one equals sign"),
        pytest.param("#set($a == 1)", "#set takes one =", id="two equals signs in a #set"),
        pytest.param("#if $a x#end", "in parentheses", id="no parentheses"),
        pytest.param("#set(a = 1)", "begin with $", id="no dollar"),
        pytest.param("#set($a = $b ? 1 : 2)", "no ?:", id="a ternary"),
        pytest.param('"${AWS::Region}"', "CloudFormation", id="a placeholder of CloudFormation"),
        pytest.param("#set($a = [1,])", "no comma before", id="a comma at the end of a list"),
        pytest.param("#set($a = {b: 1})", "stand in quotes", id="a key without quotes"),
        pytest.param("#set($a = -$b)", "no sign", id="a sign"),
        pytest.param(r'#set($a = "b\"c")', "does not escape", id="a backslash before a quote"),
        pytest.param("#set($a = 'b)", "never closed", id="a string without its end"),
        pytest.param("a #end", "no #if", id="an end without a beginning"),
        pytest.param("#if($a <> 1)x#end", "!= compares", id="Basic's sign"),
        pytest.param("#foreach($a : $b)x#end", "#foreach($item in $list)", id="Java's loop"),
        pytest.param("#if($a)x#endif", "write #{end}", id="endif"),
        pytest.param("#if($a)x", "#end is missing", id="no end"),
        pytest.param(
            "[#foreach($a in [1..2])#if($foreach.hasNext),#end1#end]", "#{end}", id="end and a digit"
        ),
        pytest.param("#set($a = (1", "a parenthesis or quote", id="a parenthesis"),
        pytest.param("cost: 5 $", "at the very end", id="a dollar at the end"),
        pytest.param("#if($a)x#elif($a == 2)y#end", "#elseif", id="another language's elseif"),
        pytest.param("#for($i = 1)x#end", "#foreach", id="another language's loop"),
        pytest.param("#if($a ~ 1)x#end", "Velocity 1.7", id="anything else"),
    ],
)
def test_an_error_of_syntax_is_answered_with_what_was_meant(source: str, hint: str) -> None:
    (finding,) = lint(source)
    assert finding.code == "syntax"
    assert hint in finding.hint


PAGE = Path(__file__).parents[2] / "docs" / "mapping-lint.md"
SECTION = re.compile(r"^## ([\w-]+)\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
SECTIONS = dict(SECTION.findall(PAGE.read_text(encoding="utf-8")))


def examples(code: str, kind: str) -> list[str]:
    return re.findall(rf"{kind}:\n```text\n(.*?)```", SECTIONS[code], re.DOTALL)


def test_the_page_has_every_rule() -> None:
    assert set(SECTIONS) == set(RULES)


@pytest.mark.parametrize("code", RULES)
def test_the_bad_example_of_the_page_has_the_mistake(code: str) -> None:
    assert all(set(codes(source)) == {code} for source in examples(code, "Wrong"))


@pytest.mark.parametrize("code", RULES)
def test_the_good_example_of_the_page_has_none(code: str) -> None:
    assert [finding for source in examples(code, "Right") for finding in lint(source)] == []


@pytest.mark.parametrize("code", [code for code in RULES if code != "template-size"])
def test_the_page_has_an_example_of_each(code: str) -> None:
    assert len(examples(code, "Wrong")) == len(examples(code, "Right")) == 1


def test_a_template_of_too_many_ways_says_so() -> None:
    assert "not-checked" in codes("[" + "#foreach($a in [1..2])" * 90 + "$a," * 3000 + "#end" * 90 + "]")


def test_a_bound_of_this_package_is_not_told_as_an_error_of_syntax() -> None:
    (finding,) = lint("#if($input.body == '')" * 200 + "x" + "#end" * 200)
    assert (finding.code, "AWS may take" in finding.message) == ("not-checked", True)


def test_a_comment_on_the_line_silences_a_rule() -> None:
    assert codes("""{"a": "$input.body", ## lint: disable=unescaped-input\n"b": "$input.body"}""") == []


def test_a_comment_on_the_line_before_silences_a_rule() -> None:
    source = """{\n## by the model; lint: disable=unescaped-input, trailing-comma\n"a": "$input.body",\n}"""
    assert codes(source) == []


def test_a_comment_silences_no_other_rule_and_no_other_line() -> None:
    source = """{\n## lint: disable=trailing-comma\n"a": "$input.body",\n"b": "$input.body"}"""
    assert [(finding.code, finding.line) for finding in lint(source)] == [
        ("unescaped-input", 3),
        ("unescaped-input", 4),
    ]


def test_lines_may_end_in_any_of_three_ways() -> None:
    places = [(one.line, one.column, one.text) for one in lint("a\r\nb\rc\n  $nope")]
    assert places == [(4, 3, "  $nope")]


def test_what_is_inside_a_string_in_double_quotes_is_looked_at_in_place() -> None:
    (finding,) = lint('#set($a = "x $nope")$a')
    assert (finding.code, finding.column) == ("undefined-name", 14)


@pytest.mark.parametrize("media_type", ["application/xml", "text/html", "text/csv"])
def test_what_is_no_json_is_not_taken_for_json(media_type: str) -> None:
    assert codes("""["$input.body",]""", media_type=media_type) == []


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded"])
def test_a_key_that_names_the_request_says_nothing_about_the_output(media_type: str) -> None:
    # A request template stands under the type of what comes in.
    assert codes("""{"a": "$input.body"}""", media_type=media_type) == ["unescaped-input"]


def test_a_finding_is_a_value() -> None:
    first, second = lint("$nope"), lint("$nope")
    assert first == second
    assert isinstance(first[0], Finding)
    assert hash(first) == hash(second)


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("{" * 100_000, id="brackets"),
        pytest.param("[" + "#foreach($a in $input.path('$'))" * 90 + "#end" * 90 + "]", id="loops"),
        pytest.param("#macro(m $p)#m($p)#m($p)#end[#m(1)]", id="a macro that calls itself twice"),
        pytest.param("{" + "#if($input.body != '')'a',#end" * 800 + "}", id="conditions"),
        pytest.param('["' + "\n" * 250_000 + '"]', id="lines"),
        pytest.param("#" * 250_000, id="hashes"),
    ],
)
def test_a_monstrous_template_ends_in_findings_too(source: str) -> None:
    assert all(finding.code in RULES for finding in lint(source))


def test_the_templates_of_the_language_tests_are_read_without_an_error(cases: list[str]) -> None:
    found = [{finding.code for finding in lint(source)} for source in cases]
    assert len(found) > 1000
    assert set().union(*found) <= set(RULES)


@pytest.fixture
def cases() -> list[str]:
    data = Path(__file__).parent / "data"
    lines = (
        line
        for file in data.glob("velocity_cases.jsonl")
        for line in file.read_text(encoding="utf-8").splitlines()
    )
    return [json.loads(line)["template"] for line in lines]
