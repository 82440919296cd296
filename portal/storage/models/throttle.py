"""Counters of tries, for the one throttle of all doors."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from portal.storage.db import Model, PrimaryKey


class ThrottleCounter(Model):
    """How often one door was tried from one network or for one account, and until when it waits."""

    __tablename__ = "throttle_counters"

    id: Mapped[PrimaryKey]
    name: Mapped[str] = mapped_column(String(64), unique=True)  # a hash of door and account or network
    tries: Mapped[int] = mapped_column(default=0)
    first_at: Mapped[datetime]
    last_at: Mapped[datetime] = mapped_column(index=True)
    waits_until: Mapped[datetime | None]
