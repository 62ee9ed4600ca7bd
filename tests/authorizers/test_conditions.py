"""Conditions: every operator in every form on every kind of missing and present key, then each by itself."""

from __future__ import annotations

from typing import Any

import pytest

from wsgi_gateway.authorizers.policy import INVOKE, Policy, PolicyError

ARN = "arn:aws:iam::123456789012:role/reader"

OPERATORS = {
    # operator: the policy's value, a value that matches it, one that does not, one that cannot be compared
    "StringEquals": ("blue", "blue", "Blue", None),
    "StringEqualsIgnoreCase": ("blue", "BLUE", "red", None),
    "StringLike": ("bl*", "blue", "red", None),
    "NumericEquals": ("10", "10.0", "11", "ten"),
    "NumericLessThan": ("10", "9.99", "10", "1e0"),
    "NumericLessThanEquals": ("10", "10", "10.01", "0x1"),
    "NumericGreaterThan": ("10", "10.01", "10", "nan"),
    "NumericGreaterThanEquals": ("10", "10", "9.99", "inf"),
    "DateEquals": ("2026-01-01T00:00:00Z", "2026-01-01", "2026-01-02", "soon"),
    "DateLessThan": ("2026-01-01T00:00:00Z", "2025-12-31", "2026-01-01", "2026-02-30"),
    "DateLessThanEquals": ("2026-01-01T00:00:00Z", "2026-01-01", "2026-01-02", "2026-1-1"),
    "DateGreaterThan": ("2026-01-01T00:00:00Z", "2026-01-02", "2026-01-01", "2026-01-02T00:00"),
    "DateGreaterThanEquals": ("2026-01-01T00:00:00Z", "2026-01-01", "2025-12-31", "today"),
    "Bool": ("true", "True", "false", "yes"),
    "BinaryEquals": ("QUI=", "QUI=", "QUE=", "A"),
    "IpAddress": ("203.0.113.0/24", "203.0.113.9", "192.0.2.1", "203.0.113.9:80"),
    "ArnEquals": ("arn:aws:iam::*:role/*", ARN, "arn:aws:iam::1:user/x", "reader"),
    "ArnLike": ("arn:aws:iam::*:role/*", ARN, "arn:aws:iam::1:user/x", "arn:aws:iam::x"),
}
NEGATIONS = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "NumericNotEquals": "NumericEquals",
    "DateNotEquals": "DateEquals",
    "NotIpAddress": "IpAddress",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
}
ALL = [*OPERATORS, *NEGATIONS]
every_operator = pytest.mark.parametrize("name", ALL)
both_effects = pytest.mark.parametrize("effect", ["Allow", "Deny"])
FORMS = ["{}", "{}IfExists", "ForAllValues:{}", "ForAllValues:{}IfExists", "ForAnyValue:{}"]


def applies(effect: str, condition: Any, keys: Any) -> bool:
    statement = {"Effect": effect, "Action": INVOKE, "Resource": "*", "Condition": condition}
    decision = Policy({"Version": "2012-10-17", "Statement": statement}).decide("x", keys=keys)
    return decision.effect == effect


def case(name: str) -> tuple[str, str, str, str | None]:
    """The policy's value, one for which the operator holds, one for which not, and what it cannot read."""
    value, match, other, unreadable = OPERATORS[NEGATIONS.get(name, name)]
    return (value, other, match, unreadable) if name in NEGATIONS else (value, match, other, unreadable)


# ------------------------------------------------------------------------------- all operators, all forms


@every_operator
@both_effects
@pytest.mark.parametrize("form", [*FORMS, "ForAnyValue:{}IfExists"])
def test_one_value_holds_or_does_not_in_all_forms(form: str, name: str, effect: str) -> None:
    value, good, bad, _ = case(name)
    for policy_value in (value, [value]):
        condition = {form.format(name): {"a:Key": policy_value}}
        assert applies(effect, condition, {"a:key": [good]})
        assert not applies(effect, condition, {"a:key": [bad]})


