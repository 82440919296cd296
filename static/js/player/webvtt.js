// Reads the WebVTT that the portal writes: times with hours, text with <b>, <i> and three entities. Nothing else comes.
const TIMES = /^(\d+):(\d\d):(\d\d\.\d{3}) --> (\d+):(\d\d):(\d\d\.\d{3})$/;
const ENTITIES = { "&amp;": "&", "&lt;": "<", "&gt;": ">" };

const seconds = (hours, minutes, rest) => Number(hours) * 3600 + Number(minutes) * 60 + Number(rest);

// [{ begin, end, words }] in seconds, in order; the words stand on one line, without markup.
export function read(text) {
  const lines = [];
  for (const block of text.split("\n\n").slice(1)) {
    const [times, ...words] = block.trim().split("\n");
    const found = TIMES.exec(times);
    if (!found) continue;
    lines.push({
      begin: seconds(found[1], found[2], found[3]),
      end: seconds(found[4], found[5], found[6]),
      words: words.join(" ").replace(/<\/?[bi]>/g, "").replace(/&(amp|lt|gt);/g, (entity) => ENTITIES[entity]),
    });
  }
  return lines;
}
