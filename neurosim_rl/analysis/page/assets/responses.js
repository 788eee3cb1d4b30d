"use strict";
// Response maps of the network in its state of one step of the episode; a chosen cell shows its spikes.
Report.responses = async (data) => {
  const map = document.getElementById("response-map"), raster = document.getElementById("response-raster");
  const controls = document.getElementById("response-controls"), words = document.getElementById("response-words");
  const quantities = [
    ...(data.discrete ? [{ name: "action", of: "actions", k: 0 }] : data.actions.map((name, k) => ({ name, of: "actions", k }))),
    ...data.outputs.map((name, k) => ({ name: `spikes: ${name}`, of: "counts", k })),
  ];
  const state = { pair: 0, step: 0, quantity: 0, cell: null };
  const n = data.grid;
  const cache = new Map();

  const arrays = async (entry) => {
    if (!cache.has(entry)) {
      const found = { actions: await Report.unpack(entry.actions), counts: await Report.unpack(entry.counts) };
      if (entry.spikes) for (const key of ["neuron", "step", "ends"]) found[key] = await Report.unpack(entry.spikes[key]);
      cache.set(entry, found);
    }
    return cache.get(entry);
  };
  const present = () => data.maps[state.step * data.pairs.length + state.pair];
  const actionName = (value) => (data.discrete ? data.actions[Math.round(value) - data.firstAction] ?? value : Report.number(value));
  const spoken = (values) => Array.from(values, (v, k) => (data.discrete ? actionName(v) : `${data.actions[k]} ${Report.number(v)}`)).join(", ");

  const scaleOf = (quantity) => {
    if (quantity.of === "counts") return { colorscale: "Viridis", zmin: 0, zmax: Math.max(1, data.mostSpikes), colorbar: { title: { text: "spikes", side: "right" } } };
    if (!data.discrete) {
      const [low, high] = data.actionRange[quantity.k];
      const most = Math.max(Math.abs(low), Math.abs(high)) || 1;
      return low < 0 ? { colorscale: "RdBu", zmin: -most, zmax: most } : { colorscale: "Viridis", zmin: low, zmax: high };
    }
    const names = data.actions, palette = Report.palette();
    // The middle of three actions is the neutral one.
    const colours = names.length === 3 ? [palette[0], "#999999", palette[1]] : palette;
    const steps = names.flatMap((_, k) => [[k / names.length, colours[k % 7]], [(k + 1) / names.length, colours[k % 7]]]);
    const first = data.firstAction;
    return { colorscale: steps, zmin: first - 0.5, zmax: first + names.length - 0.5, colorbar: { tickvals: names.map((_, k) => first + k), ticktext: names.map(Report.text) } };
  };

  const draw = async () => {
    const entry = present(), quantity = quantities[state.quantity], values = await arrays(entry);
    const [a, b] = data.pairs[state.pair], all = values[quantity.of], width = all.length / (n * n);
    const z = entry.y.map((_, row) => entry.x.map((_, column) => all[(row * n + column) * width + quantity.k]));
    const heat = { type: "heatmap", x: entry.x, y: entry.y, z, ...scaleOf(quantity), hovertemplate: "%{x:.4g}, %{y:.4g}: %{z:.4g}<extra></extra>", xgap: 1, ygap: 1 };
    heat.colorbar = Object.assign({ thickness: 12, len: 0.9 }, heat.colorbar);
    const here = { x: [entry.observation[a]], y: [entry.observation[b]], mode: "markers", hovertemplate: "recorded observation<extra></extra>", marker: { size: 13, color: "#ffffff", line: { color: "#000000", width: 3 } } };
    const shapes = [];
    if (state.cell) {
      const [row, column] = state.cell, dx = (entry.x[1] - entry.x[0]) / 2, dy = (entry.y[1] - entry.y[0]) / 2;
      shapes.push({ type: "rect", x0: entry.x[column] - dx, x1: entry.x[column] + dx, y0: entry.y[row] - dy, y1: entry.y[row] + dy, line: { color: Report.colour("ink"), width: 3 } });
    }
    const title = (k) => ({ title: { text: Report.text(data.variables[k]) } });
    await Plotly.react(map, [heat, here], Report.layout({ height: 420, xaxis: title(a), yaxis: title(b), shapes, showlegend: false }), Report.CONFIG);
    slider[2].textContent = `${entry.window + 1} of ${data.nWindows}`;
    const before = entry.window === 0 ? "is at rest" : `has played ${entry.before === entry.window ? "all" : "the last"} ${entry.before} steps before it`;
    words.textContent = `Step ${entry.window + 1}: the network ${before}. Dot: the recorded observation; here the network answers ` +
      `${spoken(entry.answer)}, in the episode ${spoken(entry.action)}.`;
    await drawCell(entry, values);
  };

  const drawCell = async (entry, values) => {
    const layout = { height: 420, xaxis: { title: { text: "time in the step (ms)" }, range: [0, data.windowMs] }, yaxis: { title: { text: "neuron" }, range: [-0.8, data.nNeurons - 0.2] }, showlegend: data.populations.length > 1 };
    const traces = [];
    if (state.cell && entry.spikes) {
      const cell = state.cell[0] * n + state.cell[1], first = cell ? values.ends[cell - 1] : 0, last = values.ends[cell];
      for (const [k, population] of data.populations.entries()) {
        const trace = { x: [], y: [], mode: "lines", name: Report.text(population.name), line: { color: Report.palette()[k % 7], width: 2 }, hoverinfo: "x+name" };
        for (let i = first; i < last; i++) {
          const neuron = values.neuron[i], time = values.step[i] * data.resolutionMs;
          if (neuron < population.first || neuron >= population.first + population.size) continue;
          trace.x.push(time, time, null);
          trace.y.push(neuron - 0.4, neuron + 0.4, null);
        }
        traces.push(trace);
      }
      const [a, b] = data.pairs[state.pair], [row, column] = state.cell;
      const action = values.actions.slice(cell * data.nDimensions, (cell + 1) * data.nDimensions);
      chosen.textContent = `Chosen cell: ${data.variables[a]} ${Report.number(entry.x[column])}, ${data.variables[b]} ${Report.number(entry.y[row])}: ` +
        `${last - first} spikes, then ${spoken(action)}.`;
    } else {
      chosen.textContent = data.nNeurons === 0 ? "A policy without neurons has no spikes." : state.cell ? "The spikes of this map are left out, since the file would be too large." : "Click a cell, or focus the map and use the arrow keys, to see its spikes.";
      layout.annotations = [{ text: "no cell chosen", showarrow: false, x: 0.5, y: 0.5, xref: "paper", yref: "paper" }];
    }
    await Plotly.react(raster, traces, Report.layout(layout), Report.CONFIG);
  };

  const set = (key) => (value) => { state[key] = value; return draw(); };
  const pairNames = data.pairs.map(([a, b]) => `${data.variables[a]}  ×  ${data.variables[b]}`);
  const pair = Report.choice("Variables", pairNames, set("pair"));
  const quantity = Report.choice("Shown", quantities.map((q) => q.name), set("quantity"));
  const slider = Report.slider("Step", data.maps.length / data.pairs.length - 1, set("step"));
  pair[1].id = "response-pair"; quantity[1].id = "response-quantity"; slider[1].id = "response-step";
  controls.append(pair[0], quantity[0], slider[0]);
  const chosen = Report.element("p", { className: "note", id: "response-cell" });
  chosen.setAttribute("aria-live", "polite");
  raster.after(chosen);
  map.tabIndex = 0;
  map.addEventListener("keydown", (event) => {
    const move = { ArrowUp: [1, 0], ArrowDown: [-1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (!move) return;
    event.preventDefault();
    const from = state.cell ?? [Math.floor(n / 2), Math.floor(n / 2)];
    state.cell = state.cell ? from.map((place, k) => Math.min(n - 1, Math.max(0, place + move[k]))) : from;
    draw();
  });
  await Report.register(draw);
  map.on("plotly_click", (event) => {
    const point = event.points.find((one) => one.curveNumber === 0);
    if (point) { state.cell = Array.isArray(point.pointIndex) ? point.pointIndex : point.pointNumber; draw(); }
  });
};