@every_operator
@both_effects
@pytest.mark.parametrize("keys", [{}, {"a:key": None}, {"a:key": []}], ids=["no key", "None", "no values"])
def test_a_missing_key_means_what_aws_documents(keys: Any, name: str, effect: str) -> None:
    value = case(name)[0]
    expected = {
        "{}": name in NEGATIONS,
        "{}IfExists": True,
        "ForAllValues:{}": True,
        "ForAllValues:{}IfExists": True,
        "ForAnyValue:{}": False,
    }
    found = {form: applies(effect, {form.format(name): {"a:key": value}}, keys) for form in FORMS}
    assert found == expected


@every_operator
def test_any_value_if_exists_and_a_missing_key_is_taken_strictly(name: str) -> None:
    condition = {f"ForAnyValue:{name}IfExists": {"a:key": case(name)[0]}}
    assert not applies("Allow", condition, {})
    assert applies("Deny", condition, {})


@every_operator
@both_effects
@pytest.mark.parametrize("values", [[""], ["", ""]], ids=["an empty value", "two of them"])
def test_values_that_are_all_empty_are_no_set(values: list[str], name: str, effect: str) -> None:
    value = case(name)[0]
    for suffix in ("", "IfExists"):
        assert applies(effect, {f"ForAllValues:{name}{suffix}": {"a:key": value}}, {"a:key": values})
    assert not applies(effect, {f"ForAnyValue:{name}": {"a:key": value}}, {"a:key": values})


@every_operator
@both_effects
def test_all_values_or_any_value_must_pass(name: str, effect: str) -> None:
    value, good, bad, _ = case(name)
    rows = [([good, good], True, True), ([good, bad], False, True), ([bad, bad], False, False)]
    for values, all_pass, any_passes in rows:
        for order in (values, values[::-1]):
            keys = {"a:key": order}
            assert applies(effect, {f"ForAllValues:{name}": {"a:key": value}}, keys) is all_pass
            assert applies(effect, {f"ForAnyValue:{name}": {"a:key": value}}, keys) is any_passes


@every_operator
@pytest.mark.parametrize("suffix", ["", "IfExists"], ids=["plain", "IfExists"])
def test_of_several_values_without_a_set_an_allow_wants_all_and_a_deny_one(suffix: str, name: str) -> None:
    value, good, bad, _ = case(name)
    condition = {name + suffix: {"a:key": value}}
    assert applies("Allow", condition, {"a:key": [good, good]})
    assert not applies("Allow", condition, {"a:key": [good, bad]})
    assert applies("Deny", condition, {"a:key": [bad, good]})
    assert not applies("Deny", condition, {"a:key": [bad, bad]})


@pytest.mark.parametrize("name", [name for name in ALL if case(name)[3] is not None])
@pytest.mark.parametrize("form", [*FORMS, "ForAnyValue:{}IfExists"])
def test_a_value_that_cannot_be_compared_keeps_an_allow_away_and_a_deny_in_force(
    form: str, name: str
) -> None:
    value, _, _, unreadable = case(name)
    condition = {form.format(name): {"a:key": value}}
    assert not applies("Allow", condition, {"a:key": [unreadable]})
    assert applies("Deny", condition, {"a:key": [unreadable]})


@pytest.mark.parametrize("name", [name for name in ALL if name != "Bool"])
@both_effects
def test_several_values_of_a_policy_are_alternatives_and_negated_ones_all_excluded(
    name: str, effect: str
) -> None:
    value, match, other, _ = OPERATORS[NEGATIONS.get(name, name)]
    unlike = {
        "Numeric": "-5" if "Less" in name else "500000",
        "Date": "1999" if "Less" in name else "2999",
        "Ip": "198.51.100.0/24",
        "Arn": "arn:aws:s3:::x",
        "Binary": "AAAA",
        "String": "green",
    }
    further = next(text for kind, text in unlike.items() if kind in name)
    for values in ([further, value], [value, further]):
        condition = {name: {"a:key": values}}
        assert applies(effect, condition, {"a:key": [match]}) is (name not in NEGATIONS)
        assert applies(effect, condition, {"a:key": [other]}) is (name in NEGATIONS)


