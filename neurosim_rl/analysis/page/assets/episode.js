"use strict";
// One recorded episode: spikes, rates of populations, membranes, and what was observed and done, on one axis of time.
Report.episode = async (data) => {
  const place = document.getElementById("episode-plot"), controls = document.getElementById("episode-controls");
  const spikes = { neuron: await Report.unpack(data.spikes.neuron), step: await Report.unpack(data.spikes.step) };
  const membranes = data.membranes ? await Report.unpack(data.membranes.values) : null;
  const end = data.nWindows * data.windowMs, MOST_TICKS = 5000, BINS = 300;
  const has = { spikes: data.nNeurons > 0, membranes: membranes !== null };
  const state = { range: [0, end], neuron: 0, variable: 0 };

  const firstAfter = (time) => {
    let low = 0, high = spikes.step.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (spikes.step[middle] * data.resolutionMs < time) low = middle + 1; else high = middle;
    }
    return low;
  };

  // Single spikes where they can be told apart, else rates: a bar as wide as the screen says nothing.
  const ofSpikes = () => {
    const [from, to] = state.range, first = firstAfter(from), last = firstAfter(to);
    if (last - first > MOST_TICKS) return [rates(first, last, from, to)];
    return data.populations.map((population, k) => {
      const trace = { x: [], y: [], mode: "lines", name: Report.text(population.name), legendgroup: population.name, line: { color: Report.palette()[k % 7], width: 1.5 }, hoverinfo: "x+name", yaxis: "y" };
      for (let i = first; i < last; i++) {
        const neuron = spikes.neuron[i] - population.first;
        if (neuron < 0 || neuron >= population.size) continue;
        const time = spikes.step[i] * data.resolutionMs;
        trace.x.push(time, time, null);
        trace.y.push(spikes.neuron[i] - 0.42, spikes.neuron[i] + 0.42, null);
      }
      return trace;
    });
  };
  const rates = (first, last, from, to) => {
    const width = (to - from) / BINS, z = Array.from({ length: data.nNeurons }, () => new Float32Array(BINS));
    for (let i = first; i < last; i++) {
      const bin = Math.min(BINS - 1, Math.floor((spikes.step[i] * data.resolutionMs - from) / width));
      z[spikes.neuron[i]][bin] += 1000 / width;
    }
    return {
      type: "heatmap", z, x0: from + width / 2, dx: width, y0: 0, dy: 1, colorscale: "Viridis", yaxis: "y", showlegend: false,
      colorbar: { thickness: 10, len: 0.42, y: 0.79, title: { text: "Hz", side: "right" } }, hovertemplate: "neuron %{y}, %{x:.0f} ms: %{z:.0f} Hz<extra></extra>",
    };
  };

  const windows = (values, shift) => values.map((_, k) => (k + shift) * data.windowMs);
  const traces = () => {
    const made = has.spikes ? ofSpikes() : [];
    data.rates.forEach((rate, k) => made.push({
      x: windows(rate.values, 0.5), y: rate.values, name: Report.text(rate.name), legendgroup: rate.name, mode: "lines", yaxis: "y2",
      line: { color: Report.palette()[k % 7] }, showlegend: made.every((one) => one.legendgroup !== rate.name), hovertemplate: "%{y:.1f} Hz<extra>%{fullData.name}</extra>",
    }));
    if (has.membranes) {
      const n = data.membranes.values.shape[1], at = state.neuron * n, scale = data.membranes;
      const y = Array.from(membranes.subarray(at, at + n), (v) => (v === -32768 ? null : v * scale.unitMv));
      made.push({ x: y.map((_, k) => (k + 1) * scale.stepMs), y, mode: "lines", yaxis: "y3", name: "membrane", showlegend: false, line: { color: Report.palette()[3], width: 1.2 }, hovertemplate: "%{y:.2f} mV<extra></extra>" });
    }
    const variable = data.variables[state.variable];
    made.push({ x: windows(variable.values, variable.shift), y: variable.values, mode: "lines", yaxis: "y4", name: Report.text(variable.name), showlegend: false, line: { color: Report.colour("ink"), shape: variable.held ? "hv" : "linear" }, hovertemplate: "%{y:.4g}<extra></extra>" });
    return made;
  };

  const layout = () => {
    const [from, to] = state.range, lines = [];
    const n = Math.round((to - from) / data.windowMs);
    if (n <= 30) for (let k = Math.ceil(from / data.windowMs); k * data.windowMs <= to; k++) {
      lines.push({ type: "line", xref: "x", yref: "paper", x0: k * data.windowMs, x1: k * data.windowMs, y0: 0, y1: 1, line: { color: Report.colour("rule"), width: 1, dash: "dot" } });
    }
    const title = (text) => ({ title: { text: Report.text(text), font: { size: 12 } } });
    const shares = [has.spikes ? 5 : 0, has.spikes ? 2 : 0, has.membranes ? 2 : 0, 2], gap = 0.04;
    const shown = shares.filter((share) => share).length, sum = shares.reduce((a, b) => a + b, 0);
    let top = 1;
    const domains = shares.map((share) => {
      if (!share) return [0, 0.001];
      const height = (share / sum) * (1 - gap * (shown - 1)), domain = [Math.max(0, top - height), top];
      top -= height + gap;
      return domain;
    });
    const neuronAxis = { ...title("neuron"), range: [-0.8, data.nNeurons - 0.2] };
    return Report.layout({
      height: has.spikes ? 760 : 340, shapes: lines, legend: { orientation: "h", y: 1.01, yanchor: "bottom", x: 0 },
      xaxis: { ...title("time (ms of the network)"), range: [...state.range], anchor: "free", position: 0, minallowed: 0, maxallowed: end },
      yaxis: { ...neuronAxis, domain: domains[0], visible: has.spikes, fixedrange: !has.spikes }, yaxis2: { ...title("rate (Hz)"), domain: domains[1], rangemode: "tozero", visible: has.spikes },
      yaxis3: { ...title("membrane (mV)"), domain: domains[2], visible: has.membranes }, yaxis4: { ...title(data.variables[state.variable].name.slice(0, 26)), domain: domains[3] },
    });
  };

  let isOwn = false;
  const draw = async () => {
    isOwn = true;
    await Plotly.react(place, traces(), layout(), Report.CONFIG);
    isOwn = false;
    const [from, to] = state.range, width = to - from;
    position[1].max = Math.max(0, Math.round((end - width) / data.windowMs));
    position[1].value = Math.round(from / data.windowMs);
    position[1].disabled = position[1].max === "0";  // the whole episode is shown
    position[2].textContent = `${from.toFixed(0)} to ${to.toFixed(0)} ms`;
  };
  const zoom = (nWindows) => {
    const width = Math.min(end, nWindows * data.windowMs), from = Math.min(state.range[0], end - width);
    state.range = [from, from + width];
    return draw();
  };
  const buttons = [["whole episode", data.nWindows], ["50 steps", 50], ["10 steps", 10], ["2 steps", 2]].filter(([, n], k) => k === 0 || n < data.nWindows);
  for (const [name, n] of buttons) {
    const button = Report.element("button", { type: "button", textContent: name });
    button.dataset.steps = n;
    button.addEventListener("click", () => zoom(n));
    controls.append(button);
  }
  const position = Report.slider("Begin", data.nWindows, (value) => {
    const width = state.range[1] - state.range[0], from = Math.min(value * data.windowMs, end - width);
    state.range = [from, from + width];
    draw();
  });
  position[1].id = "episode-position";
  controls.append(position[0]);
  if (has.membranes) {
    const neuron = Report.choice("Membrane of", data.membranes.names, (value) => { state.neuron = value; draw(); });
    neuron[1].id = "episode-neuron";
    controls.append(neuron[0]);
  }
  const variable = Report.choice("Variable", data.variables.map((one) => one.name), (value) => { state.variable = value; draw(); });
  variable[1].id = "episode-variable";
  controls.append(variable[0]);
  await Report.register(draw);
  place.on("plotly_relayout", (change) => {
    if (isOwn) return;
    if (change["xaxis.autorange"]) state.range = [0, end];
    else if ("xaxis.range[0]" in change) state.range = [Math.max(0, change["xaxis.range[0]"]), Math.min(end, change["xaxis.range[1]"])];
    else return;
    draw();
  });
};
