"""Looking for words in what is shared, in pages."""

from datetime import date

import pytest

from tests.domain.search.said import captions
from tests.factories import a_grant, a_guest, a_sponsor, a_video_session
from tests.web.admin.counting import queries_of


@pytest.fixture
def guest():
    return a_guest()


@pytest.fixture
def browser(client, guest):
    client.sign_in_as(guest)
    return client


def shared_with(guest, **given):
    video_session = a_video_session(**given)
    a_grant(video_session, guest)
    return video_session


def test_the_start_page_offers_it_where_there_is_something_to_find(browser, guest):
    shared_with(guest, title="Quartet")
    assert "Titles and spoken words" not in browser.get("/").text

    shared_with(guest, title="Harvest", presenter="Ines Calder", recorded_on=date(2025, 12, 4))
    page = browser.get("/")
    assert "Ines Calder, recorded 4 December 2025" in page.text
    found = browser.press("Find", words="harv")

    assert "One recording holds “harv”" in found.text
    assert "Quartet" not in found.text


def test_a_hit_leads_to_the_place_where_it_is_said(browser, guest):
    film = shared_with(guest, title="Energy", owner=a_sponsor(name="Dana Lee"))
    captions(film, (62, "<b>Solar</b> panels"))

    page = browser.get("/search?words=solar")

    assert "Energy" in page.text
    assert "From Dana Lee" in page.text
    assert [url for words, url in page.links.items() if "Solar panels" in words] == [f"/watch/{film.key}?at=62"]
    assert f"/watch/{film.key}" in page.links.values()


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("", "Titles, descriptions, presenters and what is said in the recordings are searched."),
        ("?words=%25", "Letters or digits are needed to look for."),
        ("?words=%00", "Titles, descriptions"),
        ("?words=zeppelin", "No recording that you can watch now holds “zeppelin”."),
        ("?words=<script>alert", "No recording that you can watch now holds “<script>alert”."),
    ],
)
def test_nothing_found_says_what_to_do(browser, asked, answer):
    assert answer in browser.get(f"/search{asked}").text


def test_staff_look_in_their_own_library(client):
    client.sign_in_as(a_sponsor())

    answer = client.get("/search?words=gala night")

    assert (answer.status, answer.location) == (303, "/sessions?words=gala+night")


def test_a_page_of_hits_takes_few_queries(browser, guest):
    for _ in range(20):
        captions(shared_with(guest, title="Gala"), (3, "the gala"))

    assert len(queries_of(lambda: browser.get("/search?words=gala"))) <= 5
