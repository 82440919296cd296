"""Accounts: finding them, and what may be their names."""

import unicodedata

from sqlalchemy import select

from portal.basics import addresses
from portal.basics.errors import NotFound
from portal.mail.wording import one_line
from portal.storage.db import db
from portal.storage.models import User

LONGEST_NAME = 200


class BadName(ValueError):
    """The text cannot be a person's name; the message says so in words fit to show beside the field."""


def find_by_address(address: str) -> User | None:
    """The account of a mail address, compared normalised, capitals or not; None: there is none, or it is no address."""
    try:
        normal = addresses.normalise(address)
    except addresses.NotAnAddress:
        return None
    return db.session.scalar(select(User).where(User.address == normal))


def get(key: str) -> User:
    """The account of this key. Raises `NotFound`."""
    user = db.session.scalar(select(User).where(User.key == key))
    if user is None:
        raise NotFound("There is no such person")
    return user


def read_name(typed: str) -> str:
    """A person's name as it is kept: any script, on one line, without control characters. Raises `BadName`."""
    name = one_line(unicodedata.normalize("NFC", typed.encode("utf-8", "ignore").decode()))
    if not any(unicodedata.category(letter)[0] in "LNS" for letter in name):
        raise BadName("Enter your name")
    if len(name) > LONGEST_NAME:
        raise BadName(f"A name has {LONGEST_NAME} characters at most; this one has {len(name)}")
    return name


def sponsor_of(user: User) -> User | None:
    """Who answers for this guest; None for staff."""
    return db.session.get(User, user.sponsor_id) if user.sponsor_id else None
