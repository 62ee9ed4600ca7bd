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
    pytest.param(
        r"""{"a": "$util.escapeJavaScript($input.body).replaceAll("\'", "'")"}""",
        "escape-javascript-quote",
        1,
        8,
        id="a cure with one backslash, as it comes out of JSON",
    ),
    pytest.param(
        r"""{"a": "$util.escapeJavaScript($input.body).replaceAll("\\\\'", "'")"}""",
        "escape-javascript-quote",
        1,
        8,
        id="a cure with four",
    ),
    pytest.param(
        r"""{"a": "$util.escapeJavaScript($input.body).replace("\\'", "'")"}""",
        "escape-javascript-quote",
        1,
        8,
        id="a regular expression where none is taken",
    ),
    pytest.param(
        r"""{"a": "$util.escapeJavaScript($input.body).replaceFirst("\\'", "'")"}""",
        "escape-javascript-quote",
        1,
        8,
        id="a cure of the first apostrophe alone",
    ),
    pytest.param(
        r"""#set($a = $util.escapeJavaScript($input.body).replaceAll("'", "")){"a": "$a.trim()"}""",
        "escape-javascript-quote",
        1,
        74,
        id="an apostrophe taken away behind its backslash",
    ),
    pytest.param(
        """{"a": $input.params("limit")}""", "unquoted-input", 1, 7, id="a parameter where JSON is due"
    ),
    pytest.param(
        """[#foreach($e in $input.params("a").split(","))$e#if($foreach.hasNext),#end#end]""",
        "unquoted-input",
        1,
        47,
        id="pieces of a parameter where JSON is due",
    ),
    pytest.param("""{"a": $input.body}""", "unquoted-input", 1, 7, id="the payload's text where JSON is due"),
    pytest.param(
        """{"a": $util.escapeJavaScript($input.body)}""",
        "unquoted-input",
        1,
        7,
        id="an escaped text without quotes",
    ),
    pytest.param("a=1&b=$input.params('b')", "unencoded-form-value", 1, 7, id="a parameter in a form"),
    pytest.param("a=$input.json('$')&b=1", "unencoded-form-value", 1, 3, id="JSON in a form"),
    pytest.param(
        """#set($r = $input.path('$'))Action=Send#foreach($to in $r.to)\n&To.$foreach.count=$to#end""",
        "unencoded-form-value",
        2,
        20,
        id="fields of a form in a loop",
    ),
    pytest.param("""{"a": "$input.json('$.a')"}""", "json-in-quotes", 1, 8, id="JSON between quotes"),
    pytest.param("""{"a": $input.path('$.a')}""", "path-for-json", 1, 7, id="a map where JSON is due"),
    pytest.param("""{"a": $input.path("$.a")}""", "path-for-json", 1, 7, id="a path in double quotes"),
    pytest.param("""{"a": $input.path("$")}""", "path-for-json", 1, 7, id="the payload in double quotes"),
    pytest.param("""#set($a = "$input.body $"){"a": "$a"}""", "unescaped-input", 1, 34, id="a dollar behind"),
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
    pytest.param("$input.json(a)", "undefined-name", 1, 13, id="a path without quotes"),
    pytest.param("$input.json()", "unknown-member", 1, 8, id="no path"),
    pytest.param("$input.params().headers.get('x')", "unknown-member", 1, 17, id="a group in the plural"),
    pytest.param("$input.params().get('query')", "unknown-member", 1, 17, id="a group looked up"),
    pytest.param(
        "#set($p = $input.params())$p['queryString'].x", "unknown-member", 1, 29, id="a group of a variable"
    ),
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
    pytest.param(
        "#set($context.requestOverride.query.a = 1)x",
        "unknown-member",
        1,
        31,
        id="an override by another library's name",
    ),
    pytest.param(
        "#set($context.requestOverride['body'] = 1)x",
        "unknown-member",
        1,
        30,
        id="an override that does not exist",
    ),
    pytest.param(
        '#set($context.responseOverride.header = "1")x',
        "unknown-member",
        1,
        32,
        id="an override of all headers by a text",
    ),
    pytest.param("$input.json('$.a[?(')", "jsonpath-syntax", 1, 13, id="a broken JSONPath"),
    pytest.param(
        "$input.body.replaceAll('(a', '')", "regular-expression", 1, 24, id="a bracket that is not closed"
    ),
    pytest.param("$input.body.split('*')", "regular-expression", 1, 19, id="a star that repeats nothing"),
    pytest.param("$input.body.matches('a{')", "regular-expression", 1, 21, id="a brace that Java refuses"),
    pytest.param("$input.body.replaceFirst('(?=a)', '')", "regular-expression", 1, 26, id="a look-ahead"),
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
    pytest.param(
        """{"a": $input.json('$.a')\n"b": 2}""", "missing-comma", 2, 1, id="no comma after a printed value"
    ),
    pytest.param("""{"a": 1\n"b": 2}""", "missing-comma", 2, 1, id="no comma after a number"),
    pytest.param(
        """[#foreach($i in [1..2])$input.json("$.l[$i]") #end]""",
        "missing-comma",
        1,
        24,
        id="printed values of a loop without a comma",
    ),
    pytest.param(
        """{"a": "N##$input.json('$.n')",\n "b": "x"}""",
        "invalid-json",
        1,
        9,
        id="a comment that takes a quote away",
    ),
    pytest.param(
        """{"a": "#if($input.body == "")b#end##c"}""",
        "invalid-json",
        1,
        7,
        id="a string whose end is part of a comment behind a directive",
    ),
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
    pytest.param("https://example.org/?a=1&b=$input.params('b')", id="a URL is no form"),
    pytest.param("a=$util.urlEncode($input.body)&$input.params('more')&c=1", id="whole fields in a form"),
    pytest.param("""a=1&b=$util.urlEncode("$input.body")&c=$stageVariables.c""", id="a form"),
    pytest.param(
        r"""{"a": "$util.escapeJavaScript($input.body).replace("\'", "'")"}""",
        id="a cure that is no regular expression",
    ),
    pytest.param(
        r"""{"a": "$util.escapeJavaScript($input.body).replaceAll('\\''', '''')"}""",
        id="a cure in single quotes",
    ),
    pytest.param(
        r"""{"a": "$util.escapeJavaScript($input.body).replaceAll("\n", " ").replaceAll("\\'", "")"}""",
        id="a cure after another replacement",
    ),
    pytest.param(
        r"""{"a": "$util.escapeJavaScript($input.body).replaceAll("[^a-z ]", "")"}""",
        id="all that could do harm taken out",
    ),
    pytest.param(
        """{"a": #if($input.params('a').matches("[0-9]+"))$input.params('a')#{else}0#end}""",
        id="a number that was matched",
    ),
    pytest.param("""{"a": $context.authorizer.level}""", id="a number of an authorizer"),
    pytest.param("""{"a": "$context.authorizer.principalId"}""", id="the principal"),
    pytest.param("""{"a": "#[[##]]#1"}""", id="hashes that are no comment"),
    pytest.param("""{"a": 1, ## the "first"\n"b": 2}""", id="a comment between members"),
    pytest.param("""{"a": "one ## and\n two"}""", id="a comment that joins lines of a string"),
    pytest.param("""{"a": $input.json("$.a") #if($input.body != ""), "b": 2#end}""", id="a comma in an #if"),
    pytest.param(
        "#set($p = $input.params())#set($p = {})$p.a $input.params().header.a", id="a variable of two uses"
    ),
    pytest.param("$input.body.split('[,;]+')", id="a regular expression"),
    pytest.param(
        r"""{"a": "$util.escapeJavaScript($input.body).replaceAll("\\'", $stageVariables.quote)"}""",
        id="a cure whose replacement is not known",
    ),
    pytest.param(
        """#define($unread)$input.params()#end#set($context.requestOverride.header = $input.params())x""",
        id="an override of all headers by a map",
    ),
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


