"use strict";
// Plays the terminal recordings of this page. It loads nothing; all text becomes text nodes, never markup.
// Without it the page shows how each terminal stood in the end.

const SPEEDS = [1, 2, 4, 0.5];

function make(tag, kind, text) {
  const made = document.createElement(tag);
  if (kind) made.className = kind;
  if (text !== undefined) made.textContent = text;
  return made;
}

function button(text, label, act) {
  const made = make("button", "", text);
  made.type = "button";
  made.title = label;
  made.setAttribute("aria-label", label);
  made.addEventListener("click", act);
  return made;
}

function clock(ms) {
  const tenths = Math.round(ms / 100);
  return Math.floor(tenths / 600) + ":" + ((tenths % 600) / 10).toFixed(1).padStart(4, "0");
}

// What every picture shows: of each row its number in `drawn`.
function screens(film) {
  let rows = new Array(film.rows).fill(0);
  return film.pictures.map(([, , changes]) => {
    rows = rows.slice();
    for (const [at, row] of changes) rows[at] = row;
    return rows;
  });
}

function player(figure) {
  const film = JSON.parse(figure.querySelector("script").textContent);
  const times = film.pictures.map(([ms]) => ms);
  const shown = screens(film);
  const screen = figure.querySelector(".screen");
  const lines = screen.querySelectorAll(".row");
  const cursor = screen.appendChild(make("i", "cursor"));
  const end = times[times.length - 1];
  const drawn = shown[shown.length - 1].slice();
  let now = end, playing = false, speed = 0, before = 0;

  function picture() {
    let low = 0, high = times.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (times[middle] <= now) low = middle; else high = middle - 1;
    }
    return low;
  }

  function draw() {
    const at = picture();
    shown[at].forEach((row, number) => {
      if (drawn[number] === row) return;
      drawn[number] = row;
      lines[number].replaceChildren(
        ...film.drawn[row].map(([text, pen, wide]) => make("span", wide ? pen + " wide" : pen, text)));
    });
    const place = film.pictures[at][1];
    cursor.hidden = place.length === 0;
    if (place.length) {
      cursor.style.left = place[0] + "ch";
      cursor.style.top = "calc(var(--line) * " + place[1] + ")";
    }
    slider.value = String(now);
    time.textContent = clock(now) + " / " + clock(end);
    toggle.textContent = playing ? "Pause" : "Play";
    const chapter = film.chapters.filter(([ms]) => ms <= now).pop();
    command.textContent = chapter ? chapter[1] + "  " + chapter[2] : "";
  }

  function tick(moment) {
    if (!playing) return;
    now = Math.min(end, now + (moment - before) * SPEEDS[speed]);
    before = moment;
    if (now >= end) playing = false;
    draw();
    requestAnimationFrame(tick);
  }

  function play(on) {
    if (on && !playing) {
      if (now >= end) now = 0;
      playing = true;
      requestAnimationFrame((moment) => { before = moment; tick(moment); });
    }
    playing = on;
    draw();
  }

  function go(ms) {
    now = Math.max(0, Math.min(end, ms));
    draw();
  }

  const starts = film.chapters.map(([ms]) => ms);
  const bar = make("div", "controls");
  const toggle = button("Play", "Play or pause", () => play(!playing));
  const back = button("Previous", "To the command before", () => 
    go(starts.filter((ms) => ms < now - (playing ? 300 : 0)).pop() ?? 0));
  const next = button("Next command", "To the next command", () => go(starts.find((ms) => ms > now) ?? end));
  const faster = button("1×", "Faster or slower", () => {
    speed = (speed + 1) % SPEEDS.length;
    faster.textContent = SPEEDS[speed] + "×";
  });
  const slider = make("input");
  const time = make("span", "time"), command = make("code", "now");
  Object.assign(slider, { type: "range", min: "0", max: String(end), step: "1" });
  slider.setAttribute("aria-label", "Moment of the recording");
  slider.addEventListener("input", () => go(Number(slider.value)));
  bar.append(toggle, back, next, slider, time, faster, command);
  figure.append(bar);
  draw();
  return (step) => {
    const chapter = film.chapters.find(([, number]) => number === step);
    if (chapter) go(chapter[0]);
    play(true);
  };
}

const players = new Map();
for (const figure of document.querySelectorAll("figure.film")) players.set(figure.dataset.name, player(figure));
for (const link of document.querySelectorAll("a.jump")) {
  if (!players.has(link.dataset.film)) continue;
  link.addEventListener("click", () => players.get(link.dataset.film)(Number(link.dataset.step)));
}
document.documentElement.classList.add("plays");
