"use strict";
// The data of the page, and what all widgets share: colours of the theme, text as text, arrays that are unpacked.
const Report = { drawings: [] };

Report.data = JSON.parse(document.getElementById("data").textContent);

// Plotly reads tags in texts; data are never tags.
Report.text = (value) => String(value).replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");

Report.TYPES = { uint8: Uint8Array, uint16: Uint16Array, uint32: Uint32Array, int16: Int16Array, int32: Int32Array, float32: Float32Array };

Report.unpack = async (entry) => {
  const bytes = Uint8Array.from(atob(entry.gzip), (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Report.TYPES[entry.type](await new Response(stream).arrayBuffer());
};

// Okabe and Ito 2008; on dark paper the two dark colours are lighter.
Report.palette = () => {
  const dark = document.documentElement.dataset.theme === "dark";
  return dark
    ? ["#56B4E9", "#FF8A3D", "#2CC295", "#E39CC8", "#E69F00", "#9CB4FF", "#F0E442"]
    : ["#0072B2", "#D55E00", "#009E73", "#B0578D", "#B87F00", "#3E5FBF", "#6B6B6B"];
};

Report.colour = (name) => getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();

// Ticks of an axis of few whole numbers, such as generations: none between them. Other axes keep Plotly's.
Report.wholeTicks = (values) => {
  const known = values.filter((value) => value !== null), low = Math.min(...known), high = Math.max(...known);
  return known.every(Number.isInteger) && high - low <= 10 ? { tick0: 0, dtick: 1 } : {};
};

Report.layout = (changes) => {
  const axis = { gridcolor: Report.colour("rule"), zerolinecolor: Report.colour("rule"), linecolor: Report.colour("faint"), automargin: true };
  const layout = {
    paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
    font: { color: Report.colour("ink"), size: 13, family: 'system-ui, "DejaVu Sans", sans-serif' },
    margin: { l: 55, r: 12, t: 12, b: 45 }, hovermode: "closest",
    legend: { orientation: "h", y: 1.02, yanchor: "bottom", x: 0 },
    hoverlabel: { bgcolor: Report.colour("paper"), font: { color: Report.colour("ink") } },
  };
  const made = Object.assign(layout, changes);
  for (const key of Object.keys(made)) {
    if (/^[xy]axis\d*$/.test(key)) made[key] = Object.assign({}, axis, made[key]);
  }
  return made;
};

Report.CONFIG = { displaylogo: false, responsive: true, modeBarButtonsToRemove: ["select2d", "lasso2d", "autoScale2d"] };

// Draw now, and again when the theme changes.
Report.register = (draw) => { Report.drawings.push(draw); return draw(); };

Report.element = (name, properties, ...children) => {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
};

Report.choice = (label, names, change) => {
  const select = Report.element("select");
  names.forEach((name, k) => select.append(Report.element("option", { value: k, textContent: name })));
  select.addEventListener("change", () => change(Number(select.value)));
  return [Report.element("label", {}, label, select), select];
};

Report.slider = (label, last, change) => {
  const input = Report.element("input", { type: "range", min: 0, max: last, value: 0 });
  const output = Report.element("output");
  input.addEventListener("input", () => change(Number(input.value)));
  return [Report.element("label", {}, label, input, output), input, output];
};

Report.number = (value) => (value === null || value === undefined ? "-" : String(Number(Number(value).toPrecision(4))));
