// A menu (<details>) closes on Escape, on a press outside, and when the focus leaves it.
const openMenus = () => document.querySelectorAll("details[data-menu][open]");

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of openMenus()) {
    const inside = menu.contains(document.activeElement);
    menu.open = false;
    if (inside) menu.querySelector("summary").focus();
  }
});
const closeOthers = (event) => {
  for (const menu of openMenus()) if (!menu.contains(event.target)) menu.open = false;
};
document.addEventListener("click", closeOthers);
document.addEventListener("focusin", closeOthers);
