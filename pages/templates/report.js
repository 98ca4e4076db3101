// The page works from disk: everything it needs is inside it, and every text is set as text, never as markup.

// Pages: one section is shown at a time, the one that the address names or that holds what it names.
const sections = [...document.querySelectorAll("main > section")];
const shown = () => {
  const id = decoded(location.hash.slice(1));
  const target = /^(trace|explore)\//.test(id) ? find("explore") : document.getElementById(location.hash.slice(1)) ?? document.getElementById(id);
  const section = target?.closest("main > section") ?? sections[0];
  const moved = section.hidden;
  for (const one of sections) one.hidden = one !== section;
  for (const link of document.querySelectorAll("nav a")) {
    if (link.hash === `#${section.id}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  const around = target?.closest("details");
  if (around) around.open = true;
  return { section, target, moved };
};
const visit = () => {
  const { section, target, moved } = shown();
  find("search-hits").hidden = true;
  if (section.id === "explore" && target === section && location.hash.includes("/")) {
    if (moved) find("x-forward").focus();
  } else if (target === section) {
    section.querySelector("h2").focus();
    window.scrollTo(0, 0);
  } else if (target && target.id !== "main") {
    target.scrollIntoView();
    target.tabIndex = -1;
    target.focus({ preventScroll: true });
  }
};
window.addEventListener("hashchange", visit);

// Search: every entry of the page that has all words, findings first, and those before the others whose names have them.
const findable = (which) => [...document.querySelectorAll(which)];
const entries = [...findable("[data-find=finding]"), ...findable("[data-find]:not([data-find=finding])")].map((node) => [node, node.textContent.toLowerCase()]);
const MOST_HITS = 40;
const searched = () => {
  const words = find("search-text").value.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = entries.filter(([, text]) => words.every((word) => text.includes(word)));
  const named = ([node]) => words.every((word) => node.id.toLowerCase().includes(word));
  const hits = [...fits.filter(named), ...fits.filter((one) => !named(one))].slice(0, MOST_HITS);
  const items = hits.map(([node]) => {
    const link = make("a", node.querySelector("h3, th").firstChild.textContent);
    link.href = `#${encodeURIComponent(node.id)}`;
    const item = make("li");
    item.append(link, make("span", ` ${node.dataset.find}`, "quiet"));
    return item;
  });
  const more = fits.length > hits.length ? [make("li", `and ${fits.length - hits.length} more`, "quiet")] : [];
  find("search-hits").replaceChildren(...(items.length ? [...items, ...more] : [make("li", "nothing has all these words", "quiet")]));
  find("search-hits").hidden = words.length === 0;
};
find("search-text").addEventListener("input", searched);
find("search").addEventListener("submit", (event) => {
  event.preventDefault();
  find("search-hits").querySelector("a")?.click();
});
find("search").addEventListener("keydown", (event) => {
  if (event.key === "Escape") find("search-hits").hidden = true;
});

// Requirements: rows that contain every word, and have the verdict chosen.
const filtered = () => {
  const words = find("filter-text").value.toLowerCase().split(/\s+/).filter(Boolean);
  const answer = find("filter-answer").value;
  const rows = [...document.querySelectorAll("#matrix tbody > tr")];
  for (const row of rows) {
    const text = row.textContent.toLowerCase();
    row.hidden = !(words.every((word) => text.includes(word)) && (!answer || row.dataset.answer === answer));
  }
  find("filter-count").textContent = `${rows.filter((row) => !row.hidden).length} of ${rows.length}`;
};
if (find("matrix")) {
  for (const kind of ["input", "change"]) find("filter-text").form.addEventListener(kind, filtered);
  find("filter-text").form.addEventListener("submit", (event) => event.preventDefault());
  filtered();
}

// Paper shows what the screen keeps closed.
for (const [kind, open] of [["beforeprint", true], ["afterprint", false]]) {
  window.addEventListener(kind, () => {
    for (const one of document.querySelectorAll("details.prints")) one.open = open;
  });
}

const blocks = new Map([...document.querySelectorAll("script.space")].map((one) => [one.dataset.name, one]));
const explorer = new Explorer([...blocks.keys()], async (name) => new Embedded(await unpacked(blocks.get(name).textContent)));
shown();
explorer.open();
if (/^#trace|^#explore./.test(location.hash)) find("x-forward").focus();
