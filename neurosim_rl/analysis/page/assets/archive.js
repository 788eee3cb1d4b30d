"use strict";
// The archive: a field is chosen by a click or by the arrow keys, and its film plays.
Report.archive = (data) => {
  const map = document.getElementById("archive-map"), words = document.getElementById("archive-words");
  const picture = document.getElementById("archive-picture"), controls = document.getElementById("archive-controls");
  const player = Report.player(picture, controls, "archive");
  const fields = [...map.querySelectorAll("button[data-elite]")];
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const elite = (field) => data.elites[Number(field.dataset.elite)];
  const choose = (field) => {
    fields.forEach((one) => { one.setAttribute("aria-pressed", String(one === field)); one.tabIndex = one === field ? 0 : -1; });
    const chosen = elite(field);
    words.replaceChildren(...chosen.lines.map((line) => Report.element("li", { textContent: line })));
    player.stop();
    const hasFilm = Boolean(chosen.frames);
    picture.style.visibility = controls.style.visibility = hasFilm ? "visible" : "hidden";
    if (!hasFilm) { words.append(Report.element("li", { textContent: "no film: only fields with a dot have one" })); return; }
    player.load({ frames: chosen.frames, steps: chosen.steps, eachMs: data.eachMs });
  };
  const play = (field) => { choose(field); if (elite(field).frames) player.start(); };
  // The nearest field in a direction: along it first, then across.
  const towards = (field, dx, dy) => {
    const from = elite(field);
    const ahead = fields.filter((one) => (elite(one).column - from.column) * dx + (elite(one).row - from.row) * dy > 0);
    const distance = (one) => {
      const x = Math.abs(elite(one).column - from.column), y = Math.abs(elite(one).row - from.row);
      return dx ? x + 100 * y : y + 100 * x;
    };
    return ahead.sort((one, other) => distance(one) - distance(other))[0];
  };
  const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
  fields.forEach((field) => {
    field.addEventListener("click", () => play(field));
    field.addEventListener("keydown", (event) => {
      const arrow = ARROWS[event.key];
      if (!arrow) return;
      event.preventDefault();
      const next = towards(field, ...arrow);
      if (next) { next.focus(); if (still.matches) choose(next); else play(next); }
    });
  });
  const best = fields.filter((one) => elite(one).frames).sort((one, other) => elite(other).fitness - elite(one).fitness)[0];
  choose(best || fields[0]);
};
