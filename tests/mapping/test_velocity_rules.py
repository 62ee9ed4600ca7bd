"""Rules of Velocity 1.7 and of Java beyond the shared cases; Velocity itself printed every expected text."""

import copy
from typing import Any

import pytest

from wsgi_gateway.mapping.velocity import TemplateRuntimeError, TemplateSyntaxError, compile_template
from wsgi_gateway.mapping.velocity.printing import double

DATA: dict[str, Any] = {
    "n": 7,
    "d": 2.5,
    "huge": 2**70,
    "third": 1 / 3,
    "t": True,
    "s": "Hello World",
    "e": "",
    "csv": "a,b,,c,,",
    "crlf": "cr\r\nlf",
    "l": ["b", "a"],
    "m": {"a": 1, "b": "two", "c": 3},
}


def rendered(source: str, profile: str = "aws", **more: Any) -> str:
    return compile_template(source, profile=profile).render({**copy.deepcopy(DATA), **more})


def cases(*pairs: tuple[str, str, str]) -> Any:
    return pytest.mark.parametrize(
        ("source", "expected"), [pytest.param(source, text, id=name) for name, source, text in pairs]
    )


@cases(
    ("of openers before a dot only the dot is left", "$!.x", ".x"),
    ("the backslash before such openers goes as well", "\\$!.x", ".x"),
    ("two openers leave one", "$!!.x", "$!.x"),
    ("a dollar before a blank comes back with its backslashes", "\\\\$ x", "\\\\$ x"),
    ("a comment of three stars and a hash is closed", "x#***#y", "xy"),
    ("a dollar before such a comment stays", "$#***#x", "$x"),
    ("a comment that is never closed ends with the template", "x#* a", "x"),
    ("a parenthesis that opens no call may hold a directive", "$e.y(#foreach($i in $l)$i#end", "(ba"),
    ("include without parentheses includes nothing", "a#include b", "a b"),
    ("literal with an argument shows the argument's source", "#literal($n)x#end", "$n"),
)
def test_scanner_and_grammar(source: str, expected: str) -> None:
    assert rendered(source) == expected


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("#*", id="a comment opened at the very end"),
        pytest.param("x#*#", id="a comment whose hash is at the very end"),
        pytest.param("#literal()#end", id="literal with nothing to show"),
        pytest.param("#nosuch({i})", id="a word in braces among arguments"),
        pytest.param("#foreach($i$$#33 in $l)#end", id="a number behind openers"),
    ],
)
def test_is_refused_at_load(source: str) -> None:
    with pytest.raises(TemplateSyntaxError):
        compile_template(source)


def test_an_end_that_is_missing_is_told_at_the_last_character() -> None:
    with pytest.raises(TemplateSyntaxError, match="unexpected end") as caught:
        compile_template("a\n#if($x)b")
    assert (caught.value.line, caught.value.column) == (2, 8)


@cases(
    ("a character equals the string that looks like it", "#if($s.charAt(0) == 'H')y#{else}n#end", "y"),
    ("also the other way round", "#if('H' == $s.charAt(0))y#{else}n#end", "y"),
    ("two characters are equal by value", "#if($s.charAt(2) == $s.charAt(3))y#{else}n#end", "y"),
    ("different characters are not", "#if($s.charAt(0) != $s.charAt(1))y#{else}n#end", "y"),
    (
        "a string never equals() a character",
        "$s.charAt(0).equals('H') $l.contains($l[0].charAt(0))",
        "false false",
    ),
    ("a character equals() its like", "$s.charAt(2).equals($s.charAt(3))", "true"),
    (
        "the pieces of toCharArray compare with strings",
        "#foreach($c in $s.toCharArray())#if($c == ' ')_#end#end",
        "_",
    ),
)
def test_characters(source: str, expected: str) -> None:
    assert rendered(source) == expected


