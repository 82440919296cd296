"""The icons: inline SVG on a 24 grid, each drawn once and kept (design, "Icons")."""

# ruff: noqa: E501 - a shape is a line
from functools import cache

from markupsafe import Markup

_SHAPES = {
    "alert": '<path d="M12 4 2.8 20h18.4z"/><path d="M12 10v4.5M12 17.3v.1"/>',
    "back": '<path d="m15 5-7 7 7 7"/>',
    "bell": '<path d="M6 17V11a6 6 0 0 1 12 0v6l1.5 1.5h-15zM10 21h4"/>',
    "calendar": '<rect x="4" y="5.5" width="16" height="15" rx="2"/><path d="M4 10.5h16M8.5 3v4M15.5 3v4"/>',
    "captions": (
        '<rect x="3" y="5" width="18" height="14" rx="2"/><path d="M10.5 10.3a2 2 0 1 0 0 3.4M16.8 10.3a2 2 0 1 0 0 3.4"/>'
    ),
    "check": '<path d="m5 12.5 4.5 4.5L19 7.5"/>',
    "clock": '<circle cx="12" cy="12" r="8.5"/><path d="M12 7.5V12l3 2"/>',
    "copy": '<rect x="8.5" y="8.5" width="12" height="12" rx="2"/><path d="M15.5 5.5v-2h-12v12h2"/>',
    "cross": '<path d="m6 6 12 12M18 6 6 18"/>',
    "device": '<rect x="3" y="4.5" width="18" height="12" rx="2"/><path d="M8.5 20h7M12 16.5V20"/>',
    "down": '<path d="m6 9.5 6 6 6-6"/>',
    "download": '<path d="M12 4v11M7.5 11l4.5 4.5 4.5-4.5M5 20h14"/>',
    "edit": '<path d="M4 20l1-4.5L16.5 4 20 7.5 8.5 19zM14 6.5l3.5 3.5"/>',
    "eye": (
        '<path d="M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12z"/><circle cx="12" cy="12" r="3"/>'
    ),
    "film": (
        '<rect x="3" y="5" width="18" height="14" rx="2"/><path d="M7.5 5v14M16.5 5v14M3 9.7h4.5M3 14.3h4.5M16.5 9.7H21M16.5 14.3H21"/>'
    ),
    "folder": '<path d="M3 18.5v-13h6l2 2.5h10v10.5z"/>',
    "forward": '<path d="m9 5 7 7-7 7"/>',
    "full-screen": '<path d="M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5"/>',
    "info": '<circle cx="12" cy="12" r="8.5"/><path d="M12 11.5v5M12 8v.1"/>',
    "key": '<circle cx="8" cy="15.5" r="4.5"/><path d="m11.3 12.2 8.2-8.2M16 7.5l3 3"/>',
    "link": (
        '<path d="M10 14a4.2 4.2 0 0 0 6 0l3.3-3.3a4.2 4.2 0 0 0-6-6l-1.4 1.4M14 10a4.2 4.2 0 0 0-6 0l-3.3 3.3a4.2 4.2 0 0 0 6 6l1.4-1.4"/>'
    ),
    "lock": '<rect x="5" y="10.5" width="14" height="10" rx="2"/><path d="M8 10.5V8a4 4 0 0 1 8 0v2.5"/>',
    "mail": '<rect x="3" y="5.5" width="18" height="13" rx="2"/><path d="m3.5 7.5 8.5 6 8.5-6"/>',
    "menu": '<path d="M4 6.5h16M4 12h16M4 17.5h16"/>',
    "pause": '<path d="M8.5 5.5v13M15.5 5.5v13"/>',
    "people": (
        '<circle cx="9" cy="8" r="3.5"/><path d="M2.5 20c0-4 3-6 6.5-6s6.5 2 6.5 6M15.5 4.8a3.5 3.5 0 0 1 0 6.4M18 14.5c2.2.8 3.5 2.6 3.5 5.5"/>'
    ),
    "play": '<path d="M8 5.5v13l10.5-6.5z" fill="currentColor"/>',
    "plus": '<path d="M12 5v14M5 12h14"/>',
    "refresh": '<path d="M19.5 12a7.5 7.5 0 1 1-2.2-5.3L20 9.4M20 4v5.4h-5.4"/>',
    "search": '<circle cx="10.5" cy="10.5" r="6.5"/><path d="m15.5 15.5 5 5"/>',
    "send": '<path d="M20.5 3.5 3.5 10l7 3.5 3.5 7z"/><path d="m10.5 13.5 3.5-3.5"/>',
    "settings": (
        '<path d="M4 7h9M17 7h3M4 17h3M11 17h9"/><circle cx="15" cy="7" r="2"/><circle cx="9" cy="17" r="2"/>'
    ),
    "shield": '<path d="M12 3 5 5.5V11c0 5 3 8 7 10 4-2 7-5 7-10V5.5z"/>',
    "sign-out": '<path d="M14 4H5v16h9M10 12h10.5M17 8l3.5 4-3.5 4"/>',
    "sound": '<path d="M4 9.5v5h3.5l4.5 4v-13l-4.5 4zM15.5 9a4.2 4.2 0 0 1 0 6M18 6.5a8 8 0 0 1 0 11"/>',
    "stop": '<circle cx="12" cy="12" r="8.5"/><path d="M12 7.5v5.5M12 16.2v.1"/>',
    "suspended": '<circle cx="12" cy="12" r="8.5"/><path d="M10 9v6M14 9v6"/>',
    "trash": '<path d="M4.5 6.5h15M9 6.5V4h6v2.5M6.5 6.5l1 14h9l1-14M10.3 10.5v6M13.7 10.5v6"/>',
    "upload": '<path d="M12 15.5V4.5M7.5 9 12 4.5 16.5 9M5 20h14"/>',
    "user": '<circle cx="12" cy="8" r="4"/><path d="M4.5 20.5c0-4.2 3.4-6.5 7.5-6.5s7.5 2.3 7.5 6.5"/>',
}
_MIRRORED = frozenset({"back", "forward", "sign-out", "send"})
"""These point along the line of reading, so they turn with it. Play does not."""


@cache
def draw_icon(name: str, size: int = 20, label: str | None = None) -> Markup:
    """An icon of 16, 20 or 24 pixels; decoration unless `label` names it. Raises `KeyError` for an unknown name."""
    classes = "icon" + (f" icon--{size}" if size != 20 else "") + (" icon--mirrors" if name in _MIRRORED else "")
    spoken = Markup(' role="img" aria-label="{}"').format(label) if label else Markup(' aria-hidden="true"')
    # the shapes stand above: nothing of them comes from anyone
    return Markup('<svg class="{}" viewBox="0 0 24 24" width="{}" height="{}"{} focusable="false">{}</svg>').format(
        classes,
        size,
        size,
        spoken,
        Markup(_SHAPES[name]),  # noqa: S704 - a constant of this module
    )
