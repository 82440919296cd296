// While something is on its way, what the page says of it is fetched anew: the marked part is put in place of the old.
// `data-follows` may say how many seconds lie between two looks.
const EVERY = 4;

const wait = (part) => setTimeout(() => follow(part), 1000 * (Number(part.dataset.follows) || EVERY));

const follow = async (part) => {
  if (!document.hidden && !part.contains(document.activeElement)) {
    try {
      const answer = await fetch(window.location.href, { headers: { Accept: "text/html" }, redirect: "error" });
      if (!answer.ok) throw new Error(String(answer.status));
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.querySelector("[data-follows], [data-followed]");
      if (!fresh) throw new Error("no such part on the page");
      const next = document.importNode(fresh, true);
      part.replaceWith(next);
      document.title = page.title;
      if (!("follows" in next.dataset)) return;
      part = next;
      hide(part);
    } catch {
      show(part);
    }
  }
  wait(part);
};
// The link stays for those whom this cannot serve: while looking fails it shows again.
const link = (part) => part.querySelector("[data-look-again]");
const hide = (part) => link(part)?.setAttribute("hidden", "");
const show = (part) => link(part)?.removeAttribute("hidden");

for (const part of document.querySelectorAll("[data-follows]")) {
  hide(part);
  wait(part);
}
