"use strict";
// Curves of chosen runs: together, one pair of axes for each task, or a panel for each run.
const Curves = { data: new Map(), versions: new Map() };
(() => {
  const get = (id) => document.getElementById(id);
  const quantity = get("curve-quantity"), axis = get("curve-axis"), panels = get("curve-panels"), smoothing = get("curve-smoothing"), place = get("curve-plots");
  const QUANTITIES = { best_fitness: "best fitness", best_so_far: "best fitness so far", mean_fitness: "mean fitness", validation_return: "validation return" };
  const AXES = { generation: "generation", evaluated: "individuals evaluated", seconds: "time of all generations (s)" };
  Runs.options(quantity, Object.keys(QUANTITIES), Object.values(QUANTITIES));
  Runs.options(axis, Object.keys(AXES), Object.values(AXES));
  Runs.options(panels, ["task", "run"], ["one for each task", "one for each run"]);

  // Mean of a point and of those before it, as many as there are; points without a value do not count.
  const smoothed = (values, n) => {
    const means = [];
    for (let end = 0; end < values.length; end += 1) {
      const near = values.slice(Math.max(0, end + 1 - n), end + 1).filter((value) => value !== null);
      means.push(values[end] === null || !near.length ? null : near.reduce((sum, value) => sum + value, 0) / near.length);
    }
    return means;
  };

  const traces = (row, curve, n) => {
    const colour = Runs.swatch(row.id), known = curve[quantity.value].map((value, k) => [curve[axis.value][k], value]).filter(([, value]) => value !== null);
    const x = known.map(([at]) => at), raw = known.map(([, value]) => value);
    const dash = ["solid", "dash", "dot"][Math.floor(Runs.chosen.get(row.id) / 7) % 3];
    const main = {
      x, y: smoothed(raw, n), name: Report.text(row.name), mode: x.length > 60 ? "lines" : "lines+markers", line: { color: colour, dash, width: 2 },
      marker: { color: colour, size: 5 }, hovertemplate: "%{x:.6g}, %{y:.6g}<extra>%{fullData.name}</extra>",
    };
    if (n === 1) return [main];
    return [{ x, y: raw, mode: "lines", line: { color: colour, width: 1 }, opacity: 0.3, hoverinfo: "skip", showlegend: false, name: main.name }, main];
  };

  const figure = (id) => {
    const made = Report.element("figure", { id }, Report.element("h3", {}), Report.element("div", { className: "plot" }));
    made.lastChild.setAttribute("role", "img");
    return made;
  };

  const words = (rows) => {
    const texts = rows.map((row) => {
      const values = (Curves.data.get(row.id)?.[quantity.value] || []).filter((value) => value !== null);
      return values.length ? `${row.name}: ${Report.number(values[values.length - 1])} after ${row.generations} generations` : `${row.name}: no value yet`;
    });
    return `${QUANTITIES[quantity.value]} against ${AXES[axis.value]}. ${texts.join("; ")}.`;
  };

  // Panels of runs of one task have the same range of values.
  const range = (rows) => {
    const values = rows.flatMap((row) => Curves.data.get(row.id)?.[quantity.value] || []).filter((value) => value !== null);
    if (!values.length) return undefined;
    const low = values.reduce((a, b) => Math.min(a, b)), high = values.reduce((a, b) => Math.max(a, b));
    const margin = 0.05 * (high - low) || 0.5;
    return [low - margin, high + margin];
  };

  const drawPanel = (key, title, rows, peers) => {
    const id = `curve-${key}`, n = Number(smoothing.value);
    const made = document.getElementById(id) || place.appendChild(figure(id));
    const plot = made.lastChild, isAlone = panels.value === "run";
    if (made.firstChild.textContent !== title) made.firstChild.textContent = title;
    plot.setAttribute("aria-label", words(rows));
    const data = rows.filter((row) => Curves.data.has(row.id)).flatMap((row) => traces(row, Curves.data.get(row.id), n));
    const yaxis = { title: { text: QUANTITIES[quantity.value] + (n > 1 ? `, mean of ${n}` : "") } };
    if (isAlone) yaxis.range = range(peers);
    const names = data.filter((trace) => trace.showlegend !== false).length;
    const height = isAlone ? 300 : 400 + 20 * Math.max(0, Math.ceil(names / 4) - 1);
    plot.style.minHeight = `${height}px`;
    const xaxis = { title: { text: AXES[axis.value] }, ...Report.wholeTicks(data.flatMap((trace) => trace.x)) };
    const layout = { height, xaxis, yaxis, showlegend: !isAlone, uirevision: `${quantity.value} ${axis.value}` };
    Plotly.react(plot, data, Report.layout(layout), Report.CONFIG);
    return id;
  };

  const draw = () => {
    smoothing.setAttribute("aria-valuetext", `mean of ${smoothing.value} points`);
    get("curve-smoothing-words").textContent = smoothing.value === "1" ? "off" : `mean of ${smoothing.value}`;
    const rows = Runs.all().filter((row) => Runs.chosen.has(row.id));
    const ofTask = new Map();
    for (const row of rows) ofTask.set(row.task, [...(ofTask.get(row.task) || []), row]);
    place.className = panels.value === "run" ? "panels" : "panels together";
    const drawn = new Set();
    for (const [task, peers] of ofTask) {
      if (panels.value === "run") for (const row of peers) drawn.add(drawPanel(`run-${row.id}`, row.name, [row], peers));
      else drawn.add(drawPanel(`task-${[...new TextEncoder().encode(task)].map((byte) => byte.toString(16)).join("")}`, task || "unknown task", peers, peers));
    }
    for (const old of [...place.children]) if (!drawn.has(old.id)) { Plotly.purge(old.lastChild); old.remove(); }
    get("curve-words").textContent = rows.length ? `${rows.length} of at most ${Runs.MOST_CURVES} curves.` : "No run is chosen. Boxes in the table choose runs.";
  };

  // Ask for curves of chosen runs that have changed since they came.
  const update = async () => {
    const wanted = [...Runs.chosen.keys()].filter((id) => Runs.rows.has(id) && Curves.versions.get(id) !== Runs.rows.get(id).version);
    if (wanted.length) {
      const versions = wanted.map((id) => [id, Runs.rows.get(id).version]);
      const answer = await Live.ask(`curves?${wanted.map((id) => `id=${id}`).join("&")}`);
      if (answer === null) return;
      for (const [id, version] of versions) if (answer[id]) { Curves.data.set(id, answer[id]); Curves.versions.set(id, version); }
    }
    draw();
  };

  const FIRST = 6;
  const running = () => {
    for (const row of Runs.all()) if (row.state === "running") Runs.choose(row.id, true);
  };
  let isBegun = false;
  Runs.listeners.unshift(() => {  // before the table draws its boxes
    if (isBegun || !Runs.order.length) return;
    isBegun = true;  // at first: those that run, then those that changed last
    const latest = Runs.all().filter((row) => row.generations).sort((a, b) => (b.state === "running") - (a.state === "running") || b.changed - a.changed);
    for (const row of latest.slice(0, FIRST)) Runs.choose(row.id, true);
  });
  Runs.listeners.push(update);
  for (const control of [quantity, axis, panels]) control.addEventListener("change", draw);
  smoothing.addEventListener("input", draw);
  get("curve-none").addEventListener("click", () => { Runs.chosen.clear(); Runs.tell(); });
  get("curve-running").addEventListener("click", () => { Runs.chosen.clear(); running(); Runs.tell(); });
  Report.drawings.push(draw);
})();
