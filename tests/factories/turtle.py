"""A strict reader of the Turtle that the portal writes: what does not fit its grammar to the last sign is an error.

After the grammar of W3C Turtle 1.1 for prefixes, subjects by IRI, predicate and object lists, blank nodes in brackets,
texts in plain quotes, whole numbers and truth values. Gives triples; a blank node is the set of what is said of it.
"""

from __future__ import annotations

import re
from typing import Any

_ECHAR = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f", '"': '"', "'": "'", "\\": "\\"}
_TOKENS = re.compile(
    r"""(?P<blank>[ \t\r\n]+)
      | (?P<prefix>@prefix)
      | <(?P<iri>(?:[^\x00-\x20<>"{}|^`\\]|\\u[0-9A-F]{4}|\\U[0-9A-F]{8})*)>
      | "(?P<text>(?:[^"\\\n\r]|\\[tbnrf"'\\]|\\u[0-9A-F]{4}|\\U[0-9A-F]{8})*)"
      | (?P<number>[+-]?[0-9]+)(?![0-9.eE])
      | (?P<pname>[A-Za-z][A-Za-z0-9]*:[A-Za-z0-9_]*)
      | (?P<word>true\b|false\b|a(?=[ \t\r\n]))
      | (?P<sign>[.;,\[\]])""",
    re.VERBOSE,
)
Token = tuple[str, str]
Triples = set[tuple[Any, str, Any]]
TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"


def read_turtle(text: str) -> Triples:
    """All triples. Raises AssertionError where the text is no such Turtle."""
    return _Reader(_tokens(text)).document()


def _tokens(text: str) -> list[Token]:
    found, place = [], 0
    while place < len(text):
        match = _TOKENS.match(text, place)
        assert match, f"no token at {place}: {text[place : place + 40]!r}"
        kind = str(match.lastgroup)
        if kind != "blank":
            found.append((kind, match[kind]))
        place = match.end()
    return found


class _Reader:
    def __init__(self, tokens: list[Token]) -> None:
        self.tokens, self.prefixes = tokens, dict[str, str]()
        self.triples: Triples = set()

    def take(self, kind: str, value: str | None = None) -> str:
        found = self.tokens.pop(0)
        assert found[0] == kind, (found, kind, value)
        assert value in (None, found[1]), (found, kind, value)
        return found[1]

    def at(self, *signs: str) -> bool:
        return bool(self.tokens) and self.tokens[0][0] == "sign" and self.tokens[0][1] in signs

    def document(self) -> Triples:
        while self.tokens:
            if self.tokens[0][0] == "prefix":
                self.take("prefix")
                name = self.take("pname")
                assert name.endswith(":")
                self.prefixes[name[:-1]] = self.iri()
            else:
                subject = self.iri()
                self.triples |= {(subject, *fact) for fact in self.facts(".")}
            self.take("sign", ".")
        return self.triples

    def facts(self, end: str) -> set[tuple[str, Any]]:
        found = set()
        while True:
            predicate = self.predicate()
            found.add((predicate, self.object()))
            while self.at(","):
                self.take("sign", ",")
                found.add((predicate, self.object()))
            if self.at(end):
                return found
            self.take("sign", ";")

    def predicate(self) -> str:
        if self.tokens[0] == ("word", "a"):
            self.take("word")
            return TYPE
        return self.iri()

    def iri(self) -> str:
        if self.tokens[0][0] == "pname":
            prefix, local = self.take("pname").split(":")
            return self.prefixes[prefix] + local
        return _unescaped(self.take("iri"))

    def object(self) -> Any:
        kind = self.tokens[0][0]
        if kind == "text":
            return ("text", _unescaped(self.take("text")))
        if kind == "number":
            return ("number", int(self.take("number")))
        if kind == "word":
            return ("truth", self.take("word") == "true")
        if self.at("["):
            self.take("sign", "[")
            facts = frozenset(self.facts("]"))
            self.take("sign", "]")
            return facts
        return self.iri()


def _unescaped(text: str) -> str:
    def said(found: re.Match[str]) -> str:
        return _ECHAR[found[1]] if found[1] in _ECHAR else chr(int(found[1][1:], 16))

    return re.sub(r"\\(u[0-9A-F]{4}|U[0-9A-F]{8}|.)", said, text, flags=re.DOTALL)
