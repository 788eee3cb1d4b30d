"use strict";
// Ask the server again and again. Without an answer the page says so, and keeps what it shows.
const Live = { PAUSE_MS: 1000, HIDDEN_MS: 10000 };

Live.ask = async (address) => {
  try {
    const answer = await fetch(address, { cache: "no-store", credentials: "omit", redirect: "error" });
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    const content = await answer.json();
    Live.say("");
    return content;
  } catch (error) {
    Live.say("The dashboard does not answer: it has ended, or the connection is lost. This page asks again; what it shows may be old.");
    return null;
  }
};

Live.say = (text) => {
  const place = document.getElementById("connection");
  if (place.textContent !== text) place.textContent = text;
};

Live.summary = () => {
  const rows = Runs.all(), counts = {};
  for (const row of rows) counts[row.state] = (counts[row.state] || 0) + 1;
  const parts = Object.keys(counts).sort().map((state) => `${counts[state]} ${state}`);
  const waiting = Runs.waiting ? `; ${Runs.waiting} are not read yet` : "";
  const text = rows.length ? `${rows.length} runs: ${parts.join(", ")}${waiting}.` : "There are no runs here yet. They appear when they begin.";
  const place = document.getElementById("summary");
  if (place.textContent !== text) place.textContent = text;
};
Runs.listeners.unshift(Live.summary);

Live.watch = async () => {
  const answer = await Live.ask(`runs?after=${Runs.version}`);
  const isFirst = document.documentElement.dataset.live === undefined;
  if (answer !== null) {
    if (answer.version < Runs.version) { location.reload(); return; }  // another dashboard with this token
    if (Runs.take(answer) || isFirst) Runs.tell();
    document.documentElement.dataset.live = "true";
  }
  setTimeout(Live.watch, document.hidden ? Live.HIDDEN_MS : Live.PAUSE_MS);
};
addEventListener("visibilitychange", () => { if (!document.hidden) Runs.tell(); });
Live.watch();
