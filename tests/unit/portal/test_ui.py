"""The components: their words, shapes and roles; and the vendored files they stand on."""

from __future__ import annotations

import datetime
import hashlib
import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import html5lib
import pytest
from django import forms
from django.conf import settings
from django.template import Context, RequestContext, Template
from django.template.loader import get_template
from django.test import RequestFactory

from portal.kernel.forms import HouseForm
from portal.kernel.listing import Cell, Column, Empty, Listing, ListRows, table
from portal.pages.gallery import gallery
from portal.templatetags.ui import SHAPES, TONE_OF

VENDOR = Path(settings.BASE_DIR) / "static" / "vendor"
TEMPLATES = Path(settings.BASE_DIR) / "templates"


def draw(source: str, path: str = "/here/", **values: Any) -> str:
    headers = values.pop("headers", {})
    request = RequestFactory().get(path, headers=headers)
    page = Template("{% load ui %}" + source).render(RequestContext(request, values))
    document = f"<!DOCTYPE html><html><head><title>x</title></head><body>{page}</body></html>"
    html5lib.HTMLParser(strict=True).parse(document)
    assert not re.search(r'\s(style|on[a-z]+)="', page)
    return page


# Words and shapes


def test_tag__of_a_known_status__has_its_word_and_its_shape() -> None:
    page = draw('{% tag "finished" %}')
    assert "lectern-tag--good" in page
    assert ">Finished</strong>" in page
    assert SHAPES["good"] in page


def test_tag__of_an_unknown_status__is_neutral() -> None:
    assert "lectern-tag--neutral" in draw('{% tag "sleeping" %}')


def test_tag__with_a_tone__takes_it() -> None:
    assert "lectern-tag--warning" in draw('{% tag "Amber (2)" "warning" %}')


def test_shapes__differ_for_every_tone() -> None:
    assert len(set(SHAPES.values())) == len(SHAPES)
    assert set(TONE_OF.values()) <= set(SHAPES)


def test_components__given_text_from_people__escape_it() -> None:
    evil = "<script>alert(1)</script>"
    source = (
        "{% tag x %}{% reference x %}{% person x x %}{% turn x %}{% page_heading x caption=x status=x %}"
        "{% breadcrumbs x %}{% empty_state x x action=x url='/' %}{% button x url='/' %}{% button x post='/' %}"
        "{% summary_list rows %}{% key_figures rows %}{% task_list tasks %}{% data_table made %}"
        "{% bar_chart bars caption=x unit=x %}{% details x %}{{ x }}{% enddetails %}"
        "{% notice x %}{{ x }}{% endnotice %}{% figure x %}{{ x }}{% endfigure %}"
        "{% progress label=x value=1 maximum=2 sentence=x note=x %}{{ x }}{% endprogress %}"
    )
    page = draw(
        source,
        x=evil,
        rows=[(evil, evil)],
        tasks=[{"label": evil, "status": evil, "hint": evil}],
        made=table(evil, [Column(evil, lambda row: Cell(evil, note=evil), unit=evil)], [1]),
        bars=[(evil, 3, evil)],
    )
    assert "<script>" not in page


def test_turn__says_who_since_and_until() -> None:
    page = draw("{% turn 'the committee' since=a due=b %}", a=datetime.date(2026, 5, 3), b=datetime.date(2026, 5, 24))
    assert re.sub(r"<[^>]+>", "", page).strip() == "With the committee since 3 May 2026, due by 24 May 2026"


def test_person__who_reads__is_told_so() -> None:
    ada = SimpleNamespace(display_name="Ada")
    request = RequestFactory().get("/")
    request.user = ada  # type: ignore[assignment]
    page = Template("{% load ui %}{% person ada %}{% person ben %}").render(
        Context({"request": request, "ada": ada, "ben": SimpleNamespace(display_name="Ben")})
    )
    assert "Ada (you)" in page
    assert "Ben (you)" not in page


# Controls


def test_button__that_posts__carries_the_token_and_minds_double_clicks() -> None:
    page = draw("{% button 'Cancel query' post='/cancel/' kind='warning' %}")
    assert 'method="post"' in page
    assert "csrfmiddlewaretoken" in page
    assert 'data-prevent-double-click="true"' in page


