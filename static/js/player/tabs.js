// Links that show one part of the page each become tabs, with the keys that tabs have.
export class Tabs {
  // `opened` is told the name of a part when it is shown. One part alone needs no tabs: it is simply shown.
  constructor(element, opened) {
    this.opened = opened;
    this.list = element.querySelector("[data-tabs]");
    this.tabs = [...this.list.querySelectorAll("[data-tab]")];
    this.parts = new Map(this.tabs.map((tab) => [tab, element.querySelector(`[data-part='${tab.dataset.tab}']`)]));
    this.list.setAttribute("role", "tablist");
    for (const tab of this.tabs) this.dress(tab);
    this.list.addEventListener("keydown", (event) => this.key(event));
    this.select(this.tabs[0]);
  }

  dress(tab) {
    const part = this.parts.get(tab);
    tab.id ||= `${part.id}-tab`;
    tab.setAttribute("role", "tab");
    tab.setAttribute("aria-controls", part.id);
    tab.removeAttribute("href");
    part.setAttribute("role", "tabpanel");
    part.setAttribute("aria-labelledby", tab.id);
    tab.addEventListener("click", () => this.select(tab));
  }

  select(chosen) {
    for (const tab of this.tabs) {
      const is = tab === chosen;
      tab.setAttribute("aria-selected", String(is));
      if (is) tab.setAttribute("aria-current", "true");
      else tab.removeAttribute("aria-current");
      tab.tabIndex = is ? 0 : -1;
      this.parts.get(tab).hidden = !is;
    }
    this.opened(chosen.dataset.tab);
  }

  key(event) {
    const rtl = getComputedStyle(this.list).direction === "rtl";
    const steps = { ArrowRight: rtl ? -1 : 1, ArrowLeft: rtl ? 1 : -1 };
    const at = this.tabs.indexOf(document.activeElement);
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      return this.select(this.tabs[at] ?? this.tabs[0]);
    }
    const next = { Home: 0, End: this.tabs.length - 1 }[event.key] ?? (event.key in steps ? (at + steps[event.key] + this.tabs.length) % this.tabs.length : -1);
    if (next < 0) return undefined;
    event.preventDefault();
    this.tabs[next].focus();
    return this.select(this.tabs[next]);
  }
}
