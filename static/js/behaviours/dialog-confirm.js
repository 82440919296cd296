// A link to a confirmation page may open that page's question in a dialog. Anything unexpected: the page itself opens.
async function questionAt(url) {
  const answer = await fetch(url, { headers: { Accept: "text/html" }, redirect: "error" });
  if (!answer.ok) throw new Error(String(answer.status));
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const question = page.querySelector("[data-confirm]");
  if (!question) throw new Error("no question on the page");
  return document.importNode(question, true);
}

function show(question) {
  const dialog = document.createElement("dialog");
  dialog.className = "confirm-dialog";
  const heading = question.querySelector("h1");
  // The page below has its h1 already.
  const title = document.createElement("h2");
  title.append(...heading.childNodes);
  title.id = "confirm-dialog-title";
  title.className = "confirm__question";
  heading.replaceWith(title);
  dialog.setAttribute("aria-labelledby", title.id);
  dialog.append(question);
  dialog.addEventListener("close", () => dialog.remove());
  question.querySelector("[data-keep]")?.addEventListener("click", (event) => {
    event.preventDefault();
    dialog.close();
  });
  document.body.append(dialog);
  dialog.showModal();
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-confirm-in-dialog]");
  const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey;
  if (!link || !plain || !window.HTMLDialogElement) return;
  event.preventDefault();
  questionAt(link.href).then(show, () => window.location.assign(link.href));
});
