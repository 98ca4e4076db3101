// The explorer: a run, a place in it, and what can follow. Where it is stands in the address of the page.
const make = (tag, text = "", className = "") => {
  const node = document.createElement(tag);
  if (text !== "") node.textContent = text;
  if (className) node.className = className;
  return node;
};
const find = (id) => document.getElementById(id);
const picture = (svg) => document.importNode(new DOMParser().parseFromString(svg, "image/svg+xml").documentElement, true);
const decoded = (text) => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // an address that somebody mistyped
  }
};
// What a state has to do with a property that a trace breaks: only some kinds are broken by single states.
const broke = ({ property, whole, loops }) =>
  whole ? `breaks ${property}` : loops ? `on the loop that breaks ${property}` : `where ${property} was found broken`;
const MANY = 2000; // pairs of slot and value that an input can suggest

class Explorer {
  // `names` are the scenarios, `load` makes the source of one.
  constructor(names, load) {
    [this.names, this.load, this.sources, this.turn] = [names, load, new Map(), 0];
    find("x-scenario").replaceChildren(...names.map((name) => make("option", name)));
    find("x-scenarios").hidden = names.length < 2;
    const on = (id, kind, act) => find(id).addEventListener(kind, act);
    on("x-scenario", "change", () => this.visit({ name: find("x-scenario").value, path: [0], at: 0, property: "" }));
    on("x-start", "change", () => this.visit({ path: [Number(find("x-start").value)], at: 0 }));
    on("x-property", "change", () => this.choose(find("x-property").value));
    on("x-first", "click", () => this.move(0));
    on("x-back", "click", () => this.move(this.at - 1));
    on("x-forward", "click", () => this.forward());
    on("x-last", "click", () => this.move(this.run.length));
    on("x-ask", "submit", (event) => this.ask(event));
    on("x-expression", "input", () => this.watch());
    on("x-only", "input", () => this.only());
    on("explorer", "submit", (event) => event.preventDefault());
    on("explorer", "keydown", (event) => this.key(event));
    window.addEventListener("hashchange", () => this.open());
  }

  // Open what the address names: #trace/SCENARIO/PROPERTY or #explore/SCENARIO/PATH/PLACE/PROPERTY.
  async open() {
    try {
      await this.opened();
    } catch (error) {
      this.say(error.message);
    }
  }

  async opened() {
    const [kind, name, ...rest] = location.hash.slice(1).split("/").map(decoded);
    if (this.names.length === 0 || (this.source && !["trace", "explore"].includes(kind))) return;
    const turn = (this.turn += 1);
    const known = this.names.includes(name);
    this.name = known ? name : this.names[0];
    if (!this.sources.has(this.name)) this.sources.set(this.name, this.load(this.name));
    const source = await this.sources.get(this.name);
    const [path, at, property] = kind === "trace" ? [null, "0", rest[0]] : known ? rest : [];
    const traced = source.traces.some((one) => one.property === property) ? property : "";
    const choices = path === null && traced ? await source.trace(traced) : (path || "0").split("-").map(Number);
    const run = await this.walked(source, choices);
    if (turn !== this.turn) return; // another address was opened meanwhile
    Object.assign(this, { source, property: traced, ...run });
    this.at = Math.min(Number(at ?? this.run.length) || 0, this.run.length);
    await this.draw(turn);
  }

  // Walk as much of a path as exists; an address from elsewhere may say more than this space has.
  async walked(source, [first, ...choices]) {
    const start = source.starts[first] === undefined ? 0 : first;
    const run = [];
    let state = source.starts[start];
    for (const choice of choices) {
      const step = (await source.at(state)).next[choice];
      if (!step) break;
      run.push({ choice, before: state, after: step.target, look: step.look });
      state = step.target;
    }
    return { start, run };
  }

  visit(more) {
    const { name, path, at, property } = { name: this.name, path: this.path(), at: this.at, property: this.property, ...more };
    location.hash = ["explore", name, path.join("-"), at, property].map(encodeURIComponent).join("/");
  }

