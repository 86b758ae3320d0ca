"""The headers of every answer that carries something of a file: no script, no other site, no guess, no copy kept."""

from __future__ import annotations

from urllib.parse import quote

from airlock.checks.names import safe_name

# `sandbox` without any permission: even opened in a tab of its own, the answer is nobody's page and runs nothing.
CONTENT_HEADERS: dict[str, str] = {
    "Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'; form-action 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store, private",
    "Vary": "Cookie",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Robots-Tag": "noindex",
}


def content_headers(name: str, content_type: str) -> dict[str, str]:
    """All headers of an answer that shows a file in the browser; `name` is only for whoever saves the picture."""
    return CONTENT_HEADERS | {
        "Content-Type": content_type,
        "Content-Disposition": content_disposition("inline", name),
    }


def content_disposition(how: str, name: str) -> str:
    """A header after RFC 6266 that no name can break out of: quotes, line ends and semicolons are written as codes."""
    plain = name if safe_name(name) else "file"
    ascii_name = "".join(c if c.isascii() and (c.isalnum() or c in "._- ") else "_" for c in plain)
    header = f'{how}; filename="{ascii_name}"'
    return header if plain == ascii_name else f"{header}; filename*=UTF-8''{quote(plain, safe='')}"
