"""What a JSONPath costs, relative to Python code written for it by hand and measured in the same run.

python benchmarks/jsonpath.py
"""

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


def main():
    for name, path, by_hand, number in (
        ("a scan, 20 items: $..price", "$..price", prices_by_hand, 100),
        ("four look-ups: $.store.book[0].title", "$.store.book[0].title", title_by_hand, 1000),
    ):
        find = compile_path(path)
        assert find(DOCUMENT) == by_hand(DOCUMENT)
        print(f"{name:<40} {ratio(find, by_hand, number):5.2f} x by hand")


if __name__ == "__main__":
    main()
