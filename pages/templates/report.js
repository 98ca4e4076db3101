"use strict";
// The page works from disk: everything it needs is inside it, and every text is set as text, never as markup.

const make = (tag, text = "", className = "") => {
  const node = document.createElement(tag);
  if (text !== "") node.textContent = text;
  if (className) node.className = className;
  return node;
};
const find = (id) => document.getElementById(id);

// Requirements: rows that contain every word, and have the verdict chosen.
const filtered = () => {
  const words = find("filter-text").value.toLowerCase().split(/\s+/).filter(Boolean);
  const answer = find("filter-answer").value;
  let shown = 0;
  const rows = document.querySelectorAll("#matrix tbody > tr[data-answer]");
  for (const row of rows) {
    const text = row.textContent.toLowerCase();
    row.hidden = !(words.every((word) => text.includes(word)) && (!answer || row.dataset.answer === answer));
    shown += !row.hidden;
  }
  find("filter-count").textContent = `${shown} of ${rows.length}`;
};
if (find("matrix")) {
  for (const id of ["filter-text", "filter-answer"]) {
    for (const kind of ["input", "change"]) find(id).addEventListener(kind, filtered);
  }
  filtered();
}

// Findings: a step opens the whole state after it.
const stateTable = (trace, last) => {
  const state = { ...trace.start };
  for (let step = 0; step <= last; step += 1) Object.assign(state, trace.changes[step]);
  const table = make("table", "", "inner");
  for (const [slot, value] of Object.entries(state)) {
    const row = table.insertRow();
    if (slot in trace.changes[last]) row.className = "changed";
    row.insertCell().textContent = slot;
    row.insertCell().textContent = value;
  }
  return table;
};
for (const list of document.querySelectorAll("ol.steps")) {
  const trace = JSON.parse(list.parentElement.querySelector("script.trace").textContent);
  [...list.children].forEach((item, number) => {
    const button = item.querySelector("button");
    button.addEventListener("click", () => {
      const open = item.querySelector("table");
      if (open) open.remove();
      else item.append(stateTable(trace, number));
      button.setAttribute("aria-expanded", String(!open));
    });
  });
}
window.addEventListener("beforeprint", () => {
  for (const one of document.querySelectorAll(".finding details, .machine details")) one.open = true;
});

// The explorer.
const unpacked = async (text) => {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  const block = await new Response(stream).arrayBuffer();
  const length = new DataView(block).getUint32(0, true);
  const space = JSON.parse(new TextDecoder().decode(new Uint8Array(block, 4, length)));
  const kinds = { uint8: Uint8Array, uint16: Uint16Array, uint32: Uint32Array };
  let offset = 4 + length;
  for (const [name, [kind, size]] of Object.entries(space.arrays)) {
    space[name] = new kinds[kind](block, offset, size);
    offset += Math.ceil(space[name].byteLength / 8) * 8;
  }
  space.count = space.first.length - 1;
  space.marked = Object.entries(space.marks).map(([name, states]) => [name, new Set(states)]);
  return space;
};

const SVG = "http://www.w3.org/2000/svg";
const shape = (tag, attributes, text = "") => {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.textContent = text;
  return node;
};
const LETTER = 5.6;
const lines = (text, width) => {
  const room = Math.max(8, Math.floor(width / LETTER));
  if (text.length <= room) return [text];
  const bracket = text.indexOf(" (");
  if (bracket > 0) return [text.slice(0, bracket), ...lines(text.slice(bracket + 1), width)];
  const found = [];
  for (const word of text.split(" ")) {
    const last = found.length - 1;
    if (last >= 0 && found[last].length + word.length < room) found[last] += ` ${word}`;
    else found.push(word);
  }
  return found;
};

class Explorer {
  constructor() {
    this.blocks = new Map([...document.querySelectorAll("script.space")].map((one) => [one.dataset.name, one]));
    this.spaces = new Map();
    this.parts = { name: "", path: [0] };
  }