@pytest.mark.parametrize(
    ("values", "exists"),
    [(None, False), ([], False), ([""], False), (["", ""], False), (["x"], True), (["", "x"], True)],
    ids=["None", "no values", "an empty value", "two empty values", "a value", "one empty of two"],
)
@both_effects
def test_null_asks_whether_there_is_a_value(values: Any, exists: bool, effect: str) -> None:
    for yes, no in (("true", "false"), (True, False), (["True"], ["FALSE"])):
        assert applies(effect, {"Null": {"a:key": yes}}, {"a:key": values}) is not exists
        assert applies(effect, {"Null": {"a:key": no}}, {"a:key": values}) is exists


# -------------------------------------------------------------------------------------- several conditions


@both_effects
def test_all_operators_and_all_keys_must_hold(effect: str) -> None:
    condition = {
        "StringEquals": {"a:one": ["1", "x"], "a:two": "2"},
        "NumericLessThan": {"a:three": 3},
        "Null": {"a:four": "true"},
    }
    good = {"a:one": ["1"], "a:two": ["2"], "a:three": ["2"]}
    assert applies(effect, condition, good)
    for wrong in ({"a:one": ["2"]}, {"a:two": ["1"]}, {"a:three": ["3"]}, {"a:four": ["4"]}):
        assert not applies(effect, condition, {**good, **wrong})


def test_the_same_key_under_two_operators_is_asked_about_twice() -> None:
    condition = {"StringLike": {"a:key": "b*"}, "StringNotEquals": {"A:KEY": "blue"}}
    assert applies("Allow", condition, {"a:key": ["black"]})
    assert not applies("Allow", condition, {"a:key": ["blue"]})


@pytest.mark.parametrize(
    ("value", "text"),
    [(5, "5"), (5.25, "5.25"), (True, "true"), (False, "false"), (-1, "-1")],
    ids=["an integer", "a fraction", "true", "false", "a negative number"],
)
def test_numbers_and_booleans_of_json_are_the_texts_they_are_written_as(value: Any, text: str) -> None:
    assert applies("Allow", {"StringEquals": {"a:key": value}}, {"a:key": [text]})
    assert applies("Allow", {"StringEquals": {"a:key": ["x", value]}}, {"a:key": [text]})