def test_action_panel__of_transitions__posts_the_safe_and_confirms_the_dangerous() -> None:
    actions = [
        SimpleNamespace(action="rerun", label="Run again", danger=False, reason_required=False),
        SimpleNamespace(action="cancel", label="Cancel query", danger=True, reason_required=True),
    ]
    page = draw("{% action_panel actions base_url='/q/' refusals=why %}", actions=actions, why=["Not yet: it runs."])
    assert '<form class="lectern-button-form" method="post" action="/q/rerun/">' in page
    assert '<a href="/q/cancel/"' in page
    assert "Not yet: it runs." in page
    assert "disabled" not in page


def test_action_panel__without_actions_and_refusals__is_not_there() -> None:
    assert draw("{% action_panel actions %}", actions=[]).strip() == ""


class Small(HouseForm):
    """One field, and a rule over the whole."""

    name = forms.CharField(label="Name")
    kind = forms.ChoiceField(label="Kind", choices=(("a", "A"),), widget=forms.RadioSelect)

    def clean(self) -> None:
        raise forms.ValidationError("Both cannot be.")


def test_error_summary__links_to_each_field() -> None:
    page = draw("{% error_summary form %}{{ form }}", form=Small({}))
    assert '<a href="#id_name">Enter the name</a>' in page
    assert '<a href="#id_kind_0">Choose the kind</a>' in page
    assert 'id="id_kind_0"' in page
    assert "<li>Both cannot be.</li>" in page


def test_error_summary__without_errors__is_not_there() -> None:
    assert draw("{% error_summary form %}", form=Small()).strip() == ""


def test_house_form__posts_with_token_and_one_submit_button() -> None:
    page = draw("{% house_form form submit='Save name' cancel='/back/' %}", form=Small())
    assert page.count("<button") == 1
    assert "csrfmiddlewaretoken" in page
    assert 'href="/back/"' in page


# Lists, tables, progress


def listed(query: str, rows: int = 120) -> dict[str, Any]:
    listing = Listing(
        caption="Numbers",
        noun=("number", "numbers"),
        columns=(Column("Number", "n", sort="n", is_key=True, align="right", unit="each"),),
        default_sort="n",
        tie_breaker="n",
        empty=Empty("No numbers yet", "They come later.", "Add one", "/add/"),
    )
    request = RequestFactory().get(f"/here/?{query}")
    return {"listing": listing.page(request, ListRows([{"n": i} for i in range(rows)]))}


def test_listing__drawn__keeps_the_state_in_its_links() -> None:
    page = draw("{% listing listing %}", path="/here/?sort=-n&page=2&q=x", **listed("sort=-n&page=2&q=x"))
    assert 'href="?sort=n&amp;q=x"' in page
    assert 'href="?sort=-n&amp;page=3&amp;q=x"' in page
    assert 'aria-sort="descending"' in page
    assert "51 to 100 of 120 numbers" in page
    assert 'aria-current="page"' in page


def test_listing__without_rows__says_what_to_do() -> None:
    page = draw("{% listing listing %}", **listed("", rows=0))
    assert "No numbers yet" in page
    assert '<a class="govuk-link" href="/add/">Add one</a>' in page
    assert "<table" not in page


def test_table__can_be_scrolled_by_keyboard_and_has_a_name() -> None:
    page = draw("{% data_table made %}", made=table("People", [Column("Name", "n", is_key=True)], [{"n": "A"}]))
    assert 'data-two-dimensional tabindex="0" role="region" aria-label="People"' in page
    assert '<th scope="row">A</th>' in page


PROGRESS = "{% progress label='Reading' value=value maximum=40 sentence=s url=url %}{% endprogress %}"


def test_progress__on_a_page__polls_and_has_a_place_to_speak() -> None:
    page = draw(PROGRESS, value=13, s="13 of 40", url="/q/progress/")
    assert 'hx-get="/q/progress/?said=30" hx-trigger="every 2s"' in page
    assert 'aria-live="polite"></p>' in page
    assert "Refresh to see how far it is" in page


def test_progress__as_a_fragment__speaks_at_each_tenth_only() -> None:
    values = {"s": "13 of 40", "url": "/q/progress/", "headers": {"HX-Request": "true"}}
    assert "hx-swap-oob" not in draw(PROGRESS, path="/q/progress/?said=30", value=13, **values)
    assert "hx-swap-oob" in draw(PROGRESS, path="/q/progress/?said=20", value=13, **values)


def test_progress__at_the_end__stops_asking() -> None:
    headers = {"HX-Request": "true"}
    page = draw(PROGRESS, path="/q/progress/?said=90", value=40, s="Done", url="", headers=headers)
    assert "hx-get" not in page
    assert '<p id="progress-said" hx-swap-oob="innerHTML">Done</p>' in page


