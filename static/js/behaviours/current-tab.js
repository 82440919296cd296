// Where tabs scroll sideways, the current one is in sight.
for (const tab of document.querySelectorAll(".tabs [aria-current]")) {
  const tabs = tab.parentElement;
  const here = tab.getBoundingClientRect();
  const room = tabs.getBoundingClientRect();
  if (here.left < room.left || here.right > room.right) tabs.scrollLeft += here.left - room.left - 20;
}
