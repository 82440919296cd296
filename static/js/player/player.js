// The player: Plyr around the page's own <video>, which plays without this script, too.
import Plyr from "plyr";
import { Name } from "./name.js";
import { goTo, keep, kept } from "./place.js";
import { Reports } from "./reports.js";
import { Stops } from "./stops.js";

const SPEEDS = [0.5, 0.75, 1, 1.25, 1.5, 1.75, 2];
const CONTROLS = ["play", "rewind", "fast-forward", "current-time", "duration", "progress", "mute", "volume", "settings", "fullscreen"];

const screen = document.querySelector("[data-player]");
const video = screen?.querySelector("video");

if (video) {
  const player = new Plyr(video, {
    controls: CONTROLS,
    settings: ["speed"],
    speed: { selected: 1, options: SPEEDS },
    seekTime: 10,
    invertTime: false,
    iconUrl: screen.dataset.icons,
    blankVideo: "", // never asks anybody else for anything
    keyboard: { focused: true, global: true },
    // The whole box goes full screen, with the name in it; never the bare film, as telephones would have it.
    fullscreen: { enabled: true, fallback: true, iosNative: false, container: "[data-player]" },
    storage: { enabled: true, key: "player" },
    i18n: {
      play: "Play", pause: "Pause", rewind: "Back 10 seconds", fastForward: "On 10 seconds",
      seek: "Place in the recording", seekLabel: "{currentTime} of {duration}", currentTime: "Now at", duration: "Length",
      mute: "Sound off", unmute: "Sound on", volume: "Loudness", settings: "Speed", speed: "Speed", normal: "Normal (1×)",
      enterFullscreen: "Full screen", exitFullscreen: "Leave full screen",
      menuBack: "Back",
    },
  });
  const stops = new Stops(screen, video, () => player.elements.container ?? screen);
  stops.reports = new Reports(screen, video, stops);
  const place = kept(screen.dataset.report);
  if (place !== null) {
    stops.place = place;
    goTo(video, place);
  }
  window.addEventListener("pagehide", () => stops.over || keep(screen.dataset.report, stops.place, video.duration));
  const name = screen.querySelector("[data-name]");
  if (name) new Name(screen, name);
  // Somebody has just pressed play on the page before: go on with it. Browsers may refuse; the button is there.
  if (location.hash === "#player") {
    history.replaceState(null, "", location.pathname);
    video.play().catch(() => {});
  }
}
