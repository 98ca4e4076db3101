// Expressions over a state: slots, values, = != < <= > >= contains, not, and, or, parentheses.
// A slot is written as it is called, a value as it is shown, in quotes where it holds spaces or signs.
const OPERATORS = ["<=", ">=", "!=", "==", "=", "<", ">"];
const WORDS = new Set(["and", "or", "not", "contains"]);

const tokens = (text, names) => {
  const longest = [...names].sort((a, b) => b.length - a.length);
  const found = [];
  let at = 0;
  while (at < text.length) {
    const rest = text.slice(at);
    const slot = longest.find((name) => rest.startsWith(name) && !/^[\w.]/.test(rest.slice(name.length)));
    const sign = [...OPERATORS, "(", ")"].find((one) => rest.startsWith(one));
    const quoted = rest.match(/^"([^"]*)"/);
    const bare = rest.match(/^[^\s()=<>!"]+/);
    if (/^\s/.test(rest)) at += 1;
    else if (slot) { found.push({ slot }); at += slot.length; }
    else if (sign) { found.push({ sign }); at += sign.length; }
    else if (quoted) { found.push({ value: quoted[1] }); at += quoted[0].length; }
    else if (bare) {
      found.push(WORDS.has(bare[0]) ? { sign: bare[0] } : { value: bare[0] });
      at += bare[0].length;
    } else throw new Error(`cannot read ${rest[0]} (a value with signs or spaces stands in quotes)`);
  }
  return found;
};

const COMPARE = {
  "=": (a, b) => a === b,
  "!=": (a, b) => a !== b,
  "<": (a, b) => Number(a) < Number(b),
  "<=": (a, b) => Number(a) <= Number(b),
  ">": (a, b) => Number(a) > Number(b),
  ">=": (a, b) => Number(a) >= Number(b),
  contains: (a, b) => a.includes(b),
};

// The slots that an expression reads, and its value where `held` gives the value of each: true, false, or a slot's value.
const expression = (text, slots) => {
  const domains = new Map(slots.map((one) => [one.name, one.values]));
  const list = tokens(text, domains.keys());
  const reads = new Set();
  const next = () => list[0]?.sign;
  const chain = (word, part, joined) => {
    let left = part();
    while (next() === word) {
      list.shift();
      const [one, other] = [left, part()];
      left = (held) => joined(one(held), () => other(held));
    }
    return left;
  };
  const either = () => chain("or", both, (one, other) => one === true || other() === true);
  const both = () => chain("and", single, (one, other) => one === true && other() === true);
  const single = () => {
    if (next() === "not") {
      list.shift();
      const inner = single();
      return (held) => inner(held) !== true;
    }
    if (next() === "(") {
      list.shift();
      const inner = either();
      if (list.shift()?.sign !== ")") throw new Error("a parenthesis is not closed");
      return inner;
    }
    return comparison();
  };
  const operand = (other) => {
    const token = list.shift();
    if (token?.slot) {
      reads.add(token.slot);
      return (held) => held(token.slot);
    }
    if (token?.value === undefined) throw new Error(`${token?.sign ?? "the end"} stands where a slot or a value is due`);
    if (!other) throw new Error(`there is no slot ${token.value} (the table of the state lists them)`);
    if (["=", "!="].includes(other.sign) && !domains.get(other.slot)?.includes(token.value)) {
      throw new Error(`${other.slot} is never ${token.value} (it may be ${domains.get(other.slot).slice(0, 8).join(", ")})`);
    }
    return () => token.value;
  };
  const comparison = () => {
    const slot = list[0]?.slot;
    const left = operand();
    const sign = next() === "==" ? "=" : next();
    if (!(sign in COMPARE)) return left;
    list.shift();
    const right = operand({ slot, sign });
    return (held) => COMPARE[sign](left(held), right(held));
  };
  const value = either();
  if (list.length) throw new Error(`${list[0].slot ?? list[0].value ?? list[0].sign} stands where and, or, or the end is due`);
  return { reads: [...reads], value };
};
