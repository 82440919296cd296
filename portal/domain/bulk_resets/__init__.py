"""Passwords reset in bulk (product.md, Admins: Reset passwords; docs/resets.md)."""

from portal.domain.bulk_resets.voiding import of_form, void

__all__ = ["of_form", "void"]