  async open() {
    const [, name, path] = location.hash.match(/^#explore\/([^/]*)(?:\/([\d-]*))?$/) ?? [];
    const wanted = name && decodeURIComponent(name);
    const known = this.blocks.has(wanted) ? wanted : [...this.blocks.keys()][0];
    if (!this.spaces.has(known)) this.spaces.set(known, unpacked(this.blocks.get(known).textContent));
    this.space = await this.spaces.get(known);
    this.follow(known === wanted ? (path || "0").split("-").map(Number) : [0]);
    this.draw(known);
    if (name) find("explore").scrollIntoView({ block: "start" });
  }

  // Walk as much of a path as exists; an address from elsewhere may say more than this space has.
  follow(path) {
    const space = this.space;
    this.start = space.starts[path[0]] === undefined ? 0 : path[0];
    this.path = [];
    let state = space.starts[this.start];
    for (const choice of path.slice(1)) {
      const edge = space.first[state] + choice;
      if (!(edge < space.first[state + 1])) break;
      this.path.push({ choice, before: state, edge, after: space.target[edge] });
      state = space.target[edge];
    }
    this.state = state;
  }

  address(choices, start = this.start, name = this.space.name) {
    return `#explore/${encodeURIComponent(name)}/${[start, ...choices].join("-")}`;
  }

  go(choices, start) {
    location.hash = this.address(choices, start);
  }

  take(choice) {
    this.go([...this.path.map((step) => step.choice), choice]);
  }

  back() {
    if (this.path.length) this.go(this.path.slice(0, -1).map((step) => step.choice));
  }

  value(slot, state) {
    return this.space.slots[slot].values[this.space.states[slot * this.space.count + state]];
  }

  changes(before, after) {
    const count = this.space.count;
    const states = this.space.states;
    return this.space.slots.flatMap((slot, place) =>
      states[place * count + before] === states[place * count + after]
        ? []
        : [{ ...slot, place, old: this.value(place, before), now: this.value(place, after) }]);
  }

  draw(name) {
    const { space, path, state } = this;
    find("x-scenario").value = name;
    find("x-start").replaceChildren(...space.starts.map((_, number) => make("option", String(number))));
    find("x-start").value = String(this.start);
    find("x-starts").hidden = space.starts.length < 2;
    find("x-summary").textContent = space.summary;
    find("x-where").textContent = `state ${state + 1} of ${space.count}, step ${path.length}`;
    find("x-back").disabled = find("x-home").disabled = !path.length;
    const broken = space.marked.filter(([, states]) => states.has(state)).map(([mark]) => make("p", mark));
    find("x-marks").replaceChildren(...broken);
    this.drawEnabled();
    this.drawDisabled();
    this.drawState();
    this.drawMachines();
    find("x-chart").replaceChildren(new Chart(this).svg);
    find("explorer").dataset.state = String(state);
  }

  drawEnabled() {
    const { space, state } = this;
    const items = [];
    for (let edge = space.first[state]; edge < space.first[state + 1]; edge += 1) {
      const button = make("button", space.actions[space.action[edge]]);
      const choice = edge - space.first[state];
      button.type = "button";
      const changed = this.changes(state, space.target[edge]).filter((one) => !one.channel);
      const told = changed.map((one) => `${one.name} → ${one.now}`).join("; ") || "changes no machine";
      button.append(make("small", told));
      button.addEventListener("click", () => this.take(choice));
      const item = make("li");
      item.append(button);
      items.push(item);
    }
    find("x-enabled").replaceChildren(...items);
    find("x-end").hidden = items.length > 0;
  }

  drawDisabled() {
    const { space, state } = this;
    const items = space.refusable.flatMap((name, number) => {
      const reason = space.reasons[space.refused[number * space.count + state]];
      if (!reason) return [];
      const item = make("li");
      item.append(make("b", name), ` — ${reason}`);
      return [item];
    });
    const enabled = new Set(space.action.subarray(space.first[state], space.first[state + 1]));
    const internal = new Set(space.refusable);
    const waiting = space.actions.filter((name, number) => !internal.has(name) && !enabled.has(number)).length;
    if (waiting) items.push(make("li", `${waiting} deliveries — no such message is next under way`));
    const box = find("x-disabled");
    box.querySelector("summary").textContent = `Not enabled, and why (${items.length})`;
    box.querySelector("ul").replaceChildren(...items);
  }

  drawState() {
    const { space, path, state } = this;
    const last = path[path.length - 1];
    const changed = last ? this.changes(last.before, last.after) : [];
    const table = find("x-changed");
    table.replaceChildren();
    const put = (into, slot, text) => {
      const row = into.insertRow();
      row.insertCell().textContent = slot;
      row.insertCell().textContent = text;
      return row;
    };
    for (const one of changed) put(table, one.name, `${one.old} → ${one.now}`).className = "changed";
    const places = new Set(changed.map((one) => one.place));
    const rest = find("x-rest");
    const inner = rest.querySelector("table");
    inner.replaceChildren();
    space.slots.forEach((slot, place) => {
      if (!places.has(place)) put(inner, slot.name, this.value(place, state));
    });
    rest.querySelector("summary").textContent = `${space.slots.length - changed.length} unchanged slots`;
  }

  // The diagrams of the page, one copy a machine, with the current state and the last transition lit.
  drawMachines() {
    const { space, state } = this;
    const box = find("x-machines");
    if (box.dataset.name !== space.name) {
      box.dataset.name = space.name;
      box.replaceChildren(...space.machines.flatMap((machine) => this.figure(machine)));
    }
    const last = this.path[this.path.length - 1];
    space.machines.forEach((machine) => {
      const figure = box.querySelector(`figure[data-machine="${CSS.escape(machine.name)}"]`);
      if (!figure) return;
      const place = space.slots.findIndex((slot) => slot.machine === machine.name);
      const at = (when) => space.states[place * space.count + when];
      const part = (name) => figure.querySelector(`[data-part="${name}"]`);
      for (const lit of figure.querySelectorAll(".here, .taken")) lit.classList.remove("here", "taken");
      part(`s${at(state)}`)?.classList.add("here");
      figure.querySelector("figcaption span").textContent = this.value(place, state);
      const fired = last && space.events[space.label[last.edge]].some(([kind, who]) => kind === "fired" && who === machine.name);
      figure.classList.toggle("moved", Boolean(fired));
      if (fired && at(last.before) !== at(last.after)) {
        const edge = part(`e${at(last.before)}-${at(last.after)}`) ?? part(`eany-${at(last.after)}`);
        edge?.classList.add("taken");
      }
    });
  }

  figure(machine) {
    const drawing = [...document.querySelectorAll(".machine")].find((one) => one.dataset.participant === machine.participant);
    if (!drawing || machine.states.length < 2) return [];
    const figure = make("figure");
    figure.dataset.machine = machine.name;
    const caption = make("figcaption", `${machine.name} (${machine.participant}): `);
    caption.append(make("span"));
    const copy = drawing.querySelector("svg").cloneNode(true);
    for (const part of copy.querySelectorAll("[id]")) {
      part.dataset.part = part.id.replace(/^m\d+-/, "");
      part.removeAttribute("id");
    }
    figure.append(caption, copy);
    return [figure];
  }

  key(event) {
    const buttons = [...find("x-enabled").querySelectorAll("button")];
    const digit = Number(event.key);
    const now = buttons.indexOf(document.activeElement);
    if (event.key === "ArrowDown") buttons[Math.min(now + 1, buttons.length - 1)]?.focus();
    else if (event.key === "ArrowUp") buttons[Math.max(now - 1, 0)]?.focus();
    else if (event.key === "ArrowLeft" || event.key === "Backspace") this.back();
    else if (event.key === "Home") this.go([], this.start);
    else if (digit >= 1 && digit <= buttons.length) this.take(digit - 1);
    else return;
    event.preventDefault();
  }
}

// The growing sequence chart: the rows that the charts of the findings have, for the path walked so far.
class Chart {
  constructor(explorer) {
    this.space = explorer.space;
    this.span = this.space.lanes.length < 4 ? 200 : 160;
    this.x = new Map(this.space.lanes.map((lane, place) => [lane, 46 + this.span * (place + 0.5)]));
    this.width = 46 + this.span * this.space.lanes.length;
    this.y = 50;
    this.under = [];
    this.svg = shape("svg", { class: "chart", role: "img", "aria-label": "sequence chart" });
    const lanes = shape("g", {});
    this.bands = shape("g", {});
    this.svg.append(this.bands, lanes);
    for (const [lane, x] of this.x) {
      const half = Math.max(lane.length * 8 + 16, 44) / 2;
      this.svg.append(shape("rect", { class: "headbox", rx: 7, x: x - half, y: 8, width: 2 * half, height: 26 }));
      this.text(this.svg, "head", x, 26, lane);
    }
    explorer.path.forEach((step, number) => this.row(explorer, step, number + 1));
    for (const one of this.under) this.arrow(["under-way", ...one], "still under way");
    for (const x of this.x.values()) lanes.append(shape("path", { class: "lane", d: `M${x} 40V${this.y + 6}` }));
    const size = { width: this.width, height: this.y + 16, viewBox: `0 0 ${this.width} ${this.y + 16}` };
    for (const [name, value] of Object.entries(size)) this.svg.setAttribute(name, value);
    this.svg.style.minWidth = `${0.7 * this.width}px`;
  }

