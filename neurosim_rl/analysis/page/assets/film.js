"use strict";
// The film of the environment: play, pause, and a slider.
Report.film = (data) => {
  const picture = document.getElementById("film-picture"), controls = document.getElementById("film-controls");
  const state = { frame: 0, timer: null };
  const show = (frame) => {
    state.frame = frame;
    picture.src = data.frames[frame];
    slider[1].value = frame;
    slider[2].textContent = `step ${data.steps[frame]}`;
  };
  const stop = () => { clearInterval(state.timer); state.timer = null; play.textContent = "Play"; };
  const start = () => {
    play.textContent = "Pause";
    state.timer = setInterval(() => show((state.frame + 1) % data.frames.length), data.eachMs);
  };
  const play = Report.element("button", { type: "button", textContent: "Play", id: "film-play" });
  play.addEventListener("click", () => (state.timer ? stop() : start()));
  const slider = Report.slider("Picture", data.frames.length - 1, (value) => { stop(); show(value); });
  slider[1].id = "film-frame";
  controls.append(play, slider[0]);
  show(0);
};
