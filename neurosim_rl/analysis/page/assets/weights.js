"use strict";
// The weights of one projection as a matrix: sources across, targets up.
Report.weights = async (data) => {
  const place = document.getElementById("weights-plot"), controls = document.getElementById("weights-controls");
  const words = document.getElementById("weights-words");
  const state = { projection: 0 };
  const draw = async () => {
    const projection = data[state.projection], values = await Report.unpack(projection.matrix);
    const z = Array.from({ length: projection.nPost }, (_, row) => Array.from(values.subarray(row * projection.nPre, (row + 1) * projection.nPre), (v) => (Number.isNaN(v) ? null : v)));
    const most = projection.most || 1;
    const heat = {
      type: "heatmap", z, colorscale: "RdBu", reversescale: true, zmin: -most, zmax: most, colorbar: { thickness: 12, title: { text: Report.text(projection.unit), side: "right" } },
      hovertemplate: "%{x} to %{y}: %{z:.4g}<extra></extra>", hoverongaps: false,
    };
    const axis = (text, n) => ({ title: { text: Report.text(text) }, range: [-0.5, n - 0.5], ...Report.wholeTicks([0, n - 1]) });
    const height = Math.min(760, Math.max(300, 130 + 14 * projection.nPost));
    place.style.minHeight = height + "px";
    await Plotly.react(place, [heat], Report.layout({ height, xaxis: axis(`neuron of ${projection.source}`, projection.nPre), yaxis: axis(`neuron of ${projection.target}`, projection.nPost) }), Report.CONFIG);
    words.textContent = projection.words;
  };
  const projection = Report.choice("Projection", data.map((one) => one.name), (value) => { state.projection = value; draw(); });
  projection[1].id = "weights-projection";
  controls.append(projection[0]);
  await Report.register(draw);
};