  text(into, kind, x, y, words) {
    into.append(shape("text", { class: kind, x, y }, words));
  }

  row(explorer, step, number) {
    const top = this.y;
    const events = this.space.events[this.space.label[step.edge]];
    this.text(this.svg, "number", 32, this.y + 22, String(number));
    this.y += 4;
    const changes = explorer.changes(step.before, step.after);
    const ended = events.filter(([kind]) => ["taken", "ignored", "lost"].includes(kind));
    for (const one of ended) {
      this.arrow(one, { taken: "", ignored: "not taken", lost: "lost" }[one[0]]);
      const stays = !changes.some((slot) => slot.channel && slot.name.startsWith(`${one[1]}>${one[2]}`));
      const place = this.under.findIndex(([source, target, text]) => source === one[1] && target === one[2] && text === one[3]);
      if (place >= 0 && !stays) this.under.splice(place, 1);
    }
    const own = changes.filter((one) => !one.channel);
    if (!ended.length) {
      const owner = events.find(([kind]) => kind === "fired")?.[1];
      const lane = own.find((one) => one.name.startsWith(`${owner}.`))?.lane ?? this.laneOf(owner);
      this.act(this.space.actions[this.space.action[step.edge]], lane);
    }
    this.states(own);
    this.under.push(...events.filter(([kind]) => kind === "sent").map((one) => one.slice(1)));
    this.y += 9;
    if (this.space.marked.some(([, states]) => states.has(step.after))) {
      this.bands.append(shape("rect", { class: "broken", x: 0, y: top, width: this.width, height: this.y - top }));
    }
  }

