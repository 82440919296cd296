// The keys, and the list of them that `?` opens. Single letters get in the way of some who speak or who slip: the list
// says how to keep them to the player alone (WCAG 2.1.4).
import { element } from "./elements.js";
import { recall, remember } from "./memory.js";
import { Panel } from "./panel.js";
import { SPEEDS } from "./settings.js";

const STEP = 5;
const LEAP = 10;
const LOUDER = 0.1;
const TYPED_IN = "input:not([type=checkbox], [type=radio], [type=range]), textarea, select, [contenteditable]";
const PRESSED = "button, a[href], summary, [role=tab]";

export class Keys {
  constructor({ screen, player, stops, goTo, chapters, smallWindow, captions }, before) {
    Object.assign(this, { screen, player, stops, goTo, chapters });
    this.everywhere = recall("keysEverywhere", true);
    this.panel = new Panel(screen, before, { title: "Keys", name: "keys", sign: element("span", { className: "player-sign", "aria-hidden": "true" }, "?") });
    this.does = {
      " ": () => player.togglePlay(), k: () => player.togglePlay(),
      arrowleft: () => this.by(-STEP), arrowright: () => this.by(STEP),
      j: () => this.by(-LEAP), l: () => this.by(LEAP),
      arrowup: () => player.increaseVolume(LOUDER), arrowdown: () => player.decreaseVolume(LOUDER),
      m: () => { player.muted = !player.muted; },
      f: () => player.fullscreen.toggle(),
      "<": () => this.faster(-1), ">": () => this.faster(1),
      home: () => goTo(0), end: () => goTo(player.duration),
      "?": () => this.panel.toggle(),
      ...(captions && { c: () => player.toggleCaptions() }),
      ...(chapters && { n: () => chapters.next(), p: () => chapters.previous() }),
      ...(smallWindow && { i: () => { player.pip = !player.pip; } }),
    };
    for (let tenth = 0; tenth < 10; tenth += 1) this.does[tenth] = () => goTo((player.duration / 10) * tenth);
    this.list([
      ["Space, K", "Play or pause"],
      ["← →", "5 seconds back or on"],
      ["J L", "10 seconds back or on"],
      ["0 … 9", "To the start, 10 % … 90 %"],
      ...(chapters ? [["P N", "The chapter before or after"]] : []),
      ["< >", "Slower or faster"],
      ["↑ ↓", "Louder or quieter"],
      ["M", "Sound off or on"],
      ...(captions ? [["C", "Captions on or off"]] : []),
      ["F", "Full screen"],
      ...(smallWindow ? [["I", "Small window"]] : []),
      ["?", "This list"],
    ]);
    document.addEventListener("keydown", (event) => this.press(event));
  }

  list(keys) {
    const rows = keys.map(([key, words]) => element("div", {}, element("dt", {}, key), element("dd", {}, words)));
    const tick = element("input", { type: "checkbox", id: "keys-everywhere", checked: this.everywhere });
    tick.addEventListener("change", () => {
      this.everywhere = tick.checked;
      remember("keysEverywhere", tick.checked);
    });
    const label = element("label", { className: "player-panel__tick", for: tick.id }, tick, "They work anywhere on this page, not only in the player");
    this.panel.body.append(element("dl", { className: "player-keys" }, ...rows), label);
  }

  press(event) {
    const { target } = event;
    if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || this.stops.over) return;
    if (!(target instanceof Element) || target.closest(TYPED_IN)) return;
    if (!this.everywhere && !this.screen.contains(target)) return;
    const key = event.key.toLowerCase();
    if ((key === " " && target.closest(`${PRESSED}, [type=checkbox]`)) || (this.isMoving(key) && this.belongsToOthers(target))) return;
    const act = this.does[key];
    if (!act) return;
    event.preventDefault();
    if (!event.repeat || this.isMoving(key) || key === "j" || key === "l") act();
  }

  isMoving(key) {
    return key.startsWith("arrow") || key === "home" || key === "end";
  }

  // Arrows scroll lists and pages and move other sliders; they are the player's within it, and where nothing has the focus.
  belongsToOthers(target) {
    if (target.matches("input[type=range][data-plyr=volume]") || target.closest(".player-panel")) return true;
    return target !== document.body && !this.screen.contains(target);
  }

  by(seconds) {
    const { currentTime, duration } = this.player;
    this.goTo(Math.min(duration || Infinity, Math.max(0, currentTime + seconds)));
  }

  faster(steps) {
    const { player } = this;
    const now = SPEEDS.findLastIndex((speed) => speed <= player.speed);
    player.speed = SPEEDS[Math.min(SPEEDS.length - 1, Math.max(0, now + steps))];
  }
}
