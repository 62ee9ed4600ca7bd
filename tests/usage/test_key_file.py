"""AWS's CSV format: what it may look like, every mistake with its line, and importing."""

from __future__ import annotations

import pytest

from wsgi_gateway.config import ApiStageConfig, UsagePlanConfig
from wsgi_gateway.errors import ConfigError
from wsgi_gateway.stores.memory import MemoryStore
from wsgi_gateway.usage.key_file import import_keys, read_keys
from wsgi_gateway.usage.key_records import GENERATION
from wsgi_gateway.usage.registry import Registry

VALUE = "apikey1234abcdefghij0123456789"
OTHER = "apikey1234abcdefghij0123456780"


def row(text):
    (only,) = read_keys(text)
    return only


def problems(text):
    """``(line, message)`` of each."""
    with pytest.raises(ConfigError) as error:
        read_keys(text, "keys.csv")
    assert {problem.place.file for problem in error.value.problems} == {"keys.csv"}
    assert VALUE not in str(error.value)
    return [(problem.place.line, problem.message) for problem in error.value.problems]


@pytest.mark.parametrize(
    ("text", "plans"),
    [
        pytest.param(f"Key,name\n{VALUE},First", None, id="the two columns that must be"),
        pytest.param(f"NAME,KEY\r\nFirst,{VALUE}\r\n", None, id="line ends of Windows"),
        pytest.param(f"name,key\rFirst,{VALUE}\r", None, id="line ends of old Macs"),
        pytest.param(f"\ufeffName,Key\nFirst,{VALUE}\n", None, id="a byte order mark"),
        pytest.param(f'"Name","Key"\n"First","{VALUE}"\n', None, id="everything in quotes"),
        pytest.param(f"\n\nName,Key\n\n  \n,\nFirst,{VALUE}\n\n", None, id="lines with nothing in them"),
        pytest.param(f" Name , Key \n First , {VALUE} \n", None, id="blanks around fields"),
        pytest.param(f"Name,Key,\nFirst,{VALUE},\n", None, id="a comma at the end of every line"),
        pytest.param(f"Name,Key,UsagePlanIds\nFirst,{VALUE},c7y23b\n", ("c7y23b",), id="a plan"),
        pytest.param(
            f'Name,Key,UsagePlanIds\nFirst,{VALUE},"a, b"\n', ("a", "b"), id="plans in double quotes"
        ),
        pytest.param(
            f"Name,Key,UsagePlanIds\nFirst,{VALUE},'a,b'\n", ("a", "b"), id="plans in single quotes"
        ),
        pytest.param(f"Name,Key,UsagePlanIds\nFirst,{VALUE},\n", None, id="no plan said"),
    ],
)
def test_a_file_that_can_be_read(text, plans):
    only = row(text)
    assert (only.name, only.value, only.plans) == ("First", VALUE, plans)


def test_quotes_and_line_ends_in_fields():
    rows = read_keys(f'Name,Key,Description\n"A ""B"", C",{VALUE},"two\nlines"\n\'tis mine,{OTHER},it\'s\n')
    assert [(row.line, row.name, row.description) for row in rows] == [
        (2, 'A "B", C', "two\nlines"),
        (4, "'tis mine", "it's"),
    ]


@pytest.mark.parametrize(("word", "said"), [("TRUE", True), ("true", True), ("False", False), ("", None)])
def test_enabled(word, said):
    assert row(f"Name,Key,Enabled\nFirst,{VALUE},{word}\n").enabled is said


def test_two_rows_with_one_key_are_refused():
    rows = f"Name,Key\nFirst,{VALUE}\nOther,{OTHER}\nSecond,{VALUE}\nThird,{VALUE}\n"
    assert problems(rows) == [(4, "the key of line 2 once more"), (5, "the key of line 2 once more")]


@pytest.mark.parametrize(
    ("column", "hint"),
    [
        ("Enable", "did you mean 'Enabled'?"),
        ("UsagePlanId", "did you mean 'UsagePlanIds'?"),
        ("Colour", "known are Name, Key, Description, Enabled, UsagePlanIds"),
    ],
)
def test_a_column_that_nobody_knows_is_refused(column, hint):
    with pytest.raises(ConfigError) as error:
        read_keys(f"Name,Key,{column}\nFirst,{VALUE},false\n")
    [problem] = error.value.problems
    assert (problem.message, problem.hint) == (f"the column {column!r} is unknown", hint)


def test_a_file_without_its_first_line_shows_no_value():
    assert [message for _, message in problems(f"Ada,{VALUE}\n")] == [
        "the column Name is missing",
        "the column Key is missing",
        "the column 'Ada' is unknown",
        "the column 'apik...' is unknown",
    ]


