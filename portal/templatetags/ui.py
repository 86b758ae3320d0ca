"""The components of the house as template tags; `docs/reference/ui.md` lists them, `/ui/` shows them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

from django import template
from django.forms import BaseForm
from django.template.context import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from portal.kernel.listing import ListingPage, Table, shown

register = template.Library()
Tag = TypeVar("Tag", bound=Callable[..., Any])

# A status is told by its word, its colour and its shape. Shapes are drawn in a square of 12.
SHAPES = {
    "neutral": '<circle cx="6" cy="6" r="4" fill="none" stroke="currentColor" stroke-width="2"/>',
    "waiting": '<path d="M6 1.500a4.500 4.500 0 1 0 .01 0zM6 3.500V6l2 1.500" fill="none" stroke="currentColor" '
    'stroke-width="1.500"/>',
    "active": '<path d="M3 1.500v9l7.500-4.500z" fill="currentColor"/>',
    "good": '<path d="M1.500 6.500l3 3 6-7" fill="none" stroke="currentColor" stroke-width="2.200"/>',
    "warning": '<path d="M6 1l5.500 10H.5z" fill="currentColor"/>',
    "bad": '<path d="M2 2l8 8M10 2l-8 8" fill="none" stroke="currentColor" stroke-width="2.400"/>',
}
# The tone of the status words that the house uses; any other word is neutral unless the page gives a tone.
TONES = {
    "waiting": "queued, submitted, pending, planned, loading, waiting, due soon, on hold",
    "active": "running, active, in progress, in committee, under review, current",
    "good": "finished, approved, published, completed, released, passed, granted, valid, open, green",
    "warning": "returned, withheld, suspended, expiring, overdue, amber",
    "bad": "failed, refused, withdrawn, rejected, expired, revoked, red",
}
TONE_OF = {word: tone for tone, words in TONES.items() for word in words.split(", ")}


def _draw(context: Context, name: str, **values: Any) -> SafeString:
    """Draw `templates/ui/<name>.html` with these values and the request of the page around it."""
    values |= {"request": context.get("request"), "csrf_token": context.get("csrf_token")}
    engine = context.template.engine  # type: ignore[union-attr]
    return engine.get_template(f"ui/{name}.html").render(context.new(values))


def _component(name: str, *, in_page: bool = False) -> Callable[[Tag], Tag]:
    """An inclusion tag on `templates/ui/<name>.html`; one that stands `in_page` gets the request and the token."""
    return register.inclusion_tag(f"ui/{name}.html", takes_context=in_page)


def _page(context: Context, **values: Any) -> dict[str, Any]:
    return {**values, "request": context.get("request"), "csrf_token": context.get("csrf_token")}


# Words and shapes


@register.simple_tag
def tag(word: object, tone: str = "") -> SafeString:
    """A status: its word with a shape and a colour. Tones: neutral, waiting, active, good, warning, bad.

    Without a tone (or with "auto") the word decides, as `TONES` says.
    """
    text = shown(word)
    chosen = tone if tone in SHAPES else TONE_OF.get(text.lower(), "neutral")
    shape = mark_safe(SHAPES[chosen])  # noqa: S308  our own constant
    return format_html(
        '<strong class="lectern-tag lectern-tag--{}"><svg class="lectern-tag__shape" viewBox="0 0 12 12" width="12" '
        'height="12" aria-hidden="true" focusable="false">{}</svg>{}</strong>',
        chosen,
        shape,
        text[:1].upper() + text[1:],
    )


@register.simple_tag
def reference(text: object) -> SafeString:
    """A reference or checksum that one click selects whole, ready to be copied."""
    return format_html('<code class="lectern-reference" translate="no">{}</code>', text)


@register.simple_tag(takes_context=True)
def person(context: Context, who: Any, role: str = "") -> SafeString:
    """A person's name, "(you)" where it is the reader, and the role in small type."""
    reader = getattr(context.get("request"), "user", None)
    name = getattr(who, "display_name", None) or str(who or "Somebody")
    you = " (you)" if who is not None and who == reader else ""
    small = format_html(' <span class="lectern-secondary">{}</span>', role) if role else ""
    return format_html('<span class="lectern-person">{}{}{}</span>', name, you, small)


@register.filter(name="shown")
def shown_filter(value: object) -> str:
    """A value as people read it: numbers with commas, dates in full, a dash for none."""
    return shown(value)


@_component("turn")
def turn(who: object, since: Any = None, due: Any = None) -> dict[str, Any]:
    """Whose turn it is, since when and until when."""
    return {"who": who, "since": since, "due": due}


# The frame of a page


@_component("breadcrumbs")
def breadcrumbs(*steps: Any) -> dict[str, Any]:
    """Label and address in turn: `{% breadcrumbs "Queries" queries_url "QRY-2026-0042" %}`; the last may lack one."""
    pairs = list(zip(steps[::2], [*steps[1::2], ""], strict=False))
    return {"steps": pairs}


