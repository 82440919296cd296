// One file on its way: a line of the list, with how far it is, and pausing and going on.
import { Upload as Tus } from "tus-js-client";
import { finish, headers, isTheSame, leadsToSignIn, look, SignedOut } from "./server.js";
import { Pace, partWords, timeLeft } from "./words.js";

const PIECE = 64 * 1024 * 1024;
const PATIENCE = [0, 1000, 2000, 3000, 5000, 10000, 15000, 20000, 30000, 30000, 60000, 60000, 60000];
const AT_ONCE = 2; // more only share the same line
const WORDS_EVERY = 500;
export const WORDS = {
  waits: "Waits for its turn",
  sends: "Being uploaded",
  paused: "Paused",
  lost: "The connection is lost. It goes on by itself when it is back.",
  away: "The portal does not answer. What has arrived is kept; go on in a few minutes.",
  signedOut: "You were signed out meanwhile. Sign in again in another window, then go on here.",
  whole: "All of it is here. One moment…",
  other: "This is another file. Choose the one that you began with.",
  gone: "This upload is not there any more. Begin it anew.",
  refused: "Not taken",
  odd: "The portal could not take the file. Try again in a few minutes.",
};

export const lines = [];
const running = () => lines.filter((line) => line.state === "sending");
const next = () => {
  for (const line of lines.filter((one) => one.state === "waiting")) if (running().length < AT_ONCE) line.send();
};

export class Line {
  constructor(element) {
    this.element = element;
    this.url = element.dataset.url;
    this.state = "listed";
    this.bar = element.querySelector("progress");
    this.words = element.querySelector("[data-words]");
    this.said = element.querySelector("[data-said]");
    this.buttons = {};
    for (const name of ["pause", "go-on", "choose", "look"]) this.buttons[name] = element.querySelector(`[data-${name}]`);
    this.buttons.pause.addEventListener("click", () => this.pause());
    this.buttons["go-on"].addEventListener("click", () => this.goOn());
    this.buttons.choose.querySelector("input").addEventListener("change", (event) => this.chosen(event.target.files[0]));
    lines.push(this);
  }

  // A file that was chosen again: only the same one goes on, and of several the one chosen last.
  async chosen(file) {
    if (!file) return;
    this.choice = file;
    this.fault("");
    let fault;
    try {
      const there = await look(this.url);
      if (!there) fault = WORDS.gone;
      else if (!(await isTheSame(file, there))) fault = WORDS.other;
    } catch (error) {
      fault = error instanceof SignedOut ? WORDS.signedOut : WORDS.lost;
    }
    if (this.choice !== file) return;
    if (fault) this.fault(fault);
    else this.take(file);
  }

  // `typed`: what stood in the form beside it.
  take(file, typed) {
    this.file = file;
    this.typed = typed;
    this.fault("");
    this.show({ state: "waiting", words: WORDS.waits });
    next();
  }

  send() {
    this.pace = new Pace();
    this.tus ??= new Tus(this.file, {
      uploadUrl: this.url,
      chunkSize: PIECE,
      retryDelays: PATIENCE,
      storeFingerprintForResuming: false,
      onBeforeRequest: (request) => Object.entries(headers()).forEach(([name, value]) => request.setHeader(name, value)),
      onShouldRetry: (error) => this.isWorthIt(error),
      onProgress: (arrived, size) => this.progress(arrived, size),
      onSuccess: () => this.whole(),
      onError: (error) => this.stopped(error),
    });
    this.show({ state: "sending" });
    this.said.textContent = WORDS.sends;
    this.tus.start();
  }

  // Whatever passes by itself is tried again; an answer that says no is not.
  isWorthIt(error) {
    const answer = error.originalResponse;
    this.words.textContent = `${this.wordsNow ?? ""} · trying again`;
    if (!navigator.onLine || leadsToSignIn(answer?.getUnderlyingObject()?.responseURL)) return false;
    const status = answer?.getStatus() ?? 0;
    return status < 400 || status >= 500 ? status !== 507 : status === 409 || status === 423;
  }

