"""What stands on the shelves."""

BOOKS = {
    "9780141439518": {"isbn": "9780141439518", "title": "Pride and Prejudice", "copies": 3},
    "9780199536108": {"isbn": "9780199536108", "title": "Middlemarch", "copies": 1},
}