@pytest.mark.parametrize(
    "condition",
    [
        pytest.param(None, id="null"),
        pytest.param([], id="a list"),
        pytest.param("x", id="text"),
        pytest.param({}, id="nothing"),
        pytest.param({"StringEquals": {}}, id="an operator without keys"),
        pytest.param({"StringEquals": None}, id="an operator with null"),
        pytest.param({"StringEquals": "x"}, id="an operator with text"),
        pytest.param({"StringEquals": {"a:key": []}}, id="a key without values"),
        pytest.param({"StringEquals": {"a:key": None}}, id="a key with null"),
        pytest.param({"StringEquals": {"a:key": ["x", None]}}, id="null among the values"),
        pytest.param({"StringEquals": {"a:key": [["x"]]}}, id="a list among the values"),
        pytest.param({"StringEquals": {"a:key": {"x": "y"}}}, id="an object for values"),
        pytest.param({"StringEquals": {"a:key": float("nan")}}, id="not a number"),
        pytest.param({"StringEquals": {"a:key": float("inf")}}, id="infinity"),
        pytest.param({"StringEquals": {"a:key": 10**5000}}, id="a number of 5000 digits"),
        pytest.param({"StringEquals": {"key": "x"}}, id="a key without a prefix"),
        pytest.param({"StringEquals": {"a:": "x"}}, id="a prefix without a key"),
        pytest.param({"StringEquals": {":key": "x"}}, id="an empty prefix"),
        pytest.param({"StringEquals": {"": "x"}}, id="an empty key"),
        pytest.param({"StringEquals": {"a:k\ney": "x"}}, id="a line end in a key"),
        pytest.param({"StringEquals": {5: "x"}}, id="a number for a key"),
        pytest.param({"StringEquals": {"a:key": "x", "a:Key": "y"}}, id="keys that differ in case alone"),
        pytest.param({5: {"a:key": "x"}}, id="a number for an operator"),
        pytest.param({"": {"a:key": "x"}}, id="an empty operator"),
        pytest.param({"StringEqual": {"a:key": "x"}}, id="an unknown operator"),
        pytest.param({"stringequals": {"a:key": "x"}}, id="an operator in lower case"),
        pytest.param({"IfExists": {"a:key": "x"}}, id="IfExists alone"),
        pytest.param({"StringEqualsIfExistsIfExists": {"a:key": "x"}}, id="IfExists twice"),
        pytest.param({"StringEqualsIfexists": {"a:key": "x"}}, id="IfExists in other letters"),
        pytest.param({"ForAllValues:": {"a:key": "x"}}, id="a set without an operator"),
        pytest.param({"ForAllValuesStringEquals": {"a:key": "x"}}, id="a set without a colon"),
        pytest.param({":StringEquals": {"a:key": "x"}}, id="an empty set"),
        pytest.param({"ForSomeValues:StringEquals": {"a:key": "x"}}, id="an unknown set"),
        pytest.param({"ForAllValues:ForAnyValue:StringEquals": {"a:key": "x"}}, id="two sets"),
        pytest.param({"NullIfExists": {"a:key": "true"}}, id="Null if it exists"),
        pytest.param({"ForAllValues:Null": {"a:key": "true"}}, id="Null for all values"),
        pytest.param({"ForAnyValue:Null": {"a:key": "true"}}, id="Null for any value"),
        pytest.param({"Null": {"a:key": "x"}}, id="Null with text"),
        pytest.param({"Null": {"a:key": ["true", "false"]}}, id="Null with both"),
        pytest.param({"Bool": {"a:key": ["true", "false"]}}, id="Bool with both"),
        pytest.param({"Bool": {"a:key": "yes"}}, id="Bool with text"),
        pytest.param({"Bool": {"a:key": ""}}, id="Bool with nothing"),
        pytest.param({"NumericEquals": {"a:key": "x"}}, id="a number that is none"),
        pytest.param({"NumericEquals": {"a:key": ["1", ""]}}, id="an empty number"),
        pytest.param({"NumericEquals": {"a:key": "1e3"}}, id="a number with an exponent"),
        pytest.param({"NumericEquals": {"a:key": "1_000"}}, id="a number with an underscore"),
        pytest.param({"NumericEquals": {"a:key": " 1"}}, id="a number behind a blank"),
        pytest.param({"NumericEquals": {"a:key": "1\n"}}, id="a number and a line end"),
        pytest.param({"NumericEquals": {"a:key": "٣"}}, id="a number in other digits"),
        pytest.param({"NumericEquals": {"a:key": "1" * 101}}, id="a number of 101 digits"),
        pytest.param({"DateEquals": {"a:key": "tomorrow"}}, id="a date that is none"),
        pytest.param({"DateEquals": {"a:key": "2026-01-01T00:00:00"}}, id="a time without a zone"),
        pytest.param({"DateEquals": {"a:key": "2026-01-01t00:00z"}}, id="a date in small letters"),
        pytest.param({"DateEquals": {"a:key": "2026-13-01"}}, id="a thirteenth month"),
        pytest.param({"DateEquals": {"a:key": "2026-01-01T24:00Z"}}, id="a twenty-fifth hour"),
        pytest.param({"DateEquals": {"a:key": "0000"}}, id="the year zero"),
        pytest.param({"BinaryEquals": {"a:key": "QUI"}}, id="base64 without padding"),
        pytest.param({"BinaryEquals": {"a:key": "QU I="}}, id="base64 with a blank"),
        pytest.param({"BinaryEquals": {"a:key": "é"}}, id="base64 that is none"),
        pytest.param({"IpAddress": {"a:key": "203.0.113.0/33"}}, id="33 bits of four bytes"),
        pytest.param({"IpAddress": {"a:key": "203.0.113/24"}}, id="three bytes"),
        pytest.param({"IpAddress": {"a:key": "203.0.113.0/255.255.255.0"}}, id="a net mask"),
        pytest.param({"IpAddress": {"a:key": "203.0.113.0/"}}, id="no length behind the slash"),
        pytest.param({"IpAddress": {"a:key": "203.0.113.0/-1"}}, id="a negative length"),
        pytest.param({"IpAddress": {"a:key": "203.0.113.0/٨"}}, id="a length in other digits"),
        pytest.param({"IpAddress": {"a:key": "fe80::1%eth0"}}, id="an address with a zone"),
        pytest.param({"IpAddress": {"a:key": "*"}}, id="a star for an address"),
        pytest.param({"IpAddress": {"a:key": "010.0.0.1"}}, id="a zero before a byte"),
        pytest.param({"ArnLike": {"a:key": "*"}}, id="a star for an ARN"),
        pytest.param({"ArnLike": {"a:key": "arn:aws:iam::*"}}, id="five parts of an ARN"),
        pytest.param({"ArnEquals": {"a:key": "arn:aws:iam"}}, id="three parts of an ARN"),
        pytest.param({"ArnEquals": {"a:key": [ARN, "x"]}}, id="no ARN among the values"),
    ],
)
def test_what_is_no_condition_is_refused_and_its_values_are_not_told(condition: Any) -> None:
    with pytest.raises(PolicyError, match="statement 0: Condition") as refusal:
        applies("Deny", condition, {})
    told = str(refusal.value)
    assert len(told) < 200
    assert "203.0" not in told
    assert "tomorrow" not in told