  progress(arrived, size) {
    this.pace.note(arrived);
    const now = performance.now();
    if (arrived < size && now - (this.shownAt ?? -WORDS_EVERY) < WORDS_EVERY) return;
    this.shownAt = now;
    this.bar.value = (100 * arrived) / size;
    this.wordsNow = partWords(arrived, size);
    this.words.textContent = this.wordsNow + timeLeft(this.pace.secondsFor(size - arrived));
    const quarter = Math.floor((4 * arrived) / size);
    if (quarter > (this.quarter ?? 0) && quarter < 4) this.said.textContent = this.words.textContent;
    this.quarter = quarter;
  }

  pause() {
    const words = this.wordsNow ? `${this.wordsNow}, paused` : WORDS.paused;
    this.tus?.abort();
    this.show({ state: "paused", words });
    this.buttons["go-on"].focus();
    next();
  }

  async goOn() {
    this.fault("");
    this.show({ state: "waiting", words: WORDS.waits });
    await look(this.url).catch(() => {}); // who has signed in again has another token
    this.buttons.pause.focus();
    next();
  }

  stopped(error) {
    const answer = error.originalResponse;
    const status = answer?.getStatus();
    const signedOut = leadsToSignIn(answer?.getUnderlyingObject()?.responseURL);
    const isGone = status === 404 || status === 410;
    if (status === 422) {
      this.refuse(faultIn(answer));
      next();
      return;
    }
    this.halted(this.wordsNow ?? "", signedOut ? WORDS.signedOut : isGone ? WORDS.gone : faultIn(answer) ?? WORDS.away);
    next();
  }

  // Without a line nothing else is wrong, and it goes on by itself; otherwise it says why, and waits for a press.
  halted(words, why) {
    const isOffline = !navigator.onLine;
    this.show({ state: isOffline ? "offline" : "paused", words });
    this.fault(isOffline ? WORDS.lost : why);
  }

  async whole() {
    this.show({ state: "finishing", words: WORDS.whole });
    next();
    let said;
    try {
      said = await finish(this.url);
    } catch (error) {
      this.halted(WORDS.whole, error instanceof SignedOut ? WORDS.signedOut : WORDS.away);
      return;
    }
    if (said.url) this.done(said);
    else if (said.errors) this.refuse(said.errors.file);
    else this.halted(this.wordsNow ?? "", WORDS.odd);
  }

  refuse(why) {
    this.show({ state: "refused", words: WORDS.refused });
    this.fault(why ?? WORDS.odd);
    this.element.dispatchEvent(new CustomEvent("upload-refused", { bubbles: true, detail: this.typed ?? {} }));
  }

  done({ url, title }) {
    this.show({ state: "done", words: "It is here, and being prepared." });
    this.buttons.look.href = url;
    this.element.dispatchEvent(new CustomEvent("upload-done", { bubbles: true, detail: { url, title } }));
  }

  // What the line shows for how it stands. What has changed is said aloud once, and each quarter, not each percent.
  show({ state, words }) {
    this.state = state;
    const isOnItsWay = ["waiting", "sending", "finishing"].includes(state);
    this.bar.hidden = state === "listed" || state === "refused";
    this.buttons.pause.hidden = !["waiting", "sending"].includes(state);
    this.buttons["go-on"].hidden = !["paused", "offline"].includes(state);
    this.buttons.choose.hidden = state !== "listed";
    this.buttons.look.hidden = state !== "done";
    this.element.querySelector("[data-give-up]").hidden = isOnItsWay || state === "done" || state === "refused";
    if (words !== undefined) this.words.textContent = this.said.textContent = words;
  }

  fault(words) {
    const box = this.element.querySelector("[data-fault]");
    box.hidden = !words;
    box.querySelector("[data-fault-words]").textContent = words;
    if (words) this.said.textContent = this.state === "refused" ? `${WORDS.refused}. ${words}` : words;
  }

  get isBusy() {
    return ["waiting", "sending", "finishing", "offline"].includes(this.state);
  }
}

function faultIn(answer) {
  try {
    return JSON.parse(answer.getBody()).errors.file;
  } catch {
    return undefined;
  }
}

window.addEventListener("online", () => {
  for (const line of lines.filter((one) => one.state === "offline")) line.goOn();
});