def test_progress__of_an_empty_job__is_drawn() -> None:
    assert 'max="0"' in draw(PROGRESS.replace("maximum=40", "maximum=0"), value=0, s="Nothing to read", url="/q/")


def test_bar_chart__gives_the_number_beside_each_bar() -> None:
    page = draw("{% bar_chart bars caption='By sex' unit='People' %}", bars=[("F", 8, None), ("M", 2, "fewer than 5")])
    assert 'width="100.00%"' in page
    assert 'width="25.00%"' in page
    assert ">fewer than 5</td>" in page


def test_bar_chart__of_zeros__has_no_bars() -> None:
    assert 'width="0.00%"' in draw("{% bar_chart bars caption='x' %}", bars=[("F", 0)])


def test_stage_tracker__tells_done_now_and_to_come() -> None:
    page = draw("{% stage_tracker stages 2 %}", stages=["Draft", "Checks", "Active"])
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page)).strip()
    assert text == "✓Draft (done) 2Checks (now) 3Active (still to come)"
    assert page.count('aria-current="step"') == 1


def test_timeline__folds_all_but_the_newest() -> None:
    at = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    entries = [SimpleNamespace(at=at, who="Ada", sentence=f"step {i}", reason="") for i in range(5)]
    page = draw("{% timeline entries %}", entries=entries)
    assert page.index("Step 2") < page.index("<details") < page.index("Step 3")
    assert "2 earlier events" in page


# The files


def test_vendored_files__are_what_the_list_says() -> None:
    packages = json.loads((VENDOR / "vendor.json").read_text())
    listed_files = {path: digest for package in packages for path, digest in package["files"].items()}
    found = {str(path.relative_to(VENDOR)) for path in VENDOR.glob("*/**/*") if path.is_file()}
    assert found == set(listed_files)
    for path, digest in listed_files.items():
        assert hashlib.sha256((VENDOR / path).read_bytes()).hexdigest() == digest, path
        assert digest in (VENDOR / "VENDORED.md").read_text()


def test_vendored_files__hold_no_licensed_typeface_crown_or_crest() -> None:
    for path in VENDOR.glob("*/*.css"):
        text = path.read_text()
        assert "GDS Transport" not in text
        assert "crest" not in text
        assert "crown" not in text
        assert not re.search(r"url\((?!['\"]?data:)", text), f"{path.name} asks for another file"


@pytest.mark.parametrize("template", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: path.name)
def test_template__has_nothing_inline_and_asks_no_other_origin(template: Path) -> None:
    text = template.read_text()
    assert not re.search(r"\s(style|on[a-z]+)\s*=\s*[\"']", text)
    assert not re.search(r"<style\b|<script\b(?![^>]*\bsrc=)", text)
    assert not re.search(r"(src|href)=[\"'](https?:)?//", text)


@pytest.mark.parametrize("name", ["base.html", "errors/standalone.html"])
def test_static_files__named_by_the_frame__exist(name: str) -> None:
    text = (TEMPLATES / name).read_text()
    named = re.findall(r"{% static '([^']+)' %}", text) + re.findall(r'get_static_prefix %}([^"]+)"', text)
    assert len(named) >= 3
    for path in named:
        assert (VENDOR.parent / path).is_file(), path


# The gallery


@pytest.mark.parametrize("query", ["", "errors=1", "empty=1", "gene=nobody", "sort=-variant&page=3", "done=40"])
def test_gallery__in_each_state__is_valid_with_one_heading_and_unique_ids(query: str) -> None:
    page = gallery(RequestFactory().get(f"/ui/?{query}")).content.decode()
    html5lib.HTMLParser(strict=True).parse(page)
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert page.count("<h1") == 1
    assert ("<title>Error: " in page) == ("errors" in query)
    assert page.index("govuk-skip-link") < page.index("<header")


def test_gallery__asked_by_htmx__answers_with_the_job_alone() -> None:
    page = gallery(RequestFactory().get("/ui/?done=16&said=30", headers={"HX-Request": "true"})).content.decode()
    assert page.strip().startswith('<p id="progress-said"')
    assert "<main" not in page


@pytest.mark.parametrize("name", ["500.html", "503.html"])
def test_failure_page__without_context_or_hashed_names__is_drawn(name: str) -> None:
    html5lib.HTMLParser(strict=True).parse(get_template(name).render())
