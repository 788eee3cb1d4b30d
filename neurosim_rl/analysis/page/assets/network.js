"use strict";
// The diagram's populations and projections: what has the pointer or the focus shows its parameters.
Report.network = () => {
  const details = document.getElementById("network-details");
  const parts = document.querySelectorAll("#network-diagram [tabindex]");
  const show = (part) => {
    parts.forEach((one) => one.classList.toggle("chosen", one === part));
    details.replaceChildren(
      Report.element("h3", { textContent: part.querySelector("title").textContent }),
      Report.element("pre", { textContent: part.querySelector("desc").textContent }),
    );
  };
  parts.forEach((part) => ["mouseenter", "focus", "click"].forEach((event) => part.addEventListener(event, () => show(part))));
};
