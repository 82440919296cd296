// What plays: every quality by its playlist, put together piece by piece; where a browser cannot do that, one file.
// Tells of itself by events: "qualities" (which there are is known), "quality" (another one plays now),
// "refused" (the portal says no to a piece), "lost" (nothing more comes), and "anew" (the browser is about to forget
// what it has played). `broken`: it must be loaded anew to go on.
import { recall, remember } from "./memory.js";

const FIRST_GUESS = 4_000_000; // bits a second, until it was measured
const HIGHEST_GUESS = 20_000_000; // what a line carried yesterday says little of today's
const AHEAD = 30; // seconds fetched before they are played
const AHEAD_BEFORE_PLAY = 8;
const BEHIND = 60;
const BETWEEN_REPAIRS = 10_000;
const AGAIN_AFTER = 3_000;
const WAIT = { maxTimeToFirstByteMs: 8_000, maxLoadTimeMs: 30_000 };
const TWICE = { maxNumRetry: 2, retryDelayMs: 500, maxRetryDelayMs: 2_000 };
const PATIENCE = { default: { ...WAIT, timeoutRetry: TWICE, errorRetry: TWICE } };
const AUTOMATIC = -1;

export class Film extends EventTarget {
  constructor(video, { file, playlist, library }) {
    super();
    Object.assign(this, { video, file, playlist, library, names: [], playing: "", wanted: "", broken: false });
    video.addEventListener("error", () => !this.hls && this.tell("lost"));
  }

  // Starts to fetch, from this place on. May be called anew when it is broken.
  async load(place) {
    this.leave();
    const Hls = await this.parts();
    if (Hls?.isSupported()) this.byPieces(Hls, place);
    else this.whole(place);
  }

  async parts() {
    if (!this.playlist) return null;
    try {
      return (await import(this.library)).default;
    } catch {
      return null; // the line broke just then: one file will do
    }
  }

  whole(place) {
    const itself = this.playlist && this.video.canPlayType("application/vnd.apple.mpegurl");
    this.video.preload = "auto";
    this.video.src = itself ? this.playlist : this.file;
    this.video.load();
    this.video.currentTime = place;
  }

  byPieces(Hls, place) {
    const hls = new Hls({
      enableWorker: false, // nothing is converted, and the portal's policy lets no worker be made of words
      startPosition: place || AUTOMATIC,
      capLevelToPlayerSize: true,
      testBandwidth: false, // begins with the quality that the line carried last time
      abrEwmaDefaultEstimate: recall("bandwidth", FIRST_GUESS),
      maxBufferLength: AHEAD_BEFORE_PLAY,
      maxMaxBufferLength: AHEAD_BEFORE_PLAY,
      backBufferLength: BEHIND,
      manifestLoadPolicy: PATIENCE,
      playlistLoadPolicy: PATIENCE,
      fragLoadPolicy: PATIENCE,
    });
    this.hls = hls;
    this.video.addEventListener("playing", () => Object.assign(hls.config, { maxBufferLength: AHEAD, maxMaxBufferLength: AHEAD }), { once: true });
    hls.on(Hls.Events.MANIFEST_PARSED, () => this.learn());
    hls.on(Hls.Events.LEVEL_SWITCHED, (_name, { level }) => this.now(level));
    hls.on(Hls.Events.ERROR, (_name, fault) => this.failed(Hls, fault));
    hls.loadSource(this.playlist);
    hls.attachMedia(this.video);
    this.video.preload = "auto";
  }

  learn() {
    this.names = this.hls.levels.map(({ url }) => nameOf(url));
    this.choose(this.wanted);
    this.tell("qualities");
  }

  now(level) {
    this.playing = this.names[level] ?? "";
    remember("bandwidth", Math.min(HIGHEST_GUESS, Math.round(this.hls.bandwidthEstimate) || FIRST_GUESS));
    this.tell("quality");
  }

  // A quality by its name, or whatever the line carries ("").
  choose(name) {
    this.wanted = name;
    if (this.hls) this.hls.nextLevel = this.names.indexOf(name); // -1: by itself
  }

  failed(Hls, { type, fatal, response }) {
    const status = response?.code ?? 0;
    if (status >= 400 && status < 500) {
      this.hls.stopLoad();
      this.broken = true;
      this.tell("refused");
    } else if (fatal && type === Hls.ErrorTypes.MEDIA_ERROR && this.mayRepair()) {
      this.tell("anew");
      this.hls.recoverMediaError();
    } else if (fatal && this.video.readyState > 2) {
      this.later = setTimeout(() => this.hls.startLoad(), AGAIN_AFTER); // what is there plays meanwhile
    } else if (fatal) {
      this.hls.stopLoad();
      this.broken = true;
      this.tell("lost");
    }
  }

  mayRepair() {
    const since = Date.now() - (this.repaired ?? 0);
    if (since < BETWEEN_REPAIRS) return false;
    this.repaired = Date.now();
    return true;
  }

  // Nothing more is fetched; the picture stands.
  halt() {
    clearTimeout(this.later);
    this.hls?.stopLoad();
  }

  leave() {
    clearTimeout(this.later);
    this.broken = false;
    this.hls?.destroy();
    this.hls = null;
  }

  tell(kind) {
    this.dispatchEvent(new Event(kind));
  }
}

function nameOf([address]) {
  return new URL(address, location.href).pathname.split("/").pop().replace(/\.m3u8$/, "");
}
