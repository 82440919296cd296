"""What is true of every template, whoever wrote it (design/README, "Words"; style.md, "Forms, pages, components")."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from jinja2 import Environment, nodes

from portal.mail import rendering

ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "templates"
ALL = sorted(
    str(file.relative_to(TEMPLATES))
    for file in TEMPLATES.rglob("*")
    if file.suffix in (".html", ".txt") and file.is_file()
)
PAGES = [name for name in ALL if not name.startswith("email/")]
# What a letter shows is put inline when it is written: mail readers know no other way.
NOTHING_INLINE = {
    "a style attribute": re.compile(r"\sstyle\s*=", re.IGNORECASE),
    "a style element": re.compile(r"<style\b", re.IGNORECASE),
    "a script that stands in the page": re.compile(r"<script\b(?![^>]*\bsrc=)(?![^>]*application/json)", re.IGNORECASE),
    "a script without a nonce": re.compile(r"<script\b(?![^>]*\bnonce=)", re.IGNORECASE),
    "an event attribute": re.compile(r"\son[a-z]+\s*=\s*[\"']", re.IGNORECASE),
    "a script address": re.compile(r"javascript:", re.IGNORECASE),
}
UNKIND_WORDS = re.compile(r"\b(please|oops|sorry|invalid|users?|access denied)\b|\w!(?!=)", re.IGNORECASE)
# A literal that is marked safe can be seen to be.
UNESCAPED = re.compile(r"(?<![\"'])\s*\|\s*safe\b|\{%-?\s*autoescape\s+false")


@pytest.fixture(scope="module")
def pages() -> Environment:
    """The environment that pages are written with."""
    from portal.web import template_tools

    app = Flask("portal", root_path=str(ROOT))
    template_tools.init_app(app)
    return app.jinja_env


def source_of(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")


def environment_of(name: str, pages: Environment) -> Environment:
    if not name.startswith("email/"):
        return pages
    return rendering._plain if name.endswith(".txt") else rendering._html


@pytest.mark.parametrize("name", ALL)
def test_every_template_compiles(name, pages):
    environment_of(name, pages).get_template(name)


@pytest.mark.parametrize("name", [name for name in PAGES if name.endswith(".html")])
def test_no_page_has_styles_or_scripts_inside(name):
    source = re.sub(r"\{#.*?#\}", "", source_of(name), flags=re.DOTALL)

    assert [what for what, pattern in NOTHING_INLINE.items() if pattern.search(source)] == []


@pytest.mark.parametrize("name", ALL)
def test_what_is_not_escaped_says_why(name):
    """`|safe` stands in the line of a comment, or right below one, that begins with "safe:"."""
    lines = source_of(name).splitlines()
    silent = [
        number
        for number, line in enumerate(lines, start=1)
        if UNESCAPED.search(line) and "safe:" not in "".join(lines[max(0, number - 2) : number])
    ]

    assert silent == []


@pytest.mark.parametrize("name", ALL)
def test_words_are_the_portal_s(name, pages):
    found = [match.group() for match in UNKIND_WORDS.finditer(words_of(name, pages))]

    assert found == []


def words_of(name: str, pages: Environment) -> str:
    """What a reader sees of a template: its text without tags, and the text it hands to components."""
    tree = environment_of(name, pages).parse(source_of(name))
    written = "{}".join(data.data for data in tree.find_all(nodes.TemplateData))
    shown = re.sub(r"<!--.*?-->|<[^>]*>", " ", written, flags=re.DOTALL)
    said = " ".join(
        constant.value
        for call in tree.find_all(nodes.Call)
        for constant in call.find_all(nodes.Const)
        if isinstance(constant.value, str) and " " in constant.value
    )
    return f"{shown} {said}"


def test_every_macro_is_used(pages):
    trees = {name: environment_of(name, pages).parse(source_of(name)) for name in ALL}
    defined = {macro.name: name for name, tree in trees.items() for macro in tree.find_all(nodes.Macro)}
    used = {word for tree in trees.values() for word in _called(tree)}

    assert {macro: name for macro, name in defined.items() if macro not in used} == {}


def _called(tree: nodes.Template) -> Iterator[str]:
    for call in tree.find_all(nodes.Call):
        match call.node:
            case nodes.Name(name=name) | nodes.Getattr(attr=name):
                yield name


def test_every_page_template_is_used():
    """Each is rendered by a view or built on by another template. Pages for errors are found by their number."""
    sources = [file.read_text(encoding="utf-8") for file in (ROOT / "portal").rglob("*.py")]
    sources += [source_of(name) for name in ALL]
    mentioned = set(re.findall(r"[\"']([\w./-]+\.(?:html|txt))[\"']", "\n".join(sources)))

    assert [name for name in PAGES if name not in mentioned and not re.match(r"errors/\d+\.html", name)] == []
