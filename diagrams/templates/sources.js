// Where states come from: a block in the page that holds all of them, or the checker that runs beside it. Both answer
// alike: `at` gives the steps of a state, `ahead` how far each is from what breaks a property, `find` and `trace` paths.
const unpacked = async (text) => {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  const block = await new Response(stream).arrayBuffer();
  const length = new DataView(block).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(block, 4, length)));
  const kinds = { uint8: Uint8Array, uint16: Uint16Array, uint32: Uint32Array };
  let offset = 4 + length;
  for (const [name, [kind, size]] of Object.entries(head.arrays)) {
    head[name] = new kinds[kind](block, offset, size);
    offset += Math.ceil(head[name].byteLength / 8) * 8;
  }
  return head;
};

class Embedded {
  constructor(head) {
    Object.assign(this, head);
    this.count = this.first.length - 1;
    this.told = this.partial
      ? `Only the ${this.count} states that the traces visit are in this page.`
      : `All ${this.count} reachable states are in this page.`;
    this.none = this.partial ? "No state in this page meets it." : "No reachable state meets it.";
    this.last = this.partial ? "No trace goes on from here." : "No step is possible here: the run stays in this state.";
    this.marks = new Map(this.traces.map((one) => [one.property, new Set(one.breaks ? one.states : [])]));
  }

  value(place, state) {
    return this.slots[place].values[this.states[place * this.count + state]];
  }

  edges(state) {
    return Array.from({ length: this.first[state + 1] - this.first[state] }, (_, choice) => this.first[state] + choice);
  }

  async at(state) {
    const reason = (number) => this.reasons[this.refused[number * this.count + state]];
    return {
      next: this.edges(state).map((edge) => ({ target: this.target[edge], look: this.looks[this.look[edge]] })),
      refused: this.refusable.map((name, number) => [name, reason(number)]).filter(([, why]) => why),
      broken: this.traces.filter((one) => this.marks.get(one.property).has(state)).map((one) => one.property),
    };
  }

  // Breadth first, against the steps, from all states that break the property.
  distances(property) {
    const back = Array.from({ length: this.count }, () => []);
    for (let state = 0; state < this.count; state += 1) {
      for (const edge of this.edges(state)) back[this.target[edge]].push(state);
    }
    const queue = [...this.marks.get(property)];
    const far = new Map(queue.map((state) => [state, 0]));
    for (const state of queue) {
      for (const before of back[state]) {
        if (!far.has(before)) {
          far.set(before, far.get(state) + 1);
          queue.push(before);
        }
      }
    }
    return far;
  }

  async ahead(state, property) {
    if (this.far?.property !== property) this.far = { property, by: this.distances(property) };
    return { steps: this.edges(state).map((edge) => this.far.by.get(this.target[edge]) ?? null), whole: !this.partial, within: this.count };
  }

  async trace(property) {
    return this.traces.find((one) => one.property === property).path;
  }

  async find({ value }) {
    const places = new Map(this.slots.map((slot, place) => [slot.name, place]));
    const meets = (state) => value((name) => this.value(places.get(name), state)) === true;
    const way = new Map(this.starts.map((state, number) => [state, [number, null]]));
    for (const [state] of way) {
      if (meets(state)) {
        const path = [];
        for (let here = state; here !== null; [, here] = way.get(here)) path.unshift(way.get(here)[0]);
        return path;
      }
      this.edges(state).forEach((edge, choice) => {
        if (!way.has(this.target[edge])) way.set(this.target[edge], [choice, state]);
      });
    }
    return null;
  }
}

class Served {
  constructor(head) {
    Object.assign(this, head);
    this.told = `${this.count} states were reached${this.cut ? ` before the search was cut by ${this.cut}` : ""}; the checker answers for each.`;
    this.none = this.cut ? `No state that was reached meets it; the search was cut by ${this.cut}.` : "No reachable state meets it.";
    this.last = "No step is possible here: the run stays in this state.";
    this.known = new Map();
  }

  value(place, state) {
    return this.slots[place].values[state.split(".")[place]];
  }

  async ask(what, given) {
    const text = JSON.stringify(given);
    if (!this.known.has(what + text)) {
      const headers = { "Content-Type": "application/json" };
      const answer = fetch(what, { method: "POST", headers, body: text }).then(async (one) => {
        const data = await one.json();
        if (!one.ok) throw new Error(data.error);
        return data;
      });
      this.known.set(what + text, answer);
      answer.catch(() => this.known.delete(what + text));
    }
    return this.known.get(what + text);
  }

  async at(state) {
    const { next, looks, ...rest } = await this.ask("at", { key: state });
    return { next: next.map(({ target, look }) => ({ target, look: looks[look] })), ...rest };
  }

  ahead(key, name) {
    return this.ask("ahead", { key, name });
  }

  trace(name) {
    return this.ask("trace", { name });
  }

  // The checker knows no expressions: it is told which values of the slots that one reads meet it.
  find({ reads, value }) {
    const slots = reads.map((name) => this.slots.find((one) => one.name === name));
    const many = slots.reduce((product, one) => product * one.values.length, 1);
    if (many > 100_000) throw new Error(`${many} combinations of values are too many to ask for (at most 100000)`);
    let rows = [[]];
    for (const one of slots) rows = rows.flatMap((row) => one.values.map((_, place) => [...row, place]));
    const meets = (row) => value((name) => slots[reads.indexOf(name)].values[row[reads.indexOf(name)]]) === true;
    return this.ask("find", { reads, accepted: rows.filter(meets) });
  }
}