  laneOf(machine) {
    return this.space.slots.find((slot) => slot.machine === machine)?.lane;
  }

  act(action, lane) {
    const x = this.x.get(lane) ?? this.width / 2;
    const parts = lines(action, this.span - 24);
    const half = Math.max(...parts.map((one) => one.length)) * LETTER / 2 + 8;
    const height = 14 * parts.length + 6;
    this.svg.append(shape("rect", { class: "actbox", x: x - half, y: this.y + 4, width: 2 * half, height }));
    parts.forEach((part, place) => this.text(this.svg, "act", x, this.y + 18 + 14 * place, part));
    this.y += height + 8;
  }

  states(changes) {
    const top = this.y;
    let deepest = top;
    for (const [lane, x] of this.x) {
      let y = top;
      const here = changes.filter((one) => one.lane === lane);
      for (const one of here.sort((a, b) => Boolean(b.machine) - Boolean(a.machine))) {
        const label = one.name.replace(`${lane}.`, "").replace(/\.?state$/, "");
        for (const part of lines(label ? `${label} → ${one.now}` : one.now, this.span - 14)) {
          if (one.machine) {
            const half = part.length * LETTER * 0.54 + 7;
            this.svg.append(shape("rect", { class: "statebox", rx: 7, x: x - half, y: y + 1, width: 2 * half, height: 17 }));
          }
          this.text(this.svg, one.machine ? "state" : "value", x, y + 13, part);
          y += one.machine ? 19 : 14;
        }
      }
      deepest = Math.max(deepest, y);
    }
    this.y = deepest;
  }

  arrow([fate, source, target, text, mark], told) {
    const [start, end] = [this.x.get(source), this.x.get(target)];
    const way = end >= start ? 1 : -1;
    const parts = lines(text, Math.max(Math.abs(end - start), this.span) - 18);
    const y = this.y + 14 * parts.length + 8;
    const group = shape("g", { class: `message ${fate} ${mark}` });
    const stop = start + (end - start) * ({ lost: 0.8, "under-way": 0.7 }[fate] ?? 1);
    group.append(shape("path", { class: "line", d: `M${start} ${y}H${stop}` }));
    if (fate === "lost") group.append(shape("path", { class: "cross", d: `M${stop - 6} ${y - 6}l12 12m0 -12l-12 12` }));
    else group.append(shape("path", { class: "tip", d: `M${stop} ${y}l${-9 * way} -4.5v9z` }));
    parts.forEach((part, place) => this.text(group, "label", (start + end) / 2, this.y + 14 * (place + 1), part));
    const aside = [mark, told].filter(Boolean).join(", ");
    if (aside) this.text(group, "aside", (start + end) / 2, y + 13, aside);
    group.append(shape("title", {}, `${source} to ${target}: ${text}`));
    this.svg.append(group);
    this.y = y + (aside ? 20 : 6);
  }
}

// Alternatives: a run that a cell links to lies in a closed list, which opens.
function unfold() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  const around = target?.closest("details");
  if (around && !around.open) {
    around.open = true;
    target.scrollIntoView();
  }
}

unfold();
window.addEventListener("hashchange", unfold);

if (find("explore")) {
  const explorer = new Explorer();
  const ready = () => explorer.open();
  find("x-scenario").addEventListener("change", (event) => {
    location.hash = explorer.address([], 0, event.target.value);
  });
  find("x-start").addEventListener("change", (event) => explorer.go([], Number(event.target.value)));
  find("x-back").addEventListener("click", () => explorer.back());
  find("x-home").addEventListener("click", () => explorer.go([], explorer.start));
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, select, summary");
    const plain = !(event.ctrlKey || event.metaKey || event.altKey);
    if (plain && !typing && location.hash.startsWith("#explore")) explorer.key(event);
  });
  window.addEventListener("hashchange", () => {
    if (location.hash.startsWith("#explore")) ready();
  });
  ready();
}