  path(length = this.run.length) {
    return [this.start, ...this.run.slice(0, length).map((step) => step.choice)];
  }

  get state() {
    return this.at ? this.run[this.at - 1].after : this.source.starts[this.start];
  }

  // The place in the run that its last state was first met in, -1 where it is met for the first time.
  get again() {
    const states = [this.source.starts[this.start], ...this.run.map((step) => step.after)];
    const first = states.indexOf(states.at(-1));
    return first < this.run.length ? first : -1;
  }

  choose(property) {
    if (property) location.hash = `trace/${encodeURIComponent(this.name)}/${encodeURIComponent(property)}`;
    else this.visit({ property });
  }

  move(at) {
    if (at >= 0 && at <= this.run.length && at !== this.at) this.visit({ at });
  }

  forward() {
    if (this.at < this.run.length) this.move(this.at + 1);
    else if (this.again >= 0) this.move(this.again + 1); // round the loop once more
  }

  take(choice) {
    const goesOn = this.run[this.at]?.choice === choice;
    this.visit({ path: goesOn ? this.path() : [...this.path(this.at), choice], at: this.at + 1 });
  }

  changes(before, after) {
    const places = this.source.slots.map((_, place) => place);
    return places.filter((place) => this.source.value(place, before) !== this.source.value(place, after));
  }

  told(before, after) {
    const seen = this.changes(before, after).filter((place) => !this.source.slots[place].channel);
    return seen.map((place) => `${this.source.slots[place].name} → ${this.source.value(place, after)}`).join("; ");
  }

  async draw(turn) {
    const { source, run, at } = this;
    const here = await source.at(this.state);
    if (turn !== this.turn) return;
    const focus = document.activeElement;
    const [inNext, inSteps] = ["x-next", "x-steps"].map((id) => find(id).contains(focus));
    const place = [...find("x-next").querySelectorAll("button")].indexOf(focus);
    this.drawChoice();
    const trace = source.traces.find((one) => one.property === this.property);
    find("x-summary").textContent = [source.summary, source.told].filter(Boolean).join(". ");
    find("x-where").textContent = `step ${at} of ${run.length}`;
    const off = { "x-first": at === 0, "x-back": at === 0, "x-last": at === run.length };
    off["x-forward"] = at === run.length && this.again < 0;
    for (const [id, is] of Object.entries(off)) find(id).setAttribute("aria-disabled", String(is));
    const broken = here.broken.map((name) => source.traces.find((one) => one.property === name));
    find("x-marks").replaceChildren(...broken.map((one) => make("p", `✗ ${broke(one)}: ${one.statement}`)));
    this.drawSteps(trace);
    this.drawNext(here);
    this.drawState();
    this.drawMachines();
    this.watch();
    if (inNext) (find("x-next").querySelectorAll("button")[place] ?? find("x-next").querySelector("button") ?? find("x-back")).focus();
    if (inSteps) find("x-steps").querySelector("[aria-current]").focus();
    find("explorer").dataset.shown = location.hash;
    if (trace?.breaks) this.drawAhead(await source.ahead(this.state, trace.property), trace, turn);
  }

  drawChoice() {
    const { source } = this;
    const option = (value, text) => Object.assign(make("option", text), { value });
    find("x-scenario").value = this.name;
    find("x-starts").hidden = source.starts.length < 2;
    find("x-start").replaceChildren(...source.starts.map((_, number) => option(number, number + 1)));
    find("x-start").value = this.start;
    const length = (steps) => (steps === 1 ? "1 step" : `${steps} steps`);
    const traces = source.traces.map(({ property, breaks, path, steps }) =>
      option(property, `${breaks ? "✗" : "witness of"} ${property}, ${length(steps ?? path.length - 1)}`));
    find("x-property").replaceChildren(option("", "none"), ...traces);
    find("x-property").value = this.property;
    if (find("x-known").dataset.name === this.name) return;
    find("x-known").dataset.name = this.name;
    const quoted = (value) => (/[\s()=<>!]/.test(value) ? `"${value}"` : value);
    const pairs = source.slots.flatMap((slot) => slot.values.map((value) => `${slot.name} = ${quoted(value)}`));
    find("x-known").replaceChildren(...pairs.slice(0, MANY).map((pair) => option(pair, "")));
    find("x-head").replaceChildren(picture(source.frame.head));
  }

