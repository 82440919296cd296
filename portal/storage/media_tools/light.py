"""Films whose light reaches further than a usual screen's, as telephones make them: brought to what every one shows."""

from portal.storage.media_tools.probe import Probe
from portal.storage.media_tools.tools import Tools, filters_of

_REFERENCE_WHITE = 203  # candela a square metre: what is white in such a film is white in ours (ITU-R BT.2408, 3.1)


def in_usual_light(probe: Probe, tools: Tools) -> list[str]:
    """Filters that bring HLG and PQ (ITU-R BT.2100) to the colours of BT.709; none for other films.

    Only what is brighter than white is pressed together. Tools that lack the filters leave such a film as it is.
    """
    if not probe.has_wide_light or not maps_light(tools):
        return []
    return [
        "format=yuv420p10",
        f"zscale=tin={probe.light}:pin=bt2020:min=bt2020nc:rin=tv:t=linear:npl={_REFERENCE_WHITE}",
        "format=gbrpf32le",
        "zscale=p=bt709",
        "tonemap=mobius:desat=0",
        "zscale=t=bt709:m=bt709:r=tv",
    ]


def maps_light(tools: Tools) -> bool:
    """Whether these tools have what it takes; not every build has."""
    return {"zscale", "tonemap"} <= filters_of(tools)
