"""Addresses in pages are those that Flask makes, whatever is put into them."""

import pytest
from flask import url_for
from werkzeug.routing import BuildError, IntegerConverter

from portal.web.addresses import Addresses

WORDS = ("abcdefgh12345678", "a%b", "with space", "é", "../up", "a/b", "", "x&y=z", "stands4a0word", "%(key)s")
NUMBERS = (0, 7, 90090090, 123456789)


def test_every_route_has_the_address_that_flask_makes(app):
    addresses = Addresses(app)
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            for word, number in [(word, 7) for word in WORDS] + [(WORDS[0], number) for number in NUMBERS]:
                values = {
                    name: number if isinstance(rule._converters[name], IntegerConverter) else word
                    for name in rule.arguments
                }
                for more in ({}, {"page": number}, {"show": word}, {"show": None}):
                    given = values | more
                    assert addresses.url_for(rule.endpoint, **given) == url_for(rule.endpoint, **given)


def test_the_words_of_url_for_go_on_to_flask(app):
    addresses = Addresses(app)
    with app.test_request_context("/watch/abc"):
        for _ in range(2):
            assert addresses.url_for("guest.watch.show", key="abc", _anchor="player") == "/watch/abc#player"
            assert addresses.url_for("guest.watch.show", key="abc", _external=True).startswith("http://")


def test_what_leads_nowhere_is_a_fault(app):
    with app.test_request_context(), pytest.raises(BuildError):
        Addresses(app).url_for("guest.watch.show")


def test_pages_use_it(app):
    assert isinstance(app.jinja_env.globals["url_for"].__self__, Addresses)
