// Places in a recording: as people read them, and which line is said at one.
export function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (number) => String(number).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

// The number of the last line that has begun by then, until a moment after it is over; -1 where nothing is said.
const LINGERS = 2;

export function lineAt(lines, now) {
  let low = 0;
  let high = lines.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (lines[middle].begin <= now) low = middle + 1;
    else high = middle;
  }
  const found = low - 1;
  return found >= 0 && now <= lines[found].end + LINGERS ? found : -1;
}
