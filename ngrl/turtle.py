"""Writes a JSON-LD document as Turtle: the same facts in another spelling. Pure: no database, no network.

Of JSON-LD it knows what our own documents use: one context with `@vocab` and prefixes, `@id`, `@type`, nodes inside
nodes, lists, texts, whole numbers and truth values.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

_LOCAL = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_VOCABULARY = "schema"
_IN_IRI = re.compile(r'[\x00-\x20<>"{}|^`\\]')
_IN_TEXT = re.compile(r'[\x00-\x1f"\\\x7f]')
_SHORT = {"\t": "\\t", "\n": "\\n", "\r": "\\r", '"': '\\"', "\\": "\\\\"}


def as_turtle(document: Mapping[str, Any]) -> str:
    """The document as Turtle. Raises ValueError for a part of JSON-LD that is not known here."""
    context = dict(document["@context"])
    prefixes = {_VOCABULARY: context.pop("@vocab"), **context}
    lines = [f"@prefix {name}: {_iri(address)} ." for name, address in prefixes.items()]
    waiting = [{key: value for key, value in document.items() if key != "@context"}]
    while waiting:
        node = waiting.pop(0)
        facts = list(_facts(node, prefixes, waiting))
        if facts:
            lines += ["", f"{_iri(node['@id'])}", "    " + " ;\n    ".join(facts) + " ."]
    return "\n".join(lines) + "\n"


def _facts(node: Mapping[str, Any], prefixes: Mapping[str, str], waiting: list[dict[str, Any]]) -> Iterator[str]:
    """Each property with its objects; nodes with an address of their own wait for a place of their own."""
    for key, value in node.items():
        if key == "@id":
            continue
        values = value if isinstance(value, list) else [value]
        if key == "@type":
            yield f"a {', '.join(_name(each, prefixes) for each in values)}"
        elif values:
            yield f"{_name(key, prefixes)} {', '.join(_object(each, prefixes, waiting) for each in values)}"


def _object(value: Any, prefixes: Mapping[str, str], waiting: list[dict[str, Any]]) -> str:
    if isinstance(value, Mapping):
        if "@id" in value:
            if len(value) > 1:
                waiting.append(dict(value))
            return _iri(value["@id"])
        return f"[ {' ; '.join(_facts(value, prefixes, waiting))} ]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return f'"{_IN_TEXT.sub(_escaped, value)}"'
    raise ValueError(f"{type(value).__name__} has no spelling in Turtle here.")


def _name(term: str, prefixes: Mapping[str, str]) -> str:
    """A term of the context, such as dct:title, or of the vocabulary, such as name."""
    prefix, colon, local = term.partition(":")
    if not colon:
        prefix, local = _VOCABULARY, term
    if prefix not in prefixes:
        return _iri(term)
    return f"{prefix}:{local}" if _LOCAL.fullmatch(local) else _iri(prefixes[prefix] + local)


def _iri(address: str) -> str:
    return f"<{_IN_IRI.sub(lambda found: f'%{ord(found[0]):02X}', address)}>"


def _escaped(found: re.Match[str]) -> str:
    return _SHORT.get(found[0], f"\\u{ord(found[0]):04X}")
