// A moment that is told in the organiser's zone is told in the reader's own as well, where that is another one.
const PARTS = { weekday: "long", day: "numeric", month: "long", year: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZoneName: "short" };

const inWords = (moment, zone) => {
  const { weekday, day, month, year, hour, minute, timeZoneName } = Object.fromEntries(
    new Intl.DateTimeFormat("en-GB", { ...PARTS, timeZone: zone }).formatToParts(moment).map(({ type, value }) => [type, value]),
  );
  const place = zone.includes("/") ? ` (${zone.split("/").pop().replaceAll("_", " ")})` : "";
  return `${weekday} ${day} ${month} ${year}, ${hour}:${minute} ${timeZoneName}${place}`;
};

for (const note of document.querySelectorAll("[data-local-time]")) {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone && !note.dataset.zones.split(" ").includes(zone)) {
    note.textContent = note.dataset.words.replace("{when}", inWords(new Date(note.dataset.localTime), zone));
    note.hidden = false;
  }
}
