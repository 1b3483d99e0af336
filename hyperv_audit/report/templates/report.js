"use strict";
// The page is complete without this: here are only filters, folds, the theme, and the state in the address.
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const byId = (id) => document.getElementById(id);
  const state = { f: "", host: "", q: "" };
  const tiles = all(".tile");

  const leaves = all("[data-h]").map((element) => {
    const group = element.closest("[data-v]");
    return {
      element,
      group,
      chapter: element.closest(".chapter, .host"),
      said: group.matches(".quiet") ? element.closest("ul").previousElementSibling : group.querySelector(".said"),
      number: Number(element.dataset.n || 1),
    };
  });
  const total = leaves.reduce((sum, leaf) => sum + leaf.number, 0);

  const mentions = (leaf, words) =>
    [leaf.element, leaf.said, leaf.chapter.querySelector("h3")].some((part) =>
      part.textContent.toLowerCase().includes(words));

  const matches = (leaf, words) =>
    (!state.f || leaf.group.dataset.v === state.f) &&
    (!state.host || leaf.element.dataset.h === state.host) &&
    (!words || mentions(leaf, words));

  const columns = all(".matrix thead th");
  const concerns = (cell) => {
    const { host } = columns[cell.cellIndex].dataset;
    return (!state.f || (cell.dataset.v || "").split(" ").includes(state.f)) && (!state.host || !host || host === state.host);
  };

  const hideWithout = (selector, kept) => {
    for (const element of all(selector)) element.hidden = !kept.has(element);
  };

  const apply = () => {
    const words = state.q.trim().toLowerCase();
    const groups = new Set(), chapters = new Set(), headings = new Set();
    let shown = 0;
    for (const leaf of leaves) {
      const visible = matches(leaf, words);
      leaf.element.hidden = !visible;
      if (!visible) continue;
      shown += leaf.number;
      groups.add(leaf.group);
      chapters.add(leaf.chapter);
      headings.add(leaf.chapter.closest(".heading"));
      if (leaf.group.matches(".quiet") && state.f) leaf.group.open = true;
    }
    const filtered = Boolean(state.f || state.host || words);
    const everything = (selector) => new Set(all(selector));
    hideWithout(".chapter [data-v], .host [data-v]", groups);
    hideWithout(".chapter", filtered ? chapters : everything(".chapter"));
    hideWithout(".heading", filtered ? headings : everything(".heading"));
    for (const host of all(".host")) host.hidden = Boolean(state.host) && host.dataset.host !== state.host;
    for (const cell of all(".matrix td")) cell.classList.toggle("dim", !concerns(cell));
    for (const tile of tiles) tile.setAttribute("aria-pressed", String(tile.dataset.f === state.f));
    byId("q").value = state.q;
    byId("host").value = state.host;
    byId("clear").hidden = !filtered;
    byId("shown").textContent = `${filtered ? shown.toLocaleString("en") + " of " : ""}${total.toLocaleString("en")} results`;
  };

  const remember = () => {
    const set = Object.entries(state).filter(([, value]) => value);
    const hash = set.length ? "#" + new URLSearchParams(set) : location.pathname + location.search;
    history.replaceState(null, "", hash);
  };

  const change = (values) => {
    Object.assign(state, values);
    apply();
    remember();
  };

  // A link to a finding wins over a filter that would hide it.
  const reveal = (id) => {
    const target = byId(id);
    if (!target) return;
    if (target.closest("[hidden]")) {
      Object.assign(state, { f: "", host: "", q: "" });
      apply();
    }
    for (let fold = target.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
    target.scrollIntoView();
  };

  const follow = () => {
    const hash = location.hash.slice(1);
    if (hash.includes("=")) {
      const values = new URLSearchParams(hash);
      for (const key of Object.keys(state)) state[key] = values.get(key) || "";
      apply();
    } else {
      apply();
      if (hash) reveal(decodeURIComponent(hash));
    }
  };

  for (const tile of tiles) {
    tile.addEventListener("click", () => change({ f: state.f === tile.dataset.f ? "" : tile.dataset.f }));
  }
  byId("q").addEventListener("input", (event) => change({ q: event.target.value }));
  byId("host").addEventListener("change", (event) => change({ host: event.target.value }));
  byId("clear").addEventListener("click", () => change({ f: "", host: "", q: "" }));
  byId("fold").addEventListener("click", (event) => {
    const open = event.target.getAttribute("aria-expanded") !== "true";
    for (const fold of all("details")) fold.open = open;
    event.target.setAttribute("aria-expanded", String(open));
    event.target.textContent = open ? "Close all" : "Open all";
  });

  // The settings of one host, by outcome and by a word in any column.
  for (const table of all(".settings")) {
    const [choice, words] = all("select, input", table);
    if (!choice) continue;
    const rows = all("tbody tr", table).map((row) => ({ row, text: row.textContent.toLowerCase() }));
    const narrow = () => {
      const word = words.value.trim().toLowerCase();
      let shown = 0;
      for (const { row, text } of rows) {
        row.hidden = Boolean(choice.value && row.dataset.o !== choice.value) || !text.includes(word);
        shown += row.hidden ? 0 : 1;
      }
      table.querySelector("[role=status]").textContent = `${shown} of ${rows.length} settings`;
    };
    choice.addEventListener("change", narrow);
    words.addEventListener("input", narrow);
    table.querySelector(".narrow").hidden = false;
    narrow();
  }

  const dark = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (document.documentElement.dataset.theme || (dark.matches ? "dark" : "light")) === "dark";
  const nameTheme = () => { byId("theme").textContent = isDark() ? "Light" : "Dark"; };
  byId("theme").addEventListener("click", () => {
    document.documentElement.dataset.theme = isDark() ? "light" : "dark";
    nameTheme();
  });
  dark.addEventListener("change", nameTheme);

  for (const time of all("time")) time.title = new Date(time.dateTime).toLocaleString();
  for (const control of [byId("theme"), document.querySelector(".bar")]) control.hidden = false;
  addEventListener("hashchange", follow);
  nameTheme();
  follow();
})();