# ------------------------------------------------------------------------------------ each kind by itself


@pytest.mark.parametrize(
    ("operator", "value", "given", "expected"),
    [
        pytest.param("StringEquals", "", "x", False, id="nothing is not something"),
        pytest.param("StringEquals", "a*", "ab", False, id="no wildcards in StringEquals"),
        pytest.param("StringEquals", "é", "e\u0301", False, id="two spellings of one letter are two texts"),
        pytest.param("StringEqualsIgnoreCase", "ÄB", "äb", True, id="letters beyond ASCII without case"),
        pytest.param("StringEqualsIgnoreCase", "ss", "ß", False, id="one letter is not two"),
        pytest.param("StringLike", "", "", True, id="an empty pattern and an empty value"),
        pytest.param("StringLike", "*", "", True, id="a star and an empty value"),
        pytest.param("StringLike", "a*c", "abbc", True, id="a star within"),
        pytest.param("StringLike", "a?c", "abbc", False, id="two characters for one"),
        pytest.param("StringLike", "A*", "abc", False, id="Like minds case"),
        pytest.param("StringLike", "a.c", "abc", False, id="a dot is a dot"),
        pytest.param("StringLike", "a*", "a\nb", True, id="a star spans lines"),
        pytest.param("NumericEquals", "0.1", "0.10", True, id="a fraction exactly"),
        pytest.param(
            "NumericEquals", "9007199254740993", "9007199254740992", False, id="beyond 2 to the 53rd"
        ),
        pytest.param("NumericEquals", "-0", "0", True, id="minus zero"),
        pytest.param("NumericEquals", "+5", "5", True, id="a plus sign"),
        pytest.param("NumericEquals", "007", "7", True, id="leading zeros"),
        pytest.param("NumericLessThan", ["5", "10"], "7", True, id="less than one of two"),
        pytest.param("NumericGreaterThan", ["5", "10"], "7", True, id="greater than one of two"),
        pytest.param("NumericLessThan", "10", "9", True, id="as numbers, not as texts"),
        pytest.param("DateEquals", "2026", "2026-01-01T00:00:00Z", True, id="a year"),
        pytest.param("DateEquals", "2026-07", "2026-07-01", True, id="a month"),
        pytest.param(
            "DateEquals", "2026-07-01T12:00Z", "2026-07-01T14:00+02:00", True, id="a zone to the east"
        ),
        pytest.param("DateEquals", "2026-07-01T12:00Z", "2026-07-01T06:30-05:30", True, id="one to the west"),
        pytest.param(
            "DateEquals", "2026-01-01T00:00:00.50Z", "1767225600.5", True, id="a fraction of a second"
        ),
        pytest.param("DateEquals", "1767225600", "2026-01-01", True, id="seconds since the epoch"),
        pytest.param("DateLessThan", "2026-01-01", "1767225599.999", True, id="a millisecond before"),
        pytest.param("DateLessThan", "2026-01-01", "-5", True, id="before the epoch"),
        pytest.param("DateGreaterThan", "1600-02-29", "2026-01-01", True, id="a leap day long ago"),
        pytest.param("DateLessThan", "3000", "2026-07-01", True, id="four digits are a year"),
        pytest.param("IpAddress", "203.0.113.7", "203.0.113.7", True, id="one address"),
        pytest.param("IpAddress", "203.0.113.7", "203.0.113.8", False, id="another address"),
        pytest.param("IpAddress", "203.0.113.99/24", "203.0.113.1", True, id="bits beyond the mask"),
        pytest.param("IpAddress", "203.0.113.0/31", "203.0.113.1", True, id="the last of a small block"),
        pytest.param("IpAddress", "203.0.113.0/31", "203.0.113.2", False, id="the first behind it"),
        pytest.param("IpAddress", "0.0.0.0/0", "203.0.113.1", True, id="all of IPv4"),
        pytest.param("IpAddress", "0.0.0.0/0", "2001:db8::1", False, id="no IPv6 in it"),
        pytest.param("IpAddress", "::/0", "2001:db8::1", True, id="all of IPv6"),
        pytest.param("IpAddress", "::/0", "203.0.113.1", False, id="no IPv4 in it"),
        pytest.param("IpAddress", "2001:DB8::/32", "2001:db8:ffff::1", True, id="a block of IPv6"),
        pytest.param("IpAddress", "2001:db8::1", "2001:db8::2", False, id="one address of IPv6 is one"),
        pytest.param("IpAddress", "203.0.113.0/24", "::ffff:203.0.113.9", True, id="a mapped address"),
        pytest.param("IpAddress", "::ffff:203.0.113.0/120", "203.0.113.9", True, id="a mapped block"),
        pytest.param("IpAddress", "::ffff:0:0/96", "203.0.113.9", True, id="all mapped addresses"),
        pytest.param(
            "NotIpAddress", "203.0.113.0/24", "::ffff:203.0.113.9", False, id="a mapped one excluded"
        ),
        pytest.param("IpAddress", ["10.0.0.0/8", "2001:db8::/32"], "2001:db8::1", True, id="blocks of both"),
        pytest.param("BinaryEquals", "QQ==", "QR==", True, id="the same byte, spelled with other spare bits"),
        pytest.param("BinaryEquals", "QQ==", "QQ", None, id="padding missing"),
        pytest.param("ArnLike", "arn:aws:iam::*:role/x", "arn:aws:iam::1:2:role/x", False, id="a star stays"),
        pytest.param(
            "ArnLike", "arn:aws:sns:*:1:*", "arn:aws:sns:x:1:a:b/c", True, id="but in the last part"
        ),
        pytest.param(
            "ArnLike", "arn:*:sns:x:1:a:?:*", "arn:p:sns:x:1:a:b:c", True, id="colons in the last part"
        ),
        pytest.param("ArnLike", "arn:*:*:*:*:*", ARN, True, id="stars everywhere"),
        pytest.param("ArnLike", "arn:aws:iam:?:*:*", ARN, False, id="one character in an empty part"),
        pytest.param("ArnEquals", ARN, ARN, True, id="equal ARNs"),
        pytest.param("ArnEquals", ARN, ARN.replace("reader", "Reader"), False, id="case matters in ARNs"),
        pytest.param("ArnEquals", "arn:aws:iam::*:role/r*", ARN, True, id="wildcards in ArnEquals"),
        pytest.param(
            "StringLike",
            "arn:aws:someservice:*:111122223333:finance/*",
            "arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt",
            True,
            id="AWS's example, as texts",
        ),
        pytest.param(
            "ArnLike",
            "arn:aws:someservice:*:111122223333:finance/*",
            "arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt",
            False,
            id="AWS's example, as ARNs",
        ),
    ],
)
def test_each_operator_compares_as_it_should(operator: str, value: Any, given: Any, expected: Any) -> None:
    condition = {operator: {"a:key": value}}
    found = [applies(effect, condition, {"a:key": [given]}) for effect in ("Allow", "Deny")]
    assert found == ([False, True] if expected is None else [expected, expected])


@pytest.mark.parametrize("name", ["NumericLessThan", "DateGreaterThan", "IpAddress", "NotIpAddress"])
def test_a_value_of_a_hundred_thousand_characters_is_not_read(name: str) -> None:
    condition = {name: {"a:key": case(name)[0]}}
    for huge in ("1" * 100_000, "1." + "1" * 100_000, ":" * 100_000):
        assert not applies("Allow", condition, {"a:key": [huge]})
        assert applies("Deny", condition, {"a:key": [huge]})
