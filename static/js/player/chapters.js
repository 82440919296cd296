// Chapters: a list to go by, marks on the time bar, and the name of the one under the pointer.
import { element, drawing } from "./elements.js";
import { clock } from "./moments.js";
import { Panel } from "./panel.js";

const LIST = "M4 5h2v2H4zm5 0h11v2H9zM4 11h2v2H4zm5 0h11v2H9zm-5 6h2v2H4zm5 0h11v2H9z";
const JUST_BEGUN = 3; // seconds in which "the one before" is not this one's own beginning

export class Chapters {
  // `all`: [[seconds, title], …] in order
  constructor(screen, player, all, before, goTo) {
    Object.assign(this, { screen, player, all, goTo });
    this.panel = new Panel(screen, before, { title: "Chapters", name: "chapters", sign: drawing("", "", LIST) });
    this.buttons = all.map(([seconds, title]) => this.button(seconds, title));
    this.panel.body.append(element("ol", { className: "moments" }, ...this.buttons.map((button) => element("li", {}, button))));
    this.panel.opens = () => this.point();
    player.on("timeupdate", () => this.panel.isOpen && this.point());
    player.on("loadedmetadata durationchange", () => this.mark());
    player.elements.progress.addEventListener("mousemove", (event) => this.hint(event));
    this.mark();
  }

  button(seconds, title) {
    const button = element("button", { type: "button" }, element("time", {}, clock(seconds)), element("bdi", {}, title));
    button.addEventListener("click", () => {
      this.goTo(seconds);
      this.panel.close();
    });
    return button;
  }

  at(seconds) {
    return this.all.findLastIndex(([begin]) => begin <= seconds + 0.01);
  }

  point() {
    const now = this.at(this.player.currentTime);
    this.buttons.forEach((button, number) => {
      if (number === now) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
    });
  }

  next() {
    const next = this.all[this.at(this.player.currentTime) + 1];
    if (next) this.goTo(next[0]);
  }

  previous() {
    const { currentTime } = this.player;
    const now = this.at(currentTime);
    const further = now >= 0 && currentTime - this.all[now][0] > JUST_BEGUN;
    this.goTo(this.all[Math.max(0, further ? now : now - 1)]?.[0] ?? 0);
  }

  mark() {
    const { duration, elements } = this.player;
    if (!duration) return;
    this.marks?.remove();
    this.marks = element("div", { className: "player-marks", "aria-hidden": "true" });
    for (const [seconds] of this.all) {
      if (seconds <= 0 || seconds >= duration) continue;
      const mark = element("span");
      mark.style.insetInlineStart = `${(seconds / duration) * 100}%`;
      this.marks.append(mark);
    }
    elements.progress.append(this.marks);
  }

  // Plyr has just written the time of this place into its tip, or under the small picture: the title goes before it.
  hint(event) {
    const { elements, duration } = this.player;
    const box = elements.progress.getBoundingClientRect();
    const share = (event.clientX - box.left) / box.width;
    const title = this.all[this.at(Math.min(1, Math.max(0, share)) * duration)]?.[1];
    const tip = elements.progress.querySelector(".plyr__preview-thumb__time-container") ?? elements.display.seekTooltip;
    if (!tip) return;
    tip.querySelector(".player-marks__title")?.remove();
    if (title) tip.prepend(element("span", { className: "player-marks__title" }, title));
  }
}
