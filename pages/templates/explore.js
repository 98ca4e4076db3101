// The page that the checker serves: one scenario, whose states are asked for.
const served = new Served(JSON.parse(find("head").textContent));
const explorer = new Explorer([served.name], async () => served);
explorer.open();
find("x-forward").focus();
