// The summary of a form's errors takes the focus, and a press on a line goes into the control, label in sight.
const summary = document.querySelector("[data-error-summary]");
summary?.focus();
summary?.addEventListener("click", (event) => {
  const link = event.target.closest("a[href^='#']");
  const control = link && document.getElementById(decodeURIComponent(link.hash.slice(1)));
  if (!control) return;
  event.preventDefault();
  (control.closest(".field") ?? control).scrollIntoView({ block: "start" });
  control.focus({ preventScroll: true });
});