  drawSteps(trace) {
    const { source, run, at } = this;
    const again = this.again;
    const line = (number, text) => {
      const button = make("button");
      button.type = "button";
      button.append(make("b", number ? `${number}` : "start"), " ", make("span", text), " ", make("output"));
      button.addEventListener("click", () => this.move(number));
      if (number === at) button.setAttribute("aria-current", "step");
      const item = make("li", "", number > at ? "ahead" : "");
      item.append(button);
      return item;
    };
    const rows = run.map((step, place) => {
      const item = line(place + 1, step.look.action);
      item.append(picture(step.look.row));
      item.classList.toggle("repeats", again >= 0 && place >= again);
      const ends = trace?.breaks && place + 1 === run.length;
      item.classList.toggle("ends-bad", Boolean(ends && (trace.whole || this.isTrace(trace))));
      return item;
    });
    find("x-steps").replaceChildren(picture(source.frame.lanes), line(0, "the initial state"), ...rows);
    find("x-steps").style.minWidth = find("x-head").firstChild.getAttribute("width") + "px";
    const stays = trace?.rests && this.isTrace(trace);
    const loops = `↻ after step ${run.length} all is as ${again ? `after step ${again}` : "at the start"}: this can repeat for ever`;
    const ends = trace && this.isTrace(trace) && (trace.breaks ? `✗ this breaks ${trace.property}` : `this is a witness of ${trace.property}`);
    const notes = [again >= 0 ? loops : "", stays ? "↻ it stays here for ever" : "", ends, ends && trace.note];
    find("x-loop").textContent = notes.filter(Boolean).join("; ");
    find("x-loop").classList.toggle("bad", Boolean(trace?.breaks && ends));
    const current = find("x-steps").querySelector("[aria-current]").parentElement;
    find("x-run").scrollTop = current.offsetTop - find("x-run").clientHeight / 2;
  }

  // Whether the run is the one that was found for a property; the checker's own pages know how long that is.
  isTrace(trace) {
    const { path, steps } = trace;
    return path ? path.join("-") === this.path().join("-") : this.run.length === steps;
  }

  drawNext(here) {
    const items = here.next.map(({ look, target }, choice) => {
      const button = make("button", look.action);
      button.type = "button";
      button.append(make("small", this.told(this.state, target) || "only messages change"));
      button.addEventListener("click", () => this.take(choice));
      const item = make("li");
      item.append(button);
      return item;
    });
    find("x-next").replaceChildren(...items);
    find("x-end").hidden = items.length > 0;
    find("x-end").textContent = this.source.last;
    const why = here.refused.map(([name, reason]) => {
      const item = make("li");
      item.append(make("b", name), ` — ${reason}`);
      return item;
    });
    find("x-refused").hidden = why.length === 0;
    find("x-refused").querySelector("summary").textContent = `Not possible, and why (${why.length})`;
    find("x-refused").querySelector("ul").replaceChildren(...why);
  }

  drawAhead({ steps, whole, within }, trace, turn) {
    if (turn !== this.turn) return;
    const where = trace.whole ? `a state that ${broke(trace)}` : trace.loops ? `the loop that breaks ${trace.property}` : broke(trace);
    [...find("x-next").children].forEach((item, choice) => {
      const far = steps[choice];
      const none = `never leads to ${where}${whole ? "" : `, as far as ${within} states tell`}`;
      const note = far === null ? none : `✗ ${far ? `${far} more step${far > 1 ? "s" : ""} to` : "leads to"} ${where}`;
      item.firstChild.append(make("small", note, far === null ? "" : "bad"));
    });
  }

