// The form that files are chosen in: says what is wrong before anything is sent, and hands each file to a line of its own.
// Without it the browser sends the same form with one file.
import { begin, SignedOut } from "./server.js";
import { WORDS } from "./line.js";
import { sizeWords } from "./words.js";

const LETTERS = "abcdefghijklmnopqrstuvwxyz234567";
const newKey = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => LETTERS[byte % 32]).join("");
const titleOf = (name) => name.replace(/\.[^.]*$/, "").replaceAll("_", " ").replace(/\s+/g, " ").trim().slice(0, 200);
const tidy = (words) => words.trim().replace(/\s+/g, " ");

export class UploadForm {
  // `send(file, url, typed)`: what is to be done with each file that the portal has made room for.
  constructor(form, send) {
    this.form = form;
    this.send = send;
    this.limits = form.dataset;
    this.button = form.querySelector("button[type=submit]");
    this.list = form.querySelector("[data-files]");
    this.input = form.elements.file;
    this.takesMany = Boolean(this.list);
    this.chosen = []; // { file, key, title: the field of its title, if it has one of its own }
    this.input.multiple = this.takesMany;
    this.input.addEventListener("change", () => this.choose([...this.input.files]));
    form.addEventListener("submit", (event) => this.submitted(event));
    this.choose([...this.input.files]); // a browser that comes back to the page may remember them
  }

  choose(files) {
    this.forget();
    this.chosen = files.map((file) => ({ file, key: newKey() }));
    if (this.takesMany) this.showFiles();
  }

  // One file takes the title of the form; several have one each.
  showFiles() {
    const several = this.chosen.length > 1;
    for (const field of this.form.querySelectorAll("[data-of-one]")) field.hidden = several;
    this.list.hidden = !several;
    for (const one of this.chosen) one.typed = one.title?.value ?? one.typed;
    this.list.replaceChildren(...(several ? this.chosen.map((one, number) => this.item(one, number)) : []));
    if (!several && this.chosen.length) this.showOne(this.chosen[0]);
    const words = this.button.querySelector("span");
    this.oneWord ??= words.textContent;
    words.textContent = several ? `Upload ${this.chosen.length} recordings` : this.oneWord;
  }

  showOne(one) {
    const title = this.form.elements.title;
    one.title = undefined;
    if (one.typed !== undefined || !tidy(title.value)) title.value = one.typed ?? titleOf(one.file.name);
  }

  item(one, number) {
    const item = document.importNode(this.form.querySelector("[data-file]").content, true).firstElementChild;
    one.title = item.querySelector("input");
    one.title.id = `title-${number + 1}`;
    one.title.value = one.typed ?? titleOf(one.file.name);
    item.querySelector("label").htmlFor = one.title.id;
    item.querySelector("[data-name]").textContent = one.file.name;
    item.querySelector("[data-size]").textContent = sizeWords(one.file.size);
    const leave = item.querySelector("button");
    leave.querySelector("[data-about]").textContent = ` ${one.file.name}`;
    leave.addEventListener("click", () => {
      this.chosen = this.chosen.filter((other) => other !== one);
      this.showFiles();
      (this.list.querySelector("input") ?? this.form.elements.title).focus();
    });
    return item;
  }

  submitted(event) {
    const kept = this.form.elements.kept_name?.value;
    if (kept && !this.chosen.length) return; // it is here already: the form goes as it does without scripts
    event.preventDefault();
    if (this.isBusy) return;
    this.forget();
    const faults = this.faults();
    if (faults.length) this.show(faults);
    else this.begin();
  }

  titleOf(one) {
    return one.title ?? this.form.elements.title;
  }

  faults() {
    if (!this.chosen.length) {
      const title = this.form.elements.title;
      return [...(title ? this.faultsOfTitle(title) : []), [this.input, this.limits.noFile]];
    }
    const found = [];
    for (const one of this.chosen) {
      if (this.titleOf(one)) found.push(...this.faultsOfTitle(this.titleOf(one)));
      if (one.file.size === 0) found.push([one.title ?? this.input, this.limits.empty]);
      else if (one.file.size > Number(this.limits.largest)) found.push([one.title ?? this.input, this.limits.tooLarge]);
    }
    return found;
  }

  faultsOfTitle(field) {
    const length = [...tidy(field.value)].length;
    if (length === 0) return [[field, this.limits.noTitle]];
    if (length <= Number(this.limits.longestTitle)) return [];
    return [[field, this.limits.longTitle.replace("{n}", length.toLocaleString("en"))]];
  }

  async begin() {
    this.isBusy = true;
    this.button.setAttribute("aria-disabled", "true");
    const faults = [];
    const left = [];
    for (const one of this.chosen) {
      const { url, errors } = await this.room(one);
      const isAlone = this.chosen.length === 1;
      const description = isAlone ? this.form.elements.description?.value : "";
      if (url) this.send(one.file, url, { title: tidy(this.titleOf(one)?.value ?? ""), description, isAlone });
      else {
        left.push(one);
        for (const [name, words] of Object.entries(errors)) faults.push([this.control(one, name), words]);
      }
    }
    this.isBusy = false;
    this.button.removeAttribute("aria-disabled");
    this.rest(left);
    if (left.length) this.show(faults.length ? faults : [[this.input, WORDS.odd]]);
  }

  async room(one) {
    const several = this.chosen.length > 1;
    const words = { form_key: one.key, folder: this.form.elements.folder?.value ?? "" };
    if (this.limits.session) words.session = this.limits.session;
    else words.title = this.titleOf(one).value;
    if (!several && this.form.elements.description) words.description = this.form.elements.description.value;
    try {
      return await begin(one.file, words);
    } catch (error) {
      return { errors: { file: error instanceof SignedOut ? this.limits.signedOut : this.limits.lost } };
    }
  }

  control(one, name) {
    if (name === "title" || (name === "file" && one.title)) return this.titleOf(one) ?? this.input;
    return this.form.elements[name] ?? this.input;
  }

  // What is on its way leaves the form; what could not begin stays in it, with all that was typed.
  rest(left) {
    this.chosen = left;
    if (!left.length) {
      this.input.value = "";
      for (const name of ["title", "description"]) if (this.form.elements[name]) this.form.elements[name].value = "";
    }
    if (this.takesMany) this.showFiles();
  }

  show(faults) {
    const line = this.form.querySelector("[data-error-line]").content;
    for (const [given, words] of faults) {
      const control = given.isConnected ? given : this.form.elements.title ?? this.input;
      const fault = document.importNode(line, true).firstElementChild;
      fault.className = "field__error";
      fault.id = `${control.id}-error`;
      fault.querySelector("[data-here]").textContent = words;
      document.getElementById(fault.id)?.remove();
      (control.closest(".select") ?? control).before(fault);
      control.closest(".field").classList.add("field--wrong");
      control.setAttribute("aria-invalid", "true");
      const notes = (control.getAttribute("aria-describedby") ?? "").split(" ").filter((id) => id && id !== fault.id);
      control.setAttribute("aria-describedby", [...notes, fault.id].join(" "));
    }
    document.title = `Error: ${document.title.replace(/^Error: /, "")}`;
    this.form.querySelector("[aria-invalid]")?.focus();
  }

  forget() {
    document.querySelector("[data-error-summary]")?.remove();
    document.title = document.title.replace(/^Error: /, "");
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
