"use strict";
// Curves with bands, points with intervals, and levels to compare with.
Report.charts = () => {
  const transparent = (colour, alpha) => {
    const parts = [1, 3, 5].map((k) => parseInt(colour.slice(k, k + 2), 16));
    return `rgba(${parts.join(",")},${alpha})`;
  };
  const MODES = { line: "lines+markers", points: "markers", cloud: "markers", across: "markers" };
  const DASHES = ["dash", "dot", "dashdot", "longdash"];

  const ofSeries = (series, hasRows) => {
    const colour = series.colour === null ? "#888888" : Report.palette()[series.colour % 7];
    const dash = ["solid", "dash", "dot"][Math.floor((series.colour || 0) / 7) % 3];
    const trace = {
      x: series.x, y: series.y, name: Report.text(series.name), mode: MODES[series.style], line: { color: colour, dash },
      marker: { color: series.style === "cloud" ? transparent(colour, 0.55) : colour, size: series.style === "cloud" ? 4 : series.style === "line" ? 3 : 9 },
      text: series.texts.map(Report.text), hovertemplate: `%{x:.6g}${hasRows ? "" : ", %{y:.6g}"} %{text}<extra>%{fullData.name}</extra>`,
    };
    if (!series.low) return [trace];
    if (series.style === "line") {
      const band = { x: series.x.concat([...series.x].reverse()), y: series.high.concat([...series.low].reverse()) };
      return [{ ...band, fill: "toself", fillcolor: transparent(colour, 0.18), line: { width: 0 }, mode: "lines", hoverinfo: "skip", showlegend: false, name: trace.name }, trace];
    }
    const values = series.style === "across" ? series.x : series.y;
    const interval = {
      type: "data", symmetric: false, color: colour, thickness: 2,
      array: series.high.map((high, k) => high - values[k]), arrayminus: series.low.map((low, k) => values[k] - low),
    };
    trace[series.style === "across" ? "error_x" : "error_y"] = interval;
    return [trace];
  };

  const ofLevel = (chart, level, number) => {
    const [name, value] = level;
    const all = chart.series.flatMap((series) => (chart.vertical ? series.y : series.x)).filter((v) => v !== null);
    const ends = [Math.min(...all) - (chart.vertical ? 0.5 : 0), Math.max(...all) + (chart.vertical ? 0.5 : 0)];
    const along = chart.vertical ? { x: [value, value], y: ends } : { x: ends, y: [value, value] };
    return { ...along, mode: "lines", name: `${Report.text(name)} (${Report.number(value)})`, line: { color: Report.colour("ink"), width: 1.5, dash: DASHES[number % 4] }, hoverinfo: "name" };
  };

  // A name in at most two lines of so many characters, broken between words where it can be.
  const folded = (name, width) => {
    if (name.length <= width) return Report.text(name);
    const space = name.lastIndexOf(" ", width), end = space > width / 3 ? space : width;
    const rest = name.slice(end).trim();
    return [name.slice(0, end), rest.length > width ? rest.slice(0, width - 1) + "…" : rest].map(Report.text).join("<br>");
  };

  const draw = (chart) => {
    const place = document.getElementById(chart.id);
    const traces = [...chart.series.flatMap((series) => ofSeries(series, chart.rows.length > 0)), ...chart.levels.map((level, k) => ofLevel(chart, level, k))];
    const named = traces.filter((trace) => trace.showlegend !== false).length;
    const height = chart.rows.length ? Math.max(260, 110 + 34 * chart.rows.length) : 380 + 20 * Math.max(0, Math.ceil(named / 3) - 1);
    place.style.minHeight = height + "px";
    const yaxis = { title: { text: Report.text(chart.y) } };
    const isNarrow = place.clientWidth < 500;
    if (chart.rows.length) Object.assign(yaxis, {
      tickvals: chart.rows.map((_, k) => k), range: [chart.rows.length - 0.5, -0.5],
      ticktext: chart.rows.map((row) => folded(row, isNarrow ? 18 : 34)),
    });
    const label = isNarrow && chart.rows.length ? chart.x.replace(" (", "\n(") : chart.x;  // names take half of the width
    const xaxis = { title: { text: label.split("\n").map(Report.text).join("<br>") }, ...Report.wholeTicks(chart.series.flatMap((series) => series.x)) };
    return Plotly.react(place, traces, Report.layout({ height, xaxis, yaxis, showlegend: named > 1 }), Report.CONFIG);
  };
  Report.data.charts.forEach((chart) => Report.register(() => draw(chart)));
};
