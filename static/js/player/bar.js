// The bar below the picture: Plyr's, in the portal's words. Its own menus are not used: see settings.js.
import Plyr from "plyr";
import { SPEEDS } from "./settings.js";

const CONTROLS = ["play", "rewind", "fast-forward", "current-time", "duration", "progress", "mute", "volume"];

export function bar(screen, video) {
  const { dataset } = screen;
  const hasCaptions = video.querySelector("track") !== null;
  const extras = [hasCaptions && "captions", "smallWindow" in dataset && "pip", "fullscreen"].filter(Boolean);
  return new Plyr(video, {
    controls: [...CONTROLS, ...extras],
    settings: [],
    speed: { selected: 1, options: SPEEDS },
    seekTime: 10,
    invertTime: false,
    hideControls: !("sound" in dataset),
    iconUrl: dataset.icons,
    blankVideo: "", // never asks anybody else for anything
    keyboard: { focused: false, global: false }, // see keys.js
    // The whole box goes full screen, with the name in it; never the bare film, as telephones would have it.
    fullscreen: { enabled: true, fallback: true, iosNative: false, container: "[data-player]" },
    storage: { enabled: true, key: "player" },
    mediaMetadata: { title: video.getAttribute("aria-label"), artist: "", album: "", artwork: [] },
    i18n: {
      play: "Play", pause: "Pause", rewind: "Back 10 seconds", fastForward: "On 10 seconds",
      seek: "Place in the recording", seekLabel: "{currentTime} of {duration}", currentTime: "Now at", duration: "Length",
      mute: "Sound off", unmute: "Sound on", volume: "Loudness", played: "Played", buffered: "Fetched",
      enableCaptions: "Captions on", disableCaptions: "Captions off", pip: "Small window",
      enterFullscreen: "Full screen", exitFullscreen: "Leave full screen",
    },
  });
}

// Small pictures of the place under the pointer: fetched when the film plays, so that they never delay it.
export function storyboard(player, address) {
  if (!address) return;
  const show = () => player.setPreviewThumbnails({ enabled: true, src: address });
  player.once("timeupdate", () => (player.playing ? show() : player.once("playing", show)));
}

// A telephone held upright turns a wide film by itself where the browser lets it.
export function turnInFullScreen(player) {
  player.on("enterfullscreen", () => {
    const { videoWidth, videoHeight } = player.media;
    if (videoWidth > videoHeight) screen.orientation?.lock?.("landscape").catch(() => {});
  });
  player.on("exitfullscreen", () => screen.orientation?.unlock?.());
}
