"""Who is who in the demo. Everybody is invented."""

from dataclasses import dataclass

PASSWORD = "lantern violin harvest comet"  # noqa: S105 - everybody's here, printed at each start
"""Set by each person through the rules, so it satisfies them."""
VIDEO_PASSWORD = "clover beneath the bridge"  # noqa: S105 - printed at each start
"""Of one recording."""


@dataclass(frozen=True)
class Person:
    """Somebody with an address, a browser and, once they have come in, a name."""

    address: str
    name: str = ""
    department: str = ""
    device: str = "Firefox on Windows"
    network: str = "198.51.100.73"


HOUSE = Person("", network="192.0.2.14")
"""Whoever sits at a desk of the institution."""

NORA = Person("nora.quist@aldermere.example", "Nora Quist", "Media Services", "Chrome on Linux", "192.0.2.14")
DANA = Person("dana.lee@aldermere.example", "Dana Lee", "Alumni and Giving", "Safari on a Mac", "192.0.2.14")
MAXIMILIANE = Person(
    "m.hohenfels-rautenstrauch@aldermere.example",
    "Prof. Dr. Maximiliane von Hohenfels-Rautenstrauch",
    "Institute for Water Research",
    "Firefox on Linux",
    "192.0.2.14",
)

IMANI = Person("imani.okafor@brightwater.example", "Imani Okafor", device="Safari on an iPhone", network="203.0.113.8")
ROSALIND = Person("r.achterberg@larkfield.example", "Rosalind Achterberg", device="Edge on Windows")
YUKI = Person("yuki.tanabe@sakura-trust.example", "Yuki Tanabe", device="Firefox on a Mac", network="2001:db8:41::/64")
OMAR = Person("omar@quill.example", "Omar Haddad-Quill", device="Chrome on Android", network="203.0.113.8")
GERALD = Person("gerald@fitzmaurice-partners.example", "Gerald Fitzmaurice", device="Chrome on Windows")
CAROLA = Person("carola.lindqvist@fjordbank.example", "Carola Lindqvist", device="Safari on an iPad")
LAYLA = Person("layla.haddad@desert-research.example", "د. ليلى عبد الرحمن حدّاد", device="Chrome on Windows")
LONG_NAME = Person(
    "anna-sophie.von-und-zu-hohenlohe-schwarzenfels@international-waterways-foundation.example",
    "Dr. Anna-Sophie Wilhelmine Freifrau von und zu Hohenlohe-Schwarzenfels-Wittgenborn",
    device="Edge on Windows",
)
NGOC = Person("bich.ngoc@mekong-delta.example", "Nguyễn Thị Bích Ngọc", device="Chrome on Android")

HENRIK = Person("henrik.moberg@northlight.example")  # invited; his link is printed
SIOBHAN = Person("siobhan@harbour-courier.example")  # invited, the letter is out
PETRA = Person("petra@novotna.example")  # invited as a judge
LE_BICH = Person("le.bich@delta.example")  # invited, the letter waits
WIERZBICKI = Person("t.wierzbicki@northgate.example")  # invited, the letter came back
ABERNATHY = Person("c.abernathy@oldmill.example")  # invited, never came, the link has run out
PRESS = Person("press.desk@tidewater-post.example")  # invited, then withdrawn
