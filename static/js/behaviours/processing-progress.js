// Shows how far a recording is prepared, and opens its page anew when that has ended or something else plays.
const EVERY = 2000;

for (const box of document.querySelectorAll("[data-preparing]")) {
  const bar = box.querySelector("progress");
  const words = box.querySelector("[data-words-here]");
  const link = box.querySelector("[data-look-again]");
  // The link stays for those whom this cannot serve: while looking fails it shows again.
  link.hidden = true;

  const look = async () => {
    try {
      const answer = await fetch(box.dataset.preparing, { headers: { Accept: "application/json" }, redirect: "error" });
      if (!answer.ok) throw new Error(String(answer.status));
      const { percent, is_prepared: goesOn, version } = await answer.json();
      if (!goesOn || String(version) !== box.dataset.version) return window.location.reload();
      link.hidden = true;
      bar.value = percent;
      const now = box.dataset.words.replace("{n}", percent);
      if (words.textContent !== now) words.textContent = now;
    } catch {
      link.hidden = false;
    }
    return setTimeout(look, document.hidden ? 5 * EVERY : EVERY);
  };
  setTimeout(look, EVERY);
}
