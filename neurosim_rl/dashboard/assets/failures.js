"use strict";
// Runs that are damaged, and failures of individuals and stages with their tracebacks, which are asked for when opened.
(() => {
  const list = document.getElementById("failures-list"), words = document.getElementById("failures-words");
  const MOST = 100;

  const fill = async (details) => {
    const answer = await Live.ask(`failures/${details.dataset.id}`);
    if (answer === null) return;
    const parts = [];
    if (answer.problem) parts.push(Report.element("p", { className: "verdict bad", textContent: answer.problem }));
    for (const failure of answer.failures) {
      parts.push(Report.element("p", { textContent: `${failure.where}: ${failure.reason}` }));
      if (failure.traceback) parts.push(Report.element("pre", { textContent: failure.traceback }));
    }
    if (answer.log) parts.push(Report.element("p", { className: "note", textContent: "End of events.log" }), Report.element("pre", { textContent: answer.log }));
    details.replaceChildren(details.firstChild, ...parts);
    details.dataset.version = details.dataset.wanted;
  };

  const make = (row) => {
    const made = Report.element("details", {}, Report.element("summary", {}));
    made.dataset.id = row.id;
    made.addEventListener("toggle", () => { if (made.open && made.dataset.version !== made.dataset.wanted) fill(made); });
    return made;
  };

  const text = (row) => {
    const parts = [];
    if (row.problem) parts.push(row.problem);
    if (row.failed) parts.push(`${row.failed} individuals failed`);
    if (row.failed_stages) parts.push(`${row.failed_stages} stages of the champion's measurement failed`);
    return `${row.name}: ${parts.join("; ")}`;
  };

  const draw = () => {
    const rows = Filters.shown().filter((row) => row.problem || row.failed || row.failed_stages);
    rows.sort((a, b) => Boolean(b.problem) - Boolean(a.problem));
    const old = new Map([...list.children].map((details) => [details.dataset.id, details]));
    const made = rows.slice(0, MOST).map((row) => {
      const details = old.get(row.id) || make(row), summary = text(row);
      if (details.firstChild.textContent !== summary) details.firstChild.textContent = summary;
      details.dataset.wanted = row.version;
      if (details.open && details.dataset.version !== details.dataset.wanted) fill(details);
      return details;
    });
    if (made.length !== list.children.length || made.some((details, k) => list.children[k] !== details)) list.replaceChildren(...made);
    const rest = rows.length > MOST ? ` The first ${MOST} are listed; filters of the table choose others.` : "";
    words.textContent = rows.length ? `${rows.length} runs with failures.${rest}` : "No run of the table has a failure.";
  };
  Runs.listeners.push(draw);
})();
