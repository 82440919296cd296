// The pressed button keeps its width, says what is under way, and a second press of the same form does nothing.
// It never disables the button: a disabled one would not send its name, and leave the keyboard nowhere.
const pressed = new WeakSet();

document.addEventListener("submit", (event) => {
  if (event.defaultPrevented) return;
  if (pressed.has(event.target)) {
    event.preventDefault();
    return;
  }
  const button = event.submitter;
  if (!button?.dataset.busy) return;
  pressed.add(event.target);
  button.dataset.words = button.innerHTML;
  // Set from a script through the object model: the policy against inline styles does not forbid that.
  button.style.minWidth = `${button.offsetWidth}px`;
  button.setAttribute("aria-busy", "true");
  button.textContent = button.dataset.busy;
});

// Coming back to the page from the browser's memory: the button is as it was.
window.addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const form of document.forms) pressed.delete(form);
  for (const button of document.querySelectorAll("[aria-busy='true'][data-words]")) {
    button.innerHTML = button.dataset.words;
    button.removeAttribute("aria-busy");
  }
});