@cases(
    (
        "retainAll on the keys takes the others out of the map",
        "$m.keySet().retainAll(['a']) $m",
        "true {a=1}",
    ),
    ("removeAll on the keys", "$m.keySet().removeAll(['a', 'q']) $m", "true {b=two, c=3}"),
    ("removeAll that finds nothing says so", "$m.values().removeAll([9]) $m.size()", "false 3"),
    ("remove on the values takes one entry", "$m.values().remove(3) $m", "true {a=1, b=two}"),
    (
        "an iterator over the keys removes from the map",
        "#set($i = $m.keySet().iterator())$i.next()$i.next()$!i.remove() $m",
        "ab {a=1, c=3}",
    ),
    (
        "replace of a key with a certain value",
        "$m.replace('a', 1, 5) $m.replace('b', 1, 5) $m",
        "true false {a=5, b=two, c=3}",
    ),
    ("toArray gives an array", "$l.toArray().size() $l.toArray('x').get(1)", "2 a"),
    ("an index beyond int finds no method", "[$l[6854775808]]", "[]"),
)
def test_collections(source: str, expected: str) -> None:
    assert rendered(source) == expected


@cases(
    ("compareTo within a class", "$n.compareTo(8) $d.compareTo(2.5) $t.compareTo(false)", "-1 0 1"),
    ("static hashCode of a number", "$n.hashCode(2) $t.hashCode(false)", "2 1237"),
    ("a float prints as a float", "$d.floatValue() $third.floatValue()", "2.5 0.33333334"),
    ("the narrow views of a BigInteger", "$huge.shortValue() $huge.byteValue()", "0 0"),
    ("bytes by the name of a charset", "$s.getBytes('UTF-8').size() $s.getBytes('ISO-8859-1')[0]", "11 72"),
    ("a list of strings is joined", "$e.join('-', $l) $e.join('', $m.keySet())", "b-a abc"),
    ("strings are joined", "$e.join('-', 'x') $e.join(', ', 'x', 'y', 'z')", "x x, y, z"),
    ("nothing is joined as nothing", "$e.join('-', ['x', $n.foo.bar])", "x-"),
    ("static methods of a character", "$s.charAt(0).compare($s.charAt(0), $s.charAt(1))", "-29"),
    ("startsWith behind a negative offset is false", "$s.startsWith('H', -1)", "false"),
)
def test_scalars(source: str, expected: str) -> None:
    assert rendered(source) == expected


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("$n.compareTo('7')", id="compareTo of an Integer with a String"),
        pytest.param("$n.compareTo(5000000000)", id="compareTo of an Integer with a Long"),
        pytest.param("$d.compareTo(2)", id="compareTo of a Double with an Integer"),
        pytest.param("$s.compareTo(2)", id="compareTo of a String with an Integer"),
        pytest.param("$e.join('-', [1])", id="numbers are not joined"),
        pytest.param("$m.keySet().add('x')", id="add to the keys of a map"),
        pytest.param("$s.getBytes('nowhere')", id="an unknown charset"),
        pytest.param("#parse", id="parse without a name"),
        pytest.param("$s.split('{')", id="a brace that repeats nothing"),
        pytest.param("$s.matches('o(?s)+')", id="a repeated flag"),
        pytest.param("$s.matches('\\C')", id="an escape that only RE2 knows"),
        pytest.param("$s.matches('\\0')", id="an octal escape without digits"),
        pytest.param("$s.replaceAll('o', $n.foo)", id="a null replacement that is wanted"),
    ],
)
def test_fails_when_it_runs(source: str) -> None:
    with pytest.raises(TemplateRuntimeError):
        rendered(source, "stock")


@pytest.mark.parametrize(
    "source",
    [
        pytest.param(
            "$s.matches('[a[b]]')", id="a class in a class, which RE2 would take for something else"
        ),
        pytest.param("$s.matches('[a-z&&l]')", id="the intersection of classes"),
        pytest.param("$s.matches('(?U)l')", id="a flag that means another thing to RE2"),
        pytest.param("$s.matches('[\\H]')", id="a negated class in a class"),
    ],
)
def test_what_the_engine_would_misread_is_refused_not_guessed(source: str) -> None:
    with pytest.raises(TemplateRuntimeError, match="not supported"):
        rendered(source)


