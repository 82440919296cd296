// Where this tab stood when it was left. A reload asks for the page before the last report is heard, so for a moment
// the tab knows better than the portal; after that, or on another device, the portal does.
const KEPT_FOR = 30_000;
const WORTH_GOING_ON = 5; // seconds from the start, or before the end; the portal has the same

export function keep(player, place, length) {
  if (place < WORTH_GOING_ON || place > length - WORTH_GOING_ON) return;
  try {
    sessionStorage.setItem(player, JSON.stringify({ place, at: Date.now() }));
  } catch {
    // A browser that keeps nothing starts where the portal says.
  }
}

export function kept(player) {
  try {
    const found = JSON.parse(sessionStorage.getItem(player));
    sessionStorage.removeItem(player);
    return found && Date.now() - found.at < KEPT_FOR ? found.place : null;
  } catch {
    return null;
  }
}
