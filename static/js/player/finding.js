// Finding words as the portal's search does: case and accents are nothing, and each word is one or begins one.
const WORD = /[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]|[\p{L}\p{N}\p{M}]+(?:['’ʼ][\p{L}\p{N}\p{M}]+)*/gu;
const LETTERS = { ø: "o", ł: "l", đ: "d", ð: "d", þ: "th", æ: "ae", œ: "oe", ı: "i", ħ: "h", ŧ: "t", ŋ: "n", ß: "ss" };

const folded = (word) => word.toLowerCase().normalize("NFKD").replace(/\p{M}|['’ʼ]/gu, "").replace(/[øłđðþæœıħŧŋß]/g, (letter) => LETTERS[letter]);

export const sought = (typed) => [...new Set([...typed.matchAll(WORD)].map(([word]) => folded(word)))].filter(Boolean);

// Where such words stand in a text, as [from, to] in order; none where one of them is not there at all.
export function places(wanted, text) {
  const missing = new Set(wanted);
  const found = [];
  for (const match of text.matchAll(WORD)) {
    const word = folded(match[0]);
    const begins = wanted.filter((one) => word.startsWith(one));
    if (!begins.length) continue;
    for (const one of begins) missing.delete(one);
    found.push([match.index, match.index + match[0].length]);
  }
  return missing.size ? [] : found;
}