@pytest.mark.parametrize(
    ("condition", "comparison"),
    [
        pytest.param("!$input.params('a')", "#if($input.params('a') == \"\")", id="not"),
        pytest.param("!!$input.params('a')", "#if($input.params('a') != \"\")", id="not not"),
        pytest.param("!($input.params('a') && 1 == 1)", "#if($input.params('a') != \"\")", id="not both"),
    ],
)
def test_the_comparison_means_what_the_condition_meant(condition: str, comparison: str) -> None:
    (finding,) = lint(f"#if({condition})x#end")
    assert finding.hint == f"compare it: {comparison}"


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        pytest.param("(a", 'AWS answers 500, because "(a" is no regular expression', id="wrong everywhere"),
        pytest.param(r"\y", "AWS answers 500", id="an escape that Java does not know"),
        pytest.param("(?<=a)b", "runs on AWS and not in this package, which has no look", id="look-behind"),
        pytest.param("(?<!a+)b", "runs on AWS and not in this package, which has no", id="and a long one"),
        pytest.param(r"(a)\1", "which has no back-references", id="a back-reference"),
        pytest.param("a++", "which has no possessive quantifiers", id="a possessive quantifier"),
        pytest.param("[a-z&&[^b]]", "which has no classes in classes", id="a class in a class"),
        pytest.param("a{2000}", 'does not run "a{2000}", which AWS may take', id="a bound of RE2"),
        pytest.param("a" * 5000, "longer than 4000 characters", id="a bound of this package"),
        pytest.param("(" * 3000, "which AWS may take", id="brackets, brackets"),
    ],
)
def test_a_regular_expression_is_told_by_who_runs_it(pattern: str, words: str) -> None:
    (finding,) = lint(f"$input.body.matches('{pattern}')")
    assert words in finding.message


