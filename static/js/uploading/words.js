// Sizes and times in words, as the portal's pages say them.
const UNITS = ["bytes", "kB", "MB", "GB", "TB"];
const unitOf = (bytes) => Math.min(UNITS.length - 1, Math.floor(Math.log2(Math.max(bytes, 1)) / 10));
const inUnit = (bytes, unit) => {
  const amount = bytes / 1024 ** unit;
  return unit > 2 && amount < 9.95 ? amount.toFixed(1) : String(Math.round(amount));
};

export const sizeWords = (bytes) => `${inUnit(bytes, unitOf(bytes))} ${UNITS[unitOf(bytes)]}`;

export const partWords = (arrived, size) => {
  const unit = unitOf(size);
  return `${inUnit(arrived, unit)} of ${inUnit(size, unit)} ${UNITS[unit]}`;
};

export function timeLeft(seconds) {
  if (!Number.isFinite(seconds)) return "";
  if (seconds < 60) return ", less than a minute left";
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `, about ${minutes} ${minutes === 1 ? "minute" : "minutes"} left`;
  return `, about ${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} left`;
}

// How fast it goes, over the last seconds: a line that was lost for an hour is not counted as slow.
export class Pace {
  constructor() {
    this.marks = [];
  }

  note(arrived) {
    const at = performance.now() / 1000;
    this.marks.push({ at, arrived });
    while (this.marks.length > 2 && at - this.marks[0].at > 15) this.marks.shift();
  }

  secondsFor(bytes) {
    const [first, last] = [this.marks[0], this.marks[this.marks.length - 1]];
    const seconds = first ? last.at - first.at : 0;
    return seconds < 2 || last.arrived <= first.arrived ? Infinity : (bytes * seconds) / (last.arrived - first.arrived);
  }
}
