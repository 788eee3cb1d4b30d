"use strict";
// Choose the theme, then draw all widgets of which there are data.
(() => {
  const button = document.getElementById("theme"), root = document.documentElement;
  const wanted = matchMedia("(prefers-color-scheme: dark)");
  const set = (theme) => {
    root.dataset.theme = theme;
    button.textContent = theme === "dark" ? "Light" : "Dark";
    button.setAttribute("aria-pressed", String(theme === "dark"));
    button.setAttribute("aria-label", `Use the ${theme === "dark" ? "light" : "dark"} theme`);
    return Promise.all(Report.drawings.map((draw) => draw()));
  };
  set(wanted.matches ? "dark" : "light");
  wanted.addEventListener("change", () => set(wanted.matches ? "dark" : "light"));
  button.addEventListener("click", () => set(root.dataset.theme === "dark" ? "light" : "dark"));
  const begin = async () => {
    Report.charts();
    for (const widget of ["responses", "episode", "weights", "network", "film", "archive"]) {
      if (Report.data[widget]) await Report[widget](Report.data[widget]);
    }
    root.dataset.drawn = "true";
  };
  begin().catch((error) => { root.dataset.drawn = "failed"; throw error; });
})();
