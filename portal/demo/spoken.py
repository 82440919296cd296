"""What is said in the demo's recordings, and the names of their parts."""

GIFT_ENGLISH = (
    (0.5, "Good evening, and welcome back to the Old Hall."),
    (4.0, "Four years ago forty students came here on your gift."),
    (8.0, "Thirty-eight of them have taken their degree."),
    (12.0, "Let me show you where they work today."),
    (16.0, "Most of them stayed in the north, in its clinics and its schools."),
    (20.0, "None of this would be here without you."),
)
GIFT_GERMAN = (
    (0.5, "Guten Abend, und willkommen zurück in der Alten Halle."),
    (4.0, "Vor vier Jahren kamen vierzig Studierende dank Ihrer Gabe hierher."),
    (8.0, "Achtunddreißig von ihnen haben ihren Abschluss gemacht."),
    (12.0, "Ich zeige Ihnen, wo sie heute arbeiten."),
    (16.0, "Die meisten sind im Norden geblieben, in Kliniken und Schulen."),
    (20.0, "Nichts davon gäbe es ohne Sie."),
)
GIFT_PARTS = (
    (0.0, "Welcome"),
    (4.0, "Four years in figures"),
    (12.0, "Where the scholars work today"),
    (20.0, "Thanks"),
)
MUD_ENGLISH = (
    (0.5, "One square metre of tidal mud, and four people who cannot agree on it."),
    (6.0, "For me it is mostly worms."),
    (10.0, "For me it is four thousand years of weather."),
    (15.0, "And for me it is the reason why the dyke still stands."),
)
MUD_PARTS = ((0.0, "The question"), (6.0, "Biology"), (10.0, "Geology"), (15.0, "Engineering"))
