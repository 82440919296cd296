// Says that a page was opened by somebody who looks at it. What only fetches pages runs no scripts; a reload, and the
// page that a press on play leads back to, are no new opening.
for (const mark of document.querySelectorAll("[data-opened]")) {
  const [arrival] = performance.getEntriesByType("navigation");
  const isNew = arrival?.type !== "reload" && !location.hash && !arrival?.name.includes("#");
  const tell = () => fetch(mark.dataset.opened, {
    method: "POST", keepalive: true, redirect: "manual", headers: { "X-CSRFToken": mark.dataset.csrfToken },
  }).catch(() => {});
  if (isNew && !document.prerendering) tell();
}
