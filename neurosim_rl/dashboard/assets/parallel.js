"use strict";
// Parallel coordinates: an axis for each setting that differs, and one for the result; each run is a line.
const Parallel = {};
(() => {
  const get = (id) => document.getElementById(id);
  const task = get("parallel-task"), result = get("parallel-result"), plot = get("parallel-plot"), words = get("parallel-words");
  const RESULTS = { mean_return: "mean return on unseen starts", validation_return: "best validation return", best_fitness: "best fitness", generation_s: "time of a generation (s)" };
  const MOST_AXES = 8, MOST_LABELS = 8, HEIGHT = 420, TOP = 64, BOTTOM = 30, SIDE = 70;
  let shown = [], pointed = -1, isResultChosen = false;
  Runs.options(result, Object.keys(RESULTS), Object.values(RESULTS));

  const element = (name, attributes, text) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (text !== undefined) made.textContent = text;
    return made;
  };
  const short = (text, most) => (String(text).length > most ? `${String(text).slice(0, most - 1)}…` : String(text));

  // Numbers have a scale, logarithmic over more than two decades; other values have places.
  const makeAxis = (title, values) => {
    const known = values.filter((value) => value !== null && value !== undefined);
    const bottom = HEIGHT - BOTTOM, span = bottom - TOP;
    if (known.length && known.every((value) => typeof value === "number")) {
      const low = known.reduce((a, b) => Math.min(a, b)), high = known.reduce((a, b) => Math.max(a, b));
      const isLog = low > 0 && high / low > 100, scale = isLog ? Math.log : (value) => value;
      const height = (value) => (high === low ? bottom - span / 2 : bottom - (span * (scale(value) - scale(low))) / (scale(high) - scale(low)));
      const distinct = [...new Set(known)];
      return { title: isLog ? `${title} (log)` : title, height, labels: distinct.length <= 4 ? distinct : [low, high], share: (value) => (bottom - height(value)) / span };
    }
    const places = [...new Set(known.map(String))].sort((a, b) => a.localeCompare(b, undefined, { numeric: true }));
    const height = (value) => bottom - (places.length < 2 ? span / 2 : (span * places.indexOf(String(value))) / (places.length - 1));
    return { title, height, labels: places.length <= MOST_LABELS ? places : [places[0], places[places.length - 1]] };
  };

  // From dark to bright, also without colour (cividis); on dark paper the dark end is lighter.
  const colour = (share) => {
    const dark = document.documentElement.dataset.theme === "dark";
    const ends = dark ? [[86, 120, 200], [255, 233, 90]] : [[0, 34, 110], [190, 150, 0]];
    return `rgb(${ends[0].map((from, k) => Math.round(from + share * (ends[1][k] - from))).join(",")})`;
  };

  const describe = (row, keys) => {
    if (!row) return "";
    const settings = keys.map((key) => `${key} = ${row.settings[key] ?? "none"}`);
    return [`${row.name} (${row.state})`, `${RESULTS[result.value]}: ${Report.number(row[result.value])}`, ...settings].join(", ");
  };

  const point = (number) => {
    pointed = number;
    plot.querySelectorAll("path.run").forEach((path) => path.classList.toggle("pointed", path.dataset.id === shown[number]?.id));
    words.textContent = describe(shown[number], Parallel.keys);
  };
  const toggle = (row) => { if (row) { Runs.choose(row.id, !Runs.chosen.has(row.id)); Runs.tell(); } };

  const drawAxis = (axis, x, isLast) => {
    plot.append(element("line", { class: "axis", x1: x, x2: x, y1: TOP, y2: HEIGHT - BOTTOM }));
    const parts = axis.title.includes(" ") ? axis.title.split(/ (?=(?:on|return|fitness|of) )/) : axis.title.split(/\.(?=[^.]*$)/);
    parts.forEach((part, k) => {
      const title = element("text", { class: "title", x, y: TOP - 20 - 16 * (parts.length - 1 - k), "text-anchor": "middle" }, short(part, 20));
      title.append(element("title", {}, axis.title));
      plot.append(title);
    });
    for (const label of axis.labels) {
      const text = typeof label === "number" ? Report.number(label) : label;
      plot.append(element("text", { x: x + (isLast ? -7 : 7), y: axis.height(label) + 4, "text-anchor": isLast ? "end" : "start" }, short(text, 18)));
    }
  };

  const drawLine = (row, axes, xs) => {
    const value = row[result.value], known = value !== null && value !== undefined;
    const points = axes.map((axis, k) => [xs[k], axis.values.get(row.id)]).filter(([, given]) => given !== null && given !== undefined);
    const d = points.map(([x, given], k) => `${k ? "L" : "M"}${x.toFixed(1)},${axes[xs.indexOf(x)].height(given).toFixed(1)}`).join("");
    const path = element("path", { class: `run${known ? "" : " unknown"}${Runs.chosen.has(row.id) ? " curve" : ""}`, d });
    if (known) path.style.stroke = colour(axes[axes.length - 1].share(value));
    path.dataset.id = row.id;
    path.addEventListener("pointerenter", () => point(shown.indexOf(row)));
    path.addEventListener("click", () => toggle(row));
    plot.append(path);
  };

  const draw = () => {
    const rows = Filters.shown().filter((row) => Object.keys(row.settings).length), counts = new Map();
    for (const row of rows) counts.set(row.task, (counts.get(row.task) || 0) + 1);
    const tasks = [...counts.keys()].sort((a, b) => counts.get(b) - counts.get(a));
    Runs.options(task, tasks, tasks.map((name) => `${name} (${counts.get(name)})`));
    const before = shown[pointed]?.id;
    shown = rows.filter((row) => row.task === task.value);
    if (!isResultChosen) {  // until somebody chooses: the first result that most of the runs have
      const known = (name) => shown.filter((row) => row[name] !== null && row[name] !== undefined).length;
      result.value = Object.keys(RESULTS).find((name) => 2 * known(name) > shown.length) || "best_fitness";
    }
    const differing = Runs.differing(shown);
    Parallel.keys = differing.slice(0, MOST_AXES);
    const seeds = Parallel.keys.length ? [] : [["seed", (row) => row.seed]];
    const named = [...Parallel.keys.map((key) => [key, (row) => row.settings[key]]), ...seeds, [RESULTS[result.value], (row) => row[result.value]]];
    const axes = named.map(([title, value]) => {
      const axis = makeAxis(title, shown.map(value));
      return { ...axis, values: new Map(shown.map((row) => [row.id, value(row)])) };
    });
    const last = axes[axes.length - 1];
    if (!last.share) last.share = () => 1;
    const width = Math.max(640, plot.parentElement.clientWidth);
    plot.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
    plot.style.minWidth = `${Math.max(640, 110 * axes.length)}px`;
    plot.setAttribute("aria-label", `Parallel coordinates of ${shown.length} runs of ${task.value || "no task"}: ${named.map(([title]) => title).join(", ")}`);
    const xs = axes.map((_, k) => SIDE + ((width - 2 * SIDE) * k) / Math.max(1, axes.length - 1));
    plot.replaceChildren();
    shown.forEach((row) => drawLine(row, axes, xs));
    axes.forEach((axis, k) => drawAxis(axis, xs[k], k === axes.length - 1));
    point(shown.findIndex((row) => row.id === before));
    if (pointed < 0 && differing.length > MOST_AXES) words.textContent = `${MOST_AXES} of ${differing.length} settings that differ are shown; filters leave fewer.`;
  };

  plot.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    if (step && shown.length) point((pointed + step + shown.length) % shown.length);
    else if (event.key === "Enter") toggle(shown[pointed]);
    else return;
    event.preventDefault();
  });
  task.addEventListener("change", draw);
  result.addEventListener("change", () => { isResultChosen = true; draw(); });
  addEventListener("resize", draw);
  Runs.listeners.push(draw);
  Report.drawings.push(draw);
})();
