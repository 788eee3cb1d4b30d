"use strict";
// Which runs are shown: words and comparisons of the search, and choices of state, task and settings.
const Filters = { settings: new Map() };
(() => {
  const get = (id) => document.getElementById(id);
  const search = get("search"), state = get("filter-state"), task = get("filter-task"), key = get("filter-key"), value = get("filter-value");
  const FIELDS = ["seed", "generations", "best_fitness", "validation_return", "mean_return", "failed"];
  const ANY = "";

  const named = (row, name) => {
    const wanted = name.toLowerCase(), found = [];
    for (const field of FIELDS) if (field === wanted) found.push(row[field]);
    for (const [setting, given] of Object.entries(row.settings)) {
      const whole = setting.toLowerCase();
      if (whole === wanted || whole.replace(/\.name$/, "").split(".").pop() === wanted) found.push(given);
    }
    return found;
  };
  const COMPARE = { ">": (a, b) => a > b, "<": (a, b) => a < b, ">=": (a, b) => a >= b, "<=": (a, b) => a <= b };
  const plain = (text) => String(text).toLowerCase().replace(/\s/g, "");
  const holds = (row, word) => {
    const parts = /^([\w.-]+)(>=|<=|=|>|<)(.+)$/.exec(word);
    if (!parts) return `${row.name} ${row.task} ${row.state} ${row.problem}`.toLowerCase().includes(word.toLowerCase());
    const [, name, sign, wanted] = parts;
    return named(row, name).some((given) => {
      if (given === null) return false;
      if (sign === "=") return plain(given) === plain(wanted) || (typeof given === "number" && given === Number(wanted));
      return typeof given === "number" && COMPARE[sign](given, Number(wanted));
    });
  };

  Filters.shown = () => {
    const words = search.value.trim().split(/\s+/).filter((word) => word);
    return Runs.all().filter((row) => {
      if (state.value !== ANY && row.state !== state.value) return false;
      if (task.value !== ANY && row.task !== task.value) return false;
      for (const [name, values] of Filters.settings) if (!values.has(JSON.stringify(row.settings[name]))) return false;
      return words.every((word) => holds(row, word));
    });
  };

  const chips = () => {
    const made = [];
    for (const [name, values] of Filters.settings) for (const text of values) {
      const button = Report.element("button", { type: "button", textContent: `${name} = ${JSON.parse(text)} ✕` });
      button.setAttribute("aria-label", `Remove the filter ${name} = ${JSON.parse(text)}`);
      button.addEventListener("click", () => {
        values.delete(text);
        if (!values.size) Filters.settings.delete(name);
        chips();
        key.focus();
        Runs.tell();
      });
      made.push(Report.element("li", {}, button));
    }
    get("filter-chips").replaceChildren(...made);
  };

  const values = () => {
    const found = new Map();
    if (key.value !== ANY) for (const row of Runs.all()) if (key.value in row.settings) found.set(JSON.stringify(row.settings[key.value]), row.settings[key.value]);
    const sorted = [...found].sort(([, a], [, b]) => (typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b))));
    value.disabled = key.value === ANY;
    Runs.options(value, [ANY, ...sorted.map(([text]) => text)], ["choose", ...sorted.map(([, given]) => String(given))]);
  };

  key.addEventListener("change", () => { value.value = ANY; values(); });
  value.addEventListener("change", () => {
    if (value.value === ANY) return;
    if (!Filters.settings.has(key.value)) Filters.settings.set(key.value, new Set());
    Filters.settings.get(key.value).add(value.value);
    value.value = ANY;
    chips();
    Runs.tell();
  });
  for (const select of [state, task]) select.addEventListener("change", Runs.tell);
  search.addEventListener("input", Runs.tell);

  const sorted = (names) => [...new Set(names)].filter((name) => name).sort();
  Runs.listeners.push(() => {
    const rows = Runs.all(), differing = Runs.differing(rows);
    const others = sorted(rows.flatMap((row) => Object.keys(row.settings))).filter((name) => !differing.includes(name));
    Runs.options(state, [ANY, ...sorted(rows.map((row) => row.state))], ["all", ...sorted(rows.map((row) => row.state))]);
    Runs.options(task, [ANY, ...sorted(rows.map((row) => row.task))], ["all", ...sorted(rows.map((row) => row.task))]);
    Runs.options(key, [ANY, ...differing, ...others], ["choose", ...differing, ...others]);
    values();
  });
})();
