"""What is compiled with its macros written in says, to the letter, what the calls said."""

import pytest
from flask.templating import Environment
from jinja2 import DictLoader, StrictUndefined

from portal.web.inlining import InliningEnvironment

TABLES = """
{%- macro row() -%}<tr>{{ caller() }}</tr>{%- endmacro -%}
{%- macro cell(label, value=none, firm=false) -%}
<td data-label="{{ label }}"{% if firm %} class="firm"{% endif %}>
{%- if caller is defined %}{{ caller() }}{% else %}{{ value }}{% endif %}</td>
{%- endmacro -%}
{%- set secret = "of the module" -%}
{%- macro of_module() -%}{{ secret }}{%- endmacro -%}
{%- macro with_import(word) -%}{{ cell("inner", word) }}{%- set word = "changed" %}{{ word }}{%- endmacro -%}
{%- macro in_circles(number) -%}{{ number }}{% if number > 0 %}{{ in_circles(number - 1) }}{% endif %}{%- endmacro -%}
{%- macro over(words) -%}{% for word in words %}{{ loop.index }}{{ word }}{{ cell(word) }}{% endfor %}{%- endmacro -%}
"""
HEAD = '{% from "tables.html" import row, cell, of_module, with_import, in_circles, over, cell as box %}'
PAGES = {
    "a value": "{{ cell('Until', '<never>', firm=true) }}",
    "a default": "{{ cell('Until') }}",
    "a block": "{% call row() %}{{ cell('A', mark) }}{% call cell('B') %}<b>{{ mark }}</b>{% endcall %}{% endcall %}",
    "names that meet": "{% set label = 'mine' %}{% call cell('theirs') %}{{ label }}{% endcall %}{{ label }}",
    "another name": "{{ box('A', 1) }}",
    "the module's own names": "{{ of_module() }}",
    "a macro in a macro": "{% set word = 'kept' %}{{ with_import('<w>') }}{{ word }}",
    "a circle": "{{ in_circles(3) }}",
    "a loop": "{% for word in ['x', '<y>'] %}{{ over([word, word]) }}{{ loop.last }}{% endfor %}",
    "a filter": "{{ cell('a')|upper }}{{ cell('a') ~ cell('b') }}",
    "kept for later": "{% set kept %}{{ cell('a', mark) }}{% endset %}{{ kept }}{{ kept }}",
    "of the page": "{% macro mine(a) %}{{ cell(a) }}{{ mark }}{% endmacro %}{{ mine('x') }}",
    "a macro's name as a parameter": "{% macro shows(cell) %}{{ cell('x') }}{% endmacro %}{{ shows(box) }}",
    "stars": "{{ cell(*['a', 'b']) }}{{ cell(**{'label': 'c'}) }}",
    "inside a block": "{% block content %}{% for n in [1, 2] %}{{ cell(n, mark) }}{% endfor %}{% endblock %}",
    "a macro that takes from its block": "{% macro each(some) %}{% for s in some %}{{ caller(s) }}{% endfor %}"
    "{% endmacro %}"
    "{% call(s) each([1, 2]) %}{{ cell(s) }}{% endcall %}",
}


def rendered(kind, page):
    loader = DictLoader({"tables.html": TABLES, "page.html": HEAD + page})
    return _made(kind, loader).get_template("page.html").render(mark="<mark>")


def _made(kind, loader):
    environment = kind.__new__(kind)
    super(Environment, environment).__init__(loader=loader, undefined=StrictUndefined, autoescape=True)
    return environment


@pytest.mark.parametrize("name", PAGES)
def test_a_page_says_the_same(name):
    assert rendered(InliningEnvironment, PAGES[name]) == rendered(Environment, PAGES[name])


def test_the_calls_are_gone():
    loader = DictLoader({"tables.html": TABLES, "page.html": HEAD + PAGES["a block"]})
    compiled = _made(InliningEnvironment, loader).compile(HEAD + PAGES["a block"], "page.html", raw=True)

    assert "context.call" not in compiled


def test_a_value_that_is_missing_is_still_a_fault():
    with pytest.raises(Exception, match="absent"):
        rendered(InliningEnvironment, "{{ cell('A', absent) }}")


def test_the_pages_of_the_app_are_made_this_way(app):
    assert isinstance(app.jinja_env, InliningEnvironment)
