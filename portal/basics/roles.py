"""Who a user is to the portal: one role each (product.md, Words)."""

from enum import StrEnum


class Role(StrEnum):
    GUEST = "guest"
    SPONSOR = "sponsor"
    ADMIN = "admin"

    @property
    def is_staff(self) -> bool:
        return self is not Role.GUEST


class UserState(StrEnum):
    """Where an account stands. That its end has passed is worked out from `ends_at`, never stored."""

    INVITED = "invited"
    ACTIVE = "active"
    DISABLED = "disabled"
