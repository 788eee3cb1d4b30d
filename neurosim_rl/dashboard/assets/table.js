"use strict";
// The table of runs. Rows and cells stay the same elements, so that the keyboard keeps its place.
const Table = { sort: "name", down: false, most: 250, hidden: new Set(), extra: new Set() };
(() => {
  const get = (id) => document.getElementById(id);
  const head = document.querySelector("#table thead"), body = document.querySelector("#table tbody"), more = get("more");
  const FEW_SETTINGS = 4, STEP = 250;
  const lines = new Map();
  const number = (value) => (value === null ? "" : Report.number(value));
  const when = (seconds) => {
    if (seconds === null) return "";
    const date = new Date(1000 * seconds), today = new Date().toDateString() === date.toDateString();
    return today ? date.toLocaleTimeString() : date.toLocaleDateString();
  };
  const COLUMNS = [
    { key: "name", title: "run" },
    { key: "state", title: "state" },
    { key: "task", title: "task" },
    { key: "seed", title: "seed", numeric: true },
    { key: "generations", title: "generations", numeric: true, text: (row) => (row.wanted === null ? `${row.generations}` : `${row.generations} of ${row.wanted}`) },
    { key: "best_fitness", title: "best fitness", numeric: true, text: (row) => number(row.best_fitness) },
    { key: "validation_return", title: "validation", numeric: true, text: (row) => number(row.validation_return) },
    { key: "mean_return", title: "unseen starts", numeric: true, text: (row) => number(row.mean_return) },
    { key: "failed", title: "failed", numeric: true, text: (row) => (row.failed + row.failed_stages ? `${row.failed + row.failed_stages}` : "") },
    { key: "generation_s", title: "a generation", numeric: true, text: (row) => (row.generation_s === null ? "" : Runs.duration(row.generation_s)) },
    { key: "left_s", title: "left", numeric: true, text: (row) => (row.left_s === null ? "" : Runs.duration(row.left_s)) },
    { key: "changed", title: "changed", numeric: true, text: (row) => when(row.changed) },
  ];
  const setting = (name) => ({ key: name, title: name, isSetting: true, text: (row) => (name in row.settings ? String(row.settings[name]) : "") });
  const valueOf = (row, column) => (column.isSetting ? row.settings[column.key] : row[column.key]);
  const textOf = (row, column) => (column.text ? column.text(row) : row[column.key] === null ? "" : String(row[column.key]));

  const columns = (rows) => {
    const differing = Runs.differing(Runs.all());
    const shown = differing.filter((name, k) => Table.extra.has(name) || (k < FEW_SETTINGS && !Table.hidden.has(name)));
    choices(differing, shown);
    const problem = { key: "problem", title: "problem", kind: "problem" };
    const first = rows.some((row) => row.problem) ? [...COLUMNS.slice(0, 2), problem] : COLUMNS.slice(0, 2);
    return [...first, ...COLUMNS.slice(2), ...shown.map(setting)];
  };

  const choices = (differing, shown) => {
    const place = get("column-choices"), now = JSON.stringify(differing);
    get("columns").hidden = !differing.length;
    if (place.dataset.names === now) return;
    place.dataset.names = now;
    for (const label of [...place.querySelectorAll("label")]) label.remove();
    for (const name of differing) {
      const box = Report.element("input", { type: "checkbox", checked: shown.includes(name) });
      box.addEventListener("change", () => {
        (box.checked ? Table.hidden : Table.extra).delete(name);
        (box.checked ? Table.extra : Table.hidden).add(name);
        draw();
      });
      place.append(Report.element("label", {}, box, name));
    }
  };

  const compare = (column) => (one, other) => {
    const a = valueOf(one, column), b = valueOf(other, column);
    const noA = a === null || a === undefined || a === "", noB = b === null || b === undefined || b === "";
    if (noA || noB) return noA - noB;  // what is not known comes last, up and down
    const order = typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), undefined, { numeric: true });
    return Table.down ? -order : order;
  };

  const drawHead = (shown) => {
    const now = JSON.stringify([shown.map((column) => column.title), Table.sort, Table.down]);
    if (head.dataset.now === now) return;
    const focused = document.activeElement.dataset.key;
    head.dataset.now = now;
    const cells = shown.map((column) => {
      const isSorted = column.key === Table.sort;
      const button = Report.element("button", { type: "button", textContent: column.title + (isSorted ? (Table.down ? " ▾" : " ▴") : "") });
      button.dataset.key = column.key;
      button.addEventListener("click", () => {
        Table.down = isSorted ? !Table.down : Boolean(column.numeric);
        Table.sort = column.key;
        draw();
      });
      const cell = Report.element("th", { scope: "col", className: column.numeric ? "number" : "" }, button);
      cell.setAttribute("aria-sort", isSorted ? (Table.down ? "descending" : "ascending") : "none");
      return cell;
    });
    const corner = (title) => Report.element("th", { scope: "col", textContent: title });
    head.replaceChildren(Report.element("tr", {}, corner("curve"), ...cells.slice(0, 1), corner("report"), ...cells.slice(1)));
    if (focused) [...head.querySelectorAll("button")].find((button) => button.dataset.key === focused)?.focus();
  };

  const makeLine = (id) => {
    const box = Report.element("input", { type: "checkbox" });
    box.addEventListener("change", () => {
      if (!Runs.choose(id, box.checked)) box.checked = false;
      Runs.tell();
    });
    const link = Report.element("a", { textContent: "open", target: "_blank", rel: "noopener noreferrer" });
    const name = Report.element("th", { scope: "row" }), report = Report.element("td", {});
    const line = { tr: Report.element("tr", {}, Report.element("td", {}, box), name, report), box, link, name, report, cells: [] };
    lines.set(id, line);
    return line;
  };

  const drawLine = (row, shown) => {
    const line = lines.get(row.id) || makeLine(row.id);
    const isChosen = Runs.chosen.has(row.id);
    line.box.checked = isChosen;
    line.box.setAttribute("aria-label", `Curve of ${row.name}`);
    line.tr.className = isChosen ? "chosen" : "";
    line.tr.style.setProperty("--swatch", isChosen ? Runs.swatch(row.id) : "transparent");
    if (line.name.textContent !== row.name) { line.name.textContent = row.name; line.name.title = row.name; }
    if (row.report && line.link.getAttribute("href") !== row.report) {
      line.link.href = row.report;
      line.link.setAttribute("aria-label", `Report of ${row.name}`);
    }
    if (Boolean(row.report) !== line.link.isConnected || !line.tr.isConnected) line.report.replaceChildren(...(row.report ? [line.link] : []));
    shown.slice(1).forEach((column, k) => {
      const cell = line.cells[k] || line.tr.appendChild(line.cells[k] = document.createElement("td"));
      const text = textOf(row, column), kind = column.key === "state" ? `state ${row.state}` : column.kind || (column.numeric ? "number" : "");
      if (cell.textContent !== text) { cell.textContent = text; cell.title = text; }
      if (cell.className !== kind) cell.className = kind;
    });
    for (const cell of line.cells.splice(shown.length - 1)) cell.remove();
    return line.tr;
  };

  const draw = () => {
    const rows = Filters.shown(), shown = columns(rows);
    const column = shown.find((one) => one.key === Table.sort) || COLUMNS[0];
    rows.sort(compare(column));
    drawHead(shown);
    const made = rows.slice(0, Table.most).map((row) => drawLine(row, shown));
    if (made.length !== body.children.length || made.some((tr, k) => body.children[k] !== tr)) {
      const focused = document.activeElement;
      body.replaceChildren(...made);
      if (focused !== document.activeElement && body.contains(focused)) focused.focus({ preventScroll: true });
    }
    for (const id of [...lines.keys()]) if (!Runs.rows.has(id)) lines.delete(id);
    more.hidden = rows.length <= Table.most;
    more.textContent = `Show ${Math.min(STEP, rows.length - Table.most)} more of ${rows.length}`;
    get("table-caption").textContent = `${rows.length} of ${Runs.all().length} runs. The box before a run shows its curve, at most ${Runs.MOST_CURVES}.`;
  };
  more.addEventListener("click", () => { Table.most += STEP; draw(); });
  Runs.listeners.push(draw);
  Report.drawings.push(draw);
})();