@_component("page_heading")
def page_heading(title: object, *, caption: object = "", status: object = "", tone: str = "") -> dict[str, Any]:
    """The page's only h1, with a caption above it and a status beside it."""
    return {"title": title, "caption": caption, "status": status, "tone": tone}


@_component("sub_navigation")
def sub_navigation(items: Iterable[Any], *, label: str = "Section") -> dict[str, Any]:
    """Tabs as real links: each item has `label`, `url`, `current` and perhaps `count`."""
    return {"items": items, "label": label}


@_component("action_panel", in_page=True)
def action_panel(
    context: Context, actions: Iterable[Any], *, refusals: Iterable[str] = (), base_url: str = "", title: str = ""
) -> dict[str, Any]:
    """What the reader can do: buttons from actions or transitions, and each refusal as a sentence.

    An item has `label` and either `url` (and perhaps `method` "get" or "post") or `action`, which is put behind
    `base_url`. A transition that is dangerous or wants a reason leads to its confirmation page; others are posted.
    """
    buttons = [_action(item, base_url, is_first=place == 0) for place, item in enumerate(actions)]
    return _page(context, buttons=buttons, refusals=list(refusals), title=title)


def _action(item: Any, base_url: str, *, is_first: bool) -> dict[str, Any]:
    has = item.get if isinstance(item, Mapping) else lambda name, default=None: getattr(item, name, default)
    confirms = bool(has("danger") or has("reason_required"))
    url = has("url") or f"{base_url}{has('action')}/"
    posts = has("method") == "post" if has("method") else not (confirms or has("url"))
    kind = "warning" if has("danger") else "" if is_first else "secondary"
    return {"label": has("label"), "url": url, "posts": posts, "kind": kind}


# Blocks of text


@register.simple_block_tag(takes_context=True)
def notice(context: Context, content: str, title: str = "Important", kind: str = "info") -> SafeString:
    """A banner for the one thing to know; kind: info, success, problem. Part of the page, it takes no focus."""
    return _draw(context, "notice", body=content, title=title, kind=kind, banner_id=f"notice-{kind}", stands=True)


@_component("message_list")
def message_list(messages: Iterable[Any] | None) -> dict[str, Any]:
    """Django's messages as banners: done, to know, or a problem."""
    kinds = {"success": ("success", "Done"), "error": ("problem", "There is a problem"), "warning": ("problem", "Note")}
    return {"notices": [(text.message, *kinds.get(text.level_tag, ("info", "Note"))) for text in messages or ()]}


@register.simple_block_tag(takes_context=True)
def warning(context: Context, content: str) -> SafeString:
    """A sentence that warns of a consequence."""
    return _draw(context, "warning", body=content)


@register.simple_block_tag(takes_context=True)
def inset(context: Context, content: str) -> SafeString:
    """A paragraph set apart."""
    return _draw(context, "inset", body=content)


@register.simple_block_tag(takes_context=True)
def panel(context: Context, content: str, title: str = "") -> SafeString:
    """A sheet of paper: facts or actions beside the work."""
    return _draw(context, "panel", body=content, title=title)


@register.simple_block_tag(takes_context=True)
def details(context: Context, content: str, summary: str, *, is_open: bool = False) -> SafeString:
    """Text that opens on demand."""
    return _draw(context, "details", body=content, summary=summary, is_open=is_open)


@register.simple_block_tag(takes_context=True)
def confirmation(context: Context, content: str, title: str, reference: object = "") -> SafeString:
    """The end of a journey: what was done and its reference."""
    return _draw(context, "confirmation", body=content, title=title, reference=reference)


@_component("empty_state")
def empty_state(title: str, why: str = "", *, action: str = "", url: str = "") -> dict[str, Any]:
    """An empty list: what will be here, why it is empty, one thing to do next. (`empty` belongs to Django's for.)"""
    return {"title": title, "why": why, "action": action, "url": url}


# Controls


@_component("button", in_page=True)
def button(
    context: Context, label: str, *, url: str = "", post: str = "", kind: str = "", name: str = "", value: object = ""
) -> dict[str, Any]:
    """A link to `url`, or a form that posts to `post`, or inside a form its submit button.

    kind: "" (primary), secondary, warning, link. `name` and `value` are sent with a post.
    """
    return _page(context, label=label, url=url, post=post, kind=kind, name=name, value=value)


@_component("error_summary")
def error_summary(form: BaseForm | None) -> dict[str, Any]:
    """The errors of a form on top of the page, each linked to its field; nothing where there are none."""
    if form is None or not form.errors:
        return {"errors": []}
    linked = [(bound.error_target, text) for bound in form.visible_fields() for text in bound.errors]  # type: ignore[attr-defined]
    plain = [("", text) for text in form.non_field_errors()]
    hidden = [("", text) for bound in form.hidden_fields() for text in bound.errors]
    return {"errors": [*plain, *linked, *hidden]}


