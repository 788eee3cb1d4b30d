"use strict";
// A player of pictures: play, pause, and a slider. `identifier` begins the names of its controls.
Report.player = (picture, controls, identifier) => {
  const state = { film: null, frame: 0, timer: null };
  const show = (frame) => {
    state.frame = frame;
    picture.src = state.film.frames[frame];
    slider[1].value = frame;
    slider[2].textContent = `step ${state.film.steps[frame]}`;
  };
  const stop = () => { clearInterval(state.timer); state.timer = null; play.textContent = "Play"; };
  const start = () => {
    stop();
    play.textContent = "Pause";
    state.timer = setInterval(() => show((state.frame + 1) % state.film.frames.length), state.film.eachMs);
  };
  const play = Report.element("button", { type: "button", textContent: "Play", id: `${identifier}-play` });
  play.addEventListener("click", () => (state.timer ? stop() : start()));
  const slider = Report.slider("Picture", 0, (value) => { stop(); show(value); });
  slider[1].id = `${identifier}-frame`;
  controls.append(play, slider[0]);
  return {
    start, stop,
    load: (film) => {
      stop();
      state.film = film;
      slider[1].max = film.frames.length - 1;
      show(0);
    },
  };
};
