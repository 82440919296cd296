// Tells the portal what was played and where the picture stands; its answer says whether the player may go on.
const EVERY = 10_000;
const MOST_PARTS = 400;

export class Reports {
  constructor(screen, video, stops) {
    this.url = screen.dataset.report;
    this.token = screen.dataset.csrfToken;
    this.video = video;
    this.stops = stops;
    this.earlier = []; // played before the film was loaded anew: the browser forgets it then
    setInterval(() => !video.paused && this.tell(), EVERY);
    video.addEventListener("play", () => this.tell());
    video.addEventListener("pause", () => this.tell());
    document.addEventListener("visibilitychange", () => document.hidden && this.tell({ leaving: true }));
    window.addEventListener("pagehide", () => this.tell({ leaving: true }));
  }

  // To be called before the film is loaded anew.
  keep() {
    this.earlier.push(...this.played());
  }

  played() {
    const { played } = this.video;
    return Array.from({ length: played.length }, (_, number) => [played.start(number), played.end(number)]);
  }

  async tell({ leaving = false } = {}) {
    if (this.stops.over) return;
    const parts = [...this.earlier, ...this.played()].filter(([begin, end]) => end > begin).slice(-MOST_PARTS);
    if (!parts.length) return;
    try {
      const answer = await fetch(this.url, {
        method: "POST",
        redirect: "manual",
        keepalive: leaving,
        headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": this.token },
        body: JSON.stringify({ parts, position: this.stops.place }),
      });
      await this.stops.heed(answer);
    } catch {
      // The line is broken. The picture goes on as far as it was fetched; if that is not far, the player says so.
    }
  }
}
