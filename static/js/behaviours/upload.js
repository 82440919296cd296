// Sends an upload form itself, to show how far it is and to say what is wrong before anything is sent. Without it the
// browser sends the same form.
const UNITS = ["bytes", "kB", "MB", "GB", "TB"];
const unitOf = (bytes) => Math.min(UNITS.length - 1, Math.floor(Math.log2(Math.max(bytes, 1)) / 10));
const inUnit = (bytes, unit) => {
  const amount = bytes / 1024 ** unit;
  return unit > 2 && amount < 9.95 ? amount.toFixed(1) : String(Math.round(amount));
};

function timeLeft(seconds) {
  if (!Number.isFinite(seconds)) return "";
  if (seconds < 60) return ", less than a minute left";
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `, about ${minutes} ${minutes === 1 ? "minute" : "minutes"} left`;
  return `, about ${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} left`;
}

class Upload {
  constructor(form) {
    this.form = form;
    this.words = form.dataset;
    this.box = form.querySelector("[data-upload-progress]");
    this.bar = this.box.querySelector("progress");
    this.cancel = form.querySelector("[data-upload-cancel]");
    this.button = form.querySelector("button[type=submit]");
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (!this.request) this.begin();
    });
    this.cancel.addEventListener("click", () => this.request?.abort());
  }

  get file() {
    return this.form.elements.file.files[0];
  }

  begin() {
    this.forget();
    const faults = this.faults();
    if (Object.keys(faults).length) this.show(faults);
    else this.send();
  }

  faults() {
    const found = {};
    const title = this.form.elements.title?.value.trim().replace(/\s+/g, " ");
    const length = title === undefined ? 1 : [...title].length;
    const longest = Number(this.words.longestTitle);
    if (length === 0) found.title = this.words.noTitle;
    if (length > longest) found.title = this.words.longTitle.replace("{n}", length.toLocaleString("en"));
    if (!this.file && !this.form.elements.kept_name?.value) found.file = this.words.noFile;
    else if (this.file?.size === 0) found.file = this.words.empty;
    else if (this.file?.size > Number(this.words.largest)) found.file = this.words.tooLarge;
    return found;
  }

  send() {
    const request = (this.request = new XMLHttpRequest());
    const since = performance.now();
    request.open("POST", this.form.action);
    request.setRequestHeader("Accept", "application/json");
    request.upload.addEventListener("progress", (event) => this.progress(event, (performance.now() - since) / 1000));
    request.upload.addEventListener("load", () => this.say("All of it is here. One moment…"));
    request.addEventListener("load", () => this.answered(request));
    request.addEventListener("error", () => this.stopped(this.words.lost));
    request.addEventListener("abort", () => this.stopped("", "The upload is stopped. Nothing you typed is gone."));
    this.box.hidden = this.cancel.hidden = false;
    this.bar.value = 0;
    this.say("Starting…");
    this.button.setAttribute("aria-disabled", "true");
    // Leaving would end the upload: the browser asks first. And being busy here is being here.
    window.addEventListener("beforeunload", this.ask);
    this.staying = setInterval(() => fetch(window.location.href, { method: "HEAD" }).catch(() => {}), 5 * 60 * 1000);
    request.send(new FormData(this.form));
  }

  ask(event) {
    event.preventDefault();
  }

  progress({ loaded, total }, seconds) {
    const unit = unitOf(total);
    const left = seconds > 2 ? timeLeft((seconds * (total - loaded)) / loaded) : "";
    this.bar.value = (100 * loaded) / total;
    this.say(`${inUnit(loaded, unit)} of ${inUnit(total, unit)} ${UNITS[unit]}${left}`);
  }

  say(words) {
    this.form.querySelector("[data-upload-words]").textContent = words;
  }

  answered(request) {
    let answer = null;
    try {
      answer = JSON.parse(request.responseText);
    } catch {
      const signedOut = new URL(request.responseURL).pathname === "/sign-in";
      this.stopped(signedOut ? this.words.signedOut : this.words.odd);
      return;
    }
    this.rest();
    if (answer.url) window.location.assign(answer.url);
    else this.refused(answer);
  }

  refused({ errors, kept, kept_name: keptName }) {
    this.end();
    if (this.form.elements.kept_name) this.form.elements.kept_name.value = keptName ?? "";
    const note = this.form.querySelector("[data-kept]");
    note.hidden = !kept;
    note.classList.toggle("field__note--enough", Boolean(kept));
    if (kept) {
      const name = document.createElement("bdi");
      name.textContent = kept;
      note.querySelector("[data-kept-words]").replaceChildren(name, " is kept. Leave the field empty to use it.");
      this.form.elements.file.value = "";
    }
    this.show(errors ?? { file: this.words.odd });
  }

  stopped(fault, words = "") {
    this.rest();
    this.end();
    if (fault) this.show({ file: fault });
    else {
      this.box.hidden = false;
      this.bar.hidden = true;
      this.say(words);
      this.button.focus();
    }
  }

  rest() {
    window.removeEventListener("beforeunload", this.ask);
    clearInterval(this.staying);
  }

  end() {
    this.request = null;
    this.box.hidden = this.cancel.hidden = true;
    this.bar.hidden = false;
    this.button.removeAttribute("aria-disabled");
  }

  show(faults) {
    const line = this.form.querySelector("[data-error-line]").content;
    for (const [name, words] of Object.entries(faults)) {
      const control = this.form.elements[name] ?? this.form.elements.file;
      const fault = document.importNode(line, true).firstElementChild;
      fault.className = "field__error";
      fault.id = `${control.id}-error`;
      fault.querySelector("[data-here]").textContent = words;
      (control.closest(".select") ?? control).before(fault);
      control.closest(".field").classList.add("field--wrong");
      control.setAttribute("aria-invalid", "true");
      const notes = (control.getAttribute("aria-describedby") ?? "").split(" ").filter(Boolean);
      control.setAttribute("aria-describedby", [...notes, fault.id].join(" "));
    }
    document.title = `Error: ${document.title.replace(/^Error: /, "")}`;
    this.form.querySelector("[aria-invalid]")?.focus();
  }

  forget() {
    document.querySelector("[data-error-summary]")?.remove();
    document.title = document.title.replace(/^Error: /, "");
    this.box.hidden = true;
    for (const control of this.form.querySelectorAll("[aria-invalid]")) {
      const field = control.closest(".field");
      field.classList.remove("field--wrong");
      field.querySelector(".field__error")?.remove();
      control.removeAttribute("aria-invalid");
      const notes = (control.getAttribute("aria-describedby") ?? "").split(" ");
      control.setAttribute("aria-describedby", notes.filter((id) => id !== `${control.id}-error`).join(" "));
      if (!control.getAttribute("aria-describedby")) control.removeAttribute("aria-describedby");
    }
  }
}

for (const form of document.querySelectorAll("form[data-upload]")) new Upload(form);
