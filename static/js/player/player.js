// The player: Plyr around the page's own <video>, which plays without this script, too.
import { bar, storyboard, turnInFullScreen } from "./bar.js";
import { Chapters } from "./chapters.js";
import { Film } from "./film.js";
import { Keys } from "./keys.js";
import { Name } from "./name.js";
import { keep, kept } from "./place.js";
import { Reports } from "./reports.js";
import { Settings } from "./settings.js";
import { Stops } from "./stops.js";
import { Transcript } from "./transcript.js";

const screen = document.querySelector("[data-player]");
const video = screen?.querySelector("video");

function begin() {
  const { dataset } = screen;
  const film = new Film(video, { file: dataset.film, playlist: dataset.playlist, library: dataset.hls });
  const player = bar(screen, video);
  const stops = new Stops(screen, video, film);
  stops.reports = new Reports(screen, video, stops);
  const goTo = (seconds) => stops.goTo(seconds);
  const last = player.elements.buttons.pip ?? player.elements.buttons.fullscreen;
  const named = JSON.parse(dataset.chapters || "[]");
  const chapters = named.length ? new Chapters(screen, player, named, last, goTo) : null;
  new Settings(screen, player, film, last);
  new Keys({ screen, player, stops, goTo, chapters, smallWindow: "smallWindow" in dataset, captions: "captions" in player.elements.buttons }, last);
  const side = document.querySelector("[data-transcript]");
  if (side) new Transcript(video, side);
  video.addEventListener("portal:seek", ({ detail }) => goTo(detail));
  storyboard(player, dataset.storyboard);
  turnInFullScreen(player);
  const name = screen.querySelector("[data-name]");
  if (name) new Name(screen, name);
  start(film, stops);
}

// Where the page says, or where this tab was left a moment ago; at once, if play was pressed on the page before.
function start(film, stops) {
  const { dataset } = screen;
  const tab = kept(dataset.report);
  if (tab !== null && !("asked" in dataset)) stops.place = tab;
  window.addEventListener("pagehide", () => stops.over || keep(dataset.report, stops.place, video.duration));
  const pressed = location.hash === "#player";
  if (pressed || location.search) history.replaceState(null, "", location.pathname);
  film.load(stops.place).then(() => pressed && stops.play()); // browsers may refuse; the button is there
}

if (video) begin();
