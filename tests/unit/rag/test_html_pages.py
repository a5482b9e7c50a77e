"""A page gives what its reader sees: all of its content, no menu, nothing hidden."""

from collections.abc import Callable
from pathlib import Path

import pytest

from rag.adapters.parsers.html.page import read_html
from rag.adapters.parsers.markdown import read_markdown
from rag.domain.documents import ParsedDocument
from unit.rag.test_parsers import LIMITS, shown, written

Read = Callable[[str], ParsedDocument]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def read_page(body: str) -> ParsedDocument:
        page = f"<!doctype html><html><body>{body}</body></html>"
        return read_html(written(tmp_path / "a.html", page), LIMITS)

    return read_page


FACT = "The pump runs dry after 40 seconds."
MENU = "<nav><ul><li><a href=/>Home</a><li><a href=/b>Shop</a></ul></nav>"


@pytest.mark.parametrize(
    "body",
    [
        f"<main><p>Short.</p></main><article><p>One.</p></article><article><p>{FACT}</p></article>",
        f"<form action=x><input name=s value=v><div><p>{FACT}</p></div></form>",
        f"<main><p>Before.</p><aside><p>{FACT}</p></aside></main>",
        f"<div>Before.<aside>{FACT}</aside></div>",
        f"<details><summary>More</summary><p>{FACT}</p></details>",
        f"<dl><dt>Dry run</dt><dd>{FACT}</dd></dl>",
        f"<table><tr><td><table><tr><td>{FACT}</td></tr></table></td></tr></table>",
        f"<table><tr><td><h2>Pump</h2><p>{FACT}</p></td></tr></table>",
        f"<table><tr><td>Pump<ul><li>Fast<li>{FACT}</ul></td></tr></table>",
        f"<noscript><p>{FACT}</p></noscript>",
        f"<main><h1>Pump</h1></main><section><h2>Use</h2>{FACT}</section>",
        f"<div><h3><button aria-expanded=false>{FACT}</button></h3><p>Yes.</p></div>",
        f"<article><header>{FACT}</header><footer>By the maker.</footer></article>",
        f"<div aria-hidden=true>{FACT}</div>",
        f"<custom-element><slot>{FACT}</slot></custom-element>",
        f"<svg><text>{FACT}</text></svg>",
        f"<fieldset><legend>Pump</legend><label>{FACT}</label></fieldset>",
        f'<a href="#t2">Use</a><div id=t2 role=tabpanel style="display:none">{FACT}</div>',
        f"<style>.a{{display:none}} .a.open{{display:block}}</style><p class='a open'>{FACT}</p>",
        f"<style>@media (max-width:9px){{p{{display:none}}}}</style><p>{FACT}</p>",
        f"<p style='font-size:0'><span style='font-size:12px'>{FACT}</span></p>",
        f"<div style='background:#123;color:white'>{FACT}</div>",
        f"<div style='visibility:hidden'><p style='visibility:visible'>{FACT}</p></div>",
    ],
)
def test_content_is_kept_whatever_wraps_it(read: Read, body: str) -> None:
    document = read(MENU + body + "<footer>Imprint</footer>")
    assert FACT in document.text
    assert "Home" not in document.text
    assert "Imprint" not in document.text


@pytest.mark.parametrize(
    "hidden",
    [
        "<p hidden>SECRET</p>",
        "<p style='display:none'>SECRET</p>",
        "<p style='DISPLAY : None !important'>SECRET</p>",
        "<p style='visibility:hidden'>SECRET</p>",
        "<p style='opacity:0'>SECRET</p>",
        "<p style='font-size:0'>SECRET</p>",
        "<p style='font:0/0 a; font-size:0px'>SECRET</p>",
        "<p style='position:absolute;left:-9999px'>SECRET</p>",
        "<p style='text-indent:-5000px'>SECRET</p>",
        "<p style='color:#fff'>SECRET</p>",
        "<p style='color:rgba(0,0,0,0)'>SECRET</p>",
        "<font color=white>SECRET</font>",
        "<div style='background:#336699'><p style='color:rgb(51,102,153)'>SECRET</p></div>",
        "<table bgcolor=black><tr><td><span style='color:#000'>SECRET</span></td></tr></table>",
        "<style>.x1 > p:first-child {display:none}</style><div class=x1><p>SECRET</p></div>",
        "<style>#k{font-size:0}</style><p id=k>SECRET</p>",
        "<style>@media screen{.q{opacity:0}}</style><h2 class=q>SECRET</h2>",
        "<style>.s{position:absolute;clip:rect(0,0,0,0)}</style><p class=s>SECRET</p>",
        "<p style='height:0;overflow:hidden'>SECRET</p>",
        "<p style='transform:scale(0)'>SECRET</p>",
        "<template><p>SECRET</p></template>",
        "<table><tr><td>a<span style='display:none'>SECRET</span></td></tr></table>",
    ],
)
def test_what_no_reader_sees_is_left_out_and_said(read: Read, hidden: str) -> None:
    document = read(f"<p>{FACT}</p>{hidden}")
    assert "SECRET" not in document.text
    assert FACT in document.text
    assert [said.code for said in document.left_out] == ["hidden_text"]


def test_nothing_is_said_of_a_page_without_hidden_text(read: Read) -> None:
    assert read(f"{MENU}<p>{FACT}</p><script>x()</script><!-- y -->").left_out == ()


def test_cookie_banners_and_side_columns_are_no_content(read: Read) -> None:
    document = read(
        f"<header>Shop</header><div class=cookie-banner>We use cookies.</div>"
        f"<main><p>{FACT}</p></main><aside>News</aside><div role=dialog>Subscribe</div>"
    )
    assert document.text == FACT


def test_a_long_list_of_links_is_a_menu_but_not_when_it_is_the_page(read: Read) -> None:
    links = "".join(f"<li><a href=/{n}>Part {n}</a>" for n in range(12))
    assert read(f"<ul>{links}</ul><p>{FACT * 9}</p>").text == FACT * 9
    assert "Part 7" in read(f"<h1>Parts</h1><ul>{links}</ul>").text


def test_lines_terms_and_code_keep_their_shape(read: Read) -> None:
    document = read("<p>Mill Lane 4<br>Oslo<br><br>Open.</p><dl><dt>Fee<dd>12 EUR</dl><pre>a\n  b")
    assert shown(document) == [
        ("text", None, "Mill Lane 4\nOslo"),
        ("text", None, "Open."),
        ("text", None, "Fee: 12 EUR"),
        ("text", None, "a\n  b"),
    ]


def test_html_in_markdown_is_all_content(tmp_path: Path) -> None:
    source = f"# Pump\n\n<aside>\n{FACT}\n</aside>\n\n<nav>Read on.</nav>\n"
    document = read_markdown(written(tmp_path / "a.md", source), LIMITS)
    assert FACT in document.text
    assert "Read on." in document.text