  drawState() {
    const last = this.run[this.at - 1];
    const changed = new Set(last ? this.changes(last.before, last.after) : []);
    const rows = this.source.slots.map((slot, place) => {
      const row = make("tr", "", changed.has(place) ? "changed" : "");
      const value = this.source.value(place, this.state);
      const name = make("th", slot.name);
      name.scope = "row";
      row.append(name, make("td", changed.has(place) ? `${this.source.value(place, last.before)} → ${value}` : value));
      return [changed.has(place), row];
    });
    rows.sort(([one], [other]) => other - one);
    find("x-state").tBodies[0].replaceChildren(...rows.map(([, row]) => row));
    this.only();
  }

  only() {
    const words = find("x-only").value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const row of find("x-state").tBodies[0].rows) {
      row.hidden = !words.every((word) => row.textContent.toLowerCase().includes(word));
    }
  }

  // The value of the expression beside each step of the run.
  watch() {
    const text = find("x-expression").value.trim();
    const outputs = [...find("x-steps").querySelectorAll("output")];
    find("x-said").classList.remove("bad");
    find("x-said").textContent = "Its value stands beside each step.";
    for (const one of outputs) one.textContent = "";
    if (!text) return;
    try {
      const { value } = expression(text, this.source.slots);
      const places = new Map(this.source.slots.map((slot, place) => [slot.name, place]));
      outputs.forEach((one, number) => {
        const state = number ? this.run[number - 1].after : this.source.starts[this.start];
        const answer = value((name) => this.source.value(places.get(name), state));
        one.textContent = answer === true ? "true" : answer === false ? "false" : answer;
        one.classList.toggle("true", answer === true);
      });
    } catch (error) {
      this.say(error.message);
    }
  }

  say(text) {
    find("x-said").textContent = text;
    find("x-said").classList.add("bad");
  }

  async ask(event) {
    event.preventDefault();
    try {
      const path = await this.source.find(expression(find("x-expression").value, this.source.slots));
      if (path === null) this.say(this.source.none);
      else this.visit({ path, at: path.length - 1, property: "" });
    } catch (error) {
      this.say(error.message);
    }
  }

  // The diagrams of the page, one copy a machine, with the current state and the last transition lit.
  drawMachines() {
    const { source } = this;
    const box = find("x-machines");
    if (box.dataset.name !== source.name) {
      box.dataset.name = source.name;
      box.replaceChildren(...source.machines.flatMap((machine) => this.figure(machine)));
      box.parentElement.hidden = box.children.length === 0;
    }
    const last = this.run[this.at - 1];
    for (const figure of box.children) {
      const place = source.slots.findIndex((slot) => slot.machine === figure.dataset.machine);
      const { values } = source.slots[place];
      const number = (state) => values.indexOf(source.value(place, state));
      const part = (name) => figure.querySelector(`[data-part="${name}"]`);
      for (const lit of figure.querySelectorAll(".here, .taken")) lit.classList.remove("here", "taken");
      part(`s${number(this.state)}`)?.classList.add("here");
      figure.querySelector("figcaption span").textContent = source.value(place, this.state);
      const fired = Boolean(last?.look.fired.includes(figure.dataset.machine));
      figure.classList.toggle("moved", fired);
      if (fired && number(last.before) !== number(last.after)) {
        const edge = part(`e${number(last.before)}-${number(last.after)}`) ?? part(`eany-${number(last.after)}`);
        edge?.classList.add("taken");
      }
    }
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
    const typing = event.target.closest("input, select");
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    const buttons = [...find("x-next").querySelectorAll("button")];
    const digit = Number(event.key);
    const now = buttons.indexOf(document.activeElement);
    if (event.key === "ArrowDown") buttons[Math.min(now + 1, buttons.length - 1)]?.focus();
    else if (event.key === "ArrowUp") buttons[Math.max(now - 1, 0)]?.focus();
    else if (event.key === "ArrowLeft" || event.key === "Backspace") this.move(this.at - 1);
    else if (event.key === "ArrowRight") this.forward();
    else if (event.key === "Home") this.move(0);
    else if (event.key === "End") this.move(this.run.length);
    else if (digit >= 1 && digit <= buttons.length) this.take(digit - 1);
    else return;
    event.preventDefault();
  }
}
