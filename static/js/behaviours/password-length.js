// Says under a new password how long it is, counted in characters as people count them.
const fill = (words, values) => words.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);

for (const note of document.querySelectorAll("[data-password-length]")) {
  const control = document.getElementById(note.dataset.passwordLength);
  const minimum = Number(note.dataset.minimum);
  const words = note.querySelector("[data-words]");
  const icon = note.querySelector("[data-enough-mark]");
  control.addEventListener("input", () => {
    const length = [...control.value].length;
    const enough = length >= minimum;
    note.hidden = length === 0;
    icon.hidden = !enough;
    note.classList.toggle("field__note--enough", enough);
    words.textContent = fill(enough ? note.dataset.enough : note.dataset.short, { n: length, more: minimum - length });
  });
}
