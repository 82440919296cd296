// A score sheet is saved as it is typed, and says when. The buttons below it work without this, too.
const WAIT = 700;
const AGAIN = 5000;

class Sheet {
  constructor(element) {
    this.element = element;
    this.form = element.querySelector("form");
    this.saved = element.querySelector("[data-saved]");
    element.querySelector("[data-save]").hidden = true;
    this.timer = 0;
    this.isSaving = false;
    this.isOver = false;
    this.form.addEventListener("input", () => this.soon(WAIT));
    this.form.addEventListener("submit", (event) => this.submitted(event));
    addEventListener("pagehide", () => this.leave());
    this.written = this.body().toString();
  }

  body() {
    const body = new URLSearchParams(new FormData(this.form));
    body.delete("csrf_token");
    return body;
  }

  get isDirty() {
    return this.body().toString() !== this.written;
  }

  soon(wait) {
    if (this.isOver) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), wait);
  }

  // A press on a button sends the form as it is; what is on its way by itself would only be in its way.
  submitted(event) {
    clearTimeout(this.timer);
    if (!this.isSaving) {
      this.isOver = true;
      return;
    }
    event.preventDefault();
    this.then = event.submitter;
  }

  async save() {
    if (this.isSaving) return this.soon(WAIT);
    const sent = this.body().toString();
    if (sent === this.written) return undefined;
    this.isSaving = true;
    this.say("Saving…");
    try {
      const answer = await fetch(this.element.dataset.sheet, {
        method: "POST", body: new URLSearchParams(sent), redirect: "error", headers: this.headers(),
      });
      await this.take(answer, sent);
    } catch {
      this.say("Not saved yet: no connection. It is tried again.");
      this.soon(AGAIN);
    }
    this.isSaving = false;
    if (this.then) this.form.requestSubmit(this.then);
    else if (this.isDirty && !this.timer) this.soon(WAIT);
    return undefined;
  }

  async take(answer, sent) {
    this.timer = 0;
    if (answer.status === 429 || answer.status >= 500) throw new Error(String(answer.status));
    const told = answer.headers.get("Content-Type")?.startsWith("application/json") ? await answer.json() : {};
    this.mark(told.faults ?? {});
    if (answer.ok) {
      const body = new URLSearchParams(sent);
      body.set("version", told.version);
      this.written = body.toString();
      for (const field of this.element.querySelectorAll("[name='version']")) field.value = told.version;
      this.say(told.saved || "Nothing saved yet");
    } else if (answer.status === 422) {
      this.say("Not saved: something needs correcting.");
    } else {
      this.isOver = true;
      this.say(told.words ?? "This sheet cannot be changed any more. Load the page again.");
    }
  }

  mark(faults) {
    for (const line of this.element.querySelectorAll("[data-fault]")) {
      const words = faults[line.dataset.fault] ?? "";
      const field = line.closest(".field");
      line.hidden = !words;
      line.querySelector("[data-words]").textContent = words;
      field.classList.toggle("field--wrong", Boolean(words));
      const control = field.querySelector(".control");
      if (words) control.setAttribute("aria-invalid", "true");
      else control.removeAttribute("aria-invalid");
    }
  }

  say(words) {
    if (this.saved.textContent !== words) this.saved.textContent = words;
  }

  headers() {
    return { "Accept": "application/json", "X-CSRFToken": this.form.elements.csrf_token.value };
  }

  // What was typed just before the page is left goes out with it.
  leave() {
    if (this.isOver || this.isSaving || !this.isDirty) return;
    fetch(this.element.dataset.sheet, { method: "POST", body: this.body(), keepalive: true, redirect: "manual", headers: this.headers() }).catch(() => {});
  }
}

for (const element of document.querySelectorAll("[data-sheet]")) new Sheet(element);
