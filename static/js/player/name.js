// The name over the picture: a new place every 20 to 40 seconds, and put back where something has taken it away.
const SHORTEST = 20_000;
const LONGEST = 40_000;
const FADE = 400;
const LOOKS = 2_000;
// In shares of the picture: not in the middle, and not over the buttons.
const PLACES = [[0.04, 0.06], [0.38, 0.06], [0.06, 0.26], [0.44, 0.3], [0.05, 0.5], [0.4, 0.55], [0.08, 0.68], [0.36, 0.72]];

export class Name {
  constructor(screen, element) {
    this.screen = screen;
    this.model = element.cloneNode(true);
    this.words = element.textContent;
    this.element = element;
    this.still = window.matchMedia("(prefers-reduced-motion: reduce)");
    this.watcher = new MutationObserver(() => this.look());
    this.place = PLACES[0];
    this.put();
    this.watch();
    this.next();
    setInterval(() => this.look(), LOOKS); // a style sheet that hides it changes nothing in the page
  }

  next() {
    setTimeout(() => {
      this.move();
      this.next();
    }, SHORTEST + Math.random() * (LONGEST - SHORTEST));
  }

  move() {
    const others = PLACES.filter((place) => place !== this.place);
    this.place = others[Math.floor(Math.random() * others.length)];
    if (this.still.matches) return this.put();
    this.fading = true;
    this.ours(() => this.element.style.setProperty("opacity", "0", "important"));
    setTimeout(() => {
      this.put();
      setTimeout(() => (this.fading = false), FADE);
    }, FADE);
    return undefined;
  }

  put() {
    const { style } = this.element;
    this.ours(() => {
      style.setProperty("inset-inline-start", `${this.place[0] * 100}%`, "important");
      style.setProperty("inset-block-start", `${this.place[1] * 100}%`, "important");
      style.setProperty("opacity", "1", "important");
    });
  }

  // What it should be, whatever was done to it.
  look() {
    if (this.fading && this.element.isConnected) return;
    if (this.stands()) return;
    this.ours(() => {
      const fresh = this.model.cloneNode(true);
      this.element.remove();
      this.element = fresh;
      for (const [name, value] of [["display", "block"], ["visibility", "visible"], ["z-index", "2"], ["transform", "none"], ["clip-path", "none"], ["filter", "none"]]) {
        fresh.style.setProperty(name, value, "important");
      }
      this.screen.append(fresh);
    });
    this.put();
  }

  stands() {
    const { element, screen } = this;
    if (element.parentElement !== screen || element.textContent !== this.words) return false;
    if (element.style.opacity !== "1") return false;
    const shown = getComputedStyle(element);
    if (shown.display === "none" || shown.visibility !== "visible" || Number(shown.opacity) < 0.5) return this.screenIsHidden();
    if (shown.clipPath !== "none" || shown.filter !== "none" || shown.transform !== "none") return false;
    const box = element.getBoundingClientRect();
    const whole = screen.getBoundingClientRect();
    return box.width > 20 && box.height > 6 && box.left < whole.right && box.right > whole.left && box.top < whole.bottom && box.bottom > whole.top;
  }

  // Nothing is to be put right while the picture itself is not shown.
  screenIsHidden() {
    return getComputedStyle(this.screen).display === "none";
  }

  ours(change) {
    this.watcher.disconnect();
    change();
    this.watch();
  }

  watch() {
    this.watcher.observe(this.screen, { childList: true });
    if (this.element.isConnected) {
      this.watcher.observe(this.element, { attributes: true, childList: true, subtree: true, characterData: true });
    }
  }
}
