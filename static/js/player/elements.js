// Makes elements: `element("p", { className: "hint" }, "Words", another)`. Words are words, never markup.
export function element(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key.startsWith("aria-") || key.startsWith("data-") || key === "role" || key === "for") made.setAttribute(key, value);
    else made[key] = value;
  }
  made.append(...children);
  return made;
}

// A drawing of the player's own set, or given as the path of a 24 by 24 square.
export function drawing(icons, name, path = "") {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("focusable", "false");
  if (path) svg.setAttribute("viewBox", "0 0 24 24");
  const part = document.createElementNS("http://www.w3.org/2000/svg", path ? "path" : "use");
  if (path) part.setAttribute("d", path);
  else part.setAttribute("href", `${icons}#plyr-${name}`);
  svg.append(part);
  return svg;
}
