// A page that uploads: its form, and the list of what is on its way or was begun earlier, here or in another browser.
import { UploadForm } from "./form.js";
import { Line, lines } from "./line.js";
import { giveUp } from "./server.js";

const form = document.querySelector("form[data-upload]");
const list = document.querySelector("[data-lines]");
const box = document.querySelector("[data-lines-box]");
const STAY_EVERY = 5 * 60 * 1000;
let begunHere = 0;

for (const element of list.querySelectorAll("[data-line]")) {
  const line = new Line(element);
  if (!("refused" in element.dataset)) line.show({ state: "listed" });
}

// The same file chosen once more in the form goes on with what was begun.
function begunEarlier(file) {
  const same = ({ element }) => element.dataset.name === file.name && Number(element.dataset.size) === file.size;
  return lines.find((line) => line.state === "listed" && same(line));
}

function send(file, url, typed) {
  const element = document.importNode(document.querySelector("[data-line-blank]").content, true).firstElementChild;
  const name = typed.title || form.dataset.title || file.name;
  element.dataset.url = url;
  element.querySelector("[data-title]").textContent = name;
  element.querySelector("[data-file-name]").textContent = file.name;
  element.querySelector("progress").setAttribute("aria-label", `Upload of “${name}”`);
  for (const about of element.querySelectorAll("[data-about]")) about.textContent = ` ${name}`;
  const again = element.querySelector("[data-choose]");
  again.htmlFor = again.querySelector("input").id = `again-${begunHere}`;
  element.querySelector("[data-give-up]").href = `${url}/give-up`;
  list.insertBefore(element, list.children[begunHere] ?? null); // in the order in which they were chosen
  box.hidden = false;
  begunHere += 1;
  new Line(element).take(file, typed);
}

const asked = new UploadForm(form, send);
form.elements.file.addEventListener("change", () => {
  const known = asked.chosen.length === 1 && begunEarlier(asked.chosen[0].file);
  if (!known) return;
  known.chosen(asked.chosen[0].file);
  form.elements.file.value = "";
  if (form.elements.title?.value === form.elements.title?.defaultValue || asked.takesMany) form.elements.title.value = "";
  asked.choose([]);
  known.element.scrollIntoView({ block: "center" });
});

// One recording was all there was to do: its page is next.
document.addEventListener("upload-done", ({ target, detail }) => {
  const { typed } = lines.find(({ element }) => element === target);
  const others = lines.filter((line) => line.file && !["done", "refused", "gone"].includes(line.state));
  if (!others.length && typed?.isAlone !== false && !asked.chosen.length) window.location.assign(detail.url);
});

// What was typed beside a file that was no video is there for the right one.
document.addEventListener("upload-refused", ({ detail }) => {
  const { title, description } = form.elements;
  if (!detail.isAlone || !title || title.value || asked.chosen.length) return;
  title.value = detail.title ?? "";
  if (!description.value) description.value = detail.description ?? "";
});

// Leaving ends nothing for good, but it stops: the browser asks first. And being busy here is being here.
window.addEventListener("beforeunload", (event) => {
  if (lines.some((line) => line.isBusy)) event.preventDefault();
});
setInterval(() => {
  if (lines.some((line) => line.isBusy)) fetch(window.location.href, { method: "HEAD" }).catch(() => {});
}, STAY_EVERY);

// Giving one up leaves the others on their way: the page stays.
document.addEventListener("submit", (event) => {
  const line = lines.find(({ url }) => url && new URL(`${url}/give-up`, window.location.href).href === event.target.action);
  if (!line || !lines.some((one) => one.isBusy)) return;
  event.preventDefault();
  event.stopPropagation();
  event.target.closest("dialog")?.close();
  giveUp(line.url).then(() => {
    line.state = "gone";
    line.element.remove();
    box.hidden = !list.children.length;
    form.elements.file.focus();
  });
}, true);
