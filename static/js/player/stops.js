// When the picture stops: one sentence over the last picture, one button, one quiet way (design 04c).
const RETRY_SECONDS = 5;

export class Stops {
  constructor(screen, video, frame) {
    this.screen = screen;
    this.video = video;
    this.frame = frame;
    this.source = video.currentSrc || video.src;
    this.place = 0;
    video.addEventListener("timeupdate", () => {
      if (!video.error && video.currentTime > 0) this.place = video.currentTime;
    });
    video.addEventListener("playing", () => this.hide());
    video.addEventListener("error", () => this.explain());
    video.addEventListener("ended", () => this.say({
      title: "That was all of it",
      words: `You can watch it again until ${screen.dataset.openUntil}.`,
      act: { label: "Watch again", do: () => this.goOn(0) },
      home: true,
    }));
  }

  // The line broke, or the right to the picture ended: only the portal can tell which.
  async explain() {
    try {
      const answer = await fetch(this.screen.dataset.state, { redirect: "manual", headers: { Accept: "application/json" } });
      if (answer.type === "opaqueredirect") {
        this.say({ title: "You are signed out here", words: "Sign in and go on where you stopped.", link: { label: "Sign in", url: location.pathname } });
      } else if (answer.status === 404) {
        this.say({ title: "This is no longer shared with you", words: "What is shared with you stands on the start page.", home: true });
      } else {
        const state = await answer.json();
        if (state.stopped) this.stopForGood(state);
        else this.lost();
      }
    } catch {
      this.lost();
    }
  }

  stopForGood(state) {
    for (const rule of document.querySelectorAll(".stage__rule")) rule.hidden = true;
    this.say({ title: state.title, words: state.words, link: state.way_on, home: true });
  }

  lost() {
    this.say({
      title: "The connection is lost",
      words: "We try again by ourselves.",
      act: { label: "Try again now", do: () => this.goOn(this.place) },
    });
    this.retry = setTimeout(() => this.goOn(this.place), RETRY_SECONDS * 1000);
  }

  goOn(place) {
    clearTimeout(this.retry);
    this.hide();
    if (this.video.error) {
      this.video.src = this.source;
      this.video.load();
    }
    this.video.currentTime = place;
    this.video.play().catch(() => {});
  }

  hide() {
    clearTimeout(this.retry);
    if (!this.box) return;
    this.box.remove();
    this.box = null;
    this.frame().classList.remove("plyr--stopped");
    this.video.focus?.({ preventScroll: true });
  }

  say({ title, words, act, link, home }) {
    clearTimeout(this.retry);
    this.box?.remove();
    const box = document.createElement("div");
    box.className = "screen__stop";
    box.setAttribute("role", "alertdialog");
    box.setAttribute("aria-labelledby", "stop-title");
    box.setAttribute("aria-describedby", "stop-words");
    box.append(element("h2", { id: "stop-title" }, title), element("p", { id: "stop-words" }, words));
    const buttons = element("div", { className: "buttons" });
    if (act) {
      const button = element("button", { type: "button", className: "button button--filled" }, act.label);
      button.addEventListener("click", act.do);
      buttons.append(button);
    }
    if (link) buttons.append(element("a", { href: link.url, className: "button button--filled" }, link.label));
    if (home) buttons.append(element("a", { href: this.screen.dataset.home, className: "button button--outlined" }, "Back to what is shared"));
    box.append(buttons);
    this.box = box;
    this.frame().classList.add("plyr--stopped");
    this.frame().append(box);
    buttons.firstElementChild?.focus();
  }
}

function element(name, properties, words = "") {
  const made = Object.assign(document.createElement(name), properties);
  made.textContent = words;
  return made;
}
