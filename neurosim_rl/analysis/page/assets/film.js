"use strict";
// The film of the environment.
Report.film = (data) => {
  const picture = document.getElementById("film-picture"), controls = document.getElementById("film-controls");
  Report.player(picture, controls, "film").load(data);
};
