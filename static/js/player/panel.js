// Something that opens over the picture from a button of the bar: settings, chapters, the keys. One at a time.
import { element } from "./elements.js";

let count = 0;
let opened = null;

export class Panel {
  // `sign`: what the button shows; `title`: its name, and the panel's.
  constructor(screen, bar, { title, sign, name }) {
    this.screen = screen;
    const id = `panel-${(count += 1)}`;
    this.button = element("button", {
      type: "button", className: "plyr__controls__item plyr__control", "aria-expanded": "false", "aria-controls": id,
      "aria-haspopup": "dialog", "data-opens": name,
    }, sign, element("span", { className: "plyr__tooltip" }, title));
    this.body = element("div", { className: "player-panel__body" });
    const close = element("button", { type: "button", className: "player-panel__close" }, "Close");
    this.box = element("div", { id, className: `player-panel player-panel--${name}`, role: "dialog", "aria-labelledby": `${id}-title`, hidden: true, tabIndex: -1 },
      element("div", { className: "player-panel__head" }, element("h2", { id: `${id}-title` }, title), close), this.body);
    this.button.addEventListener("click", () => this.toggle());
    close.addEventListener("click", () => this.close());
    this.box.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      this.close();
    });
    document.addEventListener("pointerdown", (event) => {
      if (this.isOpen && !this.box.contains(event.target) && !this.button.contains(event.target)) this.close({ focus: false });
    });
    bar.before(this.button);
    screen.append(this.box);
  }

  get isOpen() {
    return !this.box.hidden;
  }

  toggle() {
    if (this.isOpen) this.close();
    else this.open();
  }

  open() {
    opened?.close({ focus: false });
    opened = this;
    this.box.hidden = false;
    this.button.setAttribute("aria-expanded", "true");
    this.opens?.();
    (this.body.querySelector("[aria-current] , select, button, input") ?? this.box).focus({ preventScroll: true });
  }

  close({ focus = true } = {}) {
    if (!this.isOpen) return;
    opened = null;
    this.box.hidden = true;
    this.button.setAttribute("aria-expanded", "false");
    if (focus) (this.button.offsetParent ? this.button : this.screen).focus({ preventScroll: true });
  }
}

export function closePanels() {
  opened?.close({ focus: false });
}
