"""Local accounts: guests, sponsors, admins."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, String, and_, or_
from sqlalchemy.orm import Mapped, mapped_column

from portal.basics.roles import Role, UserState
from portal.storage.db import Id, Key, Model, PrimaryKey, enum_column


class User(Model):
    """Anyone with a local account. A guest always has a sponsor who answers for them, and may have an end."""

    __tablename__ = "users"
    __table_args__ = (
        CheckConstraint("role <> 'guest' OR sponsor_id IS NOT NULL", name="guest_has_sponsor"),
        CheckConstraint("state <> 'active' OR activated_at IS NOT NULL", name="active_once_activated"),
        Index("ix_users_role_id", "role", "id"),
        Index("ix_users_sponsor_id_id", "sponsor_id", "id"),
    )

    id: Mapped[PrimaryKey]
    key: Mapped[Key]
    role: Mapped[Role] = mapped_column(enum_column(Role))
    state: Mapped[UserState] = mapped_column(enum_column(UserState), default=UserState.INVITED)
    address: Mapped[str] = mapped_column(String(254), unique=True)  # as `basics.addresses` spells it
    name: Mapped[str] = mapped_column(String(200), default="")  # empty until the person has said it
    department: Mapped[str] = mapped_column(String(200), default="")
    sponsor_id: Mapped[Id | None] = mapped_column(ForeignKey("users.id"))  # None: staff
    password_hash: Mapped[str | None] = mapped_column(String(200))  # None: not set yet, or voided
    password_changed_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    activated_at: Mapped[datetime | None]  # None: has not set a password yet
    ends_at: Mapped[datetime | None]  # None: no end

    def is_live(self, at: datetime) -> bool:
        """Whether the account can do anything at all: set up, not disabled, not ended."""
        return self.state is UserState.ACTIVE and (self.ends_at is None or self.ends_at > at)

    @classmethod
    def live_at(cls, at: datetime) -> ColumnElement[bool]:
        """The same rule as `is_live`, for queries."""
        return and_(cls.state == UserState.ACTIVE, or_(cls.ends_at.is_(None), cls.ends_at > at))

    @property
    def is_guest(self) -> bool:
        return self.role is Role.GUEST

    @property
    def is_admin(self) -> bool:
        return self.role is Role.ADMIN

    @property
    def display_name(self) -> str:
        return self.name or self.address

    @property
    def initials(self) -> str:
        """One or two letters for the round badge. Academic titles (“Prof. Dr.”) do not count where a name follows."""
        said = self.display_name.split("@")[0].split()
        untitled = [word for word in said if not word.endswith(".")] or said
        words = [word for word in " ".join(untitled).replace(".", " ").split() if word[0].isalnum()]
        return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)).upper() or "?"