def test_a_row_shows_no_value():
    assert VALUE not in repr(row(f"Name,Key\nFirst,{VALUE}\n"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", [(1, "the file is empty; Name and Key are its first line")], id="nothing"),
        pytest.param("\n \n", [(1, "the file is empty; Name and Key are its first line")], id="empty lines"),
        pytest.param("\nName\nx\n", [(2, "the column Key is missing")], id="no keys"),
        pytest.param(
            "x\n",
            [
                (1, "the column Name is missing"),
                (1, "the column Key is missing"),
                (1, "the column 'x' is unknown"),
            ],
            id="no columns",
        ),
        pytest.param(
            f"Name;Key\nAda;{VALUE}\n",
            [(1, "commas separate columns and fields, not semicolons")],
            id="semicolons",
        ),
        pytest.param(
            f"Name,Key,\nAda,{VALUE},false\n",
            [(2, "a field stands in a column without a name")],
            id="a field in a column without a name",
        ),
        pytest.param("Name,Key,name\n", [(1, "the column Name is there twice")], id="a column twice"),
        pytest.param(
            f'Name,Key\n"open,{VALUE}\n',
            [(2, "a double quote is not closed, or text follows it")],
            id="a quote that is not closed",
        ),
        pytest.param(
            f'Name,Key\n"a" b,{VALUE}\n',
            [(2, "a double quote is not closed, or text follows it")],
            id="text behind a quote",
        ),
    ],
)
def test_a_file_that_cannot_be_read(text, expected):
    assert problems(text) == expected


def test_every_mistake_is_told_with_its_line():
    rows = [
        "Name,Key,Enabled",
        f"A,{VALUE[:19]},",
        f"B,{'x' * 129},",
        f",{VALUE},",
        f"D,{OTHER}",
        f"E,{OTHER},yes",
    ]
    assert problems("\n".join([*rows, f"F,,{VALUE}", f"{'x' * 1025},{VALUE},true"])) == [
        (2, "API Key value should be at least 20 characters"),
        (3, "API Key value exceeds maximum size of 128 characters"),
        (4, "an API Key's name has 1 to 1024 characters"),
        (5, "2 fields, where the first line has 3"),
        (6, "Enabled is 'yes'; it must be true or false"),
        (7, "API Key value should be at least 20 characters"),
        (7, "Enabled is 'apik...'; it must be true or false"),
        (8, "an API Key's name has 1 to 1024 characters"),
    ]


@pytest.mark.parametrize("length", [20, 128])
def test_a_value_at_the_limits_of_amazons_page(length):
    assert len(row(f"Name,Key\nFirst,{'x' * length}\n").value) == length


# ------------------------------------------------------------ importing


@pytest.fixture
def registry():
    made = Registry(MemoryStore())
    for name in ("gold", "silver"):
        made.put_plan(UsagePlanConfig(id=name, api_stages=[ApiStageConfig(stage=name)]))
    made.put_plan(UsagePlanConfig(id="other", api_stages=[ApiStageConfig(stage="gold")]))
    return made


FILE = f"Name,Key,Enabled,UsagePlanIds\nA,{VALUE},false,gold\nB,{OTHER},,'gold,silver'\n"


def test_an_import_makes_keys_and_another_overwrites_them(registry):
    assert import_keys(registry, read_keys(FILE)) == (2, 0)
    first = {key.name: key for key in registry.each_key()}
    assert (first["A"].enabled, first["A"].plans) == (False, ("gold",))
    assert (first["B"].enabled, first["B"].plans) == (True, ("gold", "silver"))
    again = f"Key,Name,UsagePlanIds\n{VALUE},A2,silver\n{VALUE[::-1]},C,\n"
    assert import_keys(registry, read_keys(again)) == (1, 1)
    second = {key.name: key for key in registry.each_key()}
    assert sorted(second) == ["A2", "B", "C"]
    assert second["A2"].id == first["A"].id
    assert (second["A2"].enabled, second["A2"].plans) == (False, ("silver",))


def test_a_dry_run_tells_the_same_and_changes_nothing(registry):
    import_keys(registry, read_keys(FILE)[:1])
    names, generation = registry.store.names(""), registry.store.generation(GENERATION)
    assert import_keys(registry, read_keys(FILE), dry_run=True) == (1, 1)
    assert (registry.store.names(""), registry.store.generation(GENERATION)) == (names, generation)


def test_an_import_with_a_mistake_changes_nothing_and_tells_all_of_them(registry):
    names = registry.store.names("")
    text = f"{FILE}C,{VALUE[::-1]},,{VALUE}\nD,{'d' * 30},,'gold,other'\n{'e' * 30},{'e' * 30},,\n"
    with pytest.raises(ConfigError) as error:
        import_keys(registry, read_keys(text), file="keys.csv")
    told = [(problem.place.file, problem.place.line, problem.code) for problem in error.value.problems]
    assert told == [("keys.csv", 4, "not-found"), ("keys.csv", 5, "conflict"), ("keys.csv", 6, "api-key")]
    assert VALUE not in str(error.value)
    assert "e" * 30 not in str(error.value)
    assert registry.store.names("") == names
