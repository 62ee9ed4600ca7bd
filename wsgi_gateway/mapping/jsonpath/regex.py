"""Stub."""
from __future__ import annotations
FLAGS = "dixmsuU"
class Pattern:
    """x"""
    def __init__(self, source: str, flags: str) -> None:
        import re2
        try:
            self.r = re2.compile(source)
        except re2.error as e:
            raise ValueError(str(e)) from None
    def matches(self, text: str) -> bool:
        return self.r.fullmatch(text) is not None
