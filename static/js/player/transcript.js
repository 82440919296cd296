// Beside the picture: chapters and transcript. They follow the picture; a press on a line goes to its place.
import { places, sought } from "./finding.js";
import { clock, lineAt } from "./moments.js";
import { Tabs } from "./tabs.js";
import { read } from "./webvtt.js";

const LANGUAGE = "transcript-language";

export class Transcript {
  // `video` plays; `element` is what templates/guest/watch/_transcript.html has written.
  constructor(video, element) {
    this.video = video;
    this.element = element;
    this.lines = [];
    this.hits = [];
    this.follows = true;
    this.part = element.querySelector("[data-part='transcript']");
    this.chapters = [...element.querySelectorAll("[data-chapters] [data-seconds]")];
    element.addEventListener("click", (event) => this.press(event));
    for (const happening of ["timeupdate", "seeked", "loadedmetadata"]) video.addEventListener(happening, () => this.look());
    if (this.part) this.prepare();
    this.tabs = new Tabs(element, (name) => name === "transcript" && this.open());
    this.look();
  }

  prepare() {
    const part = (name) => this.part.querySelector(`[data-${name}]`);
    this.list = part("lines");
    this.note = part("note");
    this.search = part("search");
    this.hitsBox = part("hits");
    this.followButton = part("follow");
    this.choice = part("language");
    this.tracks = [...this.part.querySelectorAll("[data-track]")].map(({ dataset }) => dataset);
    this.track = this.preferred();
    if (this.choice) {
      this.choice.value = this.track.track;
      this.choice.addEventListener("change", () => this.choose(this.choice.value));
    }
    this.search.addEventListener("input", () => this.find());
    this.search.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      this.step(event.shiftKey ? -1 : 1);
    });
    part("earlier").addEventListener("click", () => this.step(-1));
    part("later").addEventListener("click", () => this.step(1));
    // Whoever looks around by themselves is not pulled back to the picture's place.
    for (const happening of ["wheel", "touchmove"]) this.list.addEventListener(happening, () => this.follow(false), { passive: true });
    this.list.addEventListener("keydown", (event) => ["Tab", "ArrowUp", "ArrowDown", "PageUp", "PageDown", "Home", "End"].includes(event.key) && this.follow(false));
    this.followButton.addEventListener("click", () => this.follow(true));
  }

  preferred() {
    const wanted = [stored(), ...navigator.languages].filter(Boolean);
    for (const tag of wanted) {
      const found = this.tracks.find(({ track }) => track === tag) ?? this.tracks.find(({ track }) => track.split("-")[0] === tag.split("-")[0]);
      if (found) return found;
    }
    return this.tracks[0];
  }

  choose(tag) {
    this.track = this.tracks.find(({ track }) => track === tag) ?? this.track;
    try {
      localStorage.setItem(LANGUAGE, tag);
    } catch { /* a browser that keeps nothing forgets it */ }
    this.opened = false;
    this.open();
  }

  // The words are fetched when somebody first looks at them.
  async open() {
    if (this.opened) return this.look();
    this.opened = true;
    const { track } = this;
    this.list.replaceChildren();
    this.lines = [];
    this.note.textContent = "Loading the transcript…";
    try {
      const answer = await fetch(track.src, { credentials: "same-origin", redirect: "error" });
      if (!answer.ok) throw new Error(String(answer.status));
      const lines = read(await answer.text());
      if (track === this.track) this.show(lines);
    } catch {
      if (track !== this.track) return;
      this.opened = false;
      this.note.textContent = "The transcript could not be loaded. Open this tab once more to try again.";
    }
  }

  show(lines) {
    this.lines = lines;
    this.note.textContent = lines.length ? "" : "Nothing is said in what plays.";
    this.list.lang = this.track.track;
    this.rows = lines.map((line) => row(line, this.track.direction));
    this.list.replaceChildren(...this.rows);
    this.current = null;
    this.find();
    this.look();
  }

  press(event) {
    const place = event.target.closest("[data-seconds]");
    if (!place || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    this.goTo(Number(place.dataset.seconds));
    if (place.closest("[data-lines]")) this.follow(true);
  }

  goTo(seconds) {
    this.video.dispatchEvent(new CustomEvent("portal:seek", { detail: seconds }));
    this.video.currentTime = seconds;
  }

  // Marks the chapter and the line of the present place.
  look() {
    const now = this.video.currentTime + 0.05;
    const chapter = this.chapters.findLast((one) => Number(one.dataset.seconds) <= now);
    for (const one of this.chapters) mark(one, one === chapter);
    if (!this.rows || this.part.hidden) return;
    const line = this.rows[lineAt(this.lines, now)]?.firstElementChild ?? null;
    if (line === this.current) return;
    if (this.current) mark(this.current, false);
    if (line) mark(line, true);
    this.current = line;
    this.showCurrent();
  }

  showCurrent() {
    if (this.follows && this.current) this.scrollTo(this.current);
  }

  scrollTo(line) {
    const box = this.list;
    const behavior = window.matchMedia("(prefers-reduced-motion: reduce)").matches ? "instant" : "smooth";
    const [at, frame] = [line.getBoundingClientRect(), box.getBoundingClientRect()];
    box.scrollTo({ top: box.scrollTop + at.top - frame.top - (frame.height - at.height) / 2, behavior });
  }

  follow(does) {
    this.follows = does;
    this.followButton.hidden = does;
    this.showCurrent();
  }

  find() {
    const wanted = sought(this.search.value);
    this.hits = [];
    this.here = -1;
    this.lines.forEach(({ words }, number) => {
      const found = wanted.length ? places(wanted, words) : [];
      const box = this.rows[number].querySelector(".moments__words");
      if (found.length || box.childElementCount) box.replaceChildren(...pieces(words, found));
      box.closest("button").classList.remove("moments__here");
      if (found.length) this.hits.push(this.rows[number].firstElementChild);
    });
    this.hitsBox.hidden = !wanted.length;
    if (wanted.length && this.hits.length) {
      const next = this.hits.findIndex((hit) => Number(hit.dataset.seconds) >= this.video.currentTime);
      this.goToHit(next < 0 ? 0 : next);
    } else {
      this.sayHits();
    }
  }

  step(by) {
    if (this.hits.length) this.goToHit((this.here + by + this.hits.length) % this.hits.length);
  }

  // Shows a hit in the list; only a press on it moves the picture.
  goToHit(number) {
    this.hits[this.here]?.classList.remove("moments__here");
    this.here = number;
    const hit = this.hits[number];
    hit.classList.add("moments__here");
    this.follow(false);
    this.scrollTo(hit);
    this.sayHits();
  }

  sayHits() {
    const words = this.hitsBox.querySelector("[data-hits-words]");
    const number = this.hits.length;
    words.textContent = number ? `${this.here + 1} of ${number}` : "Nobody says that";
    for (const button of this.hitsBox.querySelectorAll("button")) button.toggleAttribute("hidden", number < 2);
  }
}

function row({ begin, words }, direction) {
  const item = document.createElement("li");
  const button = Object.assign(document.createElement("button"), { type: "button" });
  const time = Object.assign(document.createElement("time"), { textContent: clock(begin) });
  const text = Object.assign(document.createElement("span"), { className: "moments__words", textContent: words, dir: direction });
  button.dataset.seconds = begin;
  button.append(time, text);
  item.append(button);
  return item;
}

function pieces(words, found) {
  const made = [];
  let done = 0;
  for (const [from, to] of found) {
    made.push(words.slice(done, from), Object.assign(document.createElement("mark"), { textContent: words.slice(from, to) }));
    done = to;
  }
  return [...made, words.slice(done)];
}

function mark(element, isCurrent) {
  if (isCurrent) element.setAttribute("aria-current", "true");
  else element.removeAttribute("aria-current");
}

function stored() {
  try {
    return localStorage.getItem(LANGUAGE);
  } catch {
    return null;
  }
}