@cases(
    ("an empty match is replaced once", "$s.replaceAll('$', '!')", "Hello World!"),
    ("so is each boundary of a word", "$s.replaceAll('\\b', '|')", "|Hello| |World|"),
    ("the dot stops at any line end", "$crlf.replaceAll('.', '-')", "--\r\n--"),
    ("unless it is told not to", "$crlf.replaceAll('(?s).', '-')", "------"),
    ("a flag may be taken back", "$crlf.replaceAll('(?s-s).', '-')", "--\r\n--"),
    ("one line end of any kind", "$crlf.replaceAll('\\R', '|')", "cr|lf"),
    ("blanks within a class", "$s.replaceAll('[\\h,]', '_')", "Hello_World"),
    ("what is no blank", "$s.replaceAll('\\S', '.') $s.replaceAll('[\\Sx]', '.')", "..... ..... ..... ....."),
    (
        "letters by POSIX name",
        "$s.replaceAll('\\p{Upper}', 'x') $s.replaceAll('\\P{Alpha}', '_')",
        "xello xorld Hello_World",
    ),
    ("letters by Unicode name", "$s.replaceAll('\\p{Lu}', 'x') $s.replaceAll('\\pL', '')", "xello xorld  "),
    ("quoted text", "$csv.replaceAll('\\Q,,\\E', ';')", "a,b;c;"),
    ("quoted to the end", "$csv.replaceAll('\\Q,,', ';')", "a,b;c;"),
    ("characters by number", "$s.replaceAll('\\x48|\\x{65}|\\0157|\\u006C', '.')", "..... W.r.d"),
    ("escapes that RE2 lacks", "$s.replaceAll('\\e|\\_', 'x')", "Hello World"),
    ("a bracket may stand first in its class", "$s.replaceAll('[]o]', '0')", "Hell0 W0rld"),
    ("nothing to replace asks for no replacement", "$s.replaceAll('q', $n.foo)", "Hello World"),
    (
        "an empty match at the end splits if there is a limit",
        "$e.split(',', -1).size() $l[0].split('', -1).size()",
        "1 2",
    ),
    ("and is dropped without", "$s.split('').size()", "11"),
)
def test_regular_expressions(source: str, expected: str) -> None:
    assert rendered(source, "stock") == expected


