// A button beside a password shows and hides what is typed. Hidden in the page until this runs.
for (const button of document.querySelectorAll("[data-show-password]")) {
  const control = document.getElementById(button.dataset.showPassword);
  const word = button.querySelector("[data-word]");
  const show = (shown) => {
    control.type = shown ? "text" : "password";
    word.textContent = shown ? button.dataset.hide : button.dataset.show;
  };
  button.hidden = false;
  button.addEventListener("click", () => show(control.type === "password"));
  // Browsers offer to keep a password only when it leaves as one.
  control.form?.addEventListener("submit", () => show(false));
}
