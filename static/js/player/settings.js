// Quality, speed, and captions with their looks: plain lists, which a telephone opens in its own way.
import { drawing, element } from "./elements.js";
import { recall, remember } from "./memory.js";
import { Panel } from "./panel.js";

export const SPEEDS = [0.5, 0.75, 1, 1.25, 1.5, 1.75, 2];
const SIZES = { small: "Small", normal: "Normal", large: "Large", huge: "Very large" };
const GROUNDS = { none: "None, outlined words", half: "Half see-through", full: "Black" };

export class Settings {
  constructor(screen, player, film, before) {
    Object.assign(this, { screen, player, film, count: 0 });
    this.panel = new Panel(screen, before, { title: "Settings", name: "settings", sign: drawing(screen.dataset.icons, "settings") });
    film.wanted = recall("quality", "");
    this.quality();
    this.speed();
    if (screen.querySelector("track")) this.captions();
  }

  row(label, choices, chosen, choose) {
    const id = `setting-${(this.count += 1)}`;
    const select = element("select", { id });
    const fill = (given, value) => {
      select.replaceChildren(...Object.entries(given).map(([key, words]) => element("option", { value: key }, words)));
      select.value = value;
    };
    fill(choices, chosen);
    select.addEventListener("change", () => choose(select.value));
    const row = element("div", { className: "player-panel__row" }, element("label", { for: id }, label), select);
    this.panel.body.append(row);
    return { row, select, fill };
  }

  quality() {
    const { film } = this;
    const made = this.row("Quality", {}, "", (name) => {
      remember("quality", name);
      film.choose(name);
      show();
    });
    const show = () => {
      const automatic = !film.wanted && film.playing ? `Automatic (${film.playing})` : "Automatic";
      made.row.hidden = film.names.length < 2;
      made.fill({ "": automatic, ...Object.fromEntries(inOrder(film.names).map((name) => [name, name])) }, film.names.includes(film.wanted) ? film.wanted : "");
    };
    film.addEventListener("qualities", show);
    film.addEventListener("quality", show);
    show();
  }

  speed() {
    const { player } = this;
    const words = SPEEDS.map((speed) => [`x${speed}`, speed === 1 ? "Normal" : `${speed}×`]);
    const { select } = this.row("Speed", Object.fromEntries(words), "x1", (value) => { player.speed = Number(value.slice(1)); });
    const show = () => { select.value = `x${player.speed}`; };
    player.on("ratechange", show);
    player.on("ready", show);
  }

  captions() {
    const { player, screen } = this;
    const tracks = Array.from(screen.querySelectorAll("track"), (track, number) => [`t${number}`, track.label]);
    const { select } = this.row("Captions", { off: "Off", ...Object.fromEntries(tracks) }, "off", (value) => {
      player.currentTrack = value === "off" ? -1 : Number(value.slice(1));
    });
    const show = () => { select.value = player.captions.toggled ? `t${player.currentTrack}` : "off"; };
    player.on("captionsenabled captionsdisabled languagechange", show);
    player.on("ready", () => {
      this.asLastTime();
      show();
      player.on("captionsenabled captionsdisabled languagechange", () => {
        const language = player.captions.toggled ? player.captions.currentTrackNode?.language : "";
        remember("captions", language ?? "");
      });
    });
    this.look("Size of captions", "captionSize", SIZES, "normal");
    this.look("Ground behind captions", "captionGround", GROUNDS, "half");
  }

  asLastTime() {
    const wanted = recall("captions", "");
    const number = Array.from(this.screen.querySelectorAll("track")).findIndex((track) => wanted && track.srclang === wanted);
    this.player.currentTrack = number;
  }

  look(label, name, choices, normal) {
    const kept = recall(name, normal);
    const chosen = kept in choices ? kept : normal;
    this.screen.dataset[name] = chosen;
    this.row(label, choices, chosen, (value) => {
      this.screen.dataset[name] = value;
      remember(name, value);
    });
  }
}

// The best first.
function inOrder(names) {
  return [...new Set(names)].sort((one, other) => parseInt(other, 10) - parseInt(one, 10));
}