@_component("house_form", in_page=True)
def house_form(
    context: Context,
    form: BaseForm,
    *,
    submit: str = "Save and continue",
    action: str = "",
    cancel: str = "",
    kind: str = "",
    method: str = "post",
    preview: str = "",
) -> dict[str, Any]:
    """A whole form: token, fields in their fieldsets, submit button safe against double clicks, cancel link.

    `preview` labels a second button, which sends the same form as "preview" and opens what comes back beside it.
    """
    given = {"submit": submit, "action": action, "cancel": cancel, "kind": kind, "method": method, "preview": preview}
    return _page(context, form=form, **given)


@register.simple_tag
def field(bound: Any) -> SafeString:
    """One field of a form: label, hint, error and control."""
    drawn: SafeString = bound.as_field_group()
    return drawn


@_component("filter_panel", in_page=True)
def filter_panel(context: Context, form: BaseForm, *, sort: str = "", title: str = "Filter") -> dict[str, Any]:
    """The filters of a list; they go into the query string."""
    return _page(context, form=form, sort=sort, title=title)


# Lists and facts


@_component("task_list")
def task_list(tasks: Iterable[Any]) -> dict[str, Any]:
    """Tasks with `label`, `status`, and perhaps `url` (without: cannot start yet), `hint`, `tone`."""
    return {"tasks": tasks}


@_component("timeline")
def timeline(entries: Sequence[Any], *, newest: int = 3) -> dict[str, Any]:
    """History, newest first: entries with `at`, `who`, `sentence` and perhaps `reason`. Older ones are folded."""
    return {"recent": entries[:newest], "older": entries[newest:]}


@_component("stage_tracker")
def stage_tracker(stages: Sequence[object], current: object, *, label: str = "Progress") -> dict[str, Any]:
    """Where a thing stands on its way: labels in order, and the current one (label, or number from 1)."""
    labels = [str(stage) for stage in stages]
    place = current - 1 if isinstance(current, int) else labels.index(str(current))
    states = ["done" if i < place else "current" if i == place else "next" for i in range(len(labels))]
    return {"stages": list(zip(labels, states, strict=True)), "label": label}


@_component("summary_list")
def summary_list(rows: Iterable[Any], *, compact: bool = False) -> dict[str, Any]:
    """Facts as key and value, with a "Change" link where a third item gives its address."""
    triples = [(*row, "")[:3] for row in (rows.items() if isinstance(rows, Mapping) else rows)]
    return {"rows": triples, "compact": compact}


@_component("key_figures")
def key_figures(figures: Iterable[Any]) -> dict[str, Any]:
    """A row of large numbers: value, label, and perhaps a note."""
    return {"figures": [(*figure, "")[:3] for figure in figures]}


@_component("data_table", in_page=True)
def data_table(context: Context, table: Table) -> dict[str, Any]:
    """A table from `portal.kernel.listing.table()`."""
    return _page(context, table=table)


@_component("listing", in_page=True)
def listing(context: Context, listing: ListingPage) -> dict[str, Any]:
    """A whole list page from `Listing.page()`: filters, count, table, pages, downloads, or why it is empty."""
    return _page(context, listing=listing)


@_component("pagination", in_page=True)
def pagination(context: Context, page: Any) -> dict[str, Any]:
    """Links to the other pages of a Django `Page`; nothing where there is only one."""
    numbers = page.paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1)
    return _page(context, page=page, numbers=list(numbers))


# Pictures and progress


@_component("bar_chart")
def bar_chart(bars: Iterable[Any], *, caption: str, unit: str = "", head: str = "Group") -> dict[str, Any]:
    """Bars beside their numbers, as one table: label, value, and perhaps the text to print for the value."""
    rows = [(*bar, None)[:3] for bar in bars]
    largest = max((value for _, value, _ in rows), default=0) or 1
    drawn = [(label, f"{100 * value / largest:.2f}%", text or shown(value)) for label, value, text in rows]
    return {"bars": drawn, "caption": caption, "unit": unit, "head": head}


@register.simple_block_tag(takes_context=True)
def figure(
    context: Context, content: str, caption: str, *, table: Table | None = None, wide: bool = False
) -> SafeString:
    """A picture (SVG inside the block) with its caption and its table; `wide` pictures scroll inside their frame."""
    return _draw(context, "figure", body=content, caption=caption, table=table, wide=wide)


@register.simple_block_tag(takes_context=True)
def progress(
    context: Context,
    content: str,
    *,
    label: str,
    value: int,
    maximum: int,
    sentence: str,
    note: str = "",
    url: str = "",
) -> SafeString:
    """A job's progress. While `url` is given, htmx asks it every two seconds for this same tag on a page of its own.

    Screen readers are told at each further tenth and at the end, not at every answer: the address carries what was
    said last.
    """
    request = context.get("request")
    tenth = str(10 * (10 * value // max(maximum, 1))) if url else "end"
    said = request.GET.get("said", "") if request else ""
    is_fragment = bool(request and request.headers.get("HX-Request"))
    poll = f"{url}{'&' if '?' in url else '?'}{urlencode({'said': tenth})}" if url else ""
    values = {"label": label, "value": value, "maximum": maximum, "sentence": sentence, "note": note, "body": content}
    return _draw(context, "progress", poll=poll, is_fragment=is_fragment, speaks=said != tenth, **values)
