// When the picture stops: one sentence over the last picture, one button, one quiet way (design 04c). Never a spinner.
import { element } from "./elements.js";
import { closePanels } from "./panel.js";

const RETRY_AFTER = 5_000;
const ASK_AFTER = 1_000;
const GIVE_UP_WAITING_AFTER = 12_000;
const NO_LONGER = ["revoked", "ended", "used-up", "not-open", "password", "gone"]; // why one may watch is old news then

export class Stops {
  constructor(screen, video, film) {
    this.screen = screen;
    this.video = video;
    this.film = film;
    this.over = false; // stopped by the portal: nothing plays on, whatever is pressed
    this.reports = null;
    this.place = Number(screen.dataset.startsAt) || 0;
    video.addEventListener("timeupdate", () => {
      if (!video.error && video.currentTime > 0) this.place = video.currentTime;
    });
    video.addEventListener("play", () => this.over && video.pause());
    video.addEventListener("playing", () => this.goes());
    video.addEventListener("waiting", () => this.waits());
    video.addEventListener("stalled", () => !video.paused && video.readyState < 3 && this.waits());
    video.addEventListener("pause", () => clearTimeout(this.patience));
    film.addEventListener("refused", () => this.explain());
    film.addEventListener("lost", () => this.explain());
    film.addEventListener("anew", () => this.reports?.keep());
    video.addEventListener("ended", () => this.atTheEnd());
  }

  goes() {
    clearTimeout(this.patience);
    if (!this.over) this.hide();
  }

  // No bytes come: the right to them may have ended, the line may be slow or broken. Only the portal can tell which.
  waits(since = Date.now()) {
    clearTimeout(this.patience);
    this.patience = setTimeout(async () => {
      if (this.over || this.box || this.video.paused || this.video.readyState > 2) return;
      const mayGoOn = await this.ask();
      if (this.over || this.box || this.video.readyState > 2) return;
      if (!mayGoOn || Date.now() - since > GIVE_UP_WAITING_AFTER) this.lost();
      else this.waits(since);
    }, ASK_AFTER);
  }

  // The film cannot be loaded or played on.
  async explain() {
    if (this.over) return;
    await this.ask();
    if (!this.over) this.lost();
  }

  // Asks the portal; true when it could be asked and nothing is to stop.
  async ask() {
    try {
      return await this.heed(await fetch(this.screen.dataset.state, { redirect: "manual", headers: { Accept: "application/json" } }));
    } catch {
      return false;
    }
  }

  // Why this browser was signed out; null when nobody can say.
  async farewell() {
    try {
      const answer = await fetch(this.screen.dataset.state.replace(/\/state\b.*/, "/farewell"), { headers: { Accept: "application/json" } });
      return answer.ok ? await answer.json() : null;
    } catch {
      return null;
    }
  }

  // Does as an answer says; true when the picture may go on.
  async heed(answer) {
    if (answer.type === "opaqueredirect") {
      this.stop((await this.farewell()) || { title: "You are signed out here", words: "Sign in and go on where you stopped.", way_on: { label: "Sign in", url: location.pathname } });
    } else if (answer.status === 400) {
      this.stop({ title: "You have signed in anew", words: "Open the page again to go on where you stopped.", way_on: { label: "Open it again", url: location.pathname } });
    } else if (answer.status === 403 || answer.status === 404) {
      this.stop({ why: "gone", title: "This is no longer shared with you", words: "What is shared with you stands on the start page." });
    } else if (answer.ok) {
      const state = await answer.json();
      if (state.stopped) this.stop(state);
    } else {
      return false;
    }
    return !this.over;
  }

  stop({ why, title, words, way_on: wayOn }) {
    if (this.over) return;
    this.over = true;
    clearTimeout(this.patience);
    this.video.pause();
    this.film.halt();
    if (document.pictureInPictureElement) document.exitPictureInPicture().catch(() => {});
    for (const rule of document.querySelectorAll(".stage__rule")) rule.hidden = true;
    if (NO_LONGER.includes(why)) for (const part of document.querySelectorAll("[data-while-allowed]")) part.hidden = true;
    this.say({ title, words, wayOn, home: true });
  }

  lost() {
    if (this.over) return;
    this.say({
      title: "The connection is lost",
      words: `We try again by ourselves. Nothing is lost until ${this.screen.dataset.openUntil}.`,
      act: { label: "Try again now", do: () => this.goOn(this.place) },
    });
    this.retry = setTimeout(() => this.goOn(this.place), RETRY_AFTER);
  }

  atTheEnd() {
    if (this.over) return;
    this.say({
      title: "That was all of it",
      words: this.screen.dataset.atTheEnd,
      act: { label: "Watch again", do: () => this.goOn(0) },
      home: true,
    });
  }

  goOn(place) {
    this.hide();
    const broken = this.film.broken || this.video.error || this.video.readyState < 3;
    if (broken && !this.video.ended) {
      this.reports?.keep();
      this.film.load(place).then(() => this.play());
      return;
    }
    this.video.currentTime = place;
    this.play();
  }

  // Another place, asked for by a key, a chapter or a line of the transcript.
  goTo(place) {
    if (this.over) return;
    this.place = place;
    this.video.currentTime = place;
    if (this.video.ended || this.box) this.goOn(place);
  }

  play() {
    if (!this.over) this.video.play().catch(() => {});
  }

  hide() {
    clearTimeout(this.retry);
    if (!this.box) return;
    this.box.remove();
    this.box = null;
    this.screen.classList.remove("screen--halted");
    this.video.focus?.({ preventScroll: true });
  }

  say({ title, words, act, wayOn, home }) {
    clearTimeout(this.retry);
    closePanels();
    this.box?.remove();
    const box = element("div", { className: "screen__stop", role: "alertdialog", "aria-labelledby": "stop-title", "aria-describedby": "stop-words" });
    box.append(element("h2", { id: "stop-title" }, title), element("p", { id: "stop-words" }, words));
    const buttons = element("div", { className: "buttons" });
    if (act) {
      const button = element("button", { type: "button", className: "button button--filled" }, act.label);
      button.addEventListener("click", act.do);
      buttons.append(button);
    }
    if (wayOn) buttons.append(wayOn.fields ? this.form(wayOn) : element("a", { href: wayOn.url, className: "button button--filled" }, wayOn.label));
    if (home) buttons.append(element("a", { href: this.screen.dataset.home, className: "button button--outlined" }, "Back to what is shared"));
    box.append(buttons);
    this.box = box;
    this.screen.classList.add("screen--halted");
    this.screen.append(box);
    box.querySelector("a, button")?.focus();
  }

  form({ label, url, fields }) {
    const form = element("form", { method: "post", action: url, className: "button-form" });
    for (const [name, value] of Object.entries({ ...fields, csrf_token: this.screen.dataset.csrfToken })) {
      form.append(element("input", { type: "hidden", name, value }));
    }
    form.append(element("button", { type: "submit", className: "button button--filled" }, label));
    return form;
  }
}
