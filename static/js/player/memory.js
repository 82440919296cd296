// What somebody chose once and finds again next time: in this browser alone, and never told to the portal.
const KEY = "player-choices";

export function recall(name, otherwise) {
  try {
    return JSON.parse(localStorage.getItem(KEY))?.[name] ?? otherwise;
  } catch {
    return otherwise;
  }
}

export function remember(name, value) {
  try {
    localStorage.setItem(KEY, JSON.stringify({ ...JSON.parse(localStorage.getItem(KEY)), [name]: value }));
  } catch {
    // A browser that keeps nothing asks again next time.
  }
}
