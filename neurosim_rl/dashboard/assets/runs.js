"use strict";
// The runs as the server has told them, which of them have a curve, and who hears of changes.
const Runs = { rows: new Map(), order: [], version: 0, waiting: 0, listeners: [], chosen: new Map(), MOST_CURVES: 20 };

Runs.take = (answer) => {
  if (answer.listed) {
    Runs.order = answer.listed;
    const there = new Set(Runs.order);
    for (const id of [...Runs.rows.keys()]) if (!there.has(id)) { Runs.rows.delete(id); Runs.chosen.delete(id); }
  }
  for (const row of answer.rows) Runs.rows.set(row.id, row);
  const isNews = answer.version !== Runs.version || answer.waiting !== Runs.waiting;
  Runs.version = answer.version;
  Runs.waiting = answer.waiting;
  return isNews;
};

Runs.all = () => Runs.order.map((id) => Runs.rows.get(id)).filter((row) => row);
Runs.tell = () => Runs.listeners.forEach((listener) => listener());

// A run gets the lowest free number: its colour stays while others come and go.
Runs.choose = (id, isChosen) => {
  if (!isChosen) Runs.chosen.delete(id);
  else if (!Runs.chosen.has(id) && Runs.chosen.size < Runs.MOST_CURVES) {
    const taken = new Set(Runs.chosen.values());
    let number = 0;
    while (taken.has(number)) number += 1;
    Runs.chosen.set(id, number);
  }
  return Runs.chosen.has(id) === isChosen;
};
Runs.swatch = (id) => Report.palette()[Runs.chosen.get(id) % 7];

// Settings in which runs of one task differ.
Runs.differing = (rows) => {
  const found = new Set(), first = new Map();
  for (const row of rows) {
    if (row.state === "damaged" && !Object.keys(row.settings).length) continue;
    if (!first.has(row.task)) first.set(row.task, row.settings);
    const other = first.get(row.task);
    for (const key of Object.keys(row.settings)) if (row.settings[key] !== other[key]) found.add(key);
    for (const key of Object.keys(other)) if (!(key in row.settings)) found.add(key);
  }
  return [...found].sort();
};

Runs.duration = (seconds) => {
  if (seconds < 60) return `${Number(seconds.toPrecision(2))} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
};

// Fill a select with names; what was selected stays if it is still there.
Runs.options = (select, names, texts = names) => {
  const before = select.value, now = JSON.stringify([names, texts]);
  if (select.dataset.names === now) return;
  select.dataset.names = now;
  select.replaceChildren(...names.map((name, k) => Report.element("option", { value: name, textContent: texts[k] })));
  if (names.includes(before)) select.value = before;
};