@cases(
    ("numbers with leading zeros", "$e.format('%05d|%5d|%-5d|%+d', 42, 42, 42, 42)", "00042|   42|42   |+42"),
    ("negative numbers", "$e.format('%d %(d %05d', -7, -7, -7)", "-7 (7) -0007"),
    ("thousands", "$e.format('%,d %,.2f', 1234567, 9876.5)", "1,234,567 9,876.50"),
    (
        "decimals are rounded half up as printed",
        "$e.format('%.2f %.0f %.1f', 1.005, 0.5, 2.25)",
        "1.01 1 2.3",
    ),
    ("six decimals unless told", "$e.format('%f', $d)", "2.500000"),
    ("exponents", "$e.format('%e %.1e %E', 1234.5, 0.0, 9.99)", "1.234500e+03 0.0e+00 9.990000E+00"),
    ("an exponent that grows by rounding", "$e.format('%.1e', 9.99)", "1.0e+01"),
    ("other bases", "$e.format('%x %X %o %#x %x', 255, 255, 8, 255, -1)", "ff FF 10 0xff ffffffff"),
    (
        "a large number in another base",
        "$e.format('%x %+x', $huge, $huge)",
        "400000000000000000 +400000000000000000",
    ),
    (
        "text cut and padded",
        "$e.format('[%5s][%-5s][%.2s][%S]', 'ab', 'ab', 'abc', 'ab')",
        "[   ab][ab   ][ab][AB]",
    ),
    ("truth and characters", "$e.format('%b %B %c %c', true, 5, 65, $s.charAt(0))", "true TRUE A H"),
    ("arguments by number", "$e.format('%2$s %1$s %<s %s', 'a', 'b')", "b a a a"),
    ("an array is all the arguments", "$e.format('%s-%s', $csv.split(','))", "a-b"),
    ("a line end and a percent sign", "$e.format('50%%%n')", "50%\n"),
    (
        "what is no number",
        "#set($x = $d.valueOf('NaN'))$e.format('%.1f %f', $x, $d.valueOf('-Infinity'))",
        "NaN -Infinity",
    ),
    ("a BigDecimal", "#set($x = $huge * 0.5)$e.format('%.1f', $x)", "590295810358705651712.0"),
)
def test_format(source: str, expected: str) -> None:
    assert rendered(source) == expected


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("$e.format('%d', 1.5)", id="a double where a whole number is wanted"),
        pytest.param("$e.format('%f', 1)", id="a whole number where a double is wanted"),
        pytest.param("$e.format('%x', 1.5)", id="a double in another base"),
        pytest.param("$e.format('%s %s', 'a')", id="an argument is missing"),
        pytest.param("$e.format('%3$s', 'a')", id="an argument of that number is missing"),
        pytest.param("$e.format('%y', 'a')", id="an unknown conversion"),
        pytest.param("$e.format('50%')", id="a percent sign alone"),
        pytest.param("$e.format('%-d', 1)", id="a flag that wants a width"),
        pytest.param("$e.format('%+ d', 1)", id="two signs"),
        pytest.param("$e.format('%+s', 1)", id="a sign for text"),
        pytest.param("$e.format('%.1d', 1)", id="decimals of a whole number"),
        pytest.param("$e.format('%,e', 1.5)", id="thousands of an exponent"),
        pytest.param("$e.format('%+x', 1)", id="a sign for bits"),
        pytest.param("$e.format('%c', 'ab')", id="a string where a character is wanted"),
        pytest.param("$e.format('%.1c', 65)", id="decimals of a character"),
        pytest.param("$e.format('%5n')", id="a width for a line end"),
        pytest.param("$e.format('%-n')", id="a flag for a line end"),
        pytest.param("$e.format('%+5%')", id="a sign for a percent sign"),
        pytest.param("$e.format('%.1n')", id="decimals of a line end"),
        pytest.param("$e.format($n.foo, 1)", id="no pattern"),
    ],
)
def test_format_fails_as_in_java(source: str) -> None:
    with pytest.raises(TemplateRuntimeError):
        rendered(source, "stock")


@pytest.mark.parametrize("conversion", ["d", "x", "f", "s"])
def test_format_of_null_says_null(conversion: str) -> None:
    assert rendered(f"$e.format('%{conversion}%s', $n.foo, 1)", "stock") == "null1"


def test_format_has_a_bound() -> None:
    with pytest.raises(TemplateRuntimeError):
        rendered("$e.format('%99999999s', 1)")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (5e-324, "4.9E-324"),
        (2e23, "1.9999999999999998E23"),
        (1e23, "9.999999999999999E22"),
        (9.233720368547758e16, "9.2337203685477584E16"),
        (2.0**63, "9.223372036854776E18"),
        (4.289305879150052e18, "4.2893058791500518E18"),
        (-2.003485544858745e16, "-2.0034855448587448E16"),
        (1.7976931348623157e308, "1.7976931348623157E308"),
        (1e15, "1.0E15"),
        (123456789.125, "1.23456789125E8"),
        (1e-4, "1.0E-4"),
        (2.0**-1074 * 5, "2.5E-323"),
    ],
    ids=str,
)
def test_doubles_print_as_java_prints_them(value: float, expected: str) -> None:
    assert double(value) == expected
