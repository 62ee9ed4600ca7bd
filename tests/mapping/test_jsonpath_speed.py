"""What a path may cost, relative to Python code written for it by hand and measured in the same run."""

from timeit import timeit

from wsgi_gateway.mapping.jsonpath import compile_path

DOCUMENT = {
    "store": {"book": [{"title": f"t{n}", "price": n + 0.5, "tags": ["a", "b"]} for n in range(20)]},
    "bicycle": {"price": 1},
}


def ratio(function, by_hand, number):
    """How much longer the best run takes; measured in turns, so that a busy machine slows both."""
    times = [
        (timeit(lambda: function(DOCUMENT), number=number), timeit(lambda: by_hand(DOCUMENT), number=number))
        for _ in range(40)
    ]
    return min(one for one, _ in times) / min(other for _, other in times)


def walk(node, found):
    if isinstance(node, dict):
        if "price" in node:
            found.append(node["price"])
        for child in node.values():
            walk(child, found)
    elif isinstance(node, list):
        for child in node:
            walk(child, found)


def prices_by_hand(document):
    found = []
    walk(document, found)
    return found


def title_by_hand(document):
    try:
        return document["store"]["book"][0]["title"]
    except (KeyError, IndexError, TypeError):
        return None


def test_a_scan_costs_at_most_twice_a_walk_by_hand():
    find = compile_path("$..price")
    assert find(DOCUMENT) == prices_by_hand(DOCUMENT)
    assert ratio(find, prices_by_hand, 100) < 2


def test_look_ups_cost_at_most_six_times_subscripts_by_hand():
    find = compile_path("$.store.book[0].title")
    assert find(DOCUMENT) == title_by_hand(DOCUMENT)
    assert ratio(find, title_by_hand, 1000) < 6