def test_a_cure_that_does_not_help_is_shown_at_work() -> None:
    (finding,) = lint(r"""{"a": "$util.escapeJavaScript($input.body).replaceAll("\'", "'")"}""")
    assert r"O'Hara prints as O\'Hara" in finding.message
    assert finding.hint == f"write {UNQUOTE} in its place, with two backslashes"


@pytest.mark.parametrize("name", ["body", "util.escapeJavaScript($input.body)"])
def test_of_a_cure_that_does_not_run_nothing_else_is_said(name: str) -> None:
    source = f"""{{"a": "${name}.replaceAll("('", "")"}}""".replace("$body", "$input.body")
    assert codes(source) == ["regular-expression"]


def test_a_value_is_not_told_twice() -> None:
    (finding,) = lint("""{"a": "$input.path("$.a[$foreach.index]")"}""")
    assert finding.message.startswith('$input.path("$.a[$foreach.index]") stands in a JSON string')


def test_the_body_in_place_of_json_is_answered_with_the_payload() -> None:
    (finding,) = lint("""{"a": $input.body}""")
    assert lint(finding.text.replace("$input.body", finding.hint)) == ()


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
        ("$inputs.body", "did you mean $input?"),
        ("$inputRoot.a", "#set($inputRoot = $input.path('$')) before"),
        ("$context.responseOverride.headers.a", "did you mean $context.responseOverride.header?"),
        ("$context.requestOverride.query.a", "did you mean $context.requestOverride.querystring?"),
        ("$context.requestOverride.url", "$context.requestOverride has header, path, querystring"),
        ("$input.params().headers", "did you mean $input.params().header?"),
        ("$input.params().queryParams", "did you mean $input.params().querystring?"),
        ("$input.params().id", "$input.params('id') finds"),
        ("$input.params(id)", "$input.params('id')"),
        ("#set $x = 1", "#set takes parentheses"),
        ("$input.body.matches('(?<!a)b')", "write it without that"),
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
        pytest.param(r'$a.replaceAll("\"", "")', """write '"' for one""", id="and in an argument"),
        pytest.param(r"$input.path(\"$.a\")", "needs no backslash", id="a template that was escaped twice"),
        pytest.param("$input.json($.a)", "stands in quotes", id="a path without quotes"),
        pytest.param("#set($a = $input.path($.a))", "stands in quotes", id="and inside an expression"),
        pytest.param("#set($a = 'b)", "never closed", id="a string without its end"),
        pytest.param("a #end", "no #if", id="an end without a beginning"),
        pytest.param("#if($a <> 1)x#end", "!= compares", id="Basic's sign"),
        pytest.param("#foreach($a : $b)x#end", "#foreach($item in $list)", id="Java's loop"),
        pytest.param("#if($a)x#endif", "write #{end}", id="endif"),
        pytest.param("#if($a)x", "#end is missing", id="no end"),
        pytest.param(
            "[#foreach($a in [1..2])#if($foreach.hasNext),#end1#end]", "#{end}", id="end and a digit"
        ),
        pytest.param("#set($a = (1", "parenthesis", id="a parenthesis"),
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
        pytest.param('#m($input.path("#if("))', id="a broken string in a call of nothing"),
        pytest.param("$a.matches('" + "(" * 100_000 + "')", id="a monstrous regular expression"),
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
